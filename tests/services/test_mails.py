"""Mails to staff against a real SMTP server: what they say, what becomes of each way to fail, and that none is sent twice."""

from __future__ import annotations

import logging
import shutil
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from postbox import Postbox, postbox
from sqlalchemy import select

from inburgering_flow.clock import ManualClock
from inburgering_flow.doctor import examine
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.alerts import ASSIGNED, DAILY, EMPTY, KINDS, NOW, SENT, UNSENT, WAITING, Choice, MailRow
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import IncidentRow
from inburgering_flow.platform import Platform
from inburgering_flow.services.mails import PAUSES, REASONS, TRIES
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t
from inburgering_flow.store.mails import FIELDS
from services.test_http_calls import certificate

KARIN, RITA = Actor("karin", ("klantmanager",), table=ROLES), Actor("rita", ("regievoerder",), table=ROLES)
ADDRESS = "karin@voorbeeld.nl"
ONE_TASK = """<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="x">
  <process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>
    <userTask id="a" name="Zeer geheim"><extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="klantmanager"/></extensionElements></userTask>
    <sequenceFlow id="g" sourceRef="a" targetRef="e"/><endEvent id="e"/></process>
</definitions>"""

Opened = Callable[..., Platform]


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as running:
        yield running


CHOSEN = {
    "secret": "0123456789abcdef" * 3, "synchronous": "OFF", "password_memory": 64, "smtp_host": "localhost", "smtp_security": "none",
    "mail_from": "flow@voorbeeld.nl", "base_url": "https://flow.voorbeeld.nl/",
}  # fmt: skip


def at(folder: Path, **chosen: Any) -> Platform:
    settings = Settings(**CHOSEN | chosen)
    return Platform.open(f"sqlite:///{folder}/flow.db", clock=ManualClock("2026-03-02T06:00:00+01:00"), settings_=settings)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a process and two accounts; each test works on a copy."""
    folder = tmp_path_factory.mktemp("filled")
    with at(folder) as platform:
        platform.deploy_content("p.bpmn", ONE_TASK)
        for who in (KARIN, RITA):
            platform.services.accounts.save(who.username, password="een lang wachtwoord", roles=who.roles)
    return folder / "flow.db"


@pytest.fixture
def opened(tmp_path: Path, filled: Path) -> Iterator[Opened]:
    platforms: list[Platform] = []
    shutil.copy(filled, tmp_path / "flow.db")

    def open_platform(port: int, **chosen: Any) -> Platform:
        platforms.append(at(tmp_path, smtp_port=port, **chosen))
        return platforms[-1]

    yield open_platform
    for platform in platforms:
        platform.close()


def choose(platform: Platform, pace: str, address: str = ADDRESS) -> None:
    platform.services.alerts.choose(address, dict.fromkeys(KINDS, Choice(mail=pace)), KARIN)


def give(platform: Platform, count: int = 1) -> None:
    for _number in range(count):
        key = platform.start("p", owner="karin", business_key=f"ZAAK-{platform.context.keys.next()}")
        platform.services.user_tasks.assign(platform.tasks(instance=key)[0].key, "karin", RITA)


def mails(platform: Platform) -> list[MailRow]:
    with platform.context.db.read() as unit:
        rows = unit.connection.execute(select(*FIELDS).order_by(t.outgoing_mail.c.key))
        return [MailRow(**row._mapping) for row in rows]


def later(platform: Platform, **time: float) -> None:
    platform.clock.advance(**time)
    platform.run_due()


def text(mail: Message) -> str:
    content = mail.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def test_several_things_within_a_minute_are_one_mail_with_counts_and_links_and_nothing_of_a_case(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform, 3)
    platform.run_due()
    assert box.mails == []

    later(platform, minutes=2)

    [mail] = box.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == ("flow@voorbeeld.nl", ADDRESS, "Nieuwe meldingen: 3")
    assert "een taak is aan u gegeven: 3" in text(mail)
    assert "https://flow.voorbeeld.nl/meldingen" in text(mail)
    assert mail["Message-ID"] == f"<{mails(platform)[0].key}@flow.voorbeeld.nl>"
    for word in ("ZAAK-", "geheim", "karin heeft"):
        assert word not in mail.as_string()
    assert [one.state for one in mails(platform)] == [SENT]
    later(platform, days=2)
    assert len(box.mails) == 1


def test_a_daily_mail_goes_out_once_a_day_after_its_hour(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port)
    choose(platform, DAILY)
    give(platform, 2)
    platform.services.mails.gather()
    later(platform, minutes=30)
    assert box.mails == []

    platform.clock.advance(hours=1)
    assert platform.services.mails.gather() == 1
    assert platform.services.mails.gather() == 0
    later(platform, minutes=1)
    give(platform)
    platform.services.mails.gather()
    later(platform, hours=2)
    assert [mail["Subject"] for mail in box.mails] == ["Nieuwe meldingen: 2"]

    platform.clock.advance(hours=24)
    platform.services.mails.gather()
    later(platform, minutes=1)
    assert [mail["Subject"] for mail in box.mails] == ["Nieuwe meldingen: 2", "Nieuwe meldingen: 1"]


def test_what_was_read_before_the_mail_is_not_counted_in_it(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform, 3)
    platform.services.alerts.open(platform.services.alerts.page(KARIN).items[0].row.key, KARIN)

    later(platform, minutes=2)

    assert [mail["Subject"] for mail in box.mails] == ["Nieuwe meldingen: 2"]


def test_what_may_not_be_seen_any_more_is_not_mailed(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform, 2)
    for instance in platform.instances("p"):
        platform.services.case_leads.hand_over(instance.key, "rita")

    later(platform, minutes=2)

    assert box.mails == []
    assert [one.state for one in mails(platform)] == [EMPTY]


@pytest.mark.parametrize(("rcpt", "answers", "reason"), [
    (["450 later"], [], "address"), ([], ["451 later"], "mail itself"), ([], ["lose"], "lost"),
])
def test_what_fails_for_a_while_is_tried_again_as_the_same_mail_and_holds_nobody_up(
    opened: Opened, box: Postbox, rcpt: list[str], answers: list[str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform)
    box.rcpt, box.answers = rcpt, answers
    with caplog.at_level(logging.DEBUG):
        later(platform, minutes=1)
    assert [(one.state, one.tried) for one in mails(platform)] == [(WAITING, 1)]
    assert platform.services.mails.trouble(SYSTEM).struggling == 1
    own = [record.getMessage() for record in caplog.records if record.name.startswith("inburgering_flow")]
    assert own == [f"mail {mails(platform)[0].key} could not be sent: {mails(platform)[0].problem}"]
    key = platform.start("p")
    platform.complete(platform.tasks(instance=key)[0].key, {}, user="anna")

    later(platform, seconds=PAUSES[0].total_seconds())

    assert len(box.mails) == 1, reason
    assert box.mails[0]["Message-ID"] == f"<{mails(platform)[0].key}@flow.voorbeeld.nl>"
    assert [(one.state, one.tried) for one in mails(platform)] == [(SENT, 2)]


def test_a_mail_whose_answer_was_lost_comes_again_with_the_same_identity(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform)
    box.answers = ["take and lose"]
    later(platform, minutes=1)
    later(platform, minutes=1)

    assert len(box.mails) == 2
    assert len({mail["Message-ID"] for mail in box.mails}) == len({text(mail) for mail in box.mails}) == 1


def test_what_ended_between_sending_and_noting_it_comes_again_and_what_was_noted_does_not(
    opened: Opened, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform)

    def killed(*_given: Any) -> bool:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(platform.services.mails, "_over", killed)
        platform.clock.advance(minutes=1)
        with pytest.raises(RuntimeError, match="killed"):
            platform.run_due()
    with platform.context.db.write() as unit:  # its lease has run out
        unit.connection.execute(t.job.update().values(lease_until=None, lease_owner=None))
        job = unit.connection.execute(select(t.job.c.key)).scalar_one()
    row = platform.services.jobs.take([job], "another")[0]
    assert platform.services.jobs.do(row, "another")
    assert len({mail["Message-ID"] for mail in box.mails}) == 1
    assert len(box.mails) == 2

    assert platform.services.mails.work(row, "late")  # whoever comes late finds that it was sent
    assert len(box.mails) == 2


@pytest.mark.parametrize(("rcpt", "answers", "said"), [
    (["550 nobody"], [], "refuses the address"), ([], ["554 spam"], "refuses the mail itself"),
])
def test_what_would_fail_again_is_given_up_at_once_and_shown(
    opened: Opened, box: Postbox, rcpt: list[str], answers: list[str], said: str
) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform)
    box.rcpt, box.answers = rcpt, answers

    later(platform, minutes=1)

    assert [one.state for one in mails(platform)] == [UNSENT]
    trouble = platform.services.mails.trouble(SYSTEM)
    assert (trouble.given_up, trouble.struggling) == (1, 0)
    assert said in trouble.reason
    [check] = [one for one in examine(platform) if one.name == "mail to staff"]
    assert "1 given up" in check.found
    assert said in check.remedy
    assert platform.services.alerts.count(KARIN) == 1


def test_a_server_that_is_away_is_tried_for_a_day_and_then_given_up(opened: Opened, box: Postbox) -> None:
    platform = opened(1)
    choose(platform, NOW)
    give(platform)
    later(platform, minutes=1)
    for pause in PAUSES:
        assert [one.state for one in mails(platform)] == [WAITING]
        later(platform, seconds=pause.total_seconds())

    assert [(one.state, one.tried) for one in mails(platform)] == [(UNSENT, TRIES)]
    assert "cannot be reached" in platform.services.mails.trouble(SYSTEM).reason
    assert sum(PAUSES, timedelta()) < timedelta(days=1)
    give(platform)
    with platform.context.db.read() as unit:
        assert unit.connection.execute(select(t.job.c.type)).scalars().all() == ["mail"]


def test_starttls_protects_what_is_sent_and_the_login(opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public, private = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with postbox(secure=context, needs_login=True) as box:
        platform = opened(box.port, smtp_security="starttls", smtp_user="flow", smtp_password="klopt")
        choose(platform, NOW)
        give(platform)
        later(platform, minutes=1)

        assert [one.state for one in mails(platform)] == [SENT]
        assert (box.were_secure, box.users) == ([True], ["flow"])


@pytest.mark.parametrize(("chosen", "trusted", "said"), [
    ({"smtp_security": "starttls"}, False, "certificate"),
    ({"smtp_security": "starttls", "smtp_user": "flow", "smtp_password": "klopt niet"}, True, "refuses the login"),
    ({"smtp_security": "none"}, True, "refuses"),
])
def test_what_is_wrong_with_the_connection_is_told_and_nothing_is_sent(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, Any], trusted: bool, said: str
) -> None:
    public, private = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with postbox(secure=context, needs_login=True) as box:
        platform = opened(box.port, **chosen)
        choose(platform, NOW)
        give(platform)
        later(platform, minutes=1)

        assert box.mails == []
        assert said in REASONS[mails(platform)[0].problem]


def test_a_server_without_starttls_gets_nothing(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port, smtp_security="starttls")
    choose(platform, NOW)
    give(platform)
    later(platform, minutes=1)

    assert box.mails == []
    assert "offers no STARTTLS" in REASONS[mails(platform)[0].problem]


def test_trouble_that_was_told_already_makes_no_further_mail(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port)
    platform.services.accounts.save("bram", password="een lang wachtwoord", roles=("functioneel-beheerder",))
    bram = Actor("bram", ("functioneel-beheerder",), table=ROLES)
    platform.services.alerts.choose("bram@voorbeeld.nl", dict.fromkeys(KINDS, Choice(mail=NOW)), bram)
    key = next(d.key for d in platform.deployments.newest("process") if d.id == "p")
    for _number in range(3):
        with platform.context.db.write() as unit:
            row = IncidentRow(platform.context.keys.next(), 1, 1, key, "p", 1, "a", "UNKNOWN", "", platform.clock.now(), "enter")
            platform.services.steps.telling.failed(unit, row)
        later(platform, minutes=5)

    assert [mail["To"] for mail in box.mails] == ["bram@voorbeeld.nl"]
    assert [one.state for one in mails(platform)] == [SENT]
    assert "er staat werk stil: 1" in text(box.mails[0])


def test_without_a_server_nothing_waits_for_a_mail(opened: Opened) -> None:
    platform = opened(1, smtp_host="")
    choose(platform, NOW)
    give(platform)
    with platform.context.db.read() as unit:
        assert unit.connection.execute(select(t.alert.c.kind, t.alert.c.mail)).all() == [(ASSIGNED, None)]
    assert mails(platform) == []
    assert platform.services.mails.gather() == 0


def test_the_password_is_shown_nowhere() -> None:
    from inburgering_flow.settings import described

    shown = {one.name: one.value for one in described(Settings(smtp_password="zeer-geheim"))}
    assert shown["INBURGERING_FLOW_SMTP_PASSWORD"] == "set, but not shown"


def test_a_mail_whose_job_is_gone_is_sent_all_the_same(opened: Opened, box: Postbox) -> None:
    platform = opened(box.port)
    choose(platform, NOW)
    give(platform)
    with platform.context.db.write() as unit:
        unit.connection.execute(t.job.delete())
    later(platform, minutes=5)
    assert platform.services.mails.gather() == 0
    later(platform, minutes=10)
    assert box.mails == []

    platform.services.mails.gather()
    platform.run_due()

    assert [one.state for one in mails(platform)] == [SENT]
    assert len(box.mails) == 1
