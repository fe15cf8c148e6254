"""The doctor finds what is wrong and says what to do; if all is well it says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from diagrams import Diagram, timer
from sqlalchemy import update

from inburgering_flow.cli import main
from inburgering_flow.doctor import examine
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables

SECRET = "0123456789abcdef" * 3


def wrong(platform: Platform) -> set[str]:
    return {check.name for check in examine(platform) if check.remedy}


def chosen(platform: Platform, **changes: object) -> None:
    platform.context.settings = replace(platform.context.settings, **changes)  # type: ignore[arg-type]


def test_a_sound_installation_has_nothing_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", f"sqlite:///{tmp_path}/flow.db")

    result = CliRunner().invoke(main, ["doctor"])

    assert result.exit_code == 0, result.output
    assert "database: sqlite" in result.output


def test_a_weak_secret_and_an_open_demonstration_are_named(tmp_path: Path) -> None:
    with Platform.open(f"sqlite:///{tmp_path}/f.db", settings_=Settings(secret="kort", demo=True, host="0.0.0.0")) as platform:
        assert wrong(platform) == {"secret", "address", "allowed hosts", "demo", "four eyes"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("chosen", "named"), [
    ({}, set()),
    ({"secret": "s" * 40}, {"secret"}),
    ({"secret": SECRET[:31]}, {"secret"}),
    ({"cookie_secure": True, "proxy_for": 1, "proxy_proto": 1, "allowed_hosts": "flow.example.nl"}, set()),
    ({"proxy_for": 1, "proxy_proto": 1, "allowed_hosts": "flow.example.nl"}, {"address"}),
    ({"cookie_secure": True, "allowed_hosts": "flow.example.nl"}, {"proxy"}),
    ({"cookie_secure": True, "proxy_for": 1, "allowed_hosts": "flow.example.nl"}, {"proxy"}),
    ({"cookie_secure": True, "proxy_for": 1, "proxy_proto": 1, "allowed_hosts": "flow.example.nl, *"}, {"allowed hosts"}),
    ({"cookie_secure": True, "proxy_for": 1, "proxy_proto": 1}, {"allowed hosts"}),
    ({"proxy_host": 1, "demo": True}, {"address", "proxy", "allowed hosts", "demo", "four eyes"}),
    ({"host": "0.0.0.0", "cookie_secure": True, "proxy_for": 1, "proxy_proto": 1, "allowed_hosts": "flow.example.nl"}, set()),
    ({"session_hours": 25}, {"sessions"}),
    ({"connections": 10_000_000}, {"connections"}),
    ({"session_idle_minutes": 481}, {"sessions"}),
])  # fmt: skip
def test_unsafe_settings_are_named_behind_a_proxy_too(
    open_platform: Callable[..., Platform], chosen: dict[str, object], named: set[str]
) -> None:
    with open_platform(settings_=Settings(**{"secret": SECRET, **chosen})) as platform:  # type: ignore[arg-type]
        assert wrong(platform) == named


def test_passwords_that_are_cheap_to_guess_are_named_and_dear_again_after_the_next_login(tmp_path: Path) -> None:
    url, word = f"sqlite:///{tmp_path}/f.db", "een lang wachtwoord"
    with Platform.open(url, settings_=Settings(secret=SECRET, password_memory=19455)) as platform:
        assert wrong(platform) == {"password hashing"}
        platform.services.accounts.save("a", display_name="a", password=word, roles=("auditor",))
    with Platform.open(url, settings_=Settings(secret=SECRET, password_memory=19456)) as platform:
        assert wrong(platform) == set()
        platform.services.accounts.verify("a", "een ander wachtwoord")
        assert "m=19455," in platform.services.accounts.get("a").password_hash
        platform.services.accounts.verify("a", word)

        assert "m=19456," in platform.services.accounts.get("a").password_hash


def test_a_scanner_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with Platform.open(f"sqlite:///{tmp_path}/f.db", settings_=Settings(secret=SECRET)) as platform:
        chosen(platform, virus_scanner=f"unix:{tmp_path}/nobody.ctl")
        assert wrong(platform) == {"virus scanner"}


def test_unsafe_durability_is_named(tmp_path: Path) -> None:
    with Platform.open(f"sqlite:///{tmp_path}/f.db", settings_=Settings(secret=SECRET, synchronous="OFF")) as platform:
        assert wrong(platform) == {"durability"}


def test_incidents_late_work_and_a_changed_log_are_named(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(settings_=Settings(secret=SECRET))  # as expensive as it is outside tests
    stuck = Diagram("stil").start().xor("keuze").end("klaar").path("start", "keuze|1 > 2", "klaar")
    waits = Diagram("wacht").start().node("intermediateCatchEvent", "pauze", body=timer("timeDuration", "PT1H")).end()
    platform.deploy_content("stil.bpmn", stuck.xml())
    platform.deploy_content("wacht.bpmn", waits.path("start", "pauze", "end").xml())
    assert wrong(platform) == set()
    platform.start("stil")
    platform.start("wacht")
    assert wrong(platform) == {"incidents"}
    platform.clock.advance(hours=2)
    assert wrong(platform) == {"incidents", "due work"}
    platform.run_due()
    platform.services.accounts.save("a", display_name="a", password="een lang wachtwoord", roles=("auditor",))
    platform.clock.advance(days=2)
    platform.services.audit_chain.seal()
    with platform.context.db.write() as unit:
        unit.connection.execute(update(tables.audit).values(actor="x"))

    assert wrong(platform) == {"incidents", "audit log"}
    (told,) = [check.found for check in examine(platform) if check.name == "audit log"]
    assert "Line 1 of lane" in told
