"""Conditions that are waited for: evaluated again when a variable that they read changes.

A condition happens when it becomes true: after that it must have been false before it happens again.
Source: BPMN 2.0.2, section 10.5.5, conditional event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from inburgering_flow.engine import catching, expressions, waiting
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.model.runtime import ACTIVE, Subscription


def look_again(run: Run) -> bool:
    """Evaluate conditions whose variables have changed again; return True when something happens because of it."""
    changed, run.changed_names = run.changed_names, {}
    found = False
    for instance_key, names in changed.items():
        run.all_changed_names.setdefault(instance_key, set()).update(names)
        instance = run.instance(instance_key)
        if instance.state != ACTIVE or not run.process_of(instance).has_conditions:
            continue
        stored = run.stored(instance_key, run.state.conditions)
        fresh = [s for s in run.step.new_subscriptions if s.kind == "condition" and s.instance_key == instance_key]
        for row in (*(run.known_conditions.setdefault(s.key, s) for s in stored), *fresh):
            found = _changed(run, row, names) or found
    return found


def _changed(run: Run, row: Subscription, changes: Mapping[str, str]) -> bool:
    owner = run.scope(row.owner_key)
    process = run.process_of(owner)
    event = process.elements[row.element_id].event
    if event is None or owner.state != ACTIVE or waiting.is_closed(run, row):
        return False
    part = event.all[row.part]
    condition = part.condition
    watched = part.looks_at or process.feel(condition).variables
    if not any(name in watched and (not part.looks_when or how in part.looks_when) for name, how in changes.items()):
        return False
    try:
        truth = expressions.holds(run, owner, condition, "condition")
    except Trouble:
        return False  # it waits on; the next change of a variable looks at it again
    before, row.correlation_key = row.correlation_key, str(truth).lower()
    if before == row.correlation_key:
        return False
    if row not in run.step.new_subscriptions:
        run.step.changed_subscriptions[row.key] = row
    if truth:
        run.queue(partial(catching.happen, run, row, {}))
    return truth


def look_at(run: Run, instance_keys: Iterable[int]) -> None:
    """Evaluate every condition of instances that have stood still, or whose conditions have changed."""
    for instance_key in instance_keys:
        process = run.process_of(run.instance(instance_key))
        for row in run.state.conditions(instance_key):
            event = process.elements[row.element_id].event
            if event is not None:
                part = event.all[row.part]
                names = part.looks_at or process.feel(part.condition).variables
                changes = dict.fromkeys(names, next(iter(part.looks_when), "update"))
                _changed(run, run.known_conditions.setdefault(row.key, row), changes)
