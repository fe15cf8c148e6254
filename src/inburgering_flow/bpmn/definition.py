"""What a diagram says, as values: elements, flows, events, mappings. Immutable after reading.

Source: BPMN 2.0.2 (formal/13-12-09), chapters 8 and 10; Camunda 8 extension elements (``zeebe:``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True)
class Event:
    """An event definition.

    ``kind``: none, message, timer, error, escalation, terminate. ``name`` is the message name, ``code`` the error or
    escalation code (empty catches every code), ``timer`` is date, duration or cycle.
    """

    kind: str
    name: Text | None = None
    code: str = ""
    correlation_key: Text | None = None
    timer: str = ""
    expression: Text | None = None


@dataclass(frozen=True)
class Loop:
    """Multi-instance characteristics; expressions are FEEL text."""

    sequential: bool
    input_collection: str
    input_element: str = ""
    output_collection: str = ""
    output_element: str = ""
    completion_condition: str = ""


@dataclass(frozen=True)
class IoMapping:
    """One input or output mapping: FEEL ``source`` into the variable (or dotted path) ``target``."""

    source: Text
    target: str


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
    form_id: str = ""
    external_form: str = ""
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
        return self.kind in ("process", "subProcess")


@dataclass(frozen=True)
class ProcessDefinition:
    """One executable process of a file; ``elements`` by id, the process itself included under ``process_id``."""

    process_id: str
    name: str
    version_tag: str
    elements: Mapping[str, Element]

    @property
    def root(self) -> Element:
        """Return the process itself."""
        return self.elements[self.process_id]

    def start_events(self, scope_id: str) -> list[Element]:
        """Return the start events directly inside a process or sub-process."""
        return [e for c in self.elements[scope_id].children if (e := self.elements[c]).kind == "startEvent"]
