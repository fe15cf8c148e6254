"""Tokens follow flows: in a row, in a loop, over a link, in numbers."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from engine.doing import deploy, do, finished, history, leftovers, trail
from engine.drawing import step
from inburgering_flow.platform import Platform


def test_a_sequence_of_user_tasks_runs_from_start_to_end(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    key = platform.start("p", {"x": 1})

    do(platform, key, "a", {"y": 2})
    do(platform, key, "b")

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables == {"x": 1, "y": 2}
    assert history(platform, key) == [(n, "COMPLETED") for n in ("start", "a", "b", "end")]
    assert leftovers(platform) == {}


def test_a_loop_comes_back_to_the_same_task(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().user("a").xor("g", "g_end").end().path("start", "a", "g|again", "a").path("g", "end"),
    )
    key = platform.start("p")

    for again in (True, True, False):
        do(platform, key, "a", {"again": again})

    assert platform.instance(key).state == "COMPLETED"
    assert [e for e, _ in history(platform, key)].count("a") == 3


def test_a_loop_of_three_thousand_rounds_completes(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().script("s", "n + 1", "n").xor("g", "g_s").end().path("start", "s", "g|n >= 3000", "end")
        .path("g", "s"),
    )  # fmt: skip

    key = platform.start("p", {"n": 0})

    assert platform.instance(key).state == "COMPLETED"
    assert platform.instance(key).variables == {"n": 3000}


def test_an_endless_loop_without_waiting_is_an_incident_not_a_hanging_server(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inburgering_flow.engine.run.MAX_ACTIVATIONS", 3_000)
    deploy(
        platform,
        Diagram()
        .start()
        .script("s", "1", "x")
        .xor("g", "g_s")
        .end()
        .path("start", "s", "g|x = 2", "end")
        .path("g", "s"),
    )

    key = platform.start("p")

    assert "loop without an end" in platform.instance(key).incidents[0].message


@pytest.mark.parametrize(("bedrag", "taken"), [(9, ["altijd", "hoog"]), (1, ["altijd", "laag"])])
def test_a_default_flow_stands_against_the_conditions_not_against_a_flow_without_one(
    platform: Platform, bedrag: int, taken: list[str]
) -> None:
    d = Diagram().start().node("task", "t", default="t_laag").path("start", "t")
    step(d, "hoog", "laag", "altijd").path("t|bedrag > 5", "hoog").path("t", "laag").path("t", "altijd")
    deploy(platform, d)
    key = platform.start("p", {"bedrag": bedrag})

    assert sorted(trail(platform, key)) == taken
    assert finished(platform, key)


def test_quantities_multiply_and_gather_tokens(platform: Platform) -> None:
    d = Diagram().start().node("task", "a", completionQuantity="3").node("task", "b").node("task", "c", startQuantity="3").end()
    deploy(platform, d.path("start", "a", "b", "c", "end"))
    key = platform.start("p")
    names = [e for e, _ in history(platform, key)]

    assert (names.count("a"), names.count("b"), names.count("c")) == (1, 3, 1)
    assert finished(platform, key)


def test_a_link_jumps_to_its_target(platform: Platform) -> None:
    link = '<bpmn:linkEventDefinition name="L"/>'
    d = Diagram().start().node("intermediateThrowEvent", "van", body=link).node("intermediateCatchEvent", "naar", body=link)
    deploy(platform, d.user("t").end().path("start", "van").path("naar", "t", "end"))
    key = platform.start("p")
    do(platform, key, "t")

    assert finished(platform, key)
