"""Separation of duties: who did an earlier step of a case is read from the tasks themselves, never from a variable.

A user task with the property ``uitvoerderIn`` writes its performer into a variable, which forms and letters may show. The
property ``nietDoor`` of a later task reads that variable; what counts is who completed the tasks that write it.
"""

from __future__ import annotations

from collections.abc import Iterable

from inburgering_flow.engine import expressions
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import chain
from inburgering_flow.model.runtime import ElementInstance
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.store import instances
from inburgering_flow.store.database import Unit
from inburgering_flow.store.tasks import Performed

PERFORMER, EXCLUDES = "uitvoerderIn", "nietDoor"


class Everybody(set[str]):
    """Who may not do a task whose ``nietDoor`` cannot be computed: as long as that is so, nobody may."""

    def __contains__(self, _user: object) -> bool:
        return True


def excluded(
    catalog: StoredCatalog, run: Run, row: ElementInstance, performers: Iterable[Performed]
) -> set[str]:
    """Return the users who may not do the task of an element: those whom its expression names, and those who did the
    tasks that it reads the performers of, whatever has become of the variables since.

    ``performers`` are those of its case. Of a task that was done several times the last time counts, in the nearest scope
    that both tasks stand in. ``Everybody`` where the expression cannot be computed.
    """
    process = run.process_of(row)
    text = process.elements[row.element_id].properties.get(EXCLUDES)
    if not text:
        return set()
    expression = text.removeprefix("=")
    try:
        named = expressions.evaluate(run, row, expression, f"property {EXCLUDES}")
    except Trouble:
        return Everybody()
    names = {str(name) for name in (named if isinstance(named, list) else [named]) if name is not None}
    reads = process.feel(expression).variables
    done: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for definition_key, element_id, scope_key, user in performers:
        element = catalog.process(definition_key).elements.get(element_id)  # None: a version without it, after a migration
        if element is not None and element.properties.get(PERFORMER) in reads:
            done.setdefault((definition_key, element_id), []).append((scope_key, user))
    around = chain(row)[1:]
    for performed in done.values():
        near = next((found for scope in around if (found := [u for s, u in performed if s == scope])), None)
        names.add((near or [user for _scope, user in performed])[-1])
    return names


def performer_variables(unit: Unit, catalog: StoredCatalog, root_key: int) -> set[str]:
    """Return the variables of a case that say who did a step: nobody corrects them."""
    with catalog.within(unit):
        definitions = {i.definition_key for i in instances.family(unit, root_key)}
        return {
            name
            for key in definitions
            for element in catalog.process(key).elements.values()
            if (name := element.properties.get(PERFORMER))
        }
