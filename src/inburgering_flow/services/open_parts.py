"""Which parts of a case are open to an actor: one answer for its phase, steps, history, notes, documents, diagram and tasks.

A process of a family that is closed to all the actor's roles is not shown, nor is the call activity that called it. The
process at the top of a case that the actor sees is shown; its variables are the data dictionary's to show or hide.
"""

from __future__ import annotations

from dataclasses import dataclass

from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ProcessInstance
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.store import instances
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class OpenParts:
    """The instances of a case that are open to an actor, the oldest first, and what is not."""

    family: list[ProcessInstance]
    closed: frozenset[int]
    """Keys of the instances that are closed to the actor."""
    calls: frozenset[int]
    """Keys of the element instances that called them."""
    guarded: tuple[str, ...]
    """Families of processes in this case that are open to the actor and closed to some other role."""


def open_parts(unit: Unit, catalog: StoredCatalog, root_key: int, actor: Actor) -> OpenParts:
    """Return what an actor may know of a case that the actor sees."""
    with catalog.within(unit):
        everything = instances.family(unit, root_key)
        families = {i.key: catalog.family_of(i.definition_key) for i in everything}
    hidden = [i for i in everything if i.key != root_key and actor.closed(families[i.key])]
    closed = {i.key for i in hidden}
    for instance in everything:  # what a closed process called is closed with it; callers come first
        if instance.parent_key in closed:
            closed.add(instance.key)
    somewhere = {family for role in actor.table.values() for family in role.hides}
    present = {families[i.key] for i in everything if i.key not in closed}
    return OpenParts(
        [i for i in everything if i.key not in closed], frozenset(closed),
        frozenset(i.parent_element_key for i in everything if i.key in closed and i.parent_element_key is not None),
        tuple(sorted(f for f in present & somewhere if not actor.closed(f))),
    )  # fmt: skip


def may_read_note(actor: Actor, family: str | None) -> bool:
    """Tell whether a note about a family of processes is for an actor; one of before that was asked is for who may know all."""
    if family is None:
        return actor.is_system or any(not power.hides for power in actor.powers)
    return not actor.closed(family)
