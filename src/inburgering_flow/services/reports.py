"""Figures over all cases, without names and without cells so small that somebody could be recognised in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import Indicator, InstanceFacts
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.counts import SMALLEST, Cell, hide_small
from inburgering_flow.store import definitions, reports

PERIOD = timedelta(days=365)


@dataclass(frozen=True)
class Figures:
    """What the page with figures shows."""

    active: int | None
    phases: list[Cell]
    outcomes: list[Cell]
    open_tasks: list[Cell]
    late_tasks: list[Cell]
    indicators: list[tuple[Indicator, list[Cell]]]
    """Figures that only this domain has."""


class Reports:
    """Use cases about figures."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def figures(self, actor: Actor) -> Figures:
        """Return the figures; raises Forbidden for an actor who may not see them.

        A case may be in more than one phase at once. Outcomes count the cases completed in the last 365 days.
        """
        actor.require(permissions.FIGURES)
        now = self.context.clock.now()
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            phases: Counter[str] = Counter()
            for definition_key, element_id, count in reports.cases_by_phase(unit):
                phases[self._name(definition_key, element_id)] += count
            outcomes: Counter[str] = Counter()
            for definition_key, element_id, count in reports.cases_by_outcome(unit, now - PERIOD):
                outcomes[self._name(definition_key, element_id)] += count
            names = {row.id: row.name or row.id for row in definitions.newest(unit, "process")}
            opened = reports.tasks_by_process(unit, now, late=False)
            late = reports.tasks_by_process(unit, now, late=True)
            active = reports.active_cases(unit)
            counted = [(one, reports.cases_by_value(unit, one.variable)) for one in self.context.domain.indicators]
        return Figures(
            active if active == 0 or active >= SMALLEST else None, hide_small(phases), hide_small(outcomes),
            hide_small({names.get(k, k): v for k, v in opened.items()}),
            hide_small({names.get(k, k): v for k, v in late.items()}),
            [(one, hide_small(counts)) for one, counts in counted],
        )  # fmt: skip

    def instances(self, process_id: str, names: Sequence[str]) -> Iterator[InstanceFacts]:
        """Yield every instance of a process with these of its variables; what asks has checked that the actor may see them."""
        with self.context.db.read() as unit:
            yield from reports.instances_of(unit, process_id, names)

    def newest(self, process_id: str, names: Sequence[str]) -> InstanceFacts | None:
        """Return the newest instance of a process that has completed, with these of its variables."""
        with self.context.db.read() as unit:
            return reports.newest_of(unit, process_id, names)

    def _name(self, definition_key: int, element_id: str) -> str:
        element = self.context.catalog.process(definition_key).elements[element_id]
        return element.name or element_id
