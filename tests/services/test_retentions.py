"""Closed cases: kept as long as the domain says, held for a reason, destroyed by two people, and never by the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from diagrams import Diagram
from sqlalchemy import func, select

from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.inburgering.people import PERSON
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import Kept, Plugin, Retention
from inburgering_flow.platform import Platform
from inburgering_flow.store import retention
from inburgering_flow.store import tables as t
from inburgering_flow.store.retention import DESTROYED, DUE, GONE, HELD, KEPT, LATER, PROPOSALS, WITHOUT_DAY
from inburgering_flow.store.retention import PERSON as ONLY_PERSON

TOM, JULIA = (Actor(name, (role,), table=ROLES) for name, role in (("tom", "teammanager"), ("julia", "jurist")))
WHY = "De rechtbank vraagt om dit dossier."


def judge(variables: Mapping[str, Any], _decide: Any) -> Kept:
    """As long as the case itself says; without a day nobody knows."""
    until, person = variables.get("tot"), variables.get("persoonTot")
    return Kept(
        date.fromisoformat(until) if until else None, "Zo staat het in de zaak.", bool(until),
        date.fromisoformat(person) if person else None, {"hoe": "diploma"},
    )  # fmt: skip


@pytest.fixture
def archive(open_platform: Callable[..., Platform]) -> Platform:
    plugin = Plugin("archief", person=PERSON, retention=Retention(frozenset({"p"}), judge))
    platform = open_platform(plugins=[plugin])
    simple = Diagram().start().user("a").end().path("start", "a", "end")
    platform.deploy_content("p.bpmn", simple.xml())
    platform.deploy_content("q.bpmn", simple.xml().replace('id="p"', 'id="q"'))
    return platform


def closed(archive: Platform, process: str = "p", **variables: Any) -> int:
    """Return a case that has ended and was judged, about a person of its own."""
    person = variables.pop("person", None) or archive.register_person({"achternaam": "Voorbeeld"})
    key = archive.start(process, variables, person=person, business_key=f"D-{variables.get('tot')}")
    archive.complete(next(task.key for task in archive.tasks(state="CREATED", instance=key)), {})
    archive.services.retentions.judge()
    return key


def views(archive: Platform) -> dict[str, int]:
    return {view: n for view, n in archive.services.retentions.counts(TOM).items() if n}


def state(archive: Platform, key: int) -> str:
    return archive.services.retentions.one(key, TOM).row.state


def test_a_closed_case_may_go_the_day_after_its_last(archive: Platform) -> None:
    key = closed(archive, tot="2026-06-15")
    assert views(archive) == {LATER: 1}
    clock = archive.clock
    assert isinstance(clock, ManualClock)
    clock.set("2026-06-15T23:30:00+02:00")
    assert views(archive) == {LATER: 1}
    assert "kept until 15 June 2026" in archive.services.retentions.propose([key], TOM)[key]
    clock.set("2026-06-16T00:30:00+02:00")
    assert views(archive) == {DUE: 1}


def test_a_running_case_and_one_of_another_process_are_not_in_the_list(archive: Platform) -> None:
    archive.start("p", {"tot": "2020-01-01"})
    closed(archive, "q", tot="2020-01-01")

    assert views(archive) == {}


def test_two_people_destroy_a_case_and_nothing_of_it_is_left(archive: Platform) -> None:
    key = closed(archive, tot="2020-01-01", persoonTot="2020-01-01")
    service = archive.services.retentions
    assert "Nobody has proposed" in service.destroy([key], JULIA)[key]
    assert service.propose([key], TOM) == {}
    assert views(archive) == {PROPOSALS: 1}
    assert "You proposed this case yourself" in service.destroy([key], TOM)[key]
    assert service.destroy([key], JULIA) == {}

    assert views(archive) == {GONE: 1}
    with archive.context.db.read() as unit:
        for table in (t.process_instance, t.variable, t.user_task, t.person, t.person_number, t.search_word):
            assert unit.connection.execute(select(func.count()).select_from(table)).scalar_one() == 0, table.name
    [row] = service.declaration(JULIA)
    assert (row.root_key, row.proposed_by, row.changed_by, row.person_key, row.remains) == (key, "tom", "julia", None, None)
    assert "destroyed already" in service.destroy([key], JULIA)[key]


def test_what_is_left_of_the_person_stays_longer_and_goes_with_two_people_too(archive: Platform) -> None:
    key, service = closed(archive, tot="2020-01-01", persoonTot="2030-01-01"), archive.services.retentions
    service.propose([key], TOM)
    service.destroy([key], JULIA)
    assert state(archive, key) == ONLY_PERSON
    assert service.one(key, TOM).row.remains == {"hoe": "diploma"}
    assert "kept until 1 January 2030" in service.propose([key], TOM)[key]
    clock = archive.clock
    assert isinstance(clock, ManualClock)
    clock.set("2030-01-02T12:00:00+01:00")
    assert service.propose([key], JULIA) == {}
    assert service.destroy([key], TOM) == {}

    assert state(archive, key) == DESTROYED
    with archive.context.db.read() as unit:
        assert unit.connection.execute(select(func.count()).select_from(t.person)).scalar_one() == 0


def test_a_person_stays_as_long_as_another_case_is_about_him(archive: Platform) -> None:
    person, service = archive.register_person({"achternaam": "Voorbeeld"}), archive.services.retentions
    old = closed(archive, tot="2020-01-01", persoonTot="2020-01-01", person=person)
    running = archive.start("p", {"tot": "2020-01-02"}, person=person)
    assert "Another case of the same person" in service.propose([old], TOM)[old]
    archive.complete(next(task.key for task in archive.tasks(state="CREATED", instance=running)), {})
    service.judge()
    service.propose([old], TOM)
    service.destroy([old], JULIA)

    assert state(archive, old) == ONLY_PERSON, "the person goes with the last case about him"
    service.propose([running], TOM)
    service.destroy([running], JULIA)
    assert state(archive, running) == DESTROYED
    with archive.context.db.read() as unit:
        assert unit.connection.execute(select(func.count()).select_from(t.person)).scalar_one() == 0
    assert service.propose([old], TOM) == {}
    assert service.destroy([old], JULIA) == {}
    assert state(archive, old) == DESTROYED


def test_who_holds_a_case_says_why_and_it_does_not_go(archive: Platform) -> None:
    key, service = closed(archive, tot="2020-01-01"), archive.services.retentions
    with pytest.raises(InvalidInput):
        service.hold(key, "nee", JULIA)
    service.propose([key], TOM)
    service.hold(key, WHY, JULIA)

    assert views(archive) == {WITHOUT_DAY: 1}
    assert state(archive, key) == HELD
    assert "held this case" in service.propose([key], TOM)[key]
    assert "Nobody has proposed" in service.destroy([key], TOM)[key]
    service.let_go(key, "De zaak bij de rechtbank is klaar.", JULIA)
    assert views(archive) == {DUE: 1}
    with pytest.raises(Conflict):
        service.let_go(key, WHY, JULIA)


def test_without_a_day_somebody_decides_it_and_the_case_still_needs_two_people(archive: Platform) -> None:
    key, service = closed(archive), archive.services.retentions
    assert views(archive) == {WITHOUT_DAY: 1}
    assert "kept without a day" in service.propose([key], TOM)[key]
    with pytest.raises(InvalidInput, match="fifty"):
        service.decide_day(key, date(2080, 1, 1), WHY, JULIA)
    service.decide_day(key, date(2020, 1, 1), WHY, JULIA)
    assert service.propose([key], TOM) == {}
    assert service.destroy([key], JULIA) == {}

    other = closed(archive, tot="2020-01-01")
    with pytest.raises(Conflict, match="The rule gives"):
        service.decide_day(other, date(2019, 1, 1), WHY, JULIA)


def test_a_reason_to_hold_a_case_is_none_to_destroy_it_before_its_day(archive: Platform) -> None:
    key, service = closed(archive, tot="2040-01-01"), archive.services.retentions
    service.hold(key, WHY, JULIA)
    with pytest.raises(Conflict, match="The rule gives"):
        service.decide_day(key, date(2039, 12, 31), WHY, JULIA)
    service.decide_day(key, date(2040, 1, 1), WHY, JULIA)

    assert state(archive, key) == KEPT


def test_a_day_for_what_is_left_of_a_person_lets_the_person_go_on_it(archive: Platform) -> None:
    key, service = closed(archive, tot="2020-01-01", persoonTot="2030-01-01"), archive.services.retentions
    service.propose([key], TOM)
    service.destroy([key], JULIA)
    service.hold(key, WHY, JULIA)
    service.decide_day(key, date(2030, 1, 1), WHY, JULIA)
    assert state(archive, key) == ONLY_PERSON, "the case itself is gone"
    clock = archive.clock
    assert isinstance(clock, ManualClock)
    clock.set("2030-01-02T12:00:00+01:00")

    assert service.propose([key], TOM) == {}
    assert service.destroy([key], JULIA) == {}
    assert state(archive, key) == DESTROYED


def test_who_holds_a_case_at_the_same_moment_keeps_it(archive: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    key, service = closed(archive, tot="2020-01-01"), archive.services.retentions
    service.propose([key], TOM)
    read = retention.get

    def then_held(unit: Any, root_key: int) -> Any:
        row = read(unit, root_key)
        unit.connection.execute(t.retention.update().values(state=HELD))
        return row

    with monkeypatch.context() as between:
        between.setattr(retention, "get", then_held)
        assert "held this case" in service.destroy([key], JULIA)[key]
    assert archive.instance(key).state == "COMPLETED"


def test_a_message_that_nobody_has_handled_holds_its_case(archive: Platform) -> None:
    key, service = closed(archive, tot="2020-01-01"), archive.services.retentions
    archive.publish("burger.bezwaar", correlation_key="D-2020-01-01")

    assert "A message for this case waits" in service.propose([key], TOM)[key]


def test_a_fact_that_was_corrected_after_the_proposal_is_looked_at_again(archive: Platform) -> None:
    key, service = closed(archive, tot="2020-01-01"), archive.services.retentions
    service.propose([key], TOM)
    with archive.context.db.write() as unit:
        unit.connection.execute(t.variable.update().where(t.variable.c.name == "tot").values(value='"2040-01-01"'))

    assert "kept until 1 January 2040" in service.destroy([key], JULIA)[key]
    assert archive.instance(key).state == "COMPLETED"


def test_a_case_that_ended_before_there_was_a_rule_is_judged_too(archive: Platform) -> None:
    key = closed(archive, tot="2020-01-01")
    with archive.context.db.write() as unit:
        unit.connection.execute(t.retention.update().values(state="NEW", until=None))

    assert archive.services.retentions.judge() == 1
    assert state(archive, key) == KEPT
    assert archive.services.retentions.judge() == 0


def test_deleting_a_case_in_another_way_is_in_the_list_as_well(archive: Platform) -> None:
    key = closed(archive, tot="2040-01-01")
    archive.services.deletions.delete(key, SYSTEM)

    assert views(archive) == {GONE: 1}


def test_only_who_keeps_the_archive_sees_and_destroys(archive: Platform) -> None:
    service, key = archive.services.retentions, closed(archive, tot="2020-01-01")
    for role in ("klantmanager", "handhaver", "functioneel-beheerder", "regievoerder", "beleidsadviseur"):
        other = Actor("x", (role,), table=ROLES)
        for name, given in (
            ("counts", ()), ("find", ()), ("one", (key,)), ("propose", ([key],)), ("destroy", ([key],)), ("hold", (key, WHY)),
            ("let_go", (key, WHY)), ("decide_day", (key, date(2020, 1, 1), WHY)), ("declaration", ()),
        ):  # fmt: skip
            with pytest.raises(Forbidden):
                getattr(service, name)(*given, actor=other)


def test_a_list_or_case_that_is_not_there_is_refused(archive: Platform) -> None:
    with pytest.raises(NotFound):
        archive.services.retentions.find(TOM, "alles")
    with pytest.raises(NotFound):
        archive.services.retentions.hold(1, WHY, TOM)
