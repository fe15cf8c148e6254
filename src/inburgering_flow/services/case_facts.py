"""By what lists of cases and tasks can be narrowed besides their own columns: variables that a data dictionary lets be searched.

Their values are kept in a register, in the transaction of the step that sets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.engine.run import Run
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ProcessInstance
from inburgering_flow.services.context import Context
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.registers import CatchUp, own_variables
from inburgering_flow.services.searchable_entries import Searchable
from inburgering_flow.store import case_facts, definitions
from inburgering_flow.store.case_facts import MOST, Wanted
from inburgering_flow.store.database import Unit


class FactRegister:
    """What ``Steps`` tells of each step."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._behind = CatchUp(context, context.catalog.searchable_of, case_facts.without, self._keep_held)

    def note(self, unit: Unit, run: Run) -> None:
        """Keep what a step has set of searchable variables; asks the database only where it has."""
        for key, names in own_variables(run).items():
            instance = run.instance(key)
            self._keep(unit, instance, self.context.catalog.searchable_of(instance.definition_key), names)

    @staticmethod
    def _keep(unit: Unit, instance: ProcessInstance, known: Mapping[str, Searchable], values: Mapping[str, Any]) -> None:
        found = {name: one.stored(values[name]) for name, one in known.items() if name in values}
        if found:
            case_facts.keep(unit, instance.root_key, found)

    def catch_up(self) -> int:
        """Put values into the register that were set before it knew them; see ``CatchUp``."""
        return self._behind.portion()

    def _keep_held(
        self, unit: Unit, _run: Run, instance: ProcessInstance, known: Mapping[str, Searchable], own: Mapping[str, Any]
    ) -> None:
        self._keep(unit, instance, known, own)


class CaseFacts:
    """What an actor may narrow a list by."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def offered(self, actor: Actor) -> list[Searchable]:
        """Return the variables by which the actor may narrow a list, by title: those that they may read wherever the newest
        version of a process declares them.
        """
        catalog, found, hidden = self.context.catalog, dict[str, Searchable](), set[str]()
        with self.context.db.read() as unit, catalog.within(unit):
            for row in definitions.newest(unit, "process"):
                for name, one in catalog.searchable_of(row.key).items():
                    if actor.closed(catalog.family_of(row.key)) or not may_read(catalog, row.key, name, actor):
                        hidden.add(name)
                    found.setdefault(name, one)
        return sorted((one for name, one in found.items() if name not in hidden), key=lambda one: one.title)

    def wanted(self, actor: Actor, chosen: Mapping[str, str]) -> tuple[Wanted, ...]:
        """Return values that somebody chose, by name, as a filter of a list.

        Raises InvalidInput for a variable that they may not choose, a value that it cannot have, or more than three.
        """
        known = {one.name: one for one in self.offered(actor)} if chosen else {}
        if len(chosen) > MOST:
            raise InvalidInput(_("A list is narrowed by at most {most} facts.").format(most=MOST), remedy=_("Choose fewer."))
        for name, value in chosen.items():
            values = known[name].values or ("true", "false") if name in known else ()
            if value not in values:
                raise InvalidInput(_("This list cannot be narrowed by that."), remedy=_("Choose from the list of filters."))
        with self.context.db.read() as unit:
            return tuple((name, value, case_facts.are_few(unit, name, value)) for name, value in sorted(chosen.items()))
