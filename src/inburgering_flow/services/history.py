"""What was done in a case, and the documents made in it, as far as the actor may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.open_parts import OpenParts, may_read_note
from inburgering_flow.services.task_access import may_do
from inburgering_flow.store import audit, cases, documents, incidents, tasks
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow


@dataclass(frozen=True)
class Event:
    """One line of a case's history; ``subject`` names the document or message, ``task`` is what else it was about.

    ``change`` is what a corrected fact was and became, for who may see the fact.
    """

    moment: datetime
    actor: str
    action: str
    subject: str = ""
    task: UserTask | None = None
    change: tuple[Any, Any] | None = None


def documents_of(unit: Unit, root_key: int, parts: OpenParts) -> list[DocumentRow]:
    """Return the documents of those processes of a case that are open to the actor."""
    return [d for d in documents.of_case(unit, root_key) if d.instance_key not in parts.closed]


def history_of(
    unit: Unit, catalog: StoredCatalog, root_key: int, actor: Actor, parts: OpenParts, size: int,
    letters: Sequence[DocumentRow], start: int = 0,
) -> Page[Event]:  # fmt: skip
    """Return a page of what was done in the open parts of a case, newest first: by people, by partners' messages, by
    letters made.
    """
    known = {x.key: x for x in tasks.of_case(unit, root_key)}
    hidden = {x.key for x in known.values() if x.instance_key in parts.closed and not may_do(x, actor)} | parts.closed
    hidden.update(x.key for key in parts.closed for x in incidents.of_instance(unit, key))
    hidden.update(n["key"] for n in cases.notes(unit, root_key) if not may_read_note(actor, n["family"]))
    processes = {instance.key: instance.definition_key for instance in parts.family}

    def change(line: Mapping[str, Any]) -> tuple[Any, Any] | None:
        detail = line["detail"] or {}
        if "after" not in detail or line["subject_key"] not in processes:
            return None
        if not may_read(catalog, processes[line["subject_key"]], str(detail.get("name", "")), actor):
            return None
        return detail.get("before"), detail["after"]

    wanted = start + size
    lines = _lines(unit, root_key, hidden, wanted)
    found = [
        Event(e["moment"], e["actor"], e["action"], str((e["detail"] or {}).get("name", "")),
              known.get(e["subject_key"] or 0), change(e))
        for e in lines
    ]  # fmt: skip
    found.extend(Event(d.created, "", "document.made", d.title) for d in letters)
    found.extend(
        Event(moment, "", "message.received", name)
        for moment, name, instance_key in cases.messages(unit, root_key)
        if instance_key not in parts.closed
    )
    total = len(found)
    if len(lines) >= wanted:  # the log may have more
        counted = audit.counts_of_case(unit, root_key, looks=False)
        total += sum(count for subject, count in counted.items() if subject not in hidden) - len(lines)
    return Page(sorted(found, key=lambda e: e.moment, reverse=True)[start:wanted], start, total, size)


def _lines(unit: Unit, root_key: int, hidden: Set[int], wanted: int) -> list[Mapping[str, Any]]:
    """Return the newest lines of the log about a case whose subject is not hidden: so many as are wanted, or all."""
    lines: list[Mapping[str, Any]] = []
    read, most = 0, wanted
    while len(lines) < wanted:
        some = audit.of_case(unit, root_key, most, start=read, looks=False)
        lines.extend(line for line in some if line["subject_key"] not in hidden)
        read += len(some)
        if len(some) < most:
            break
    return lines[:wanted]
