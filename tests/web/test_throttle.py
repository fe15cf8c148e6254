"""How fast passwords may be tried: a delay that grows, and that nobody can impose on somebody else."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from shipped import PASSWORD
from sqlalchemy import select

from inburgering_flow.app import create_app
from inburgering_flow.errors import TooOften
from inburgering_flow.platform import Platform
from inburgering_flow.services import throttle
from inburgering_flow.services.throttle import GUESSED, GUESSING, OWN, neighbourhood
from inburgering_flow.store import tables as t
from web.conftest import Browser, on_both
from web.test_costs import counted

pytest_generate_tests = on_both

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
WRONG = "niet het wachtwoord"
Later = Callable[..., None]


@pytest.fixture
def later(law: Platform) -> Later:
    now = [datetime.now(UTC)]
    law.context.real = lambda: now[0]

    def pass_by(**span: float) -> None:
        now[0] += timedelta(**span)

    return pass_by


@pytest.fixture
def attempt(law: Platform, later: Later, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Try to log in: True if it worked, False if not, else how many seconds to wait. No password is hashed: thousands follow."""
    monkeypatch.setattr(
        law.services.accounts, "verify", lambda name, password: law.services.accounts.get(name) if password == PASSWORD else None
    )

    def try_(username: str, password: str = WRONG, address: str = HERE, device: str = "") -> bool | int:
        try:
            return law.services.logins.log_in(username, password, address=address, device=device) is not None
        except TooOften as error:
            return error.seconds

    return try_


def device_of(law: Platform, username: str, before: str = "", address: str = HERE) -> str:
    found = law.services.logins.log_in(username, PASSWORD, address=address, device=before)
    assert found is not None
    return found.device


def test_the_wait_grows_from_a_second_to_minutes() -> None:
    assert [OWN.wait(n).total_seconds() for n in range(4, 16)] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert GUESSED.wait(1_000_000) == timedelta(hours=1)


def test_five_failures_are_free_and_then_each_doubles_the_wait(attempt: Callable[..., Any], later: Later) -> None:
    assert [attempt("karin") for _ in range(6)] == [False] * 5 + [1]
    for wait in (1, 2, 4, 8):
        assert attempt("karin", PASSWORD) == wait, "what waits is not looked at"
        assert attempt("karin") == wait, "and does not make the wait longer"
        later(seconds=wait)
        assert attempt("karin") is False
    later(seconds=16)
    assert attempt("karin", PASSWORD) is True
    assert [attempt("karin") for _ in range(6)] == [False] * 5 + [1], "the right password makes it undone"


def test_who_guesses_elsewhere_locks_nobody_out(attempt: Callable[..., Any]) -> None:
    for n in range(GUESSING * 3):
        attempt("karin", address=f"198.51.{n // 250}.{n % 250}")
        attempt("karin", address=ELSEWHERE)

    assert attempt("karin", PASSWORD) is True


def test_who_guesses_at_the_same_address_does_not_delay_a_browser_that_is_known(
    law: Platform, attempt: Callable[..., Any], later: Later
) -> None:
    device = device_of(law, "karin")
    for _ in range(300):
        attempt("karin")
        attempt("kees")
        later(seconds=1)

    assert attempt("karin", PASSWORD) > 1, "an unknown browser at this address has to wait"
    assert attempt("karin", PASSWORD, device=device) is True


def test_a_known_browser_has_a_limit_of_its_own(law: Platform, attempt: Callable[..., Any]) -> None:
    device = device_of(law, "karin")
    assert [attempt("karin", device=device) for _ in range(6)] == [False] * 5 + [1]
    assert attempt("karin", PASSWORD) is True


def test_a_browser_is_known_only_for_accounts_that_logged_in_there(law: Platform, attempt: Callable[..., Any]) -> None:
    device = device_of(law, "kees")
    number, mark = device.split(".")
    for forged in (device, f"{number}.{'a' * 22}", f"{'a' * 22}.{mark}", f"{number}.", ".", "...", "é.é", "\ud800.\ud800", "x" * 5_000):
        attempt("karin", device=forged)
    assert attempt("karin", device=device) >= 1
    both = device_of(law, "jana" if law.services.accounts.get("jana") else "hans", device)
    assert len(both.split(".")) == 3
    assert both.split(".")[0] == number
    assert attempt("kees", PASSWORD, device=both) is True


def test_a_browser_is_known_for_the_last_eight_accounts(law: Platform, attempt: Callable[..., Any]) -> None:
    device = ""
    for n in range(10):
        law.services.accounts.save(f"a{n}", password=PASSWORD, roles=("consulent",))
        device = device_of(law, f"a{n}", device)
    assert len(device.split(".")) == 9
    known = law.services.logins._known
    assert [bool(known(device, f"a{n}")) for n in range(10)] == [False] * 2 + [True] * 8


def test_one_address_that_tries_many_names_has_a_short_wait(attempt: Callable[..., Any], later: Later) -> None:
    assert {attempt(f"naam{n}") for n in range(50)} == {False}
    assert attempt("nog een") == 1
    for n in range(20):
        later(seconds=10)
        assert attempt(f"ander{n}") is False
    assert attempt("karin", PASSWORD) == 10, "never longer: colleagues have the same address"
    assert attempt("karin", PASSWORD, address=ELSEWHERE) is True


def test_an_account_that_is_guessed_from_everywhere_gives_each_address_less(attempt: Callable[..., Any], later: Later) -> None:
    assert {attempt("karin", address=f"198.51.{n // 250}.{n % 250}") for n in range(GUESSING)} == {False}
    assert [attempt("karin", address=HERE) for _ in range(2)] == [False, 1], "one is free, not five"
    for _ in range(13):
        later(hours=1)
        attempt("karin", address=HERE)
    assert attempt("karin", address=HERE) == 3600
    assert attempt("kees", address=HERE) is False, "that is about one account"


def test_many_at_once_are_not_more_guesses(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, start = [], threading.Barrier(12)
    platform.context.real = lambda: datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(platform.services.accounts, "verify", lambda name, _password: looked.append(name))

    def try_() -> None:
        start.wait()
        with suppress(TooOften):
            platform.services.logins.log_in("karin", WRONG, address=HERE)

    threads = [threading.Thread(target=try_) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) == 5


def test_counts_are_shared_hold_no_name_or_address_and_go_after_a_day(
    law: Platform, attempt: Callable[..., Any], later: Later
) -> None:
    for _ in range(5):
        attempt("karin")
    other = throttle.Throttle(law.context)  # as another node has it
    with pytest.raises(TooOften):
        other.begin(other.login("karin", HERE, ""), "karin")
    with law.context.db.read() as unit:
        rows = unit.connection.execute(select(t.login_attempt)).all()
    assert len(rows) == 4, "three counts, and that the first refusal was logged"
    assert "karin" not in str(rows)
    assert HERE not in str(rows)
    assert {len(row.digest) for row in rows} == {64}
    law.context.secret, before = "een andere sleutel", law.context.secret
    assert not set(throttle.Throttle(law.context).login("karin", HERE, "").values()) & {row.digest for row in rows}, "keyed"
    law.context.secret = before

    later(hours=23)
    assert [task for task in law.services.upkeep if task() and task == law.services.logins.forget] == []
    later(hours=1)
    assert [attempt("karin") for _ in range(5)] == [False] * 5, "a count of a day ago does not count"
    later(hours=24)
    for task in law.services.upkeep:
        task()
    with law.context.db.read() as unit:
        assert unit.connection.execute(select(t.login_attempt)).all() == []


@pytest.mark.parametrize(("one", "other", "same"), [
    ("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::9", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True), ("192.0.2.1", "192.0.2.2", False), ("", "geen adres", False),
])  # fmt: skip
def test_who_can_choose_many_addresses_of_ipv6_counts_as_one(one: str, other: str, same: bool) -> None:
    assert (neighbourhood(one) == neighbourhood(other)) is same


# -- on the page ---------------------------------------------------------------------------------------------------------


def fresh(law: Platform) -> Browser:
    browser = Browser(create_app(law.services).test_client())
    browser.get("/inloggen")
    return browser


def test_the_page_says_how_long_to_wait(law: Platform, later: Later) -> None:
    browser = fresh(law)
    sent = {"username": "karin", "password": WRONG}
    assert {browser.post("/inloggen", sent).status_code for _ in range(5)} == {401}
    answer = browser.post("/inloggen", sent)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert "Wacht 1 seconde en probeer het opnieuw." in answer.text
    assert 'name="password"' in answer.text, "the form is there to try again"
    assert str(TooOften(300)).endswith("Wait 5 minutes and try again.")


def test_a_known_browser_is_kept_known_by_its_cookie(law: Platform, later: Later) -> None:
    browser, stranger = fresh(law), fresh(law)
    browser.post("/inloggen", {"username": "karin", "password": PASSWORD})
    cookie = browser.client.get_cookie("apparaat")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Strict", "/")
    assert "karin" not in cookie.value
    browser.get("/")
    browser.post("/uitloggen")
    for _ in range(9):
        stranger.post("/inloggen", {"username": "karin", "password": WRONG})
    browser.get("/inloggen")
    assert browser.post("/inloggen", {"username": "karin", "password": PASSWORD}).status_code == 302


def test_a_wrong_password_and_a_name_that_nobody_has_are_answered_alike_and_cost_the_same(
    law: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    law.services.accounts.save("gesloten", password=PASSWORD, roles=("consulent",))
    law.services.accounts.set_active("gesloten", False)
    hashed: list[str] = []
    real = law.services.accounts._hasher

    class Watched:
        def verify(self, known: str, password: str) -> bool:
            hashed.append(known.rsplit("$", 2)[0])
            return real.verify(known, password)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(law.services.accounts, "_hasher", Watched())
    found = []
    for who, password in (("karin", WRONG), ("niemand", WRONG), ("gesloten", PASSWORD)):
        hashed.clear()
        browser = fresh(law)
        with counted(law) as statements:
            answer = browser.post("/inloggen", {"username": who, "password": password})
        page = re.sub(r'="[^" ]{80,}"', "a token", answer.text)
        found.append((answer.status_code, page, list(hashed), statements))

    assert found[0][:1] + found[0][2:3] == (401, ["$argon2id$v=19$m=64,t=3,p=4"])
    assert "De naam of het wachtwoord klopt niet." in found[0][1]
    assert found[1:] == [found[0]] * 2


def test_a_typed_name_that_is_no_account_is_not_logged(law: Platform) -> None:
    fresh(law).post("/inloggen", {"username": "mijnwachtwoord", "password": WRONG})
    with law.context.db.read() as unit:
        rows = unit.connection.execute(select(t.audit).where(t.audit.c.action == "login.failed")).all()
    assert [row.actor for row in rows] == ["unknown"]
    assert "mijnwachtwoord" not in str(rows)


def test_the_old_password_cannot_be_guessed_either(law: Platform, as_user: Callable[[str], Browser], later: Later) -> None:
    karin = as_user("karin")
    new = {"oud": WRONG, "nieuw": "vijver kapstok tulp", "nogmaals": "vijver kapstok tulp"}
    assert {karin.post("/wachtwoord", new).status_code for _ in range(5)} == {422}
    refused = karin.post("/wachtwoord", new | {"oud": PASSWORD})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    later(seconds=1)
    assert karin.post("/wachtwoord", new | {"oud": PASSWORD}).status_code == 302


def throttled(law: Platform) -> list[str]:
    with law.context.db.read() as unit:
        query = select(t.audit.c.actor).where(t.audit.c.action == "login.throttled").order_by(t.audit.c.key)
        return list(unit.connection.execute(query).scalars())


def test_the_first_refusal_of_a_spell_is_a_line_of_the_log_and_the_others_are_not(
    attempt: Callable[..., Any], law: Platform, later: Later
) -> None:
    for _ in range(5):
        attempt("karin")
    assert throttled(law) == []
    for _ in range(4):
        assert attempt("karin") == 1
    assert throttled(law) == ["karin"]
    later(seconds=2)
    attempt("karin")
    attempt("karin")
    assert throttled(law) == ["karin"], "still the same spell"
    for _ in range(6):
        attempt("123456782")
    assert throttled(law) == ["karin", "unknown"], "what was typed may be anything, and is not kept"

    later(hours=1)
    assert attempt("karin", PASSWORD) is True
    for _ in range(6):
        attempt("karin")
    assert throttled(law)[2:] == ["karin"], "after the right password a new spell begins"


def test_the_owner_is_told_after_logging_in_and_the_administrator_on_the_page_of_accounts(
    law: Platform, as_user: Callable[[str], Browser], attempt: Callable[..., Any]
) -> None:
    bram = as_user("bram")
    for number in range(4):
        attempt("karin", address=f"192.0.2.{number}")
    told = "keer geprobeerd"
    browser = fresh(law)
    answer = browser.post("/inloggen", {"username": "karin", "password": PASSWORD})
    assert told not in browser.get(answer.headers["Location"]).text
    assert told not in bram.get("/accounts").text
    for number in range(10, 16):
        attempt("karin", address=f"192.0.2.{number}")

    browser = fresh(law)
    answer = browser.post("/inloggen", {"username": "karin", "password": PASSWORD})
    page = browser.get(answer.headers["Location"]).text
    assert "Er is 10 keer geprobeerd om met een verkeerd wachtwoord in uw account te komen" in page
    assert told not in as_user("kees").get("/").text
    assert "10 keer geprobeerd met een verkeerd wachtwoord" in bram.get("/accounts").text
    assert bram.get("/accounts").text.count(told) == 1
