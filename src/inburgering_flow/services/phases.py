"""Where cases are: the phases that are active in each."""

from __future__ import annotations

from collections.abc import Sequence

from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.store import cases
from inburgering_flow.store.database import Unit


def phases_of(unit: Unit, catalog: StoredCatalog, root_keys: Sequence[int], actor: Actor) -> dict[int, list[str]]:
    """Return the names of the call activities that are active in each case, its phases, as far as they are open to the actor."""
    found: dict[int, list[str]] = {}
    if not root_keys:
        return found
    with catalog.within(unit):
        for root_key, definition_key, element_id, called in cases.active_calls(unit, root_keys):
            if called is not None and actor.closed(catalog.family_of(called)):
                continue
            element = catalog.process(definition_key).elements[element_id]
            names = found.setdefault(root_key, [])
            if element.name not in names:
                names.append(element.name)
    return found
