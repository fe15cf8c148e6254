"""Where a trial run stands: everything that its page shows, read as the program itself in a sandbox without real cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.variables import typed
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import Explanation, FeelError, explain, to_plain
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.runtime import JobRow, Subscription, UserTask
from inburgering_flow.services.case_file import CaseDetail
from inburgering_flow.services.tasks import Asked
from inburgering_flow.services.trials import LIMITS
from inburgering_flow.store import instances
from inburgering_flow.workbench.scenarios import Runner
from inburgering_flow.workbench.trial import key_of

MOST_CHOICES = 6
"""Gateways whose conditions are explained, the last ones."""


@dataclass(frozen=True)
class OpenTask:
    """An open task; ``place`` tells it from others with its id, as ``de`` in a scenario."""

    task: UserTask
    element: Element
    place: int
    asked: Asked


@dataclass(frozen=True)
class Condition:
    """A condition of a way out of a gateway, explained with the variables as they are now."""

    flow: str
    text: str
    explanation: Explanation | None
    problem: str = ""


@dataclass(frozen=True)
class Waiting:
    """A message, signal or condition that is waited for. ``step`` lets it come; that of a condition changes the variables that it
    ``reads``, with their values as they are now.
    """

    kind: str
    name: str
    element: str
    step: Mapping[str, Any]
    condition: Condition | None = None
    reads: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """A gateway that was passed, with the conditions of its ways."""

    name: str
    conditions: Sequence[Condition]


@dataclass(frozen=True)
class Standing:
    """Where a trial run stands."""

    detail: CaseDetail
    now: datetime
    tasks: Sequence[OpenTask]
    jobs: Sequence[tuple[JobRow, str]]
    waits: Sequence[Waiting]
    timers: Sequence[tuple[datetime, str]]
    choices: Sequence[Choice]
    shown: Any
    """The instance whose diagram is shown."""
    xml: str
    marks: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def standing(runner: Runner, flows: Collection[tuple[str, str]], instance: int | None = None) -> Standing:
    """Return where a run stands; ``flows`` are those that tokens took, ``instance`` is the place in the family of the one whose
    diagram is shown.
    """
    services = runner.platform.services
    detail = services.case_file.open(runner.key, SYSTEM)
    shown = detail.family[instance if instance is not None and instance < len(detail.family) else 0]
    marks = services.diagram_marks.of_instance(shown.key, SYSTEM)
    walked = {flow: 1 for process, flow in sorted(flows) if process == shown.process_id}
    catalog = services.context.catalog
    names = {
        element.id: element.name
        for one in detail.family for element in catalog.process(one.definition_key).definition.elements.values()
        if element.name
    }  # fmt: skip
    return Standing(
        detail, runner.platform.clock.now(), _tasks(runner), [(job, names.get(job.element_id, job.element_id))
        for job in runner.open_jobs()], _waits(runner, names),
        [(job.due, names.get(job.element_id, job.element_id)) for job in runner.work()
         if job.kind == "TIMER" and job.due.year < 9000],
        _choices(runner, shown), shown, services.deployments.resource_of(shown.definition_key)[1].decode("utf-8", "replace"),
        {**marks, "walked": walked}, names, values_of(runner),
    )  # fmt: skip


def _tasks(runner: Runner) -> list[OpenTask]:
    services, found = runner.platform.services, []
    seen: dict[str, int] = {}
    for task in runner.open_tasks():
        seen[task.element_id] = seen.get(task.element_id, 0) + 1
        element = services.context.catalog.process(task.definition_key).elements[task.element_id]
        found.append(OpenTask(task, element, seen[task.element_id], services.user_tasks.asked_of(task.key, SYSTEM)))
    return found


def _waits(runner: Runner, names: Mapping[str, str]) -> list[Waiting]:
    with runner.platform.context.db.read() as unit:
        rows = instances.subscriptions_of(unit, runner.key)
    return [
        Waiting(row.kind, _name(row, runner), names.get(row.element_id, row.element_id), _step(row, runner),
                *(_condition(row, runner) if row.kind == "condition" else ()))
        for row in rows
    ]  # fmt: skip


def _condition(row: Subscription, runner: Runner) -> tuple[Condition, Mapping[str, Any]]:
    """Return a condition that is waited for, explained, and what it reads."""
    owner = next(one for one in runner.family() if one.key == row.instance_key)
    process = runner.platform.context.catalog.process(owner.process_definition_key)
    event = process.elements[row.element_id].event
    assert event is not None
    part = event.all[row.part]
    values = values_of(runner)
    reads = part.looks_at or process.feel(part.condition).variables
    said = Condition(row.element_id, part.condition, *explained(runner, part.condition, values))
    return said, {name: to_plain(values.get(name)) for name in sorted(reads)}


def _name(row: Subscription, runner: Runner) -> str:
    number = f" {runner.number}"
    return row.name.removesuffix(number) if row.kind == "signal" and runner.number else row.name


def _step(row: Subscription, runner: Runner) -> dict[str, Any]:
    if row.kind == "message":
        return {"bericht": row.name, **key_of(runner, row.correlation_key)}
    if row.kind == "signal":
        return {"signaal": _name(row, runner)}
    return {} if row.process_id == runner.scenario.content["proces"] else {"bij": row.process_id}


def values_of(runner: Runner) -> dict[str, Any]:
    """Return the variables of a run, typed as expressions see them; those of the case itself before those of what it called."""
    catalog, found = runner.platform.context.catalog, dict[str, Any]()
    for one in reversed(runner.family()):
        types = catalog.process(one.process_definition_key).types
        found |= {name: typed(value, types.get(name, "")) for name, value in one.variables.items()}
    return dict(sorted(found.items()))


def explained(runner: Runner, text: str, values: Mapping[str, Any]) -> tuple[Explanation | None, str]:
    """Return how an expression comes to its value in a run, or why it cannot be read."""
    context = runner.platform.context
    given = FeelContext(runner.platform.clock.now(), context.env.zone, context.functions, LIMITS)
    try:
        return explain(text.strip().removeprefix("=").strip(), values, context=given), ""
    except FeelError as error:
        return None, str(error)


def _choices(runner: Runner, shown: Any) -> list[Choice]:
    process = runner.platform.context.catalog.process(shown.definition_key)
    passed = list(dict.fromkeys(
        row.element_id for name, row in reversed(runner.path()) if name == shown.process_id and row.end is not None
    ))  # fmt: skip
    values: dict[str, Any] | None = None
    found: list[Choice] = []
    for id in passed:
        element = process.elements.get(id)
        conditions = [flow for flow in element.outgoing if flow.condition] if element is not None else []
        if element is None or not conditions or len(found) == MOST_CHOICES:
            continue
        values = values_of(runner) if values is None else values
        found.append(Choice(element.name or element.kind, [
            Condition(flow.name or process.elements[flow.target].name or flow.target, str(flow.condition),
                      *explained(runner, str(flow.condition), values))
            for flow in conditions
        ]))  # fmt: skip
    return found
