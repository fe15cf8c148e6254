"""What can be tried of a set of models: its processes, each with what begins them and the form that its start event asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from inburgering_flow import feel
from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import Element, Event, ProcessDefinition, Text
from inburgering_flow.services.resources import Resource

KINDS = {"message": "bericht", "signal": "signaal", "timer": "tijd", "conditional": "voorwaarde"}
"""Kind of an event → how a scenario begins by it."""


@dataclass(frozen=True)
class Startable:
    """A process with one of the things that begin it.

    ``form`` is the schema of its start form, None where it has none; ``begins`` is what a scenario says of the event, empty where
    somebody starts it; ``event`` is the event's own name, ``condition`` what must be true.
    """

    process_id: str
    name: str
    resource: str
    form: Mapping[str, Any] | None
    begins: Mapping[str, str] = field(default_factory=dict)
    event: str = ""
    condition: str = ""

    @property
    def id(self) -> str:
        """By what a page tells it from others."""
        return ":".join((self.process_id, *(f"{kind}:{name}" for kind, name in self.begins.items())))


def startable(
    own: Iterable[Resource], around: Sequence[Resource], functions: Mapping[str, Callable[..., Any]] | None = None
) -> list[Startable]:
    """Return the processes in ``own`` files once for each thing that begins them, with forms from all files ``around``; names of
    events may be expressions with ``functions``. Raises InvalidInput for a diagram that cannot be read.
    """
    forms = {found["id"]: found for one in around if one.kind == "form" if (found := _schema(one.content))}
    return [
        Startable(process.process_id, process.name or process.process_id, one.name, *beginning)
        for one in own if one.kind == "bpmn"
        for process in reader.read(one.content, name=one.name).processes
        for beginning in _beginnings(process, forms, functions or {})
    ]  # fmt: skip


def _beginnings(
    process: ProcessDefinition, forms: Mapping[str, Mapping[str, Any]], functions: Mapping[str, Callable[..., Any]]
) -> Iterator[tuple[Mapping[str, Any] | None, Mapping[str, str], str, str]]:
    if process.plain_start is not None:
        yield _form(process, forms), {}, "", ""
    for element, event in process.triggers():
        name = _name(element, event, functions)
        if event.kind in KINDS and name:
            yield None, {KINDS[event.kind]: name}, element.name or element.id, event.condition


def _name(element: Element, event: Event, functions: Mapping[str, Callable[..., Any]]) -> str:
    """Return by what a scenario names an event; empty where that cannot be computed."""
    if event.kind not in ("message", "signal"):
        return element.id
    return "" if event.name is None else _value(event.name, functions)


def _value(text: Text, functions: Mapping[str, Callable[..., Any]]) -> str:
    if not text.is_expression:
        return text.source
    try:
        return str(feel.evaluate(text.source, {}, functions=functions) or "")
    except feel.FeelError:  # the findings of the deployment say what is wrong
        return ""


def _form(process: ProcessDefinition, forms: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    start = process.plain_start
    if start is None or not start.form_id:
        return None
    embedded = process.embedded_form(start.form_id)
    return _schema(embedded.encode()) if embedded is not None else forms.get(start.form_id)


def _schema(content: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "id" in found else None
