"""What the engine needs from outside and what it gives back: values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Protocol

from inburgering_flow.bpmn.definition import Element, Flow, ProcessDefinition, Text
from inburgering_flow.dmn import Model
from inburgering_flow.feel import Compiled
from inburgering_flow.i18n import Said
from inburgering_flow.model.runtime import (
    Compensation,
    ElementInstance,
    IncidentRow,
    JobRow,
    ProcessInstance,
    Subscription,
)
from inburgering_flow.model.step import Step

__all__ = ["Catalog", "Environment", "Process", "State", "Step", "Trouble"]


class State(Protocol):
    """The slice of state that a step may ask for; each call is at most one indexed look-up."""

    def instance(self, key: int) -> ProcessInstance: ...
    def element(self, key: int) -> ElementInstance: ...
    def elements(self, keys: Sequence[int]) -> list[ElementInstance]: ...
    def active_children(self, scope_key: int) -> list[ElementInstance]: ...
    def count_active_children(self, scope_key: int, limit: int) -> int: ...
    def called_instances(self, element_key: int) -> list[ProcessInstance]: ...
    def variables(self, scope_keys: Sequence[int]) -> Iterable[tuple[int, str, str]]: ...
    def outputs(self, body_key: int, name: str) -> Iterable[tuple[int, str]]: ...
    def arrivals(self, scope_key: int, element_id: str) -> dict[str, int]: ...
    def signals(self, root_key: int, name: str) -> list[Subscription]: ...
    def conditions(self, instance_key: int) -> list[Subscription]: ...
    def compensations(self, scope_key: int) -> list[Compensation]: ...
    def active_elements(self, instance_key: int, element_ids: Sequence[str] = ()) -> list[ElementInstance]: ...
    def compensations_in(self, instance_key: int) -> list[Compensation]: ...
    def incidents(self, instance_key: int) -> list[IncidentRow]: ...
    def watching_timers(self, instance_key: int) -> list[JobRow]: ...


class Process(Protocol):
    """A process definition made ready to run, such as ``compiled.CompiledProcess``; shared by threads, never changed."""

    definition: ProcessDefinition
    key: int
    version: int
    deployment_key: int
    process_id: str
    types: Mapping[str, str]  # the data dictionary: variable → FEEL type
    elements: Mapping[str, Element]
    graphs: Mapping[str, Any]  # scope → its Spiff graph
    beginnings: Mapping[str, tuple[str, ...]]  # scope → where its first tokens stand
    joins: Mapping[str, tuple[str, ...]]  # scope → its inclusive and complex gateways that wait for tokens
    before: Mapping[str, Mapping[str, frozenset[str]]]  # such a gateway → incoming flow → elements that lead to it
    watches_variables: bool
    following_tasks: Mapping[str, frozenset[str]]  # user task → variables that its dates follow
    has_conditions: bool
    has_ad_hoc: bool
    has_compensation: bool

    @property
    def root(self) -> Element: ...
    def feel(self, text: str) -> Compiled: ...
    def reads(self, text: Text | None) -> tuple[str, ...]: ...


class Catalog(Protocol):
    """Deployed resources, compiled once and shared by all threads."""

    def process(self, key: int) -> Process: ...
    def latest_process(self, process_id: str, near: Process, binding: str, version_tag: str = "") -> Process: ...
    def decision(self, decision_id: str, near: Process, binding: str, version_tag: str = "") -> Model: ...
    def has_form(self, form_id: str, near: Process, binding: str, version_tag: str = "") -> bool: ...


@dataclass(frozen=True)
class Environment:
    """What stays the same over many steps."""

    catalog: Catalog
    next_key: Callable[[], int]
    zone: tzinfo
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    call_depth: int = 1_000  # of calls inside each other
    step_rounds: int = 5_000_000  # of all expressions, scripts and decisions of one step
    step_seconds: float = 5  # that one step computes
    took: Callable[[str, Flow], None] | None = None  # told of each token over a sequence flow: process, flow; for a sandbox
    choose: Callable[[str, str], str | None] | None = None  # process, exclusive gateway → flow, by chance; for a simulation


def printable(text: str) -> str:
    """Return a text about a failure in a form that either database can store, whatever values it quotes."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")


class Trouble(Exception):  # not an error of ours: it becomes an incident
    """Why a token cannot go on; becomes an incident of ``error_type`` (Camunda's names)."""

    def __init__(self, error_type: str, said: str | Said) -> None:
        super().__init__(said)
        self.error_type = error_type
        self.said = said

    @property
    def message(self) -> str:
        """Why; what was said with ``Said``, in the language of who reads it now."""
        return printable(str(self.said))

    def __str__(self) -> str:
        return self.message
