"""Trying an expression or a deployed decision on values that are typed, or taken from a case that the actor may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from inburgering_flow.dmn import DecisionExplanation, DmnError
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import Explanation, FeelError, Limits, explain
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.case_file import CaseFile
from inburgering_flow.services.case_lists import CaseLists
from inburgering_flow.services.context import Context
from inburgering_flow.store import definitions
from inburgering_flow.store.definitions import DefinitionRow
from inburgering_flow.values import load_sent

LIMITS = Limits(iterations=10_000, calls=50, items=10_000, characters=10_000)
"""What one trial may cost: it runs while somebody, and a thread of the server, waits for the page."""
MAX_TEXT = 10_000
MAX_VALUES = 200_000


@dataclass(frozen=True)
class Trial:
    """What a trial gave: an explanation, or ``problem``: what could not be read, with ``excerpt`` showing where.

    ``values`` are the names that were known, in order.
    """

    values: list[str]
    expression: Explanation | None = None
    decision: DecisionExplanation | None = None
    problem: str = ""
    excerpt: str = ""


class Trials:
    """Use cases for designers: try before deploying, and see why."""

    def __init__(self, context: Context, case_lists: CaseLists, case_file: CaseFile) -> None:
        self.context = context
        self.case_lists = case_lists
        self.case_file = case_file

    def decisions(self, actor: Actor) -> list[DefinitionRow]:
        """Return the newest version of each deployed decision, by name."""
        actor.require(permissions.SIMULATE)
        with self.context.db.read() as unit:
            return definitions.newest(unit, "decision")

    def expression(self, actor: Actor, text: str, values: str = "", dossier: str = "") -> Trial:
        """Evaluate a FEEL expression; a leading ``=`` as in a diagram is ignored.

        Raises ``InvalidInput`` for values that are not a JSON object and for a text that is too long, ``NotFound`` for
        a case that does not exist or is not for the actor.
        """
        actor.require(permissions.SIMULATE)
        text = text.strip().removeprefix("=").strip()
        if not text:
            raise InvalidInput(_("There is no expression."), remedy=_("Write one, for example 1 + 1."))
        if len(text) > MAX_TEXT:
            raise InvalidInput(_("The expression is too long to try."), remedy=_("Try a part of it."))
        known = self._values(actor, values, dossier)
        try:
            return Trial(list(known), expression=explain(text, known, context=self._context()))
        except FeelError as error:
            return Trial(list(known), problem=str(error), excerpt=error.excerpt)

    def decision(self, actor: Actor, decision_id: str, values: str = "", dossier: str = "") -> Trial:
        """Evaluate the newest version of a decision, without any consequence; see ``expression`` for what it raises."""
        actor.require(permissions.SIMULATE)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            model = self.context.catalog.decision(decision_id)
        known = self._values(actor, values, dossier)
        try:
            return Trial(list(known), decision=model.explain(decision_id, known, context=self._context()))
        except DmnError as error:
            return Trial(list(known), problem=str(error))

    def _context(self) -> FeelContext:
        return FeelContext(
            self.context.clock.now(), ZoneInfo(self.context.settings.zone), self.context.functions, LIMITS
        )

    def _values(self, actor: Actor, text: str, dossier: str) -> dict[str, Any]:
        known = self._of_case(actor, dossier.strip()) if dossier.strip() else {}
        return {**known, **read_values(text)}

    def _of_case(self, actor: Actor, dossier: str) -> Mapping[str, Any]:
        """Return the facts of a case that the actor's roles may see; the look is logged before they are read."""
        found = [row.case for row in self.case_lists.search(actor, dossier=dossier).rows]
        if not found:
            raise NotFound(
                _("There is no such case, or it is not for you."), remedy=_("Type the values yourself, or ask a colleague.")
            )
        return self.case_file.values_of(found[0].key, actor)


def read_values(text: str) -> dict[str, Any]:
    """Return the values in a JSON object that somebody typed; raises InvalidInput for any other text."""
    values = read_value(text) if text.strip() else {}
    if not isinstance(values, dict):
        raise InvalidInput(_("The values are not a JSON object."), remedy=_('Write them like {"bedrag": 250}.'))
    return values


def read_value(text: str) -> Any:
    """Return the JSON value that somebody typed; raises InvalidInput for any other text."""
    remedy = _('Write them like {"bedrag": 250}.')
    if len(text) > MAX_VALUES:
        raise InvalidInput(_("The values are too long to try."), remedy=_("Leave out what is not needed."))
    try:
        return load_sent(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            _("The values are not JSON: line {line}, column {column}.").format(line=error.lineno, column=error.colno),
            remedy=remedy,
        ) from None
    except ValueError:
        raise InvalidInput(_("The values are not JSON."), remedy=remedy) from None
