"""Where each case is: its main phase, and when its first term is over, kept with the case in the transaction that changes it.

What boards and lists count and are ordered by is a range of an index then, however many cases there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.run import Run
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.context import Context
from inburgering_flow.services.phases import main_phase, phases_drawn
from inburgering_flow.store import case_places, instances
from inburgering_flow.store.case_places import Place
from inburgering_flow.store.cases import PlacedCase
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import RowState

CALL = "CALL_ACTIVITY"
PORTION = 500  # cases that are looked at in one go


class CasePlaces:
    """What ``Steps`` tells of each step."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._drawn: dict[int, list[Element]] = {}
        self._after: int | None = 0  # the last case that was looked at; None when there are no more

    def note(self, unit: Unit, run: Run) -> None:
        """Keep the phase of cases in which a step entered or left one; asks the database only then."""
        step = run.step
        touched = {e.instance_key for e in (*step.new_elements, *step.changed_elements.values()) if e.element_type == CALL}
        touched.update(i.key for i in step.new_instances if i.parent_key is None and self.phases(i.definition_key))
        tops = [run.instance(key) for key in touched]
        self._keep(unit, [(i.key, i.definition_key) for i in tops if i.parent_key is None and i.end is None])

    def moved(self, unit: Unit, root_key: int) -> None:
        """Keep the phase of a case of which something has moved to another version."""
        with self.context.catalog.within(unit):
            case = instances.get(unit, root_key)
            if case.end is None:
                self._keep(unit, [(case.key, case.definition_key)])

    def _keep(self, unit: Unit, tops: Iterable[tuple[int, int]]) -> None:
        with_phases = []
        for key, definition in tops:
            if self.phases(definition):
                with_phases.append((key, definition))
            else:
                case_places.leave_phases(unit, key)  # that of a version which the case has left
        if not with_phases:
            return
        calls = instances.calls_in(unit, [key for key, _definition in with_phases])
        for key, definition in with_phases:
            process = self.context.catalog.process(definition).definition
            phase = main_phase(process, self.phases(definition), calls.get(key, []))
            case_places.set_phase(unit, key, phase)

    def phases(self, definition: int) -> list[Element]:
        """Return the phases that a process definition draws, in order."""
        found = self._drawn.get(definition)
        if found is None:
            found = self._drawn[definition] = phases_drawn(self.context.catalog.process(definition).definition)
        return found

    def catch_up(self) -> int:
        """Look at the next portion of the cases that run, once in the life of a program, and keep what an older program did
        not; return how many. Safe to run at any time and by several nodes.
        """
        after, context = self._after, self.context
        if after is None:
            return 0
        with context.db.read() as unit, context.catalog.within(unit):
            found = case_places.running_after(unit, after, PORTION)
            wrong = self._wrong(unit, found)
        for key in wrong:
            with context.db.write() as unit, context.catalog.within(unit):
                RowState(unit).lock(key)
                case = instances.get(unit, key)
                if case.end is None:
                    self._keep(unit, [(key, case.definition_key)])
                    case_places.refresh_due(unit, [key])
        self._after = found[-1].key if len(found) == PORTION else None
        return len(found)

    def _wrong(self, unit: Unit, found: list[Place]) -> list[int]:
        calls = instances.calls_in(unit, [one.key for one in found])
        wrong = []
        for one in found:
            drawn = self.phases(one.definition_key)
            process = self.context.catalog.process(one.definition_key).definition
            phase = main_phase(process, drawn, calls.get(one.key, [])) if drawn else None
            if one.phase != phase or one.due != one.first_term:
                wrong.append(one.key)
        return wrong


def closed_families(actor: Actor) -> frozenset[str]:
    """Return the families of processes that are closed to every role of an actor."""
    return frozenset(family for power in actor.powers for family in power.hides if actor.closed(family))


def name_of(catalog: StoredCatalog, definition_key: int, element_id: str | None, closed: frozenset[str]) -> str:
    """Return what the phase at an element is called; empty where there is none, where it is of a version that the case has left,
    or where it calls a process of one of these families. One that says only when it runs what it calls, may.
    """
    element = catalog.process(definition_key).elements.get(element_id) if element_id is not None else None
    if element is None:
        return ""
    called = element.called_process
    if closed and called is not None:
        is_closed = called.is_expression or catalog.family_of(catalog.latest_process(called.source).key) in closed
        return "" if is_closed else element.name or element.id
    return element.name or element.id


def phase_of(catalog: StoredCatalog, case: PlacedCase, closed: frozenset[str]) -> str:
    """Return the name of the main phase of a case that runs; empty where there is none, or it is of a closed family."""
    return "" if case.end is not None else name_of(catalog, case.definition_key, case.phase, closed)
