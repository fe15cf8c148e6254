"""What an actor may read of something that went wrong in a case.

The text of an incident may quote values: of variables, of what a job answered. Whoever mends the platform without seeing cases
gets the kind of fault, the place, and the expressions of the model that it is about; the text is read in the case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.bpmn.definition import Element, Text
from inburgering_flow.engine.port import Process
from inburgering_flow.errors import FlowError
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.changes import MigrationRefused, ModificationRefused
from inburgering_flow.model.runtime import IncidentRow

KINDS: Mapping[str, str] = {
    "EXTRACT_VALUE_ERROR": N_("An expression of this step gave no value that the step can use."),
    "CONDITION_ERROR": N_("A condition gave neither true nor false, or no way out of this step fits."),
    "IO_MAPPING_ERROR": N_("A value that comes into this step or leaves it cannot be stored."),
    "CALLED_ELEMENT_ERROR": N_("The process that this step calls cannot be started."),
    "CALLED_DECISION_ERROR": N_("The decision that this step asks for cannot be found."),
    "FORM_NOT_FOUND": N_("The form of this step cannot be found."),
    "DECISION_EVALUATION_ERROR": N_("The decision that this step asks for gave no answer."),
    "UNHANDLED_ERROR_EVENT": N_("An error or escalation was thrown that nothing in the process catches."),
    "JOB_NO_RETRIES": N_("The work of this step failed each time that it was tried."),
}
OTHER = N_("This step cannot go on.")
LEAST = 2  # characters of a value that are looked for in a text


@dataclass(frozen=True)
class ShownIncident:
    """An incident as an actor may read it; ``message`` is its text, empty where it is not for them."""

    key: int
    root_key: int
    process_id: str
    element_id: str
    element_name: str
    error_type: str
    kind: str
    about: tuple[str, ...]
    """What the text is about of what stands in the model: expressions, decisions and processes called, names of variables."""
    created: datetime
    message: str
    tried: int = 0
    """How often the step has been tried again before."""


def shown_incident(row: IncidentRow, process: Process, *, with_text: bool, tried: int = 0) -> ShownIncident:
    """Return an incident; ``with_text`` for the program itself, and in the case for whom ``tells_hidden`` finds nothing."""
    element = process.elements.get(row.element_id)
    return ShownIncident(
        row.key, row.root_key, row.process_id, row.element_id, element.name if element else "", row.error_type,
        _(KINDS.get(row.error_type, OTHER)), _about(row.message, element, process), row.created, row.message if with_text else "",
        tried,
    )  # fmt: skip


def shown_refusal(error: FlowError) -> str:
    """Return why a change of a case was refused, to somebody who does not see the case."""
    refusals = error.refusals if isinstance(error, MigrationRefused | ModificationRefused) else ()
    if not any(refusal.trouble for refusal in refusals):
        return str(error)
    said = dict.fromkeys(_(KINDS.get(r.trouble, OTHER)) if r.trouble else r.message for r in refusals)
    where = ", ".join(dict.fromkeys(f"'{r.element_id}'" for r in refusals if r.trouble))
    return f"{where}: {' '.join(said)} {error.remedy}".strip()


def tells_hidden(message: str, hidden: Mapping[str, Any]) -> bool:
    """Tell whether a text names a variable that is hidden from its reader, or quotes its value."""
    folded = message.casefold()
    return any(
        re.search(rf"\b{re.escape(name)}\b", message) or any(said in folded for said in _texts(value))
        for name, value in hidden.items()
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool) and len(str(value)) >= LEAST:
        yield str(value).casefold()


def _about(message: str, element: Element | None, process: Process) -> tuple[str, ...]:
    """Return what a text quotes of an element, and the declared variables that it names. What stands in the model says
    nothing of a person.
    """
    quoted = [text for text in _written(element) if f"'{text}'" in message]
    said = set(re.findall(r"\w+", message))
    return tuple(dict.fromkeys((*quoted, *sorted(name for name in process.types if name in said and len(name) > LEAST))))


def _written(part: Any) -> Iterator[str]:
    """Return the FEEL of an element, in whatever part of it, and what its attributes name."""
    if isinstance(part, Text):
        yield part.source
    elif is_dataclass(part):
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, str):
                if field.name in PLAIN_FEEL and value:
                    yield value
            else:
                yield from _written(value)
    elif isinstance(part, Iterable) and not isinstance(part, str | Mapping):
        for item in part:
            yield from _written(item)


PLAIN_FEEL = frozenset((
    "script", "condition", "input_collection", "output_element", "completion_condition", "cardinality", "maximum",
    "activation_condition", "active_elements",
))  # fmt: skip
"""Fields of an element and of its parts that hold FEEL without more ado."""
