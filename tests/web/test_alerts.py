"""Meldingen: who is told what, once, and only as long as they may see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from diagrams import Diagram
from sqlalchemy import insert, select, update

from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.model.alerts import ANSWERED, ASSIGNED, DAILY, DUE_SOON, FAILED, KINDS, LATE, NEVER, NOW, Choice
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import alerts as service
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import tables as t
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]


def told(law: Platform, username: str) -> list[tuple[str, str]]:
    """Return (kind, subject) of all that somebody was told, the oldest first."""
    with law.context.db.read() as unit:
        a = t.alert.c
        rows = unit.connection.execute(select(a.kind, a.subject).where(a.username == username).order_by(a.key))
        return [(row.kind, row.subject) for row in rows]


def actor(law: Platform, username: str) -> Actor:
    account = law.services.accounts.get(username)
    assert account is not None
    return law.services.accounts.actor(account)


def first_task(law: Platform, key: int) -> int:
    return next(task.key for task in law.tasks(state="CREATED") if task.root_key == key)


# -- a task is given ---------------------------------------------------------------------------------------------------


def test_who_is_given_a_task_by_somebody_else_is_told_and_who_takes_one_is_not(law: Platform, as_user: Login) -> None:
    task, rita, karin, kees = first_task(law, start_case(law)), as_user("rita"), as_user("karin"), as_user("kees")
    karin.post(f"/taken/{task}/oppakken")
    assert told(law, "karin") == []
    karin.post(f"/taken/{task}/teruggeven")

    rita.post(f"/taken/{task}/toewijzen", {"username": "karin"})

    assert told(law, "karin") == [(ASSIGNED, "TASK")]
    assert told(law, "rita") == told(law, "kees") == []
    page = said(karin.get("/").text)
    assert 'aria-hidden="true">1</span>' in page
    assert "(1 nieuwe)" in page
    assert "Nieuw voor u" in page
    assert "Een taak is aan u gegeven:" in page
    assert "Nieuw voor u" not in said(kees.get("/").text)
    assert "(1 nieuwe)" not in said(kees.get("/").text)
    page = said(karin.get("/meldingen").text)
    assert "Een taak is aan u gegeven" in page
    assert "Voorbeeld PersoonD-1" in page


def test_a_task_that_the_model_gives_to_somebody_is_told_and_one_of_nobody_is_not(law: Platform) -> None:
    given = '<zeebe:assignmentDefinition assignee="kees" candidateGroups="klantmanager"/>'
    law.services.deployments.deploy([Resource("eigen/geef.bpmn", Diagram("geef").start().user("a", given).user("b").end()
                                             .path("start", "a", "b", "end").xml().encode())])  # fmt: skip
    key = law.start("geef")
    law.complete(first_task(law, key), user="kees")

    assert told(law, "kees") == [(ASSIGNED, "TASK")]


def test_opening_reads_it_and_leads_to_the_task(law: Platform, as_user: Login) -> None:
    task, karin = first_task(law, start_case(law)), as_user("karin")
    law.services.user_tasks.assign(task, "karin", actor(law, "rita"))
    [one] = law.services.alerts.page(actor(law, "karin")).items
    karin.get("/meldingen")

    answer = karin.get(f"/meldingen/{one.row.key}")

    assert answer.headers["Location"].endswith(f"/taken/{task}")
    assert law.services.alerts.count(actor(law, "karin")) == 0
    assert "nieuwe)" not in karin.get("/").text
    assert as_user("kees").get(f"/meldingen/{one.row.key}").status_code == 404


def test_who_may_not_see_the_case_any_more_sees_no_line_and_no_count(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    law.services.user_tasks.assign(first_task(law, key), "karin", actor(law, "rita"))
    assert law.services.alerts.count(actor(law, "karin")) == 1

    law.services.case_leads.hand_over(key, "kees", actor(law, "rita"))

    assert law.services.alerts.count(actor(law, "karin")) == 0
    page = said(karin.get("/meldingen").text)
    assert "U heeft geen meldingen" in page
    assert "PersoonD-1" not in page
    assert told(law, "kees") == [(ASSIGNED, "TASK")]


def test_who_was_told_reads_all_but_what_came_after_the_page(law: Platform, as_user: Login) -> None:
    karin, rita = as_user("karin"), actor(law, "rita")
    for number in ("1", "2"):
        law.services.user_tasks.assign(first_task(law, start_case(law, number)), "karin", rita)
    newest = law.services.alerts.page(actor(law, "karin")).newest
    karin.get("/meldingen")
    law.services.user_tasks.assign(first_task(law, start_case(law, "3")), "karin", rita)

    karin.post("/meldingen/gelezen", {"tot": newest or ""})

    assert law.services.alerts.count(actor(law, "karin")) == 1


def test_a_page_ends_where_the_next_begins_and_the_bell_stops_at_ninety_nine(law: Platform, as_user: Login) -> None:
    task = law.tasks(instance=start_case(law))[0]
    with law.context.db.write() as unit:
        rows = [{
            "key": number, "username": "karin", "kind": LATE, "root_key": task.root_key, "definition_key": task.definition_key,
            "subject": "TASK", "subject_key": task.key, "about": "", "created": law.clock.now(), "on_bell": True,
        } for number in range(1, 121)]  # fmt: skip
        unit.connection.execute(insert(t.alert), rows)
    karin = as_user("karin")

    first = karin.get("/meldingen").text

    assert ">99+</span>" in first
    assert first.count(" data-row>") == service.SIZE
    assert '/meldingen/120"' in first
    assert '/meldingen/71"' in first
    assert '/meldingen/70"' not in first
    second = karin.get(re.search(r'href="(/meldingen\?na=[^"]+)"', first)[1]).text
    assert '/meldingen/70"' in second
    assert "Alles is gelezen" not in second
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.alert).where(t.alert.c.key > 99).values(read=law.clock.now()))
    assert ">99</span>" in karin.get("/").text


@pytest.mark.parametrize(("kind", "subject"), [("PRAISED", "TASK"), (LATE, "PARCEL"), ("PRAISED", "PARCEL")])
def test_what_a_newer_program_tells_is_passed_over_and_the_rest_is_shown(
    law: Platform, as_user: Login, kind: str, subject: str
) -> None:
    """While nodes are replaced one by one, a newer one may already write kinds that this one does not know."""
    task, karin = first_task(law, start_case(law)), as_user("karin")
    law.services.user_tasks.assign(task, "karin", actor(law, "rita"))
    [known] = law.services.alerts.page(actor(law, "karin")).items
    with law.context.db.write() as unit:
        unit.connection.execute(insert(t.alert), {
            "key": known.row.key + 1, "username": "karin", "kind": kind, "root_key": None, "definition_key": 0,
            "subject": subject, "subject_key": task, "about": "", "created": law.clock.now(), "on_bell": True,
        })  # fmt: skip

    page = karin.get("/meldingen")

    assert page.status_code == 200
    assert f'/meldingen/{known.row.key}"' in page.text
    assert f'/meldingen/{known.row.key + 1}"' not in page.text


def closed(law: Platform) -> int:
    """Start a case of a family that is closed to consulenten, with a task for them, and return the key of the task."""
    given = '<zeebe:assignmentDefinition assignee="cees" candidateGroups="consulent"/>'
    diagram = Diagram("dicht").start().user("a", given).end().path("start", "a", "end")
    law.services.deployments.deploy([Resource("handhaving/dicht.bpmn", diagram.xml().encode())])
    return first_task(law, law.start("dicht", owner="karin"))


def test_a_part_of_a_case_that_is_closed_to_somebody_is_not_told_to_them(law: Platform) -> None:
    closed(law)
    assert told(law, "cees") == []


def test_a_part_that_became_closed_to_somebody_is_not_shown_to_them(law: Platform, as_user: Login) -> None:
    key = closed(law)
    task = next(one for one in law.tasks() if one.key == key)
    with law.context.db.write() as unit:
        unit.connection.execute(insert(t.alert), {
            "key": 7, "username": "cees", "kind": ASSIGNED, "root_key": task.root_key, "definition_key": task.definition_key,
            "subject": "TASK", "subject_key": task.key, "about": "a", "created": law.clock.now(), "on_bell": True,
        })  # fmt: skip
    assert '/meldingen/7"' not in as_user("cees").get("/meldingen").text


# -- what comes due ----------------------------------------------------------------------------------------------------


def test_a_task_and_a_term_are_told_once_when_they_come_near_and_once_when_they_are_late(law: Platform) -> None:
    key = start_case(law)
    task = law.tasks(instance=key)[0]
    law.services.user_tasks.claim(task.key, "karin", actor(law, "karin"))
    law.services.alerts.sweep()
    with law.context.db.write() as unit:
        due = law.clock.now() + timedelta(days=10)
        unit.connection.execute(update(t.user_task).where(t.user_task.c.key == task.key).values(due=due, sort_due=due))
        term = unit.connection.execute(select(t.term.c.key).where(t.term.c.root_key == key, t.term.c.state == "OURS")).scalars().first()
        if term is None:
            term = law.context.keys.next()
            unit.connection.execute(insert(t.term), {
                "key": term, "root_key": key, "instance_key": task.instance_key, "definition_key": task.definition_key,
                "name": "pipUiterlijk", "state": "OURS", "due": due, "begun": law.clock.now(),
            })  # fmt: skip
        unit.connection.execute(update(t.term).where(t.term.c.key == term).values(due=due))

    law.clock.advance(days=6)
    assert law.services.alerts.sweep() == 0
    law.clock.advance(days=2)
    assert law.services.alerts.sweep() == 2
    assert law.services.alerts.sweep() == 0
    assert sorted(told(law, "karin")) == [(DUE_SOON, "TASK"), (DUE_SOON, "TERM")]
    law.clock.advance(days=5)
    assert law.services.alerts.sweep() == 2
    assert law.services.alerts.sweep() == 0

    assert sorted(told(law, "karin")) == [(DUE_SOON, "TASK"), (DUE_SOON, "TERM"), (LATE, "TASK"), (LATE, "TERM")]


def test_a_jump_beyond_both_moments_tells_what_is_late_only(law: Platform) -> None:
    task = law.tasks(instance=start_case(law))[0]
    law.services.user_tasks.claim(task.key, "karin", actor(law, "karin"))
    law.services.alerts.sweep()
    due = law.clock.now() + timedelta(days=10)
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.user_task).where(t.user_task.c.key == task.key).values(due=due, sort_due=due))

    law.clock.advance(days=40)
    law.services.alerts.sweep()

    assert told(law, "karin").count((LATE, "TASK")) == 1
    assert (DUE_SOON, "TASK") not in told(law, "karin")


def test_what_a_sweep_costs_follows_what_comes_due_and_not_what_is_open(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SWEPT", 5)
    task = law.tasks(instance=start_case(law))[0]
    due = law.clock.now() + timedelta(days=10)
    law.services.alerts.sweep()

    def statements() -> int:
        seen: list[str] = []
        with law.context.db.watched(lambda sql, _: seen.append(sql)):
            law.services.alerts.sweep()
        return len(seen)

    def more(first: int, moments: list[datetime]) -> None:
        with law.context.db.write() as unit:
            found = unit.connection.execute(select(t.user_task).where(t.user_task.c.key == task.key)).one()._mapping
            unit.connection.execute(insert(t.user_task), [
                {**found, "key": first + n, "element_key": first + n, "assignee": "karin", "due": moment, "sort_due": moment}
                for n, moment in enumerate(moments)
            ])  # fmt: skip

    before = statements()
    more(1, [due + timedelta(days=n) for n in range(50)])
    assert statements() == before, "what is open and not due costs something"
    more(1_001, [due - timedelta(days=5)] * 12)  # more than one portion, all at one moment
    law.clock.advance(days=3)

    assert statements() > before
    assert told(law, "karin") == [(DUE_SOON, "TASK")] * 12
    assert statements() == before


# -- a partner answers -------------------------------------------------------------------------------------------------


def test_who_leads_the_case_is_told_that_a_partner_answered_and_who_wrote_it_down_is_not(law: Platform, as_user: Login) -> None:
    key, rita, karin = start_case(law, in_coa=True), as_user("rita"), as_user("karin")
    assert rita.post(f"/zaken/{key}/melden/coa.uitstroom", {}).status_code == 302
    assert told(law, "karin") == [(ANSWERED, "MESSAGE")]
    assert "COA: uit de opvang vertrokken" in said(karin.get("/meldingen").text)

    other = start_case(law, "D-2", in_coa=True)
    karin.get("/")
    assert karin.post(f"/zaken/{other}/melden/coa.uitstroom", {}).status_code == 302
    assert told(law, "karin") == [(ANSWERED, "MESSAGE")]


def test_what_could_not_be_stored_is_not_told(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    key = start_case(law, in_coa=True)
    monkeypatch.setattr(law.context, "log", lambda *_a, **_k: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        law.publish("coa.uitstroom", correlation_key="D-1")

    assert told(law, "karin") == []
    assert key


# -- trouble -----------------------------------------------------------------------------------------------------------


def broken(law: Platform, cases: int) -> None:
    law.services.deployments.deploy([Resource("eigen/kapot.bpmn", Diagram("kapot").start().service("s", "stuk", retries="1").end()
                                             .path("start", "s", "end").xml().encode())])  # fmt: skip

    def fail(_job: Any, _work: Any) -> Any:
        raise ValueError("zeer-geheim")

    law.context.handlers = {**law.context.handlers, "stuk": fail}
    for _number in range(cases):
        law.start("kapot")
    law.run_due()


def test_one_cause_is_told_once_to_who_looks_after_trouble_until_it_has_been_read(law: Platform, as_user: Login) -> None:
    broken(law, 3)
    assert told(law, "bram") == [(FAILED, "ELEMENT")]
    assert told(law, "karin") == told(law, "rita") == []
    bram = as_user("bram")
    page = said(bram.get("/meldingen").text)
    assert "nu 3 keer" in page
    assert "zeer-geheim" not in page
    law.start("kapot")
    law.run_due()
    assert told(law, "bram") == [(FAILED, "ELEMENT")]

    [one] = law.services.alerts.page(actor(law, "bram")).items
    assert bram.get(f"/meldingen/{one.row.key}").headers["Location"].endswith("/storingen")
    law.start("kapot")
    law.run_due()

    assert told(law, "bram") == [(FAILED, "ELEMENT")] * 2
    law.services.accounts.save("bram", roles=("procesontwerper",))
    assert law.services.alerts.page(actor(law, "bram")).items == []


# -- choosing ----------------------------------------------------------------------------------------------------------


def test_what_somebody_does_not_want_on_the_bell_is_not_written_down(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    sent = {"adres": "", "soort": [kind for kind in KINDS if kind != FAILED], **{f"mail_{kind}": NEVER for kind in KINDS}}
    karin.get("/voorkeuren")
    assert karin.post("/voorkeuren", {**sent, f"bel_{LATE}": "1"}).status_code == 302

    law.services.user_tasks.assign(first_task(law, start_case(law)), "karin", actor(law, "rita"))

    assert told(law, "karin") == []
    chosen = law.services.alerts.preferences(actor(law, "karin")).choices
    assert [kind for kind, one in chosen.items() if one.on_bell] == [LATE, FAILED]


def test_an_address_that_is_none_is_refused_and_stays_on_the_page(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    karin.get("/voorkeuren")
    for address in ("geen adres", "a@b", "a@voorbeeld.nl, b@voorbeeld.nl", "a\r\nBcc: b@voorbeeld.nl", ""):
        page = karin.post("/voorkeuren", {"adres": address, "soort": ASSIGNED, f"mail_{ASSIGNED}": NOW})
        assert page.status_code == 422, address
        assert "Uw voorkeuren zijn niet bewaard" in page.text
        assert law.services.alerts.preferences(actor(law, "karin")).address == ""


def test_the_page_says_that_no_mail_is_sent_where_none_is(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    assert "verstuurt nu geen e-mail" in said(karin.get("/voorkeuren").text)
    law.context.settings = replace(
        law.context.settings, smtp_host="localhost", mail_from="flow@voorbeeld.nl", base_url="https://flow.voorbeeld.nl"
    )
    assert "verstuurt nu geen e-mail" not in said(karin.get("/voorkeuren").text)


def test_who_stops_mails_gets_none_of_what_was_waiting(law: Platform) -> None:
    law.context.settings = replace(
        law.context.settings, smtp_host="localhost", mail_from="flow@voorbeeld.nl", base_url="https://flow.voorbeeld.nl"
    )
    karin = actor(law, "karin")
    law.services.alerts.choose("karin@voorbeeld.nl", dict.fromkeys(KINDS, Choice(mail=DAILY)), karin)
    law.services.user_tasks.assign(first_task(law, start_case(law)), "karin", actor(law, "rita"))

    law.services.alerts.choose("karin@voorbeeld.nl", dict.fromkeys(KINDS, Choice()), karin)

    with law.context.db.read() as unit:
        assert list(unit.connection.execute(select(t.alert.c.mail)).scalars()) == [None]


# -- forgetting --------------------------------------------------------------------------------------------------------


def test_what_was_read_goes_after_a_month_and_what_was_not_after_half_a_year(law: Platform) -> None:
    rita, karin = actor(law, "rita"), actor(law, "karin")
    for number in ("1", "2"):
        law.services.user_tasks.assign(first_task(law, start_case(law, number)), "karin", rita)
    oldest = law.services.alerts.page(karin).items[-1].row.key
    law.services.alerts.open(oldest, karin)

    law.clock.advance(days=29)
    assert law.services.alerts.forget() == 0
    law.clock.advance(days=2)
    assert law.services.alerts.forget() == 1
    law.clock.advance(days=150)
    assert law.services.alerts.forget() == 1


def test_nothing_personal_is_kept_in_a_row(law: Platform) -> None:
    law.services.user_tasks.assign(first_task(law, start_case(law, "D-77")), "karin", actor(law, "rita"))
    broken(law, 1)
    with law.context.db.read() as unit:
        kept = " ".join(str(value) for row in unit.connection.execute(select(t.alert)) for value in row)
    assert "PersoonD" not in kept
    assert "D-77" not in kept
    assert "geheim" not in kept


def test_an_account_that_is_closed_is_told_nothing(law: Platform) -> None:
    law.services.accounts.save("uit", display_name="", password=PASSWORD, roles=("functioneel-beheerder",))
    law.services.accounts.set_active("uit", False)
    broken(law, 1)
    assert told(law, "uit") == []
    assert told(law, "bram") == [(FAILED, "ELEMENT")]
    assert law.clock.now() > datetime(2026, 1, 1, tzinfo=UTC)
