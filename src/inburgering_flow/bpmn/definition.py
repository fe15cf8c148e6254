"""What a diagram says, as values: elements, flows, events, mappings. Immutable after reading.

Source: BPMN 2.0.2 (formal/13-12-09), chapters 8 and 10; Camunda 8 extension elements (``zeebe:``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SCOPES = frozenset(("process", "subProcess", "transaction", "adHocSubProcess"))


EMBEDDED = "camunda-forms:bpmn:"
"""What the key of a form begins with that stands in the process itself."""


@dataclass(frozen=True)
class Flow:
    """A sequence flow; ``condition`` is FEEL text or None."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None = None


@dataclass(frozen=True)
class Text:
    """An attribute that is either a literal or, written with a leading ``=``, FEEL."""

    source: str
    is_expression: bool


_WRITTEN = re.compile(r'\s*(?:"([^"]*)"\s*(?:,|$)|([^,]*)(?:,|$))')


def written_names(text: str) -> list[str]:
    """Return the names in a text: those between the commas; one in double quotes may have commas itself."""
    return [name for quoted, plain in _WRITTEN.findall(text) if (name := quoted or plain.strip())]


@dataclass(frozen=True)
class Event:
    """An event definition.

    ``kind``: none, message, timer, error, escalation, signal, conditional, link, compensate, cancel, terminate, multiple.
    ``name`` is the name of a message, signal or link, ``code`` the error or escalation code (empty catches every code),
    ``timer`` is date, duration or cycle, ``condition`` FEEL, ``activity`` the activity to compensate (empty: the whole
    scope). A multiple event has ``parts``; with ``parallel`` all of them must happen.
    """

    kind: str
    name: Text | None = None
    code: str = ""
    correlation_key: Text | None = None
    timer: str = ""
    expression: Text | None = None
    condition: str = ""
    activity: str = ""
    waits: bool = True
    parts: tuple[Event, ...] = ()
    parallel: bool = False
    looks_at: frozenset[str] = frozenset()  # variables whose change has the condition evaluated; empty: all that it reads
    looks_when: frozenset[str] = frozenset()  # create, update; empty: both
    code_variable: str = ""  # gets the code of a caught error or escalation
    message_variable: str = ""  # gets the message of a caught error

    @property
    def all(self) -> tuple[Event, ...]:
        """Return the parts of a multiple event, or the event itself."""
        return self.parts or (self,)

    def has(self, kind: str) -> bool:
        """Tell whether the event, or a part of it, is of a kind."""
        return any(part.kind == kind for part in self.all)


@dataclass(frozen=True)
class Behavior:
    """An event that a multi-instance activity throws when an instance completes and ``condition`` (if any) holds."""

    event: Event
    condition: str = ""


@dataclass(frozen=True)
class Loop:
    """Loop characteristics; expressions are FEEL text.

    A standard loop (``standard``) repeats while ``condition`` holds, at most ``maximum`` times, tested before or after.
    A multi-instance activity has one instance for each item of ``input_collection``, or ``cardinality`` of them.
    ``behavior``: none (each completion throws an event), one (the first does), all (no event), complex.
    """

    sequential: bool
    input_collection: str = ""
    input_element: str = ""
    output_collection: str = ""
    output_element: str = ""
    completion_condition: str = ""
    cardinality: str = ""
    standard: bool = False
    condition: str = ""
    test_before: bool = False
    maximum: str = ""
    behavior: str = "all"
    behaviors: tuple[Behavior, ...] = ()


@dataclass(frozen=True)
class IoMapping:
    """One input or output mapping: FEEL ``source`` into the variable (or dotted path) ``target``."""

    source: Text
    target: str


@dataclass(frozen=True)
class Listener:
    """Work that a job does when an element starts or ends (execution) or a user task changes (task listener)."""

    on: str  # start, end; creating, assigning, updating, completing, canceling
    type: Text
    retries: Text | None = None


@dataclass(frozen=True)
class AdHoc:
    """An ad-hoc sub-process: which activities inside begin, when it is done, and whether remaining ones are then ended."""

    sequential: bool = False
    active_elements: str = ""
    from_outside: bool = False
    completion_condition: str = ""
    cancel_remaining: bool = True
    output_collection: str = ""  # the variable that gathers ``output_element`` of each activity, in order of completion
    output_element: str = ""


@dataclass(frozen=True)
class Element:
    """A flow node, or the process itself (``kind`` process)."""

    id: str
    name: str
    kind: str  # the BPMN tag: userTask, exclusiveGateway, …; process for the root
    type: str  # Camunda's name: USER_TASK, EXCLUSIVE_GATEWAY, …
    parent: str | None
    documentation: str = ""
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default_flow: str | None = None
    event: Event | None = None
    interrupting: bool = True
    attached_to: str | None = None
    triggered_by_event: bool = False
    loop: Loop | None = None
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    data_inputs: tuple[IoMapping, ...] = ()
    data_outputs: tuple[IoMapping, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    job_type: Text | None = None
    retries: Text | None = None
    script: str | None = None
    result_variable: str = ""
    called_process: Text | None = None
    propagate_all_child: bool = True
    propagate_all_parent: bool = True
    called_decision: Text | None = None
    binding: str = "latest"
    version_tag: str = ""
    start_quantity: int = 1
    completion_quantity: int = 1
    is_for_compensation: bool = False
    compensation_handler: str = ""
    instantiate: bool = False
    parallel_events: bool = False
    activation_condition: str = ""
    ad_hoc: AdHoc | None = None
    data: tuple[str, ...] = ()
    execution_listeners: tuple[Listener, ...] = ()
    task_listeners: tuple[Listener, ...] = ()
    form_id: str = ""
    assignee: Text | None = None
    candidate_groups: Text | None = None
    candidate_users: Text | None = None
    due_date: Text | None = None
    follow_up_date: Text | None = None
    priority: Text | None = None
    children: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()
    event_subprocesses: tuple[str, ...] = ()

    @property
    def is_scope(self) -> bool:
        """Tell whether other elements live inside this one."""
        return self.kind in SCOPES

    @property
    def begins(self) -> bool:
        """Tell whether the element starts with its scope although no start event leads to it (BPMN 2.0.2, 13.1)."""
        return not (
            self.incoming or self.kind in ("startEvent", "boundaryEvent") or self.triggered_by_event
            or self.is_for_compensation or self.instantiate or (self.event is not None and self.event.kind == "link"
                                                                and self.kind == "intermediateCatchEvent")
        )  # fmt: skip

    @property
    def waits_for_tokens(self) -> bool:
        """Tell whether tokens that arrive are counted before one goes on."""
        if self.kind in ("parallelGateway", "inclusiveGateway"):
            return len(self.incoming) > 1
        return (self.kind == "complexGateway" and bool(self.activation_condition)) or self.start_quantity > 1


@dataclass(frozen=True)
class ProcessDefinition:
    """One executable process of a file; ``elements`` by id, the process itself included under ``process_id``.

    ``forms`` are those that stand in the process itself (``zeebe:userTaskForm``), as JSON text by id.
    """

    process_id: str
    name: str
    version_tag: str
    elements: Mapping[str, Element]
    forms: Mapping[str, str] = field(default_factory=dict)

    def embedded_form(self, form_id: str) -> str | None:
        """Return the JSON text of the form that a task means with ``camunda-forms:bpmn:…``; None if it is not there."""
        return self.forms.get(form_id.removeprefix(EMBEDDED)) if form_id.startswith(EMBEDDED) else None

    @property
    def root(self) -> Element:
        """Return the process itself."""
        return self.elements[self.process_id]

    def triggers(self) -> list[tuple[Element, Event]]:
        """Return what may start the process besides a plain start event: (element, event), a multiple event part by
        part.

        Start events, instantiating receive tasks, and the events after an instantiating event-based gateway.
        """
        found = list(self.start_events(self.process_id))
        for child in (self.elements[c] for c in self.root.children):
            if child.instantiate and child.kind == "receiveTask":
                found.append(child)
            elif child.instantiate:
                found.extend(self.elements[f.target] for f in child.outgoing)
        return [(e, part) for e in found if e.event is not None for part in e.event.all if part.kind != "none"]

    @property
    def plain_start(self) -> Element | None:
        """Return the start event without a trigger, with which somebody can start the process; its form is that of the start."""
        return next((e for e in self.start_events(self.process_id) if e.event is None or e.event.kind == "none"), None)

    def start_events(self, scope_id: str) -> list[Element]:
        """Return the start events directly inside a process or sub-process."""
        return [e for c in self.elements[scope_id].children if (e := self.elements[c]).kind == "startEvent"]
