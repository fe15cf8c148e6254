"""Agenda: a week of what is due and agreed, and the calendar at a secret address, which says no name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil import parser as dates
from icalendar import Calendar
from sqlalchemy import select

from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import throttle
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import tables as t
from web.conftest import Browser, said

Login = Callable[[str], Browser]
DICTIONARY = (
    b'[{"name": "gesprekOp", "type": "date and time", "meaning": "Gesprek", "category": "none", "roles": ["klantmanager", "teammanager",'
    b' "regievoerder"], "appointment": {"title": "Kennismaking", "until": ["geweest"]}},'
    b' {"name": "geweest", "type": "boolean", "meaning": "Geweest", "category": "none", "roles": ["klantmanager"]}]'
)
MODEL = """<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="x">
  <process id="kennis" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>
    <userTask id="a" name="Gesprek voeren"><extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="klantmanager"/>
      <zeebe:taskSchedule dueDate="2026-03-05"/></extensionElements></userTask>
    <sequenceFlow id="g" sourceRef="a" targetRef="e"/><endEvent id="e"/></process>
</definitions>"""


def actor(law: Platform, username: str) -> Actor:
    account = law.services.accounts.get(username)
    assert account is not None
    return law.services.accounts.actor(account)


def meeting(law: Platform, when: str | None = "2026-03-04T10:30:00+01:00", owner: str = "karin", name: str = "K-1") -> int:
    """Start a case with an appointment on Wednesday and a task that is due on Thursday; today is Monday."""
    if "kennis" not in {d.id for d in law.services.deployments.newest("process")}:
        law.services.deployments.deploy(
            [Resource("kennis/kennis.bpmn", MODEL.encode()), Resource("kennis/gegevens.json", DICTIONARY)]
        )
    person = law.register_person({"voornamen": "Voor", "achternaam": f"Kanarie{name}"})
    return law.start("kennis", {} if when is None else {"gesprekOp": when}, owner=owner, business_key=name, person=person)


def appointments(law: Platform) -> list[tuple[str, datetime]]:
    with law.context.db.read() as unit:
        rows = unit.connection.execute(select(t.appointment.c.state, t.appointment.c.begins).order_by(t.appointment.c.key))
        return [(row.state, row.begins) for row in rows]


# -- the register ------------------------------------------------------------------------------------------------------


def test_an_appointment_follows_its_variable_until_it_is_over_or_its_process_ends(law: Platform) -> None:
    key = meeting(law, None)
    assert appointments(law) == []
    law.services.processes.set_variables(key, {"gesprekOp": "2026-03-04T10:30:00+01:00"})
    assert appointments(law) == [("OPEN", datetime(2026, 3, 4, 9, 30, tzinfo=UTC))]
    law.services.processes.set_variables(key, {"gesprekOp": "2026-03-06T10:30:00+01:00"})
    assert appointments(law) == [("OPEN", datetime(2026, 3, 6, 9, 30, tzinfo=UTC))]
    law.services.processes.set_variables(key, {"geweest": True})
    assert appointments(law)[0][0] == "DONE"
    law.services.processes.set_variables(key, {"gesprekOp": None})
    assert appointments(law) == []

    law.services.processes.set_variables(key, {"gesprekOp": "2026-03-09T10:30:00+01:00"})
    law.services.processes.cancel(key)
    assert appointments(law) == []


def test_what_was_agreed_before_there_was_a_register_is_caught_up_with(law: Platform) -> None:
    meeting(law)
    with law.context.db.write() as unit:
        unit.connection.execute(t.appointment.delete())
    law.services.steps.appointments._behind._after = 0

    assert law.services.steps.appointments.catch_up() == 1
    assert law.services.steps.appointments.catch_up() == 0

    assert appointments(law) == [("OPEN", datetime(2026, 3, 4, 9, 30, tzinfo=UTC))]


def test_the_shipped_models_say_when_people_meet(law: Platform) -> None:
    catalog = law.context.catalog
    found = {
        d.id: {one.title for one in catalog.appointments_of(d.key).values()}
        for d in law.services.deployments.newest("process") if catalog.appointments_of(d.key)
    }  # fmt: skip
    assert found == {
        "brede-intake": {"Brede intake"}, "hoorzitting": {"Hoorzitting"},
        "participatieverklaring": {"Workshop participatieverklaring"},
    }


# -- the page ----------------------------------------------------------------------------------------------------------


def test_a_week_shows_each_thing_on_its_day(law: Platform, as_user: Login) -> None:
    key = meeting(law)
    task = law.tasks(instance=key)[0].key
    karin = as_user("karin")
    law.services.user_tasks.claim(task, "karin", actor(law, "karin"))

    page = said(karin.get("/agenda").text)

    assert "Agenda, week 10" in page
    days = page.split("<h2>")[1:]
    wednesday, thursday = (next(day for day in days if f"{name} maart 2026" in day) for name in ("woensdag 4", "donderdag 5"))
    assert "10:30 Afspraak" in wednesday
    assert "Kennismaking" in wednesday
    assert "Voor KanarieK-1 · K-1" in wednesday
    assert "Gesprek voeren" in thursday
    assert f"/taken/{task}" in thursday
    assert "vandaag" in next(day for day in days if "maandag 2 maart 2026" in day)
    assert "zondag" not in page.split("</h1>")[1].split("class=\"agenda\"")[1]
    assert "Kennismaking" not in karin.get("/agenda?week=2026-W11").text
    assert "week=2026-W09" in page
    assert "week=2026-W11" in page
    law.services.processes.set_variables(key, {"geweest": True})
    assert "geweest" in said(karin.get("/agenda").text)


def test_mine_is_what_i_lead_or_do_and_my_teams_is_what_i_see(law: Platform, as_user: Login) -> None:
    meeting(law, owner="kees", name="K-2")
    assert "K-2" not in as_user("rita").get("/agenda").text
    assert "K-2" in as_user("rita").get("/agenda?van=team").text
    assert "voor kees" in said(as_user("rita").get("/agenda?van=team").text)
    assert "K-2" in as_user("kees").get("/agenda").text
    assert "K-2" not in as_user("karin").get("/agenda?van=team").text
    assert "K-2" not in as_user("hans").get("/agenda?van=team").text


def test_a_part_of_a_case_that_is_closed_to_somebody_is_not_in_their_agenda(law: Platform) -> None:
    model = MODEL.replace("klantmanager", "consulent")
    law.services.deployments.deploy([Resource("handhaving/kennis.bpmn", model.encode())])
    task = law.tasks(instance=law.start("kennis", owner="karin"))[0]
    law.services.user_tasks.assign(task.key, "cees")
    for username, count in (("cees", 0), ("rita", 1)):
        days = law.services.agenda.week(actor(law, username), of_team=True).days
        assert sum(map(len, days.values())) == count


def test_what_the_dictionary_keeps_from_a_role_is_not_in_its_agenda(law: Platform) -> None:
    law.services.deployments.deploy([
        Resource("kennis/kennis.bpmn", MODEL.replace("klantmanager", "consulent").encode()), Resource("kennis/gegevens.json", DICTIONARY)
    ])  # fmt: skip
    law.start("kennis", {"gesprekOp": "2026-03-04T10:30:00+01:00"}, owner="karin")
    for username, count in (("cees", 0), ("rita", 1)):
        days = law.services.agenda.week(actor(law, username), of_team=True).days
        assert sum(map(len, days.values())) == count + 1, "the task is for both"
        assert sum(item.kind == "APPOINTMENT" for items in days.values() for item in items) == count


def test_a_look_at_names_is_in_the_log(law: Platform, as_user: Login) -> None:
    meeting(law)
    as_user("karin").get("/agenda")
    with law.context.db.read() as unit:
        query = select(t.audit.c.detail).where(t.audit.c.action == "list.look", t.audit.c.actor == "karin")
        assert {"list": "agenda", "shown": 1} in list(unit.connection.execute(query).scalars())


def test_a_week_that_is_none_is_refused_in_words(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    for week in ("morgen", "2026-W60", "2026-10", "0001-W01", "9999-W52"):
        answer = karin.get(f"/agenda?week={week}")
        assert answer.status_code == 400, week
        assert "is geen week" in said(answer.text)


def test_terms_and_deadlines_at_the_end_of_a_week_stand_in_it(law: Platform) -> None:
    meeting(law, "2026-03-08T23:30:00+01:00")
    for week, count in ((date(2026, 3, 2), 1), (date(2026, 3, 9), 0)):
        found = law.services.agenda.week(actor(law, "karin"), week).days
        assert sum(1 for items in found.values() for item in items if item.kind == "APPOINTMENT") == count


# -- the calendar ------------------------------------------------------------------------------------------------------


def made(browser: Browser, whose: str = "mij") -> str:
    browser.get("/agenda")
    page = browser.post("/agenda/adres", {"van": whose})
    found = re.search(r"<code>http://localhost(/agenda/[\w-]{43}\.ics)</code>", page.text)
    assert found, page.text
    return found[1]


def fields(content: str) -> list[dict[str, str]]:
    """Read the events of a calendar without the library that wrote it. Source: RFC 5545, 3.1: lines are folded."""
    lines = re.sub(r"\r\n[ \t]", "", content).split("\r\n")
    events: list[dict[str, str]] = []
    for line in lines:
        name, _colon, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events:
            events[-1][name] = value
    return events


def test_whoever_has_the_address_reads_days_kinds_and_links_without_logging_in_and_no_name(law: Platform, as_user: Login) -> None:
    key = meeting(law)
    task = law.tasks(instance=key)[0].key
    law.services.user_tasks.claim(task, "karin", actor(law, "karin"))
    karin = as_user("karin")
    address = made(karin)
    outside = karin.client.application.test_client()

    answer = outside.get(address)

    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert "Kanarie" not in answer.text
    assert "K-1" not in answer.text
    assert "Kennismaking" not in answer.text
    assert "Set-Cookie" not in answer.headers
    appointment, due = sorted(fields(answer.text), key=lambda event: "DTSTART;VALUE=DATE" in event)
    assert appointment["SUMMARY"] == "Afspraak"
    assert dates.isoparse(appointment["DTSTART"]) == datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    assert due["SUMMARY"] == "Laatste dag van een taak"
    assert due["DTSTART;VALUE=DATE"] == "20260305"
    assert due["URL"] == f"http://localhost/taken/{task}"
    assert appointment["URL"] == f"http://localhost/zaken/{key}"
    assert len({event["UID"] for event in (appointment, due)}) == 2
    assert {"DTSTAMP", "UID", "SUMMARY"} <= set(due)
    parsed = Calendar.from_ical(answer.data)
    assert len(parsed.walk("VEVENT")) == 2
    assert [name for name in parsed if name.startswith("X-")] == []
    assert parsed["VERSION"] == "2.0"
    with law.context.db.read() as unit:
        [row] = unit.connection.execute(select(t.calendar_address)).all()
    assert address.split("/")[-1].removesuffix(".ics") not in str(row)


def test_the_same_calendar_is_not_sent_again(law: Platform, as_user: Login) -> None:
    meeting(law)
    karin = as_user("karin")
    address = made(karin)
    outside = karin.client.application.test_client()
    first = outside.get(address)
    assert first.headers["Cache-Control"] == "private, max-age=900"

    assert outside.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    meeting(law, "2026-03-06T09:00:00+01:00", name="K-9")
    assert outside.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_an_address_ends_when_it_is_withdrawn_or_replaced_or_its_account_is_closed(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    outside = karin.client.application.test_client()
    first = made(karin)
    second = made(karin)
    assert [outside.get(one).status_code for one in (first, second)] == [404, 200]
    assert "Adres intrekken" in karin.get("/agenda").text
    assert karin.post("/agenda/adres/intrekken").status_code == 302
    assert outside.get(second).status_code == 404
    assert karin.post("/agenda/adres/intrekken").status_code == 404
    third = made(karin)
    law.services.accounts.set_active("karin", False)
    assert outside.get(third).status_code == 404
    assert second.split("/")[-1] not in karin.get("/agenda").text


def test_the_calendar_of_a_team_shows_what_its_owner_may_see_now(law: Platform, as_user: Login) -> None:
    meeting(law, owner="kees")
    rita = as_user("rita")
    address = made(rita, "team")
    outside = rita.client.application.test_client()
    assert "Afspraak" in outside.get(address).text
    law.services.accounts.save("rita", roles=("klantmanager",))
    assert "Afspraak" not in outside.get(address).text


def test_a_name_of_a_case_is_in_it_only_where_the_setting_says_so(law: Platform, as_user: Login) -> None:
    meeting(law)
    karin = as_user("karin")
    address = made(karin)
    law.context.settings = replace(law.context.settings, calendar_case_names=True, base_url="https://flow.voorbeeld.nl")
    text = karin.client.application.test_client().get(address).text
    assert "SUMMARY:Afspraak (K-1)" in text
    assert "URL:https://flow.voorbeeld.nl/zaken/" in text.replace("\r\n ", "")


def test_who_tries_many_addresses_has_to_wait_and_who_has_one_does_not(
    law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(throttle.CURVES, throttle.CALENDAR, throttle.Curve(3, timedelta(seconds=10)))  # type: ignore[arg-type]
    address = made(as_user("karin"))
    outside = as_user("kees").client.application.test_client()
    answers = [outside.get(f"/agenda/{letter * 43}.ics").status_code for letter in "abcdef"]
    assert answers[:3] == [404] * 3
    assert answers[-1] == 429
    assert outside.get(address).status_code == 200
    assert outside.get("/agenda/kort.ics").status_code in (302, 404)


def test_who_sees_no_case_has_an_empty_agenda(law: Platform, as_user: Login) -> None:
    meeting(law)
    piet = as_user("piet")
    assert "K-1" not in piet.get("/agenda?van=team").text
    assert "Agenda" not in said(piet.get("/").text.split("</nav>")[0])
