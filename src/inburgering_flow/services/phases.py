"""Where cases are: the phases that are active in each."""

from __future__ import annotations

from collections.abc import Sequence

from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.store import cases
from inburgering_flow.store.database import Unit


def phases_of(unit: Unit, catalog: StoredCatalog, root_keys: Sequence[int]) -> dict[int, list[str]]:
    """Return the names of the call activities that are active directly in each case: its phases."""
    found: dict[int, list[str]] = {}
    if not root_keys:
        return found
    with catalog.within(unit):
        for root_key, definition_key, element_id, kind, _process in cases.active_elements(unit, root_keys):
            if kind != "CALL_ACTIVITY":
                continue
            element = catalog.process(definition_key).elements[element_id]
            names = found.setdefault(root_key, [])
            if element.name not in names:
                names.append(element.name)
    return found
