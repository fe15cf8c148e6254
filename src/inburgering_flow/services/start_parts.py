"""Start events that need several events (parallel multiple): those that have happened are kept until all have.

Messages belong together by their correlation key; signals, timers and conditions have none and go with any. A new
version of a process forgets what has happened for the old one. Source: BPMN 2.0.2, section 10.5.2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from inburgering_flow.bpmn.definition import Element, Event, Text
from inburgering_flow.engine.port import Process
from inburgering_flow.feel import evaluate, to_plain
from inburgering_flow.services.context import Context
from inburgering_flow.store import definitions, messages
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class Part:
    """One of several events, which has happened: which one, what it brought, and a message's correlation key."""

    number: int
    is_message: bool
    variables: Mapping[str, Any]
    correlation_key: str


def named(context: Context, event: Event, kind: str, name: str) -> list[int]:
    """Return which parts of an event are of this kind and name."""

    def is_name(text: Text | None) -> bool:
        if text is None or not text.is_expression:
            return text is not None and text.source == name
        return bool(evaluate(text.source, {}, functions=context.functions) == name)

    return [n for n, part in enumerate(event.all) if part.kind == kind and is_name(part.name)]


def gather(
    context: Context, unit: Unit, process: Process, element: Element, numbers: Collection[int],
    variables: Mapping[str, Any], correlation_key: str = "",
) -> Mapping[str, Any] | None:  # fmt: skip
    """Note that parts of a start event have happened; return what all of them brought once all have happened, else None."""
    assert element.event is not None
    parts = element.event.all
    messages.lock_start(unit, process.process_id, f"parts of {element.id}")
    known = {key: Part(**payload) for key, payload in definitions.start_parts(unit, process.key, element.id)}
    for number in numbers:
        part = Part(number, parts[number].kind == "message", to_plain(dict(variables)), correlation_key)
        key, now = context.keys.next(), context.clock.now()
        known[key] = part
        definitions.add_start_part(unit, key, process.process_id, process.key, element.id, asdict(part), now)
    for wanted in dict.fromkeys(p.correlation_key for p in known.values() if p.is_message) or ("",):
        chosen = [next(_fitting(known, number, wanted), None) for number in range(len(parts))]
        if None not in chosen:
            found = [one for one in chosen if one is not None]
            definitions.drop_start_parts(unit, found)
            return {name: value for one in found for name, value in known[one].variables.items()}
    return None


def _fitting(known: Mapping[int, Part], number: int, correlation_key: str) -> Iterator[int]:
    """Yield the keys of one part's occurrences, the oldest first."""
    for key, part in known.items():
        if part.number == number and (not part.is_message or part.correlation_key == correlation_key):
            yield key
