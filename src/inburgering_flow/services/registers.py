"""What registers of cases share: which variables a step has set, and what cases hold since before a register knew of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from inburgering_flow.engine.run import Run
from inburgering_flow.model.runtime import ProcessInstance
from inburgering_flow.services.context import Context
from inburgering_flow.store import instances
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import RowState

PORTION = 200  # instances that are looked at in one go

T = TypeVar("T")
Keep = Callable[[Unit, Run, ProcessInstance, Mapping[str, T], Mapping[str, Any]], None]
"""Puts into a register what an instance holds: the unit, a run over its case, the instance, what is declared of its process by
variable, and its variables.
"""


class Without(Protocol):
    """Finds running instances of definitions that hold one of these variables and of which a register has nothing."""

    def __call__(
        self, unit: Unit, definition_keys: list[int], names: set[str], after: int, most: int
    ) -> list[int]: ...


def own_variables(run: Run) -> dict[int, dict[str, Any]]:
    """Return what a step has set, by instance and name, without the copies that single elements have, such as what a call
    activity hands to the process that it calls.
    """
    found: dict[int, dict[str, Any]] = {}
    for (scope, name), (value, instance_key) in run.step.variables.items():
        if scope == instance_key:
            found.setdefault(instance_key, {})[name] = value
    return found


class CatchUp(Generic[T]):
    """Puts into a register what ran before it knew of it, a portion of instances at a time, once in the life of a program."""

    def __init__(
        self, context: Context, declared: Callable[[int], Mapping[str, T]], without: Without, keep: Keep[T]
    ) -> None:
        self._context, self._declared, self._without, self._keep = context, declared, without, keep
        self._after: int | None = 0  # the last instance that was looked at; None when there are no more

    def portion(self) -> int:
        """Look at the next portion; return how many instances. Safe to run at any time and by several nodes."""
        context, after = self._context, self._after
        if after is None:
            return 0
        with context.db.read() as unit:
            known = {d: said for d in instances.running_definitions(unit) if (said := self._declared(d))}
            names = {name for one in known.values() for name in one}
            found = self._without(unit, list(known), names, after, PORTION) if known else []
        for key in found:
            with context.db.write() as unit, context.catalog.within(unit):
                state = RowState(unit)
                run = Run(context.env, state, context.clock.now())
                instance = run.instance(key)
                state.lock(instance.root_key)
                self._keep(unit, run, instance, known[instance.definition_key], instances.variables(unit, key))
        self._after = found[-1] if len(found) == PORTION else None
        return len(found)
