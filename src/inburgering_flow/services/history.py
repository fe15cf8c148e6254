"""What was done in a case, and the documents made in it, as far as the actor may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.store import audit, cases, documents, instances, tasks
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow


@dataclass(frozen=True)
class Event:
    """One line of a case's history; ``subject`` names the document or message, ``task`` is what else it was about."""

    moment: datetime
    actor: str
    action: str
    subject: str = ""
    task: UserTask | None = None


def documents_of(unit: Unit, catalog: StoredCatalog, root_key: int, actor: Actor) -> list[DocumentRow]:
    """Return the documents of those processes in a case that are open to the actor's roles."""
    with catalog.within(unit):
        closed = {i.key for i in instances.family(unit, root_key) if actor.closed(catalog.family_of(i.definition_key))}
    return [d for d in documents.of_case(unit, root_key) if d.instance_key not in closed]


def history_of(unit: Unit, catalog: StoredCatalog, root_key: int, actor: Actor, most: int) -> list[Event]:
    """Return what was done in a case, newest first: by people, by partners' messages and by letters made."""
    known = {x.key: x for x in tasks.of_case(unit, root_key)}
    found = [
        Event(e["moment"], e["actor"], e["action"], str((e["detail"] or {}).get("name", "")),
              known.get(e["subject_key"] or 0))
        for e in audit.of_case(unit, root_key, most, looks=False)
    ]  # fmt: skip
    found.extend(Event(d.created, "", "document.made", d.title) for d in documents_of(unit, catalog, root_key, actor))
    found.extend(Event(moment, "", "message.received", name) for moment, name in cases.messages(unit, root_key))
    return sorted(found, key=lambda e: e.moment, reverse=True)[:most]
