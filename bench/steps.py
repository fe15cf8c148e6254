"""Measures the engine's share of a step: the state is in memory, no database. Run: python bench/steps.py

Completes a user task with a boundary timer inside a sub-process with a boundary timer; the next task has one too.
"""

from __future__ import annotations

import itertools
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from measuring import head, in_turn, say

from diagrams import Diagram, timer  # isort: skip

from inburgering_flow.bpmn import rules
from inburgering_flow.engine import commands
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.memory import MemoryState
from inburgering_flow.engine.port import Environment
from inburgering_flow.engine.run import Run
from inburgering_flow.model.step import Step

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Catalog:
    """One compiled process."""

    def __init__(self, process: CompiledProcess) -> None:
        self._process = process

    def process(self, key: int) -> CompiledProcess:
        return self._process


def definition(size: int) -> CompiledProcess:
    """Return the process with ``size`` more elements after the sub-process."""
    inside = Diagram().start("s").user("a").user("b").end("e").path("s", "a", "b", "e")
    for name in ("a", "b"):
        inside.boundary(f"t{name}", name, timer("timeDuration", "P1D")).path(f"t{name}", "e")
    more = [f"m{n}" for n in range(size)]
    diagram = Diagram().start().sub("sub", inside).boundary("late", "sub", timer("timeDuration", "P10D")).end()
    for name in more:
        diagram.user(name)
    diagram.path("start", "sub", *more, "end").path("late", "end")
    found, _ = rules.read(diagram.xml().encode(), name="p.bpmn")
    return CompiledProcess(found[0], key=1)


def case(size: int, finished: int, beside: int) -> tuple[Environment, MemoryState, int]:
    """Return a case that is at task a, with finished elements behind it and other tokens in the same scope."""
    keys = itertools.count(1)
    env = Environment(Catalog(definition(size)), lambda: next(keys), ZoneInfo("Europe/Amsterdam"))  # type: ignore[arg-type]
    memory = MemoryState()
    run = Run(env, memory, NOW)
    commands.start(run, env.catalog.process(1), {"naam": "x", "aantal": 3, "lijst": [1, 2, 3]})
    step = commands.settle(run)
    memory.apply(step, NOW)
    waiting = next(r for r in step.new_elements if r.element_id == "a")
    gone = [replace(waiting, key=next(keys), state="COMPLETED", end=NOW) for _ in range(finished)]
    values = {(row.key, "uit"): (str(n), row.instance_key) for n, row in enumerate(gone)}
    more = [replace(waiting, key=next(keys)) for _ in range(beside)]
    memory.apply(Step(new_elements=[*gone, *more], variables=values), NOW)
    return env, memory, waiting.key


def milliseconds(size: int, finished: int, beside: int, steps: int = 400) -> float:
    """Return the median CPU milliseconds of one completion; the state stays as it was, so that each is the same."""
    env, memory, key = case(size, finished, beside)
    times = []
    for n in range(steps):
        before = time.thread_time()
        run = Run(env, memory, NOW, "anna")
        commands.complete(run, key, {"antwoord": n, "naam": "y"})
        step = commands.settle(run)
        times.append(time.thread_time() - before)
        assert len(step.new_tasks) == len(step.new_jobs) == 1
        assert len(step.close_jobs) >= 1
    return statistics.median(times) * 1000


def main() -> None:
    head("The engine's share of a step, without SQL (CPU, medians of 5 rounds in turn)")
    base, big, old, wide = in_turn(
        5, lambda: milliseconds(5, 0, 0), lambda: milliseconds(500, 0, 0), lambda: milliseconds(5, 5000, 0),
        lambda: milliseconds(5, 0, 2000),
    )  # fmt: skip
    say("complete a task in a sub-process with boundary timers", base, 0.4, " ms")
    say("500 elements in the definition instead of 5", big / base, 1.2)
    say("5,000 finished elements behind it instead of 0", old / base, 1.2)
    say("2,000 other tokens in its scope instead of 0", wide / base, 1.2)


if __name__ == "__main__":
    main()
