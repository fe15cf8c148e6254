"""Reassessing: what was computed from variables that were corrected since is computed again, by the same functions that computed
it, without moving a token. Nothing here writes; whoever has shown the outcome lets ``keep`` write it.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import decisions, mappings, task_dates
from inburgering_flow.engine.nodes.tasks import BusinessRuleTask
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import chain, lookup, names_in, read, set_local
from inburgering_flow.engine.waiting import timer_again
from inburgering_flow.feel import to_plain
from inburgering_flow.feel.render import plain
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.runtime import ElementInstance, ProcessInstance

__all__ = ["Again", "Change", "dates_again", "decide_again", "inputs", "is_read", "keep", "targets", "timer_again"]  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A variable of one scope that gets another value."""

    scope_key: int
    instance_key: int
    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Again:
    """A decision that is evaluated again: what the history would keep, what changes, and which results stay although the decision
    gives another value, as somebody or something else has set them since.
    """

    decision: DecisionRow
    changes: tuple[Change, ...]
    kept: tuple[str, ...]


def is_read(run: Run, owner: ElementInstance | ProcessInstance, names: Iterable[str], changed: Set[tuple[int, str]]) -> bool:
    """Tell whether one of these names, looked up from an element, is a variable that has changed: (scope, name)."""
    keys = chain(owner)
    found = ((next((k for k in keys if name in names_in(run, k)), 0), name) for name in names)
    return any(one in changed for one in found)


def inputs(run: Run, row: ElementInstance, old: DecisionRow) -> set[str]:
    """Return the names that a decision read around its element, also through input mappings."""
    process, element = run.process_of(row), run.element_of(row)
    mapped = (*element.inputs, *element.data_inputs)
    return set(old.inputs) | {name for m in mapped for name in process.reads(m.source)}


def targets(element: Element) -> set[str]:
    """Return the variables that get the result of a business rule task."""
    mapped = {m.target.partition(".")[0] for m in (*element.outputs, *element.data_outputs)}
    return mapped or {element.result_variable or "result"}


def decide_again(run: Run, old: DecisionRow, fixed: Set[str]) -> Again:
    """Evaluate a decision anew, in the version that the model binds to, with the variables of now.

    A result stays as it is where its name is ``fixed``, or where the variable no longer has what the decision gave. Raises
    Trouble where there is no outcome.
    """
    row = run.element(old.element_key)
    element, around = run.element_of(row), run.scope(row.scope_key)
    given = mappings.inputs_of(run, around, element)
    called = BusinessRuleTask.called(run, around, element, given)
    seen = lookup(run, around, given)
    result, new = decisions.evaluate(run, row, called, element.binding, element.version_tag, seen)
    assert new is not None
    name = element.result_variable or "result"
    was = mappings.results_of(run, around, element, given, name, old.output, alone=True)
    changes, kept = [], []
    for target, value in mappings.results_of(run, around, element, given, name, result).items():
        keys = chain(around)
        scope = run.scope(next((k for k in keys if target in names_in(run, k)), keys[-1]))
        before, after = read(run, scope.key, target), to_plain(value)
        if before == after:
            continue
        if target in fixed or (target in was and plain(before) != plain(was[target])):
            kept.append(target)
        else:
            instance_key = scope.key if isinstance(scope, ProcessInstance) else scope.instance_key
            changes.append(Change(scope.key, instance_key, target, before, after))
    return Again(new, tuple(changes), tuple(kept))


def dates_again(run: Run, row: ElementInstance) -> dict[str, datetime | None]:
    """Return when an open task is due, and to be followed up, by the variables of now. Raises Trouble where there is no date."""
    return task_dates.dates(run, row)


def keep(run: Run, changes: Iterable[Change], decision: DecisionRow | None = None) -> None:
    """Write what was computed again; the step looks at conditions, and at the timers that follow, as after any change."""
    for change in changes:
        set_local(run, run.scope(change.scope_key), change.name, change.after)
    if decision is not None:
        run.step.new_decisions.append(decision)
