"""Variables as pages show them: those that the data dictionary lets the actor's roles see."""

from __future__ import annotations

from typing import Any, NamedTuple

from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.store import instances
from inburgering_flow.store.database import Unit


class Fact(NamedTuple):
    """A variable of one instance as a page shows it: ``kind`` is its declared FEEL type; meaning and source are the
    dictionary's."""

    instance_key: int
    name: str
    value: Any
    kind: str
    meaning: str
    source: str


def may_read(catalog: StoredCatalog, definition_key: int, name: str, actor: Actor) -> bool:
    """Tell whether an actor's roles may see a variable of a process."""
    readers = catalog.readers_of(definition_key)
    return actor.is_system or not readers or bool(frozenset(actor.roles) & readers.get(name, frozenset()))


def facts_of(unit: Unit, catalog: StoredCatalog, instance_key: int, definition_key: int, actor: Actor) -> list[Fact]:
    """Return the variables of an instance by name.

    What a dictionary does not declare stays hidden; where a process has no dictionary, whoever sees the case sees
    everything.
    """
    types = catalog.process(definition_key).types
    meanings = catalog.meanings_of(definition_key)
    return [
        Fact(instance_key, name, value, types.get(name, ""), *meanings.get(name, ("", "")))
        for name, value in sorted(instances.variables(unit, instance_key).items())
        if not isinstance(value, (dict, list))
        and value is not None
        and may_read(catalog, definition_key, name, actor)
    ]


def hidden_from(
    unit: Unit, catalog: StoredCatalog, instance_key: int, definition_key: int, actor: Actor
) -> dict[str, Any]:
    """Return the variables of an instance that the actor's roles may not see, to keep them out of texts."""
    found = instances.variables(unit, instance_key)
    return {name: value for name, value in found.items() if not may_read(catalog, definition_key, name, actor)}
