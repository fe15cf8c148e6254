"""Measures the engine's share of a step: the state is made of dictionaries, no database. Run: python bench/steps.py

Completes a user task with a boundary timer inside a sub-process with a boundary timer; the next task has one too.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from measuring import head, in_turn, say

from diagrams import Diagram, timer  # isort: skip

from inburgering_flow.bpmn import rules
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.port import Environment
from inburgering_flow.engine.run import Run
from inburgering_flow.model.runtime import ElementInstance, ProcessInstance, Subscription
from inburgering_flow.model.step import Step
from inburgering_flow.values import dump_value

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Memory:
    """The engine's slice of state in dictionaries; each look-up makes fresh records, as rows do."""

    def __init__(self) -> None:
        self.instances: dict[int, ProcessInstance] = {}
        self.rows: dict[int, ElementInstance] = {}
        self.inside: dict[int, dict[int, ElementInstance]] = defaultdict(dict)
        self.values: dict[int, dict[str, str]] = defaultdict(dict)

    def apply(self, step: Step) -> None:
        """Keep what a step made."""
        for instance in step.new_instances:
            self.instances[instance.key] = instance
        for row in (*step.new_elements, *step.changed_elements.values()):
            self.rows[row.key] = row
            if row.state == "ACTIVE":
                self.inside[row.scope_key][row.key] = row
            else:
                self.inside[row.scope_key].pop(row.key, None)
        for (scope, name), (value, _) in step.variables.items():
            self.values[scope][name] = dump_value(value)

    def instance(self, key: int) -> ProcessInstance:
        return replace(self.instances[key])

    def element(self, key: int) -> ElementInstance:
        return ElementInstance(*astuple(self.rows[key]))

    def elements(self, keys: Sequence[int]) -> list[ElementInstance]:
        return [self.element(k) for k in keys]

    def active_children(self, scope_key: int) -> list[ElementInstance]:
        return [replace(r) for r in self.inside[scope_key].values()]

    def count_active_children(self, scope_key: int, limit: int) -> int:
        return min(limit, len(self.inside[scope_key]))

    def called_instances(self, element_key: int) -> list[ProcessInstance]:
        return []

    def variables(self, scope_keys: Sequence[int]) -> Iterable[tuple[int, str, str]]:
        return [(k, n, v) for k in scope_keys for n, v in self.values.get(k, {}).items()]

    def outputs(self, body_key: int, name: str) -> Iterable[tuple[int, str]]:
        return []

    def arrivals(self, scope_key: int, element_id: str) -> dict[str, int]:
        return {}

    def signals(self, root_key: int, name: str) -> list[Subscription]:
        return []

    def conditions(self, instance_key: int) -> list[Subscription]:
        return []

    def compensations(self, scope_key: int) -> list[Any]:
        return []

    def watching_timers(self, instance_key: int) -> list[Any]:
        return []


class Catalog:
    """One compiled process."""

    def __init__(self, process: CompiledProcess) -> None:
        self._process = process

    def process(self, key: int) -> CompiledProcess:
        return self._process


def definition(size: int) -> CompiledProcess:
    """Return the process with ``size`` more elements behind the sub-process."""
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


def case(size: int, finished: int, beside: int) -> tuple[Environment, Memory, int]:
    """Return a case that stands at task a, with finished elements behind it and tokens beside it in the same scope."""
    keys = itertools.count(1)
    env = Environment(Catalog(definition(size)), lambda: next(keys), ZoneInfo("Europe/Amsterdam"))  # type: ignore[arg-type]
    memory = Memory()
    run = Run(env, memory, NOW)
    run.start(env.catalog.process(1), {"naam": "x", "aantal": 3, "lijst": [1, 2, 3]})
    step = run.settle()
    memory.apply(step)
    waiting = next(r for r in step.new_elements if r.element_id == "a")
    for n in range(finished):
        key = next(keys)
        memory.rows[key] = replace(waiting, key=key, state="COMPLETED", end=NOW)
        memory.values[key]["uit"] = str(n)
    for _ in range(beside):
        key = next(keys)
        memory.rows[key] = memory.inside[waiting.scope_key][key] = replace(waiting, key=key)
    return env, memory, waiting.key


def milliseconds(size: int, finished: int, beside: int, steps: int = 400) -> float:
    """Return the median CPU milliseconds of one completion; the state stays as it was, so that each is the same."""
    env, memory, key = case(size, finished, beside)
    times = []
    for n in range(steps):
        before = time.thread_time()
        run = Run(env, memory, NOW, "anna")
        run.complete(key, {"antwoord": n, "naam": "y"})
        step = run.settle()
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
    say("2,000 tokens beside it instead of 0", wide / base, 1.2)


if __name__ == "__main__":
    main()
