"""A BPMN file as it was read: its processes, and notes of what no definition can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Element, Event, ProcessDefinition
from inburgering_flow.errors import InvalidInput

CATCHING = frozenset(("startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"))


@dataclass(frozen=True)
class Note:
    """What the reader met and could not take over; ``kind`` says what, ``details`` gives its words."""

    kind: str
    element_id: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagram:
    """What was read of a file.

    ``drawn`` are its executable processes, ``global_tasks`` those that the reader made of global tasks. ``problem`` is why
    the XML could not be read. ``named`` are all elements of the file by id, including those that are not executed;
    ``handlers`` the activity that each compensation event is associated with.
    """

    name: str
    drawn: tuple[ProcessDefinition, ...] = ()
    global_tasks: tuple[ProcessDefinition, ...] = ()
    notes: tuple[Note, ...] = ()
    problem: InvalidInput | None = None
    is_bpmn: bool = False
    is_executable: bool = False
    named: Mapping[str, xml.Element] = field(default_factory=dict)
    handlers: Mapping[str, str] = field(default_factory=dict)

    @property
    def processes(self) -> tuple[ProcessDefinition, ...]:
        """Everything in the file that can be executed."""
        return (*self.drawn, *self.global_tasks)

    def noted(self, *kinds: str) -> Iterator[Note]:
        """The notes of these kinds, in the order of reading."""
        return (note for note in self.notes if note.kind in kinds)

    def tag(self, element_id: str) -> str:
        """The BPMN tag of an element of the file; empty if there is no such element."""
        found = self.named.get(element_id)
        return "" if found is None else xml.local(found)

    def elements(self, *kinds: str) -> Iterator[tuple[Element, ProcessDefinition]]:
        """The elements of these kinds (all if none is given), each with its process."""
        for process in self.processes:
            for element in process.elements.values():
                if not kinds or element.kind in kinds:
                    yield element, process

    def scopes(self) -> Iterator[tuple[Element, ProcessDefinition]]:
        """The drawn processes and sub-processes as elements, each with its process."""
        return ((element, p) for p in self.drawn for element in p.elements.values() if element.is_scope)

    def events(self, *kinds: str) -> Iterator[tuple[Element, Event, bool]]:
        """Each part of each event as (element, part, whether the element catches it)."""
        for element, _process in self.elements():
            parts = element.event.all if element.event is not None else ()
            found = [(part, element.kind in CATCHING) for part in parts]
            if element.loop is not None:
                found.extend((part, False) for behavior in element.loop.behaviors for part in behavior.event.all)
            yield from ((element, part, catching) for part, catching in found if part.kind in kinds)
