"""Values and names from outside are kept exactly, or refused with a sentence and a remedy."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from diagrams import Diagram

from engine.doing import deploy, do, element_key, open_tasks, troubles
from engine.drawing import one_task
from inburgering_flow.errors import Conflict, FlowError, InvalidInput
from inburgering_flow.model.changes import Activate, SetVariables
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.platform import Platform


class Colour(StrEnum):
    RED = "rood"


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


KEPT = {
    "digits": Decimal("1.2345678901234567890123456789012345678"), "exponent": Decimal("1E-50"), "integer": 10**40,
    "zeros": Decimal("1.10"), "NUL": "a\0b", "emoji": "😀", "null inside": {"a": None}, "100 levels": nested(100),
    "keys": {"a.b": 1, "c d": 2, 'q"q': 3, "": 4, "x\0": 5}, "long": "x" * 1_000_000, "text of a constant": Colour.RED,
}  # fmt: skip


def simple(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").end().path("start", "a", "end"))


@pytest.mark.parametrize("value", KEPT.values(), ids=KEPT)
def test_a_value_comes_back_as_it_went_in(platform: Platform, value: Any) -> None:
    simple(platform)
    key = platform.start("p", {"x": value})
    platform.complete(platform.tasks(state="CREATED")[0].key, {"y": value})

    assert platform.instance(key).variables == {"x": value, "y": value}


def around_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


REFUSED = {
    "NaN": float("nan"), "NaN inside": {"a": [Decimal("NaN")]}, "infinite": -math.inf, "5,000 digits": 10**5000,
    "a decimal of 5,000 digits": Decimal("1" * 5000), "exponent": Decimal("1e7000"), "half a character": "a\ud800",
    "half a character in a key": {"\ud800": 1}, "101 levels": nested(101), "in itself": around_itself(), "a set": {1},
    "bytes": b"x", "an object": object(), "a key twice": {1: "a", "1": "b"}, "no text as key": {None: 1},
}  # fmt: skip


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_a_value_that_cannot_be_kept_is_refused_wherever_it_comes_in(
    open_platform: Callable[..., Platform], value: Any
) -> None:
    platform = open_platform(handlers={"werk": lambda _job, _work: {"x": value}})
    simple(platform)
    deploy(platform, Diagram("s").start().service("t", "werk", retries="1").end().path("start", "t", "end"))
    platform.start("p")
    task = platform.tasks(state="CREATED")[0].key
    given = {"x": value}

    for act in (
        lambda: platform.start("p", given), lambda: platform.complete(task, given), lambda: platform.broadcast("s", given),
        lambda: platform.publish("b", variables=given), lambda: platform.evaluate_conditionals(given),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as caught:
            act()
        assert caught.value.remedy

    case = platform.start("s")
    assert platform.run_due() == 1
    [incident] = platform.instance(case).incidents
    assert "'x'" in incident.error_message
    platform.complete(task)
    assert len(platform.instances("p", state="COMPLETED")) == 1


def test_an_error_of_a_worker_with_such_a_value_is_an_incident_too(open_platform: Callable[..., Platform]) -> None:
    def work(_job: Any, _work: Any) -> None:
        raise BpmnError("x", variables={"y": float("nan")})

    platform = open_platform(handlers={"werk": work})
    deploy(platform, Diagram().start().service("t", "werk", retries="1").end().path("start", "t", "end"))
    case = platform.start("p")

    assert platform.run_due() == 1
    assert [i.error_type for i in platform.instance(case).incidents] == ["JOB_NO_RETRIES"]


@pytest.mark.parametrize("name", ["$x", "$listening", "", "x\0y", "\ud800", "x" * 256, 5])
def test_a_name_that_no_variable_can_have_is_refused(platform: Platform, name: Any) -> None:
    simple(platform)

    with pytest.raises(InvalidInput, match="name"):
        platform.start("p", {name: 1})
    assert platform.instances() == []


@pytest.mark.parametrize("name", ["date", "count", "in", "for", "a b", "a-b", "a.b", "item", "loopCounter", "Aa", "😀"])
def test_any_other_name_is_one(platform: Platform, name: str) -> None:
    simple(platform)

    assert platform.instance(platform.start("p", {name: 1})).variables == {name: 1}


@pytest.mark.parametrize("given", [[1], "abc", 5])
def test_variables_that_are_no_mapping_are_refused(platform: Platform, given: Any) -> None:
    simple(platform)
    for act in (platform.start, lambda _p, v: platform.publish("b", variables=v), platform.broadcast):
        with pytest.raises(InvalidInput):
            act("p", given)


def test_what_grows_deeper_with_each_round_ends_as_an_incident(platform: Platform) -> None:
    d = Diagram().start().xor("g").script("a", "[x]", "x").xor("h", default="h_end").end()
    deploy(platform, d.path("start", "g", "a", "h|true", "g").path("h", "end"))

    instance = platform.instance(platform.start("p", {"x": 1}))

    assert "nested deeper" in instance.incidents[0].error_message


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 300])
def test_texts_that_fit_no_column_are_refused_or_found_nowhere(platform: Platform, text: str) -> None:
    simple(platform)
    platform.start("p")
    task = platform.tasks(state="CREATED")[0].key
    for act in (
        lambda: platform.start(text), lambda: platform.start("p", business_key=text), lambda: platform.start("p", owner=text),
        lambda: platform.publish(text), lambda: platform.publish("b", correlation_key=text),
        lambda: platform.publish("b", message_id=text), lambda: platform.broadcast(text), lambda: platform.tasks(assignee=text),
        lambda: platform.update_task(task, candidate_groups=[text]), lambda: platform.instances(text),
        lambda: platform.claim(task, user=text),
    ):  # fmt: skip
        try:
            act()
        except FlowError as error:
            assert error.remedy


@pytest.mark.parametrize("key", [2**63, -(10**30), "abc", ""])
def test_keys_that_cannot_exist_are_answered_in_a_sentence(platform: Platform, key: Any) -> None:
    for act in (platform.instance, platform.cancel, platform.suspend, platform.resolve, platform.delete, platform.complete):
        with pytest.raises(FlowError):
            act(key)


def test_arguments_of_another_kind_are_refused(platform: Platform) -> None:
    simple(platform)
    platform.start("p")
    task = platform.tasks(state="CREATED")[0].key
    for act in (
        lambda: platform.publish("b", correlation_key=5),  # type: ignore[arg-type]  # that is what is tried
        lambda: platform.publish("b", time_to_live=5),  # type: ignore[arg-type]
        lambda: platform.tasks(state="OPEN"), lambda: platform.claim(task, user=""),
        lambda: platform.complete(task, user=None),  # type: ignore[arg-type]
        lambda: platform.deploy(None), lambda: platform.deploy(""),  # type: ignore[arg-type]
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as caught:
            act()
        assert caught.value.remedy


@pytest.mark.parametrize("text", ["a\0b", "x" * 300])
def test_an_expression_that_gives_no_name_is_an_incident_not_a_refusal(platform: Platform, text: str) -> None:
    """A refusal would take back what the person did before it, each time."""
    assigned = '<zeebe:assignmentDefinition assignee="= x"/>'
    grouped = '<zeebe:assignmentDefinition candidateGroups="= [x]"/>'
    due = '<zeebe:taskSchedule dueDate="= x"/>'
    seconds = {"u1": assigned, "u2": grouped, "u3": due}
    for process, extension in seconds.items():
        deploy(platform, Diagram(process).start().user("a").user("b", extension).end().path("start", "a", "b", "end"))
    deploy(platform, Diagram("s").start().user("a").service("b", "= x").end().path("start", "a", "b", "end"))
    deploy(platform, Diagram("c").start().user("a").call("b", "= x").end().path("start", "a", "b", "end"))

    for process in (*seconds, "s", "c"):
        case = platform.start(process, {"x": text})
        platform.complete(platform.tasks(instance=case, state="CREATED")[0].key)
        assert [i.element_id for i in platform.instance(case).incidents] == ["b"], process


def test_what_a_worker_says_of_its_failure_can_be_any_text(open_platform: Callable[..., Platform]) -> None:
    def work(_job: Any, _work: Any) -> None:
        raise RuntimeError("half \ud800 and \0")

    platform = open_platform(handlers={"werk": work})
    deploy(platform, Diagram().start().service("t", "werk", retries="1").end().path("start", "t", "end"))
    case = platform.start("p")

    assert platform.run_due() == 1
    assert "half" in platform.instance(case).incidents[0].error_message


def test_variables_are_set_only_where_something_is_alive(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    key, other = platform.start("p"), platform.start("p")
    gone, foreign = element_key(platform, key, "a"), element_key(platform, other, "a")
    do(platform, key, "a")

    for scope in (gone, foreign):
        for local in (True, False):
            with pytest.raises(Conflict, match="not active in this instance"):
                platform.services.processes.set_variables(key, {"x": 1}, scope_key=scope, local=local)
    do(platform, key, "b")
    with pytest.raises(Conflict, match="found COMPLETED"):
        platform.services.processes.set_variables(key, {"x": 1})
    assert platform.instance(key).variables == platform.instance(other).variables == {}


def test_a_number_that_is_none_is_refused_in_a_sentence(platform: Platform) -> None:
    deploy(platform, one_task())
    key = platform.start("p")

    for act in (
        lambda: platform.services.processes.set_variables(key, {"x": [float("nan")]}),
        lambda: platform.start("p", {"x": float("inf")}),
        lambda: do(platform, key, "a", {"x": Decimal("NaN")}),
    ):
        with pytest.raises(InvalidInput, match="it is not finite"):
            act()
    assert open_tasks(platform, key) == ["a"]


@pytest.mark.parametrize("name", ["$items", "$ending", ""])
def test_the_engines_own_names_are_not_for_variables_from_outside(
    open_platform: Callable[..., Platform], name: str
) -> None:
    platform = open_platform(handlers={"brief": lambda job, work: {name: 1}})
    deploy(
        platform,
        Diagram().message("m", "x").start().user("a").service("s", "brief", retries="1").path("start", "a", "s"),
    )
    key = platform.start("p")

    for act in (
        lambda: platform.services.processes.set_variables(key, {name: 1}),
        lambda: platform.start("p", {name: 1}),
        lambda: do(platform, key, "a", {name: 1}),
        lambda: platform.publish("x", variables={name: 1}),
        lambda: platform.broadcast("x", {name: 1}),
        lambda: platform.evaluate_conditionals({name: 1}),
        lambda: platform.modify(key, activate=[Activate("a", [SetVariables({name: 1})])]),
    ):
        with pytest.raises(InvalidInput, match="cannot be the name of a variable"):
            act()
    do(platform, key, "a")
    platform.run_due()
    assert "cannot be the name of a variable" in troubles(platform, key)[0]
