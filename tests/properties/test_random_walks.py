"""Random sound diagrams and random walks: no token is lost or doubled, the end is clean, restoring changes nothing."""

from __future__ import annotations

import random
import tempfile
from typing import Any

from diagrams import Diagram, loop, message_event, timer
from engine.test_elements import leftovers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invariants import assert_sound
from sqlalchemy import select

from inburgering_flow.clock import ManualClock
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t

Block = tuple


def blocks(depth: int) -> st.SearchStrategy[Block]:
    """Structured blocks: whatever is nested, one token in gives one token out."""
    task = st.just(("task",))
    if depth == 0:
        return task
    inner = st.lists(blocks(depth - 1), min_size=1, max_size=2)
    return st.one_of(
        task,
        st.tuples(st.just("timer")),
        st.tuples(st.just("many")),
        st.tuples(st.just("both"), inner, inner),
        st.tuples(st.just("either"), inner, inner),
        st.tuples(st.just("sub"), inner),
        st.tuples(st.just("watched")),
        st.tuples(st.just("job")),
        st.tuples(st.just("message")),
        st.tuples(st.just("race")),
        st.tuples(st.just("guarded"), inner),
    )


class Builder:
    def __init__(self) -> None:
        self.count = 0

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def sequence(self, diagram: Diagram, found: list[Block], source: str) -> str:
        for block in found:
            source = self.block(diagram, block, source)
        return source

    def block(self, diagram: Diagram, block: Block, source: str) -> str:
        kind = block[0]
        if kind in ("task", "many", "watched"):
            name = self.id(kind)
            diagram.user(name, body=loop("[1, 2, 3]", "item") if kind == "many" else "")
            diagram.path(source, name)
            if kind == "watched":
                late, done = self.id("late"), self.id("reminded")
                diagram.boundary(late, name, timer("timeDuration", "P1D"), interrupting=False).end(done).path(
                    late, done
                )
            return name
        if kind == "timer":
            name = self.id("wait")
            diagram.node("intermediateCatchEvent", name, body=timer("timeDuration", "PT1H")).path(source, name)
            return name
        if kind == "job":
            name = self.id("job")
            diagram.service(name, "werk").path(source, name)
            return name
        if kind == "message":
            name = self.id("hears")
            diagram.message(f"m_{name}", name).node("intermediateCatchEvent", name, body=message_event(f"m_{name}"))
            diagram.path(source, name)
            return name
        if kind == "race":
            gate, said, late, join = self.id("gate"), self.id("said"), self.id("tooLate"), self.id("after")
            diagram.message(f"m_{said}", said).node("eventBasedGateway", gate)
            diagram.node("intermediateCatchEvent", said, body=message_event(f"m_{said}"))
            diagram.node("intermediateCatchEvent", late, body=timer("timeDuration", "PT5H")).xor(join)
            diagram.path(source, gate, said, join).path(gate, late, join)
            return join
        if kind == "guarded":  # a sub-process that a timer ends, with a non-interrupting event sub-process inside
            name, start, end, cut, join = (self.id(k) for k in ("guard", "start", "end", "cut", "after"))
            inside = Diagram().start(start).end(end)
            inside.path(self.sequence(inside, block[1], start), end)
            heard, on, off = self.id("heard"), self.id("on"), self.id("off")
            aside = Diagram().message(f"m_{on}", on).node(
                "startEvent", on, body=message_event(f"m_{on}"), isInterrupting="false"
            ).end(off).path(on, off)  # fmt: skip
            inside.sub(heard, aside, event=True)
            diagram.sub(name, inside).boundary(cut, name, timer("timeDuration", "P2D")).xor(join)
            diagram.path(source, name, join).path(cut, join)
            return join
        if kind == "sub":
            name, start, end = self.id("sub"), self.id("start"), self.id("end")
            inside = Diagram().start(start).end(end)
            inside.path(self.sequence(inside, block[1], start), end)
            diagram.sub(name, inside).path(source, name)
            return name
        split, join = self.id("split"), self.id("join")
        if kind == "both":
            diagram.both(split).both(join).path(source, split)
            for branch in block[1:]:
                diagram.path(self.sequence(diagram, branch, split), join)
            return join
        diagram.xor(split, default=f"{split}_no").xor(join).path(source, split)
        yes, no = self.id("yes"), self.id("no")
        diagram.script(yes, "1", "x").script(no, "2", "x")
        diagram.path(f"{split}|gok", yes)
        diagram.add(f'<bpmn:sequenceFlow id="{split}_no" sourceRef="{split}" targetRef="{no}"/>')
        for begin, branch in ((yes, block[1]), (no, block[2])):
            diagram.path(self.sequence(diagram, branch, begin), join)
        return join


def subscriptions(platform: Platform) -> list[Any]:
    with platform.context.db.read() as unit:
        return list(unit.connection.execute(select(t.subscription.c.name)))


def walk(diagram: Diagram, seed: int, *, restore: bool) -> list[tuple[str, str]]:
    """Play a case with choices drawn from ``seed``; reopen the database before each step where asked."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:

        def reopen() -> Platform:
            return Platform.open(
                f"sqlite:///{folder}/flow.db",
                clock=clock,
                plugins=[],
                handlers={"werk": lambda job, work: {"gedaan": True}},
                settings_=Settings(secret="t", synchronous="OFF"),
            )

        clock = ManualClock("2026-01-05T09:00:00+01:00")
        platform = reopen()
        platform.deploy_content("p.bpmn", diagram.xml())
        key = platform.start("p", {"gok": chance.random() < 0.5, "sleutel": "k"})
        for _ in range(400):
            if platform.instance(key).state != "ACTIVE":
                break
            assert_sound(platform)
            if restore:
                platform.close()
                platform = reopen()
            heard = [s.name for s in subscriptions(platform)]
            if heard and chance.random() < 0.5:
                platform.correlate(chance.choice(sorted(heard)), correlation_key="k")
                continue
            tasks = platform.tasks(state="CREATED")
            if tasks and chance.random() < 0.8:
                task = sorted(tasks, key=lambda x: (x.element_id, x.key))[chance.randrange(len(tasks))]
                platform.complete(task.key, {"gok": chance.random() < 0.5}, user="anna")
            else:
                clock.advance(hours=1 + chance.randrange(30))
                platform.run_due()
        assert platform.instance(key).state == "COMPLETED"
        assert not list(platform.instance(key).incidents)
        assert leftovers(platform) == {}
        assert_sound(platform)
        found = [(e.element_id, e.state) for e in platform.instance(key).elements]
        platform.close()
        return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=st.lists(blocks(2), min_size=1, max_size=3), seed=st.integers(0, 10**6))
def test_any_sound_diagram_ends_clean_and_the_same_with_and_without_restoring(found: list[Block], seed: int) -> None:
    builder, diagram = Builder(), Diagram().start().end()
    diagram.path(builder.sequence(diagram, found, "start"), "end")

    assert walk(diagram, seed, restore=False) == walk(diagram, seed, restore=True)
