"""What cases wait for and from whom, of many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services.case_parts import MESSAGE, STEPS, TASK, Waiting
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.store import my_day
from inburgering_flow.store.database import Unit


def waits_of(unit: Unit, catalog: StoredCatalog, actor: Actor, root_keys: Collection[int]) -> Mapping[int, Waiting]:
    """Return what stands first in each of these cases: the oldest open task, or else the message that it stands at.

    What is closed to the actor is left out.
    """
    if not root_keys:
        return {}
    return first_waits(unit, catalog, actor, root_keys, my_day.open_tasks(unit, root_keys))


def first_waits(
    unit: Unit, catalog: StoredCatalog, actor: Actor, root_keys: Collection[int], open_tasks: Collection[UserTask]
) -> dict[int, Waiting]:
    """Return what ``waits_of`` does, of these open tasks."""
    found: dict[int, Waiting] = {}
    for task in open_tasks:
        if not actor.closed(catalog.family_of(task.definition_key)):
            found.setdefault(task.root_key, Waiting(TASK, task.name, task.created, task.due, task))
    for row in my_day.messages_of(unit, root_keys):
        at = catalog.process(row.definition_key).elements.get(row.element_id)
        if at is not None and at.kind in STEPS and not actor.closed(catalog.family_of(row.definition_key)):
            found.setdefault(row.root_key, Waiting(MESSAGE, at.name or at.id, row.created, message=row.name))
    return found
