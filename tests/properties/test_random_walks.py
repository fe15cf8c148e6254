"""Random sound diagrams and random walks: no token is lost or doubled, the end is clean, restoring changes nothing.

Each walk is made twice with the same choices: on a state in memory, and on rows, with nothing else kept from one step to the
next. What happens must be the same, so that the walks also compare the two homes of a case.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from decisions import decision, file, table
from diagrams import Diagram, error_event
from engine.conftest import Forgetful
from engine.doing import leftovers
from engine.in_memory import InMemory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import assert_sound
from lxml import etree
from sqlalchemy import select
from variants import ALL, examples

from inburgering_flow.bpmn.elements import EVENTS_ALLOWED, GLOBAL, TYPES
from inburgering_flow.clock import ManualClock
from inburgering_flow.model.plugin import Job, Work
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t
from properties.blocks import BLOCKS, Block, Builder, blocks, drawn
from properties.blocks_of_events import BEGIN, STARTS

CALLED = Diagram("binnen").start("binnen_start").user("binnen_taak").end("binnen_end").path(
    "binnen_start", "binnen_taak", "binnen_end"
)  # fmt: skip
FAILS = (
    Diagram("faalt")
    .code("error", "e", "MIS")
    .start("faalt_start")
    .user("faalt_taak")
    .xor("faalt_ok", default="faalt_ok_faalt_end")
)
FAILS.end("faalt_end").end("mis", error_event("e")).path("faalt_start", "faalt_taak", "faalt_ok|gok", "mis")
FAILS.path("faalt_ok", "faalt_end")
DECIDED = file(decision("keuze", table(["gok"], [["true", "1"], ["-", "2"]], "FIRST", types={0: "boolean"})))
NEED_ROWS = ("condition", "all")  # what starts this way is kept in rows until it does
SEED = "2026-01-05T09:00:00+01:00"


def waiting(platform: Platform | InMemory) -> list[tuple[str, str, str, int]]:
    """Return (kind, name, element, instance) of everything that waits to catch something."""
    if isinstance(platform, InMemory):
        heard = platform.state.waiting(lambda s: s.kind != "signal" or s.name)
        return [(s.kind, s.name, s.element_id, s.instance_key) for s in heard]
    c = t.subscription.c
    with platform.context.db.read() as unit:
        found = unit.connection.execute(select(c.kind, c.name, c.element_id, c.instance_key).order_by(c.key))
        return [tuple(row) for row in found if row[0] != "signal" or row[1]]


def hear(platform: Platform | InMemory, what: tuple[str, str, str, int]) -> None:
    kind, name, element_id, instance_key = what
    if kind == "message":
        platform.correlate(name, correlation_key="k")
    elif kind == "signal":
        platform.broadcast(name)
    else:
        platform.services.processes.set_variables(instance_key, {f"waar_{element_id}": True})


@cache
def migrated() -> bytes:
    """A database with empty tables."""
    with tempfile.TemporaryDirectory() as folder:
        Platform.open(f"sqlite:///{folder}/flow.db", plugins=[], settings_=Settings(secret="t")).close()
        return Path(folder, "flow.db").read_bytes()


def begin(platform: Platform | InMemory, begins: str, gok: bool) -> int:
    """Start the process in its way; return the key of its case."""
    variables = {"gok": gok, "sleutel": "k"}
    if begins == "plain":
        return platform.start("p", variables)
    if begins == "signal":
        platform.broadcast(BEGIN, variables)
    elif begins == "condition":
        platform.evaluate_conditionals({**variables, BEGIN: True})
    elif begins == "timer":
        platform.clock.advance(hours=2)
        platform.run_due()
    else:
        if begins == "all":
            platform.broadcast("other")
            assert platform.instances() == []
        platform.correlate(BEGIN, correlation_key="k", variables=variables)
    [found] = platform.instances("p")
    return found.key


def werk(_job: Job, _work: Work) -> dict[str, bool]:
    return {"gedaan": True}


def deploy(platform: Platform | InMemory, diagram: Diagram) -> None:
    platform.deploy_content("binnen.bpmn", CALLED.xml())
    platform.deploy_content("faalt.bpmn", FAILS.xml())
    platform.deploy_content("keuze.dmn", DECIDED)
    platform.deploy_content("p.bpmn", diagram.xml())


def walk_in_memory(diagram: Diagram, seed: int, begins: str) -> list[tuple[str, str]]:
    """Play a case on a state in memory, with choices drawn from ``seed``."""
    platform = InMemory(ManualClock(SEED), {"werk": werk})
    deploy(platform, diagram)
    return play(platform, seed, begins, lambda: platform)


def walk(diagram: Diagram, seed: int, begins: str = "plain", *, restore: bool) -> list[tuple[str, str]]:
    """Play a case on rows, with choices drawn from ``seed``; if asked, keep nothing but rows and the clock between
    steps. With all variants the database is reopened for that, which takes longer than the step.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "flow.db").write_bytes(migrated())
        clock = ManualClock(SEED)
        opened: list[Platform] = []

        def reopen() -> Any:
            if opened and not (restore and ALL):
                return Forgetful(opened[-1]) if restore else opened[-1]
            if opened:
                opened.pop().close()
            opened.append(
                Platform.open(
                    f"sqlite:///{folder}/flow.db", clock=clock, plugins=[], handlers={"werk": werk},
                    settings_=Settings(secret="t", synchronous="OFF"),
                )
            )  # fmt: skip
            return opened[-1]

        deploy(reopen(), diagram)
        history = play(opened[-1], seed, begins, reopen)
        opened.pop().close()
        return history


def play(
    platform: Platform | InMemory, seed: int, begins: str, reopen: Callable[[], Platform | InMemory]
) -> list[tuple[str, str]]:
    """Walk to the end of a case; return what was entered and how it ended."""
    chance = random.Random(seed)
    key = begin(platform, begins, chance.random() < 0.5)
    for _ in range(600):
        if platform.instance(key).state != "ACTIVE":
            break
        assert_sound(platform)
        platform = reopen()
        heard = waiting(platform)
        if heard and chance.random() < 0.5:
            hear(platform, heard[chance.randrange(len(heard))])
            continue
        tasks = [x for x in platform.tasks(state="CREATED") if not platform.services.user_tasks.busy(x.key)]
        if tasks and chance.random() < 0.8:
            task = sorted(tasks, key=lambda x: (x.element_id, x.key))[chance.randrange(len(tasks))]
            platform.complete(task.key, {"gok": chance.random() < 0.5}, user="anna")
        else:
            platform.clock.advance(hours=1 + chance.randrange(30))
            platform.run_due()
    found = platform.instance(key)
    assert (found.state, [i.error_message for i in found.incidents]) == ("COMPLETED", [])
    assert leftovers(platform) == {}
    assert_sound(platform)
    return [(e.element_id, e.state) for e in found.elements]


def check(found: list[Block], seed: int, begins: str = "plain") -> None:
    diagram, builder = drawn(found, begins)

    history = walk(diagram, seed, begins, restore=True)

    if begins in NEED_ROWS:
        assert history == walk(diagram, seed, begins, restore=False)
    else:
        assert history == walk_in_memory(diagram, seed, begins)
    doubled = {e: n for e, n in Counter(e for e, _ in history).items() if n > 1 and e in builder.once}
    assert doubled == {}, "a token came twice"
    assert ("end", "COMPLETED") in history


@pytest.mark.parametrize("name", BLOCKS)
def test_each_block_ends_clean_beside_itself_in_a_loop_and_where_it_is_cut_off(name: str) -> None:
    nested = BLOCKS[name][0]
    block = (name, *[[("task",)]] * nested)

    found = [("both", [block], [block]), ("back", [block]), ("interrupted", [block]), ("stops", [block])]
    check(found if ALL else [found[len(name) % 4], found[0]], seed=len(name))


def test_every_element_and_event_that_can_be_drawn_is_drawn_by_a_block() -> None:
    """The table of the docs against the diagrams: kinds, and events per place, interrupting or not where both exist."""
    files = [drawn([(name, *[[("task",)]] * nested)])[0].xml() for name, (nested, _) in BLOCKS.items()]
    files += [drawn([("task",)], begins)[0].xml() for begins in STARTS]
    kinds, events = set(), set()
    for node in (node for file_ in files for node in etree.fromstring(file_.encode()).iter()):
        kind = etree.QName(node).localname
        kinds.add(kind)
        parts = [
            etree.QName(x).localname.removesuffix("EventDefinition") for x in node if x.tag.endswith("EventDefinition")
        ]
        inside = node.getparent() is not None and node.getparent().get("triggeredByEvent") == "true"
        place = "eventSubprocessStart" if kind == "startEvent" and inside else kind
        beside = node.get("cancelActivity") == "false" or node.get("isInterrupting") == "false"
        events.add((place, "none" if not parts else parts[0] if len(parts) == 1 else "multiple", beside))
    expected = {(place, kind, False) for place, found in EVENTS_ALLOWED.items() for kind in found}
    expected |= {
        (place, kind, True)
        for place in ("eventSubprocessStart", "boundaryEvent")
        for kind in ("message", "signal", "conditional", "timer", "escalation", "multiple")
    }

    assert {*TYPES, *GLOBAL} - kinds == set()
    assert expected - events == set()


@pytest.mark.parametrize("begins", STARTS)
def test_a_process_ends_clean_however_it_begins(begins: str) -> None:
    check([("both", [("task",)], [("message",)])], 1, begins)


@settings(max_examples=examples(1, 150), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    found=st.lists(blocks(2), min_size=1, max_size=3), seed=st.integers(0, 10**6), begins=st.sampled_from(list(STARTS))
)
def test_any_sound_diagram_ends_clean_and_the_same_with_and_without_restoring(
    found: list[Block], seed: int, begins: str
) -> None:
    check(found, seed, begins)


def test_a_doubled_token_would_be_seen() -> None:
    """The check itself can fail: a task that gives two tokens where one was meant runs the next element twice."""
    diagram, builder = Diagram().start().end(), Builder()
    diagram.node("task", "gives", completionQuantity="2").node("task", builder.id("next"))
    diagram.path("start", "gives", "next1", "end")
    history = walk(diagram, 1, restore=False)

    assert Counter(e for e, _ in history)["next1"] == 2
    assert "next1" in builder.once
