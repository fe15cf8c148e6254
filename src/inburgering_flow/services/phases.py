"""Where cases are: the phases that are active in each, and the main one among those that the diagram draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inburgering_flow.bpmn import reading
from inburgering_flow.bpmn.definition import Element, ProcessDefinition
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.open_parts import OpenParts
from inburgering_flow.store import cases, instances
from inburgering_flow.store.database import Unit

DONE, NOW, AHEAD = "done", "now", "ahead"
NO_PHASE = ("fase", "nee")
"""The property of a call activity that runs beside the phases of its process and is none of them."""


@dataclass(frozen=True)
class Phase:
    """A phase of a case: its call activity, and whether it is done, ahead, or where the case is now."""

    definition_key: int
    element_id: str
    name: str
    state: str


@dataclass(frozen=True)
class Phases:
    """Where a case is in its process: at most one phase is NOW. ``beside`` are names of what runs beside it."""

    bar: tuple[Phase, ...]
    beside: tuple[str, ...]

    @property
    def main(self) -> Phase | None:
        """The phase in which the case is; None where it is over, or its process has no phases that are open to the actor."""
        return next((phase for phase in self.bar if phase.state == NOW), None)


def phases_of(unit: Unit, catalog: StoredCatalog, root_keys: Sequence[int], actor: Actor) -> dict[int, list[str]]:
    """Return the names of the call activities that are active in each case, its phases, as far as they are open to the actor."""
    found: dict[int, list[str]] = {}
    if not root_keys:
        return found
    with catalog.within(unit):
        for root_key, definition_key, element_id, called in cases.active_calls(unit, root_keys):
            if called is not None and actor.closed(catalog.family_of(called)):
                continue
            element = catalog.process(definition_key).elements[element_id]
            names = found.setdefault(root_key, [])
            if element.name not in names:
                names.append(element.name)
    return found


def main_phase(
    definition: ProcessDefinition, drawn: Sequence[Element], calls: Sequence[tuple[str, str]]
) -> str | None:
    """Return the element of the phase in which a case that runs is, whoever looks; None where its process has none.

    ``drawn`` are the ``phases_drawn`` of its definition, ``calls`` are (element id, state) of the call activities that it has
    entered, in order.
    """
    entered = {id: state for id, state in calls if id in definition.elements}
    main = _main(drawn, [definition.elements[id] for id, state in entered.items() if state == ACTIVE], entered)
    return None if main is None else main.id


def phases_in(unit: Unit, catalog: StoredCatalog, parts: OpenParts) -> Phases:
    """Return the phases of a case, as far as they are open to the actor: those that it was in, in that order, and those that
    its ordinary way still leads to from where it is.

    The case is in the first phase that is active; where none is, in what runs beside them; between two phases, in the last one
    that it was in.
    """
    top = parts.family[0]
    definition = catalog.process(top.definition_key).definition
    calls = [(key in parts.calls, id, state) for key, id, state in instances.calls_of(unit, top.key) if id in definition.elements]
    entered = {id: state for is_closed, id, state in calls if not is_closed}
    closed = {id for is_closed, id, _state in calls if is_closed} - entered.keys()
    drawn = [element for element in phases_drawn(definition) if element.id not in closed]
    active = [definition.elements[id] for id, state in entered.items() if state == ACTIVE]
    main = None if top.end is not None else _main(drawn, active, entered)
    last = next((e for e in drawn if e.id == next(reversed(entered), "")), None)
    onward = _onward(definition, main if main in drawn else last)
    ids = {e.id for e in drawn}
    bar = [definition.elements[id] for id in entered if id in ids or (main is not None and id == main.id)]
    if top.end is None:
        bar += [e for e in drawn if e.id not in entered and (e.id in onward or e is main)]
    return Phases(
        tuple(Phase(top.definition_key, e.id, e.name or e.id, _state(e, main, entered)) for e in bar),
        tuple(dict.fromkeys(e.name or e.id for e in active if e is not main and e.properties.get(NO_PHASE[0]) != NO_PHASE[1])),
    )


def _onward(definition: ProcessDefinition, begin: Element | None) -> set[str]:
    """Return what sequence flows lead to from an element, through scopes and out of them; everything where none is given."""
    elements = definition.elements
    if begin is None:
        return set(elements)
    found: set[str] = set()
    waiting = [begin]
    while waiting:
        at = waiting.pop()
        following = [flow.target for flow in at.outgoing]
        if at.id != begin.id and at.is_scope:
            following += [id for id in at.children if elements[id].kind == "startEvent"]
        around = elements.get(at.parent) if at.parent is not None else None
        if around is not None and not around.triggered_by_event:
            following += [flow.target for flow in around.outgoing]
        waiting += [elements[id] for id in following if id not in found]
        found.update(following)
    return found


def _main(drawn: Sequence[Element], active: Sequence[Element], entered: Mapping[str, str]) -> Element | None:
    now = [e for e in drawn if e in active] or list(active)
    last = [e for id in reversed(list(entered)) for e in drawn if e.id == id]
    return next(iter([*now, *last, *drawn]), None)


def _state(element: Element, main: Element | None, entered: Mapping[str, str]) -> str:
    if element is main:
        return NOW
    return DONE if element.id in entered else AHEAD


def phases_drawn(definition: ProcessDefinition) -> list[Element]:
    """Return the phases of a process: the call activities on its ordinary way, not those of event sub-processes."""
    elements = definition.elements

    def is_beside(element: Element) -> bool:
        at: Element | None = element
        while at is not None:
            if at.triggered_by_event:
                return True
            at = elements.get(at.parent) if at.parent is not None else None
        return element.properties.get(NO_PHASE[0]) == NO_PHASE[1]

    found = (step.element for step in reading.steps(definition, {}))
    return [element for element in found if element.kind == "callActivity" and not is_beside(element)]
