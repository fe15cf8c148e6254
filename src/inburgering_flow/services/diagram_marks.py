"""What a diagram shows besides its shapes: where cases stand, and where they are stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.counts import SMALL, counts_exactly, hidden_in_table
from inburgering_flow.services.kept_counts import KeptCounts
from inburgering_flow.services.open_parts import open_parts
from inburgering_flow.store import cases, definitions, incidents, instances
from inburgering_flow.store.database import Unit


class DiagramMarks:
    """Counting by element, as an actor."""

    def __init__(self, context: Context, access: CaseAccess) -> None:
        self.context = context
        self.access = access
        self._kept = KeptCounts[tuple[dict[str, int], dict[str, int]]](context.clock)

    def of_instance(self, instance_key: int, actor: Actor) -> dict[str, Any]:
        """Return what is active, done and broken in one instance, for its diagram."""
        with self.context.db.read() as unit:
            instance = instances.get(unit, instance_key)
        actor.require(permissions.DIAGRAM)
        self.access.check(instance.root_key, actor)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            parts = open_parts(unit, self.context.catalog, instance.root_key, actor)
            if instance_key in parts.closed:
                raise NotFound(_("This part of the case is not for you."), remedy=_("Look at your list of cases."))
            rows = [e for e in instances.elements(unit, instance_key) if e.key not in parts.calls]
            broken = Counter(x.element_id for x in incidents.of_instance(unit, instance_key) if x.state == "ACTIVE")
        active = Counter(e.element_id for e in rows if e.state == "ACTIVE")
        return {
            "active": active,
            "incidents": broken,
            "completed": sorted({e.element_id for e in rows if e.state == "COMPLETED"} - set(active)),
        }

    def of_definition(self, definition_key: int, actor: Actor) -> dict[str, Any]:
        """Return how many tokens and incidents there are at each element of a definition, and ``counted``: when that was, None
        for just now.

        For an actor without power over every case small counts are "<5", and so are those that would tell one: beside the
        other elements, or beside the other versions, whose sum other pages show.
        """
        if not (actor.may(permissions.BOARD) or actor.may(permissions.DEFINITION_READ)):
            actor.require(permissions.BOARD)
        with self.context.db.read() as unit:
            if counts_exactly(actor):
                (active, broken), moment = self._counted(unit, definition_key)
                return {"active": active, "incidents": broken, "completed": [], "counted": moment}
            process_id = self.context.catalog.process(definition_key).process_id
            keys = [row.key for row in definitions.versions(unit, "process", process_id)]
            counted = {key: self._counted(unit, key) for key in keys}
        return {
            "active": _masked(definition_key, {key: both[0] for key, (both, _moment) in counted.items()}),
            "incidents": _masked(definition_key, {key: both[1] for key, (both, _moment) in counted.items()}),
            "completed": [],
            "counted": counted[definition_key][1],
        }

    def _counted(self, unit: Unit, definition_key: int) -> tuple[tuple[dict[str, int], dict[str, int]], datetime | None]:
        return self._kept.get(definition_key, lambda: cases.counts_by_element(unit, definition_key))


def _masked(definition_key: int, counted: Mapping[int, Mapping[str, int]]) -> dict[str, int | str]:
    """Return what is shown of one version's counts by element, given those of all versions."""
    cells = {(str(key), element): count for key, counts in counted.items() for element, count in counts.items()}
    hidden = hidden_in_table(cells)
    return {
        element: SMALL if (str(definition_key), element) in hidden else count
        for element, count in counted[definition_key].items()
    }
