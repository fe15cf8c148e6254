"""Absence: a deputy sees and does what an absent colleague has to do, in the period alone and with the roles of their own."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import variants
from diagrams import Diagram
from sqlalchemy import select, update
from sqlalchemy import text as sql

from inburgering_flow import i18n
from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.inburgering.demo import LOCATION, PASSWORD
from inburgering_flow.model.absences import GROUP, PROCESS, REST, Absence, Deputy, deputy_for
from inburgering_flow.model.permissions import CASELOAD, Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.platform import Platform
from inburgering_flow.services.case_access import ReasonNeeded
from inburgering_flow.services.tasks import SeparationOfDuties
from inburgering_flow.store import absences, cases, task_lists, tasks, visibility
from inburgering_flow.store import tables as t
from web.conftest import Browser, on_both, said, start_case
from web.test_agenda import meeting
from web.test_costs import counted

Login = Callable[[str], Browser]
MONDAY = date(2026, 3, 2)
GROUPS = {"werk": "klantmanager", "recht": "jurist", "azc": "coa-medewerker", "los": ""}
pytest_generate_tests = on_both


def of(law: Platform, username: str) -> Actor:
    return law.services.accounts.actor(law.services.accounts.get(username))


def for_all(username: str) -> list[Deputy]:
    return [Deputy(REST, "", username)]


def away(
    law: Platform, username: str = "karin", deputies: list[Deputy] | None = None, since: date = MONDAY, until: date = MONDAY,
    **more: Any,
) -> int:  # fmt: skip
    """Note a period of absence by the person themselves; today unless told otherwise."""
    named = for_all("kees") if deputies is None else deputies
    return law.services.absences.note(username, since, until, named, of(law, username), **more)


def duty(name: str, value: str, groups: str) -> str:
    given = f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'
    return given + f'<zeebe:assignmentDefinition candidateGroups="{groups}"/>'


def deploy(law: Platform, process_id: str = "klus") -> None:
    """A process whose cases have an open task for each of ``GROUPS`` at once."""
    diagram = Diagram(process_id).start().both("open").both("dicht").end().path("start", "open").path("dicht", "end")
    for name, group in GROUPS.items():
        diagram.user(name, f'<zeebe:assignmentDefinition candidateGroups="{group}"/>' if group else "")
        diagram.path("open", name, "dicht")
    law.deploy_content(f"{process_id}.bpmn", diagram.xml())


def begin(law: Platform, owner: str | None = "karin", process_id: str = "klus", location: str | None = None) -> dict[str, int]:
    """Start a case and return its open tasks by name."""
    key = law.start(process_id, {"dossiernummer": f"K-{law.context.keys.next()}"}, owner=owner, location=location)
    return {x.element_id: x.key for x in law.tasks(state="CREATED") if x.root_key == key}


def task(law: Platform, key: int) -> UserTask:
    with law.context.db.read() as unit:
        return tasks.get(unit, key)


def of_view(law: Platform, username: str, view: str = "mijn") -> set[int]:
    return {item.key for item in law.services.task_lists.page(of(law, username), view).items}


def sees(law: Platform, username: str, root_key: int) -> bool:
    with law.context.db.read() as unit:
        return cases.sees(unit, of(law, username), root_key)


@pytest.fixture
def work(law: Platform) -> dict[str, int]:
    """A case of karin's in which she has a task, which kees, a klantmanager too, does not see."""
    deploy(law)
    found = begin(law)
    law.services.user_tasks.claim(found["werk"], "karin", of(law, "karin"))
    root = task(law, found["werk"]).root_key
    assert not sees(law, "kees", root)
    return {**found, "case": root}


# -- the period ----------------------------------------------------------------------------------------------------------


def test_a_deputy_sees_and_does_from_the_first_day_to_the_last_and_not_a_moment_longer(law: Platform, work: dict[str, int]) -> None:
    away(law, since=date(2026, 3, 3), until=date(2026, 3, 4))
    seen = {}
    for moment in (
        "2026-03-02T23:59:59+01:00", "2026-03-03T00:00:00+01:00", "2026-03-04T23:59:59+01:00", "2026-03-05T00:00:00+01:00",
    ):  # fmt: skip
        law.clock.set(moment)
        seen[moment[8:10]] = (sees(law, "kees", work["case"]), work["werk"] in of_view(law, "kees"))
    assert seen == {"02": (False, False), "03": (True, True), "04": (True, True), "05": (False, False)}
    with pytest.raises(ReasonNeeded):
        law.services.user_tasks.claim(work["werk"], "kees", of(law, "kees"))
    assert task(law, work["werk"]).assignee == "karin", "what was not taken is theirs again"


def test_the_day_on_which_the_clock_goes_forward_is_a_day(law: Platform, work: dict[str, int]) -> None:
    """Sunday 29 March 2026 has 23 hours: it begins at 23:00 and is over at 22:00 in UTC."""
    away(law, since=date(2026, 3, 29), until=date(2026, 3, 29))
    for moment, expected in (
        ("2026-03-28T22:59:59+00:00", False), ("2026-03-28T23:00:00+00:00", True), ("2026-03-29T21:59:59+00:00", True),
        ("2026-03-29T22:00:00+00:00", False),
    ):  # fmt: skip
        law.clock.set(moment)
        assert sees(law, "kees", work["case"]) is expected, moment


def test_a_period_that_is_withdrawn_or_moved_opens_nothing_any_more(law: Platform, work: dict[str, int]) -> None:
    key = away(law, until=date(2026, 3, 6))
    assert sees(law, "kees", work["case"])
    law.services.absences.withdraw(key, of(law, "karin"))
    assert not sees(law, "kees", work["case"])
    with pytest.raises(NotFound):
        law.services.absences.withdraw(key, of(law, "karin"))

    key = away(law, until=date(2026, 3, 6))
    away(law, since=MONDAY, until=date(2026, 3, 3), key=key)
    law.clock.set("2026-03-04T09:00:00+01:00")
    assert not sees(law, "kees", work["case"])


def test_days_and_deputies_that_do_not_fit_are_refused_in_words(law: Platform) -> None:
    friday = date(2026, 3, 6)
    key = away(law, since=friday, until=friday)
    for since, until, wrong in (
        (friday, MONDAY, "before the first"), (date(2026, 3, 1), friday, "Days that are over"),
        (date(2026, 3, 9), date(2028, 4, 1), "two years"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=wrong):
            away(law, since=since, until=until)
    with pytest.raises(Conflict, match="another period"):
        away(law, since=MONDAY, until=friday)
    away(law, since=friday, until=date(2026, 3, 8), key=key)
    monday = date(2026, 3, 9)
    for deputies, wrong in (
        (for_all("karin"), "cannot be a deputy"), (for_all("nobody"), "cannot be a deputy"), (for_all("hans"), "none of the roles"),
        ([Deputy(GROUP, "jurist", "kees")], "none of the roles"), ([Deputy("iets", "x", "kees")], "not known"),
        ([Deputy(REST, "x", "kees")], "not known"), (for_all("kees") * 2, "named twice"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=wrong):
            away(law, deputies=deputies, since=monday, until=monday)


def test_only_who_assigns_work_notes_it_for_a_colleague(law: Platform) -> None:
    service = law.services.absences
    with pytest.raises(Forbidden):
        service.note("kees", MONDAY, MONDAY, [], of(law, "karin"))
    key = service.note("kees", MONDAY, MONDAY, for_all("karin"), of(law, "tom"))
    assert service.get(key, of(law, "rita")).deputies == tuple(for_all("karin"))
    with pytest.raises(NotFound):
        service.get(key, of(law, "karin"))
    with pytest.raises(Forbidden):
        service.of_all(of(law, "karin"))
    with pytest.raises(NotFound):
        service.note("niemand", MONDAY, MONDAY, [], of(law, "tom"))


def test_a_form_that_is_sent_twice_notes_one_period(law: Platform) -> None:
    assert away(law, once="een") == away(law, once="een")


# -- mandate -------------------------------------------------------------------------------------------------------------


def test_a_deputy_takes_and_completes_with_a_line_that_says_for_whom(law: Platform, as_user: Login, work: dict[str, int]) -> None:
    away(law, until=date(2026, 3, 6))
    key, kees = work["werk"], as_user("kees")
    assert "karin <br> <span class=\"soft\">afwezig tot en met 6 maart 2026" in said(kees.get("/").text)
    page = said(kees.get(f"/taken/{key}").text)
    assert "Deze taak is van karin, afwezig tot en met 6 maart 2026. U vervangt karin voor deze taak." in page
    assert "Taak overnemen als vervanger" in page

    assert kees.post(f"/taken/{key}/oppakken").status_code == 302
    page = said(kees.get(f"/taken/{key}").text)
    assert "De taak is van u, als vervanger." in page
    assert task(law, key).assignee == "kees"
    kees.post(f"/taken/{key}/terugnemen")
    assert task(law, key).assignee == "karin", "undone, it is hers again"
    kees.post(f"/taken/{key}/oppakken")
    law.complete(key, {}, user="kees")
    rita = as_user("rita")
    assert "kees pakte een taak op: werk, als vervanger van karin" in said(rita.get(f"/zaken/{work['case']}/tijdlijn").text)
    assert "kees bekeek een taak, als vervanger van karin" in said(rita.get(f"/zaken/{work['case']}/bekeken").text)


def test_what_is_taken_together_as_deputy_goes_back_to_whom_it_was_of(law: Platform, work: dict[str, int]) -> None:
    away(law)
    deeds, kees = law.services.list_deeds, of(law, "kees")
    key = deeds.do("claim", [work["werk"]], None, kees)
    assert task(law, work["werk"]).assignee == "kees"
    deeds.undo(key, kees)
    assert task(law, work["werk"]).assignee == "karin"


def test_a_task_is_completed_as_deputy_without_being_taken_first(law: Platform, work: dict[str, int]) -> None:
    with pytest.raises(ReasonNeeded):
        law.services.user_tasks.complete(work["werk"], {}, user="kees", actor=of(law, "kees"))
    away(law)
    law.services.user_tasks.complete(work["werk"], {}, user="kees", actor=of(law, "kees"))
    done = task(law, work["werk"])
    assert (done.state, done.completed_by) == ("COMPLETED", "kees")
    with law.context.db.read() as unit:
        a = t.audit.c
        line = unit.connection.execute(select(a.actor, a.detail).where(a.action == "task.complete")).one()
    assert (line.actor, line.detail["deputy_of"]) == ("kees", "karin")


def test_a_deputy_without_the_role_of_a_task_does_not_see_it_and_may_not_do_it(law: Platform) -> None:
    """Somebody who stands in by one of two roles gets nothing of the other."""
    deploy(law)
    law.services.accounts.save("joop", display_name="Joop", password=PASSWORD, roles=("klantmanager", "jurist"))
    found = begin(law, owner="rita")
    for name in ("werk", "recht"):
        law.services.user_tasks.assign(found[name], "joop")
    away(law, "joop", for_all("kees"))
    assert of_view(law, "kees") == {found["werk"]}
    kees = of(law, "kees")
    with pytest.raises(Forbidden):
        law.services.user_tasks.claim(found["recht"], "kees", kees)
    with pytest.raises(Forbidden):
        law.services.user_tasks.complete(found["recht"], {}, user="kees", actor=kees)
    law.services.user_tasks.claim(found["werk"], "kees", kees)


def test_a_role_that_is_bound_to_a_location_stands_in_there_alone(law: Platform) -> None:
    deploy(law)
    for name, place in (("coby", LOCATION), ("ver", "AZC Elders")):
        law.services.accounts.save(name, display_name=name, password=PASSWORD, roles=("coa-medewerker",), location=place)
    found = begin(law, location=LOCATION)
    law.services.user_tasks.assign(found["azc"], "carla")
    away(law, "carla", for_all("ver"))
    assert of_view(law, "ver") == set()
    assert not sees(law, "ver", task(law, found["azc"]).root_key)
    key = law.services.absences.own(of(law, "carla"))[0].key
    away(law, "carla", for_all("coby"), key=key)
    assert of_view(law, "coby") == {found["azc"]}


def test_who_did_an_earlier_step_is_refused_as_deputy_too(law: Platform, as_user: Login) -> None:
    diagram = Diagram("plicht").start().user("a", duty("uitvoerderIn", "wie", "klantmanager"))
    diagram.user("b", duty("nietDoor", "=[wie]", "klantmanager")).end()
    law.deploy_content("plicht.bpmn", diagram.path("start", "a", "b", "end").xml())
    root = law.start("plicht", {"dossiernummer": "P-1"}, owner="karin")
    first = next(x.key for x in law.tasks(state="CREATED") if x.root_key == root)
    law.services.user_tasks.complete(first, {}, user="kees")
    second = next(x.key for x in law.tasks(state="CREATED") if x.root_key == root)
    law.services.user_tasks.claim(second, "karin", of(law, "karin"))
    away(law)

    for move in (law.services.user_tasks.claim, lambda key, user, actor: law.services.user_tasks.complete(key, {}, user=user, actor=actor)):
        with pytest.raises(SeparationOfDuties):
            move(second, "kees", of(law, "kees"))
    kees = as_user("kees")
    kees.post(f"/taken/{second}/oppakken")
    page = said(kees.get(f"/taken/{second}").text)
    assert "U deed een eerdere stap die hier wordt beoordeeld" in page
    assert "Taak overnemen" not in page
    law.clock.set("2026-03-03T09:00:00+01:00")
    law.services.absences.note("karin", date(2026, 3, 3), date(2026, 3, 6), for_all("kees"), of(law, "karin"))
    law.clock.set("2026-03-04T09:00:00+01:00")
    assert law.services.absences.sweep() == 1, "whom the law keeps from it is no deputy for it"
    assert task(law, second).assignee is None


def test_two_absences_in_a_row_are_not_followed(law: Platform, as_user: Login, work: dict[str, int]) -> None:
    """Karin names Kees, Kees names Klaas: nobody has said that Klaas may know of Karin's cases."""
    law.services.accounts.save("klaas", display_name="Klaas", password=PASSWORD, roles=("klantmanager",))
    friday = date(2026, 3, 6)
    key = away(law, until=friday)
    kees = as_user("kees")
    kees.post("/afwezigheid", {"van": "2026-03-02", "tot": "2026-03-06", "vervanger": "klaas"})
    assert sees(law, "kees", work["case"])
    assert not sees(law, "klaas", work["case"])
    assert "Zelf ook afwezig in deze periode: kees" in said(as_user("karin").get("/afwezigheid").text)
    assert law.services.absences.sweep() == 0, "the first day is not over"
    law.clock.set("2026-03-03T08:00:00+01:00")
    assert law.services.absences.sweep() == 1, "nobody does it: back to the group"
    assert task(law, work["werk"]).assignee is None
    assert law.services.absences.get(key, of(law, "tom")).deputies == tuple(for_all("kees"))


@pytest.mark.parametrize("seed", range(variants.examples(1, 12)))
def test_what_a_deputy_sees_is_the_same_asked_in_both_ways_and_what_was_agreed(law: Platform, seed: int) -> None:
    """Drawn people, cases and periods: as ranges of indexes, case by case, and told from the rows themselves."""
    chance = random.Random(seed)
    for process_id in ("klus", "ander"):
        deploy(law, process_id)
    law.services.accounts.save("joop", display_name="Joop", password=PASSWORD, roles=("klantmanager", "jurist"))
    law.services.accounts.save("coby", display_name="Coby", password=PASSWORD, roles=("coa-medewerker",), location="AZC Elders")
    people = ["karin", "kees", "joop", "julia", "carla", "coby", "hans"]
    for _number in range(5):
        found = begin(
            law, chance.choice(["karin", "kees", "joop", None]), chance.choice(["klus", "ander"]), chance.choice([LOCATION, None])
        )
        for key in found.values():
            if chance.random() < 0.7:
                law.services.user_tasks.assign(key, chance.choice(people))
    periods = []
    for username in people:
        kinds = [(REST, ""), (PROCESS, "klus"), (PROCESS, "ander"), *((GROUP, g) for g in GROUPS.values() if g)]
        named = [
            Deputy(*kind, chance.choice([p for p in people if p != username]))
            for kind in chance.sample(kinds, chance.randint(1, 4))
        ]  # fmt: skip
        since = MONDAY + timedelta(days=chance.choice([-1, 0, 0, 1]))
        row = Absence(law.context.keys.next(), username, since, MONDAY + timedelta(days=chance.choice([0, 0, 3])), law.clock.now(), "")
        row = replace(row, deputies=tuple(named), withdrawn=chance.choice([None, None, None, law.clock.now()]))
        with law.context.db.write() as unit:
            absences.save(unit, row)
        periods.append(row)
    now_away = {row.username: row for row in periods if row.is_on(MONDAY)}
    open_tasks = law.tasks(state="CREATED")
    with law.context.db.read() as unit:
        roots = {r.key: r for r in cases.several(unit, {x.root_key for x in open_tasks}).values()}
        for username in people:
            who = of(law, username)
            assert (who.stands_in is not None) == any(
                d.username == username for row in now_away.values() for d in row.deputies
            )
            sight, bare = visibility.Sight.of(who), replace(who, stands_in=None)
            root = cases.root
            asked = visibility.parts(sight, root) or [visibility.visible(sight, root)]
            by_parts = set()
            for part in asked:
                query = select(root.c.key).where(part, root.c.parent_key.is_(None))
                by_parts |= set(unit.connection.execute(query, visibility.who(who)).scalars())
            looked = select(root.c.key).where(visibility.visible(sight, root), root.c.parent_key.is_(None))
            assert by_parts == set(unit.connection.execute(looked, visibility.who(who)).scalars()), username

            def mine(x: UserTask, who: Actor = who) -> bool:
                row = now_away.get(x.assignee or "")
                if row is None or deputy_for(row.deputies, x.process_id, x.candidate_group) != who.username:
                    return False
                bound = "coa-medewerker"
                if x.candidate_group == bound and roots[x.root_key].location != who.location:
                    return False
                return not x.candidate_groups or bool(set(x.candidate_groups) & set(who.roles))

            expected = cases.seen(unit, bare, list(roots)) | {x.root_key for x in open_tasks if mine(x)}
            if CASELOAD in who.sees:
                expected |= {
                    key for key, r in roots.items()
                    if (row := now_away.get(r.owner or "")) is not None and Deputy(REST, "", username) in row.deputies
                }  # fmt: skip
            assert by_parts == expected, username
            listed = {item.key for item in task_lists.page(unit, who, "mijn", {}, None, 100)}
            own = {x.key for x in open_tasks if x.assignee == username and x.root_key in expected}
            assert listed == own | {x.key for x in open_tasks if mine(x)}, username
            assert len(listed) == task_lists.count(unit, who, "mijn", {})


def test_what_a_deputy_sees_begins_from_who_is_away_and_not_from_all_cases(law: Platform, work: dict[str, int]) -> None:
    away(law)
    kees = of(law, "kees")
    assert kees.stands_in == MONDAY
    if law.context.db.engine.dialect.name != "sqlite":
        return
    with law.context.db.read() as unit:
        for query in cases.ranges(kees, "RUNNING", "", None):
            text = str(query.compile(law.context.db.engine, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(str(row[3]) for row in unit.connection.execute(sql(f"EXPLAIN QUERY PLAN {text}")))
            assert "SCAN root" not in plan or "ix_process_instance_nobodys" in plan, plan
            assert "SCAN user_task" not in plan, plan


# -- what nobody does ----------------------------------------------------------------------------------------------------


def test_a_task_without_a_deputy_goes_back_after_one_working_day(law: Platform, as_user: Login, work: dict[str, int]) -> None:
    """From Saturday on: Monday is the first working day, so on Tuesday it goes."""
    away(law, deputies=[], since=date(2026, 3, 7), until=date(2026, 3, 13))
    for day, gone in ((7, 0), (8, 0), (9, 0), (10, 1), (11, 0)):
        law.clock.set(f"2026-03-{day:02}T10:00:00+01:00")
        assert law.services.absences.sweep() == gone, day
    assert task(law, work["werk"]).assignee is None
    page = said(as_user("rita").get(f"/zaken/{work['case']}/tijdlijn").text)
    assert "het systeem gaf een taak terug: werk, want karin was afwezig en niemand verving" in page
    law.services.user_tasks.assign(work["werk"], "karin", of(law, "rita"))
    assert law.services.absences.sweep() == 0, "given during the absence it waits as long"
    law.clock.set("2026-03-12T10:00:00+01:00")
    assert law.services.absences.sweep() == 1


def test_a_holiday_is_no_working_day(law: Platform, work: dict[str, int]) -> None:
    """Good Friday is none; Easter Monday, 6 April 2026, is a recognised holiday: the first working day is Tuesday."""
    away(law, deputies=[], since=date(2026, 4, 4), until=date(2026, 4, 10))
    law.clock.set("2026-04-07T10:00:00+02:00")
    assert law.services.absences.sweep() == 0
    law.clock.set("2026-04-08T10:00:00+02:00")
    assert law.services.absences.sweep() == 1


def test_what_a_deputy_can_do_stays_where_it_is(law: Platform, work: dict[str, int]) -> None:
    away(law, until=date(2026, 3, 13))
    law.clock.set("2026-03-10T10:00:00+01:00")
    assert law.services.absences.sweep() == 0
    assert work["werk"] in of_view(law, "kees")
    law.services.accounts.set_active("kees", False)
    assert law.services.absences.sweep() == 1, "a closed account does nothing"


def test_what_is_for_the_absent_colleague_alone_stays_and_is_on_the_board(law: Platform, as_user: Login) -> None:
    diagram = Diagram("eigen").start().user("a", '<zeebe:assignmentDefinition candidateUsers="karin"/>').end()
    law.deploy_content("eigen.bpmn", diagram.path("start", "a", "end").xml())
    law.start("eigen", {"dossiernummer": "E-1"}, owner="karin")
    key = next(x.key for x in law.tasks(state="CREATED"))
    law.services.user_tasks.claim(key, "karin", of(law, "karin"))
    away(law, until=date(2026, 3, 13))
    law.clock.set("2026-03-10T10:00:00+01:00")
    assert law.services.absences.sweep() == 0
    page = said(as_user("tom").get("/regie").text)
    assert re.search(r'karin</th>.*13 maart 2026.*kees.*eigenaar=karin">1</a>.*wie=karin">1</a>', page)


def test_a_sweep_costs_what_is_away(law: Platform, work: dict[str, int]) -> None:
    with counted(law) as none:
        law.services.absences.sweep()
    assert len(none) <= 3, none
    away(law, until=date(2026, 3, 13))
    law.clock.set("2026-03-10T10:00:00+01:00")
    with counted(law) as one:
        law.services.absences.sweep()
    for _number in range(5):
        law.services.user_tasks.claim(begin(law)["werk"], "karin", of(law, "karin"))
    with counted(law) as six:
        law.services.absences.sweep()
    assert len(six) <= len(one) + 1, six


# -- pages ---------------------------------------------------------------------------------------------------------------


def test_one_notes_changes_and_withdraws_a_period_on_ones_own_page(law: Platform, as_user: Login) -> None:
    karin, kees = as_user("karin"), as_user("kees")
    page = said(karin.get("/afwezigheid").text)
    assert "Waarom iemand er niet is, staat hier nooit." in page
    assert 'value="hans"' not in page, "nobody without a role that fits is offered"
    sent = {"van": "2026-03-09", "tot": "2026-03-13", "vervanger": "kees", "soort": ["group:klantmanager"], "soort_vervanger": [""]}
    assert "hoort een vervanger" in karin.post("/afwezigheid", sent).text
    assert karin.post("/afwezigheid", {**sent, "soort_vervanger": ["kees"]}).status_code == 302
    page = said(karin.get("/afwezigheid").text)
    assert "maandag 9 maart 2026 tot en met vrijdag 13 maart 2026" in page
    assert "kees doet: alle andere taken" in page
    assert "kees doet: taken voor de rol klantmanager" in page

    assert "karin" in said(kees.get("/afwezigheid").text)
    told = said(kees.get("/meldingen").text)
    assert "U vervangt een collega:</span> karin" in told
    assert "9 maart 2026 tot en met 13 maart 2026" in told
    alert = law.services.alerts.page(of(law, "kees")).items[0].row.key
    assert kees.get(f"/meldingen/{alert}").headers["Location"].endswith("/afwezigheid")

    key = law.services.absences.own(of(law, "karin"))[0].key
    assert kees.get(f"/afwezigheid/{key}").status_code == 404
    assert kees.post(f"/afwezigheid/{key}/intrekken").status_code == 404
    answer = karin.post(f"/afwezigheid/{key}", {"van": "2026-03-10", "tot": "2026-03-13"})
    assert answer.status_code == 302
    assert "Let op: er is geen vervanger voor alle andere taken." in said(karin.get("/afwezigheid").text)
    assert "u vervangt deze collega niet meer" in said(kees.get("/meldingen").text)
    karin.post(f"/afwezigheid/{key}/intrekken")
    assert "Nieuwe periode" in karin.get("/afwezigheid").text
    assert law.services.absences.own(of(law, "karin")) == []
    for wrong in ({"van": "gisteren", "tot": "2026-03-13"}, {"van": "", "tot": ""}):
        assert karin.post("/afwezigheid", wrong).status_code == 422


def test_who_leads_notes_it_for_others_and_choosers_say_who_is_away(law: Platform, as_user: Login, work: dict[str, int]) -> None:
    tom = as_user("tom")
    assert "niemand afwezig" in said(tom.get("/regie").text)
    assert "niets genoteerd voor later" in tom.get("/regie/afwezigheid").text
    assert as_user("karin").get("/regie/afwezigheid").status_code == 403
    sent = {"van": "2026-03-02", "tot": "2026-03-03", "vervanger": "karin"}
    assert tom.post("/regie/afwezigheid?wie=kees", sent).status_code == 302
    assert "<strong>kees</strong>" in tom.get("/regie/afwezigheid").text

    page = said(tom.get(f"/taken/{work['werk']}").text)
    assert "Kees (afwezig tot en met 3 maart 2026)" in page
    assert "kees (afwezig)" in said(tom.get("/regie").text)
    tom.post(f"/taken/{work['werk']}/toewijzen", {"username": "kees"})
    assert "Let op: kees is afwezig tot en met 3 maart 2026." in said(tom.get(f"/taken/{work['werk']}").text)
    told = law.services.alerts.page(of(law, "karin")).items
    assert ("STANDS_IN", "TASK") in {(one.row.kind, one.row.subject) for one in told}


def test_a_deputy_hears_what_its_colleague_would_hear(law: Platform, work: dict[str, int]) -> None:
    """What comes late: the task that kees does for karin, and nothing of the one that the jurist does for her."""
    law.services.alerts.sweep()
    due = law.clock.now() + timedelta(hours=1)
    with law.context.db.write() as unit:
        c = t.user_task.c
        unit.connection.execute(
            update(t.user_task).where(c.key.in_([work["werk"], work["recht"]])).values(due=due, sort_due=due, assignee="karin")
        )
    away(law, deputies=[Deputy(GROUP, "klantmanager", "kees")])
    law.clock.advance(hours=2)
    law.services.alerts.sweep()
    told = {(one.row.kind, one.row.subject_key) for one in law.services.alerts.page(of(law, "kees")).items}
    assert {one for one in told if one[0] == "LATE"} == {("LATE", work["werk"])}


def test_an_agenda_has_what_falls_in_the_absence_of_a_colleague_and_says_for_whom(law: Platform, as_user: Login) -> None:
    root = meeting(law)  # an appointment on Wednesday, and a task that is due on Thursday
    own = meeting(law, "2026-03-05T09:00:00+01:00", owner="kees", name="K-2")
    [first, second] = sorted(law.tasks(state="CREATED"), key=lambda one: one.root_key != root)
    law.services.user_tasks.claim(first.key, "karin")
    law.services.user_tasks.claim(second.key, "kees")
    kees = as_user("kees")

    def standing() -> dict[tuple[str, int], str | None]:
        days = law.services.agenda.week(of(law, "kees")).days
        return {(item.kind, item.row.root_key): item.of for items in days.values() for item in items}

    mine = {("APPOINTMENT", own): None, ("TASK", own): None}
    assert standing() == mine
    key = away(law, until=date(2026, 3, 4))
    assert standing() == mine | {("APPOINTMENT", root): "karin"}, "on Thursday she is back"
    with i18n.speaking("nl"):
        address = law.services.calendars.make(of(law, "kees"))
    law.services.absences.note("karin", MONDAY, date(2026, 3, 5), for_all("kees"), of(law, "karin"), key=key)
    assert standing() == mine | {("APPOINTMENT", root): "karin", ("TASK", root): "karin"}
    page = said(kees.get("/agenda").text)
    assert page.count("voor een collega (karin)") == 2
    feed = kees.get(f"/agenda/{address}.ics").text
    assert feed.count("voor een collega") == 2
    assert feed.count("BEGIN:VEVENT") == 4
    assert "Kanarie" not in feed
    assert "karin" not in feed
    law.services.absences.withdraw(key, of(law, "karin"))
    assert standing() == mine


def test_a_list_with_what_one_sees_as_a_deputy_alone_says_so_in_the_log(law: Platform, as_user: Login) -> None:
    meeting(law)
    meeting(law, owner="kees", name="K-2")
    for one in law.tasks(state="CREATED"):
        law.services.user_tasks.claim(one.key, "karin")
    kees = as_user("kees")

    def logged(path: str) -> dict[str, Any]:
        assert kees.get(path).status_code == 200
        with law.context.db.read() as unit:
            looks = select(t.audit.c.detail).where(t.audit.c.action == "list.look").order_by(t.audit.c.key.desc())
            return dict(unit.connection.execute(looks.limit(1)).scalar_one())

    assert logged("/zaken") == {"list": "cases", "shown": 1}
    away(law, until=date(2026, 3, 5))
    for path, name, shown in (("/zaken", "cases", 2), ("/taken?lijst=mijn", "tasks.mijn", 2), ("/agenda", "agenda", 2)):
        assert logged(path) == {"list": name, "shown": shown, "as_deputy": 1, "as_deputy_of": "karin"}, path
    page = said(as_user("aysel").get("/logboek?soort=looks").text)
    assert "zaken, namen: 2, daarvan 1 als vervanger van karin" in page


def test_lists_cost_one_statement_more_where_somebody_else_has_a_task(law: Platform, as_user: Login, work: dict[str, int]) -> None:
    kees = as_user("kees")
    kees.get("/")
    with counted(law) as before:
        kees.get("/")
    away(law)
    with counted(law) as after:
        kees.get("/")
    assert "karin" in kees.get("/").text
    assert len(after) <= len(before) + 8, "the periods, their deputies, what is new, and what a task of a case costs anyway"


def test_periods_are_forgotten_a_month_after_they_are_over(law: Platform) -> None:
    away(law)
    law.clock.set("2026-04-01T09:00:00+02:00")
    assert law.services.absences.forget() == 0
    law.clock.set("2026-04-02T09:00:00+02:00")
    assert law.services.absences.forget() == 1
    with law.context.db.read() as unit:
        assert unit.connection.execute(select(t.absence_deputy)).all() == []


def test_looks_at_the_shipped_process_follow_too(law: Platform, as_user: Login) -> None:
    if law.context.db.engine.dialect.name != "sqlite":
        return  # no processes there
    root = start_case(law)
    kees = as_user("kees")
    assert kees.get(f"/zaken/{root}").status_code in (403, 404)
    away(law)
    assert kees.get(f"/zaken/{root}").status_code == 200
    assert "kees bekeek de zaak, als vervanger van karin" in said(as_user("tom").get(f"/zaken/{root}/bekeken").text)
    assert "D-1" in kees.get("/zaken").text
