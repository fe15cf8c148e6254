"""Figures over all cases, without names and without cells so small that somebody could be recognised in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import Indicator
from inburgering_flow.services.context import Context
from inburgering_flow.store import definitions, reports

SMALLEST = 5  # cells under five are hidden: the role table of the domain description
PERIOD = timedelta(days=365)


@dataclass(frozen=True)
class Cell:
    """A label and a number; None stands for a number that is not shown."""

    label: str
    count: int | None


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


def hide_small(counts: Mapping[str, int]) -> list[Cell]:
    """Return the counts, the largest first, with those under five hidden.

    A single hidden count could be found by subtracting the others from the total, so then the smallest of the others is
    hidden too.
    """
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    hidden = {label for label, count in ordered if 0 < count < SMALLEST}
    if len(hidden) == 1:
        others = [label for label, count in ordered if label not in hidden and count > 0]
        hidden.update(others[-1:])
    return [Cell(label, None if label in hidden else count) for label, count in ordered]


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

    def _name(self, definition_key: int, element_id: str) -> str:
        element = self.context.catalog.process(definition_key).elements[element_id]
        return element.name or element_id
