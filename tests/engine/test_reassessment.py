"""What was computed from a fact that was wrong is computed again when somebody says so: decisions, dates, timers, copies."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from diagrams import Diagram
from sqlalchemy import select

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.reassessments import BY_HAND, FAILED, OVER, REPEATED, SET_SINCE, Outcome, Reassessment
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import decisions
from inburgering_flow.store import tables as t

WHY = "stond verkeerd in de brief"
DMN = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{id}s" name="{id}s" namespace="n">{inside}</definitions>'
LITERAL = '<decision id="{id}" name="{id}"><variable name="{id}"/><literalExpression><text>{text}</text></literalExpression></decision>'


def dmn(platform: Platform, **texts: str) -> None:
    for id, text in texts.items():
        platform.deploy_content(f"{id}.dmn", DMN.format(id=id, inside=LITERAL.format(id=id, text=text)))


def rule(d: Diagram, id: str, decision: str, result: str = "", more: str = "", body: str = "", binding: str = "latest") -> Diagram:
    called = f'<zeebe:calledDecision decisionId="{decision}" resultVariable="{result or decision}" bindingType="{binding}"/>'
    return d.node("businessRuleTask", id, called + more, body)


def mapped(*pairs: tuple[str, str], kind: str = "output") -> str:
    return "<zeebe:ioMapping>" + "".join(f'<zeebe:{kind} source="={s}" target="{n}"/>' for s, n in pairs) + "</zeebe:ioMapping>"


def correct(platform: Platform, key: int, name: str, text: str) -> None:
    platform.services.corrections.fact(key, name, text, reason=WHY, actor=SYSTEM)


def shown(platform: Platform, key: int) -> Reassessment:
    return platform.services.reassessments.of_case(key, SYSTEM)


def store(platform: Platform, key: int, *chosen: Outcome) -> None:
    platform.services.reassessments.store(key, [one.choice for one in chosen], reason=WHY, actor=SYSTEM)


def told(found: Reassessment) -> list[tuple[str, str, Any, Any]]:
    return [(one.title, r.name, r.before, r.after) for one in found.outcomes for r in one.results]


def lines(platform: Platform, action: str) -> list[dict[str, Any]]:
    with platform.services.context.db.read() as unit:
        query = select(t.audit.c.detail).where(t.audit.c.action == action).order_by(t.audit.c.key)
        return list(unit.connection.execute(query).scalars())


@pytest.fixture
def chained(platform: Platform) -> int:
    """Two decisions, the second of what the first gave, and a task."""
    dmn(platform, dubbel="bedrag * 2", som='{a: dubbel + 1, b: if bedrag > 5 then "veel" else "weinig"}')
    d = rule(rule(Diagram().start(), "eerst", "dubbel"), "dan", "som", more=mapped(("som.a", "eenMeer"), ("som.b", "soort")))
    platform.deploy_content("p.bpmn", d.user("kijk").end().path("start", "eerst", "dan", "kijk", "end").xml())
    return platform.start("p", {"bedrag": 3})


def test_a_decision_is_taken_again_with_what_was_corrected_and_what_follows_from_it(platform: Platform, chained: int) -> None:
    assert not shown(platform, chained).is_corrected
    correct(platform, chained, "bedrag", "10")

    found = shown(platform, chained)

    assert told(found) == [
        ("dubbel", "dubbel", 6, 20), ("som", "eenMeer", 7, 21), ("som", "soort", "weinig", "veel"),
    ]  # fmt: skip
    assert platform.instance(chained).variables["dubbel"] == 6, "nothing is stored by looking"
    store(platform, chained, *found.outcomes)
    assert platform.instance(chained).variables == {"bedrag": 10, "dubbel": 20, "eenMeer": 21, "soort": "veel"}
    assert shown(platform, chained).outcomes == []
    with platform.services.context.db.read() as unit:
        newest = {row.decision_id: row for row in decisions.newest_of_instance(unit, chained)}
    assert (newest["dubbel"].output, newest["som"].inputs) == (20, {"dubbel": 20, "bedrag": 10})
    assert [(x["name"], x["before"], x["after"], x.get("decision"), x["reason"]) for x in lines(platform, "variable.correct")] == [
        ("bedrag", 3, 10, None, WHY), ("dubbel", 6, 20, newest["dubbel"].key, WHY),
        ("eenMeer", 7, 21, newest["som"].key, WHY), ("soort", "weinig", "veel", newest["som"].key, WHY),
    ]  # fmt: skip


def test_what_was_not_chosen_stays_and_what_follows_from_it_has_to_be_seen_again(platform: Platform, chained: int) -> None:
    correct(platform, chained, "bedrag", "4")
    first, second = shown(platform, chained).outcomes

    with pytest.raises(Conflict, match="another one than was shown"):
        store(platform, chained, second)  # shown with the new outcome of the first
    assert platform.instance(chained).variables["eenMeer"] == 7
    store(platform, chained, first)
    assert (platform.instance(chained).variables["dubbel"], platform.instance(chained).variables["eenMeer"]) == (8, 7)
    store(platform, chained, *shown(platform, chained).outcomes)
    assert platform.instance(chained).variables["eenMeer"] == 9


def test_an_outcome_that_has_changed_since_it_was_shown_is_not_stored(platform: Platform, chained: int) -> None:
    correct(platform, chained, "bedrag", "4")
    outcomes = shown(platform, chained).outcomes
    correct(platform, chained, "bedrag", "5")
    with pytest.raises(Conflict, match="another one than was shown"):
        store(platform, chained, *outcomes)
    seen = shown(platform, chained).outcomes
    dmn(platform, dubbel="bedrag * 3")  # a newer version, which the model binds to
    with pytest.raises(Conflict, match="another one than was shown"):
        store(platform, chained, *seen)
    [task] = platform.tasks(state="CREATED")
    seen = shown(platform, chained).outcomes
    assert (seen[0].old.version, seen[0].new.version, seen[0].binding) == (1, 2, "latest")  # type: ignore[union-attr]
    platform.complete(task.key)
    with pytest.raises(Conflict, match="moved on"):
        store(platform, chained, *seen)
    assert platform.instance(chained).variables["dubbel"] == 6
    assert lines(platform, "decision.again") == []


def test_storing_asks_permission_a_reason_and_a_choice_and_a_case_that_moves(platform: Platform, chained: int) -> None:
    correct(platform, chained, "bedrag", "4")
    chosen = [one.choice for one in shown(platform, chained).outcomes]
    give = platform.services.reassessments.store
    with pytest.raises(Forbidden):
        give(chained, chosen, reason=WHY, actor=Actor("hans", ("handhaver",)))
    with pytest.raises(Forbidden):
        platform.services.reassessments.of_case(chained, Actor("hans", ("handhaver",)))
    with pytest.raises(InvalidInput, match="reason"):
        give(chained, chosen, reason="", actor=SYSTEM)
    with pytest.raises(InvalidInput, match="Nothing was chosen"):
        give(chained, [], reason=WHY, actor=SYSTEM)
    platform.suspend(chained)
    assert shown(platform, chained).is_suspended
    with pytest.raises(Conflict, match="suspended"):
        give(chained, chosen, reason=WHY, actor=SYSTEM)
    platform.resume(chained)
    give(chained, chosen, reason=WHY, actor=SYSTEM)
    assert platform.instance(chained).variables["dubbel"] == 8


def test_the_version_that_came_with_the_process_is_used_where_the_model_says_so(platform: Platform) -> None:
    d = rule(Diagram().start(), "eerst", "dubbel", binding="deployment").user("kijk").path("start", "eerst", "kijk")
    both = [Resource("p.bpmn", d.xml().encode()),
            Resource("dubbel.dmn", DMN.format(id="dubbel", inside=LITERAL.format(id="dubbel", text="bedrag * 2")).encode())]  # fmt: skip
    platform.services.deployments.deploy(both)
    key = platform.start("p", {"bedrag": 3})
    dmn(platform, dubbel="bedrag * 3")
    correct(platform, key, "bedrag", "4")

    [one] = shown(platform, key).outcomes

    assert (one.binding, one.new.version, one.results[0].after) == ("deployment", 1, 8)  # type: ignore[union-attr]


def test_a_decision_whose_outcome_stays_the_same_rests_on_the_new_facts_once_that_is_stored(platform: Platform) -> None:
    dmn(platform, groot="bedrag > 5")
    platform.deploy_content("p.bpmn", rule(Diagram().start(), "a", "groot").user("kijk").path("start", "a", "kijk").xml())
    key = platform.start("p", {"bedrag": 6})
    correct(platform, key, "bedrag", "7")

    [one] = shown(platform, key).outcomes
    assert one.results == []
    store(platform, key, one)

    assert shown(platform, key).outcomes == []
    assert len(lines(platform, "decision.again")) == 1


def test_what_somebody_decided_in_a_form_or_changed_since_is_left_alone(platform: Platform) -> None:
    form = {"type": "default", "id": "f", "components": [{"type": "number", "id": "n", "key": "dubbel", "label": "Bedrag"}]}
    platform.deploy_content("f.form", json.dumps(form))
    dmn(platform, dubbel="bedrag * 2", drie="bedrag * 3")
    d = rule(rule(Diagram().start(), "a", "dubbel"), "b", "drie").user("beslis", '<zeebe:formDefinition formId="f"/>').user("na")
    platform.deploy_content("p.bpmn", d.path("start", "a", "b", "beslis", "na").xml())
    key = platform.start("p", {"bedrag": 3})
    [task] = platform.tasks(state="CREATED")
    platform.complete(task.key, {"dubbel": 6})  # left as it was proposed, and decided by that
    correct(platform, key, "drie", "5")
    correct(platform, key, "bedrag", "4")

    found = shown(platform, key)

    assert sorted(found.kept) == [("drie", SET_SINCE), ("dubbel", BY_HAND)]
    assert told(found) == []
    store(platform, key, *found.outcomes)  # the decisions, without their results
    assert platform.instance(key).variables == {"bedrag": 4, "dubbel": 6, "drie": 5}


def test_what_a_later_decision_gave_is_not_overwritten_by_an_earlier_one(platform: Platform) -> None:
    dmn(platform, eerst="bedrag * 2", later="extra + 1")
    d = rule(rule(Diagram().start(), "a", "eerst", "uitkomst"), "b", "later", "uitkomst").user("kijk")
    platform.deploy_content("p.bpmn", d.path("start", "a", "b", "kijk").xml())
    key = platform.start("p", {"bedrag": 3, "extra": 1})
    correct(platform, key, "bedrag", "4")

    assert told(shown(platform, key)) == []
    assert shown(platform, key).kept == [], "nobody changed it by hand"
    correct(platform, key, "extra", "2")
    found = shown(platform, key)
    assert told(found) == [("later", "uitkomst", 2, 3)]
    store(platform, key, *found.outcomes)
    assert platform.instance(key).variables["uitkomst"] == 3


def test_inputs_are_mapped_again_and_a_fixed_one_stays(platform: Platform) -> None:
    dmn(platform, som="bedrag + vast")
    inputs = mapped(("bedrag * 10", "bedrag"), ("5", "vast"), kind="input")
    platform.deploy_content("p.bpmn", rule(Diagram().start(), "a", "som", more=inputs).user("kijk").path("start", "a", "kijk").xml())
    key = platform.start("p", {"bedrag": 3, "vast": 1})
    correct(platform, key, "vast", "2")
    assert shown(platform, key).outcomes == []
    correct(platform, key, "bedrag", "4")
    found = shown(platform, key)
    assert told(found) == [("som", "som", 35, 45)]
    store(platform, key, *found.outcomes)
    assert platform.instance(key).variables == {"bedrag": 4, "vast": 2, "som": 45}


def test_dates_of_open_tasks_and_waiting_timers_are_computed_again(platform: Platform) -> None:
    dmn(platform, einde='date(dag) + duration("P7D")')
    schedule = '<zeebe:taskSchedule dueDate="=einde" followUpDate="=dag"/>'
    d = rule(Diagram().start(), "a", "einde").user("kijk", schedule).end().end("te_laat")
    d.boundary("wacht", "kijk", "<bpmn:timerEventDefinition><bpmn:timeDate>=einde</bpmn:timeDate></bpmn:timerEventDefinition>")
    platform.deploy_content("p.bpmn", d.path("start", "a", "kijk", "end").path("wacht", "te_laat").xml())
    key = platform.start("p", {"dag": "2026-05-01"})
    now = platform.clock.now()
    later = (now + timedelta(days=60)).date()
    correct(platform, key, "dag", later.isoformat())

    found = shown(platform, key)
    assert [(one.kind, [r.name for r in one.results], one.is_past) for one in found.outcomes] == [
        ("decision", ["einde"], False), ("task", ["due", "follow_up"], False), ("timer", ["due"], False),
    ]  # fmt: skip
    store(platform, key, *found.outcomes)

    [task] = platform.tasks(state="CREATED")
    assert (task.due, task.follow_up) == tuple(r.after for r in found.outcomes[1].results)
    assert platform.next_due() == found.outcomes[2].results[0].after == task.due
    assert len(lines(platform, "task.recompute")) == 2
    assert len(lines(platform, "timer.recompute")) == 1
    assert shown(platform, key).outcomes == []


def test_a_timer_whose_moment_has_passed_says_so_and_fires_at_once(platform: Platform) -> None:
    d = Diagram().start().user("kijk").end().end("te_laat")
    d.boundary("wacht", "kijk", "<bpmn:timerEventDefinition><bpmn:timeDate>=dag</bpmn:timeDate></bpmn:timerEventDefinition>")
    platform.deploy_content("p.bpmn", d.path("start", "kijk", "end").path("wacht", "te_laat").xml())
    key = platform.start("p", {"dag": "2030-05-01"})
    correct(platform, key, "dag", "2020-01-01")
    [one] = shown(platform, key).outcomes
    assert one.is_past

    store(platform, key, one)
    platform.run_due()

    assert platform.instance(key).state == "COMPLETED"
    assert [e.element_id for e in platform.instance(key).elements if e.element_type == "END_EVENT"] == ["te_laat"]


def test_a_duration_counts_from_when_it_began_to_wait(platform: Platform) -> None:
    d = Diagram().start().node("intermediateCatchEvent", "wacht", body=(
        "<bpmn:timerEventDefinition><bpmn:timeDuration>=lang</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )).end()  # fmt: skip
    platform.deploy_content("p.bpmn", d.path("start", "wacht", "end").xml())
    key = platform.start("p", {"lang": "P10D"})
    began = platform.clock.now()
    platform.clock.set(began + timedelta(days=4))
    correct(platform, key, "lang", "P20D")
    [one] = shown(platform, key).outcomes
    store(platform, key, one)

    assert abs(platform.next_due() - (began + timedelta(days=20))) < timedelta(hours=2)


def test_a_called_process_gets_the_value_and_decides_again_with_it(platform: Platform) -> None:
    dmn(platform, dubbel="bedrag * 2")
    platform.deploy_content("in.bpmn", rule(Diagram("in").start(), "a", "dubbel").user("x").end().path("start", "a", "x", "end").xml())
    platform.deploy_content("p.bpmn", Diagram().start().call("roep", "in").end().path("start", "roep", "end").xml())
    key = platform.start("p", {"bedrag": 3})
    [inside] = platform.instances("in")
    correct(platform, key, "bedrag", "4")

    found = shown(platform, key)

    assert told(found) == [("in", "bedrag", 3, 4), ("dubbel", "dubbel", 6, 8)]
    store(platform, key, *found.outcomes)
    assert platform.instance(inside.key).variables == {"bedrag": 4, "dubbel": 8}
    assert shown(platform, key).outcomes == []


def test_what_cannot_be_taken_again_is_named_with_why(platform: Platform) -> None:
    dmn(platform, dubbel="bedrag * 2", per="bedrag + x")
    each = '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics '
    each += 'inputCollection="=[1, 2]" inputElement="x"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
    platform.deploy_content("in.bpmn", rule(Diagram("in").start(), "a", "dubbel", "binnen").end().path("start", "a", "end").xml())
    number = LITERAL.replace('name="{id}"/>', 'name="{id}" typeRef="number"/>').format(
        id="goed", text='if dag = "2026-01-01" then 1 else dag'
    )
    platform.deploy_content("goed.dmn", DMN.format(id="goed", inside=number))
    d = rule(rule(Diagram().start().call("roep", "in"), "b", "per", "deel", body=each), "c", "goed").user("kijk")
    platform.deploy_content("p.bpmn", d.path("start", "roep", "b", "c", "kijk").xml())
    key = platform.start("p", {"bedrag": 3, "dag": "2026-01-01"})
    correct(platform, key, "bedrag", "4")
    correct(platform, key, "dag", "geen dag")

    found = shown(platform, key)

    assert sorted(found.kept) == [("dubbel", OVER), ("goed", FAILED), ("per", REPEATED)]
    assert found.outcomes == []
