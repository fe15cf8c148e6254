"""What can be tried of a set of models: its processes, each with the form that its start event asks for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.services.resources import Resource


@dataclass(frozen=True)
class Startable:
    """A process that somebody can start; ``form`` is the schema of its start form, None where it has none."""

    process_id: str
    name: str
    resource: str
    form: Mapping[str, Any] | None


def startable(own: Iterable[Resource], around: Sequence[Resource]) -> list[Startable]:
    """Return the processes in ``own`` files that have a start event without a trigger, with forms from all files ``around``.

    Raises InvalidInput for a diagram that cannot be read.
    """
    forms = {found["id"]: found for one in around if one.kind == "form" if (found := _schema(one.content))}
    return [
        Startable(process.process_id, process.name or process.process_id, one.name, _form(process, forms))
        for one in own if one.kind == "bpmn"
        for process in reader.read(one.content, name=one.name).processes if process.plain_start is not None
    ]  # fmt: skip


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
