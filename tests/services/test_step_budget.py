"""What one step may compute: all its expressions, scripts and decisions together, however small each of them is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram
from invariants import assert_sound

from inburgering_flow.errors import FlowError
from inburgering_flow.feel import Context, FeelError, evaluate
from inburgering_flow.feel.scope import Budget, Total
from inburgering_flow.i18n import speaking
from inburgering_flow.platform import Platform
from inburgering_flow.services.steps import TooMuchWork
from inburgering_flow.settings import Settings

ROUNDS = 20_000
SCRIPTS = 12
SMALL = ROUNDS // SCRIPTS * 2  # rounds of one script: each is small, all of them together are twice too many


@pytest.fixture
def platform(open_platform: Callable[..., Platform]) -> Platform:
    return open_platform(settings_=Settings(secret="s", synchronous="OFF", step_rounds=ROUNDS))


def scripts(process_id: str, before: str, count: int = SCRIPTS) -> str:
    """Return a process of scripts in a row behind an element."""
    diagram = Diagram(process_id).start().end()
    names = [f"s{n}" for n in range(count)]
    for name in names:
        diagram.script(name, f"count(for i in 1..{SMALL} return i)", name)
    if before == "task":
        diagram.user("task")
    else:
        diagram.node("intermediateCatchEvent", "timer", body=(
            "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
        ))  # fmt: skip
    return diagram.path("start", before, *names, "end").xml()


def test_what_somebody_sends_is_refused_when_the_step_takes_too_much_and_nothing_is_stored(platform: Platform) -> None:
    platform.deploy_content("p.bpmn", scripts("p", "task"))
    key = platform.start("p", {})
    task = platform.tasks(state="CREATED")[0]

    with pytest.raises(TooMuchWork) as refused:
        platform.complete(task.key, {"x": 1}, user="anna")

    assert refused.value.code == "STEP_LIMIT"
    found = platform.instance(key)
    assert not found.variables
    assert not found.incidents
    assert platform.tasks(state="CREATED") == [task]
    assert_sound(platform)


def test_one_expression_is_stopped_in_its_midst_where_it_takes_what_the_step_has_left() -> None:
    total, context = Total(ROUNDS, 60), Context()
    context.budget = Budget(context.limits.iterations, total)

    with pytest.raises(FeelError) as stopped:
        evaluate(f"count(for i in 1..{ROUNDS * 5} return i)", context=context)

    assert stopped.value.code == "STEP_LIMIT"
    assert total.left > -ROUNDS, "long before its end"


def test_a_step_of_fewer_scripts_of_the_same_size_is_done(platform: Platform) -> None:
    platform.deploy_content("p.bpmn", scripts("p", "task", SCRIPTS // 3))
    key = platform.start("p", {})

    platform.complete(platform.tasks(state="CREATED")[0].key, {}, user="anna")

    assert platform.instance(key).state == "COMPLETED"


def test_work_that_goes_by_itself_stops_with_an_incident_and_the_other_cases_go_on(platform: Platform) -> None:
    platform.deploy_content("zwaar.bpmn", scripts("zwaar", "timer"))
    platform.deploy_content("licht.bpmn", scripts("licht", "timer", 1))
    heavy, light = platform.start("zwaar", {}), platform.start("licht", {})

    platform.clock.advance(hours=2)
    platform.run_due()

    assert platform.instance(light).state == "COMPLETED"
    stopped = platform.instance(heavy)
    assert [i.element_id for i in stopped.incidents] == ["s6"]
    assert "too much work" in stopped.incidents[0].message
    assert set(stopped.variables) == {f"s{n}" for n in range(6)}  # what was done is kept
    assert_sound(platform)


def test_what_computes_too_long_without_counting_is_stopped_by_the_time_that_its_thread_works(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked = iter(range(10_000))
    monkeypatch.setattr("inburgering_flow.feel.scope.computing", lambda: next(worked))  # a second at each look
    diagram = Diagram("lus").start().user("t").xor("h").node("task", "m").path("start", "t", "h", "m", "h")
    platform.deploy_content("lus.bpmn", diagram.xml())
    platform.start("lus", {})

    with pytest.raises(TooMuchWork):
        platform.complete(platform.tasks(state="CREATED")[0].key, {}, user="anna")

    assert next(worked) < 100


def test_what_is_stored_of_a_step_that_takes_too_long_is_english_whoever_lets_it_run(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    diagram = Diagram("lus").start().node("intermediateCatchEvent", "w", body=body).xor("h").node("task", "m")
    platform.deploy_content("lus.bpmn", diagram.path("start", "w", "h", "m", "h").xml())
    key = platform.start("lus", {})
    platform.clock.advance(hours=2)
    worked = iter(range(10_000))
    monkeypatch.setattr("inburgering_flow.feel.scope.computing", lambda: next(worked))  # a second at each look

    with speaking("nl"):
        platform.run_due()

    [incident] = platform.instance(key).incidents
    assert incident.error_type == "UNKNOWN"
    assert incident.message.startswith("This step takes too much work: all its expressions")
    assert "Let the process wait in between" in incident.message


def test_conditions_that_are_sent_count_as_one_step(platform: Platform) -> None:
    condition = f"count(for i in 1..{SMALL * 2} return i) = 0"
    for n in range(SCRIPTS):
        body = (
            "<bpmn:conditionalEventDefinition><bpmn:condition>= "
            f"{condition}</bpmn:condition></bpmn:conditionalEventDefinition>"
        )
        platform.deploy_content(f"c{n}.bpmn", Diagram(f"c{n}").start(body=body).end().path("start", "end").xml())

    with pytest.raises(FlowError) as refused:
        platform.evaluate_conditionals({})

    assert refused.value.code == "STEP_LIMIT"


def test_one_expression_that_takes_too_much_is_stopped_while_it_runs(platform: Platform) -> None:
    diagram = Diagram("een").start().user("t").script("s", f"count(for i in 1..{ROUNDS * 3} return i)", "s").end()
    platform.deploy_content("een.bpmn", diagram.path("start", "t", "s", "end").xml())
    platform.start("een", {})

    with pytest.raises(TooMuchWork):
        platform.complete(platform.tasks(state="CREATED")[0].key, {}, user="anna")


def catching(process_id: str, rounds: int, scripts: int) -> str:
    """Return a process that waits for a signal and then computes so many scripts of so many rounds."""
    diagram = Diagram(process_id).start().end()
    diagram.definitions.append('<bpmn:signal id="S" name="sein"/>')
    diagram.node("intermediateCatchEvent", "sein", body='<bpmn:signalEventDefinition signalRef="S" />')
    names = [f"s{n}" for n in range(scripts)]
    for name in names:
        diagram.script(name, f"count(for i in 1..{rounds} return i)", name)
    return diagram.path("start", "sein", *names, "end").xml()


def test_cases_that_catch_one_signal_each_have_a_budget_of_their_own(platform: Platform) -> None:
    """Many small ones together are not too much, a heavy one stops alone, and no transaction takes much more than a budget."""
    platform.deploy_content("licht.bpmn", catching("licht", ROUNDS // 4, 1))
    keys = [platform.start("licht", {}) for _ in range(12)]

    reached = platform.broadcast("sein", {})

    assert 4 <= len(reached) <= 6, "a transaction ends where its cases have taken what one may"
    platform.run_due()
    assert {platform.instance(key).state for key in keys} == {"COMPLETED"}
    assert not any(platform.instance(key).incidents for key in keys)


def test_of_the_cases_that_go_on_with_a_signal_only_the_heavy_one_stops(platform: Platform) -> None:
    platform.deploy_content("licht.bpmn", catching("licht", ROUNDS // 3, 1))
    platform.deploy_content("zwaar.bpmn", catching("zwaar", ROUNDS // 3, 6))
    before = [platform.start("licht", {}) for _ in range(4)]
    heavy = platform.start("zwaar", {})
    behind = [platform.start("licht", {}) for _ in range(3)]

    platform.broadcast("sein", {})
    platform.run_due()

    assert {platform.instance(key).state for key in (*before, *behind)} == {"COMPLETED"}
    assert [i.element_id for i in platform.instance(heavy).incidents] == ["s3"]
    assert_sound(platform)
