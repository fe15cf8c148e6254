"""What is kept of forecasts: any designer sees them, for nothing in them is about one case.

They are computed beside the server (``workbench/forecasting.py``), which tells here how far they have come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.forecasts import DONE, FAILED, FORECAST_MOVES, RUNNING, STOPPED, KeptForecast
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import moved
from inburgering_flow.services.again import again
from inburgering_flow.services.context import KEPT, Context
from inburgering_flow.services.portions import PORTION, in_portions
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import forecasts as rows

SHOWN = 50
SILENT = timedelta(minutes=5)
"""After so long without a word, whoever computed it is not there any more."""
LONGEST_NAME = 200


class Forecasts:
    """Use cases about forecasts."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @again
    def begin(
        self, process_id: str, name: str, given: Mapping[str, Any], total: int, actor: Actor, *, once: str = ""
    ) -> tuple[int, bool]:
        """Keep a forecast that begins; return its key, and whether it is new: a form that is sent twice begins one."""
        actor.require(permissions.SIMULATE)
        name = name.strip()
        if not name or len(name) > LONGEST_NAME:
            raise InvalidInput(
                _("A forecast needs a name of at most {most} characters.").format(most=LONGEST_NAME), remedy=_("Give it one.")
            )
        made: list[int] = []
        with self.context.db.write() as unit:

            def make() -> int:
                key, now = self.context.keys.next(), self.context.real()
                made.append(key)
                rows.add(unit, KeptForecast(
                    key, now, actor.username, process_id, name, given, RUNNING, total, 0, now, {},
                ))  # fmt: skip
                self.context.log(unit, actor.username, "forecast.begin", subject_key=key)
                return key

            key = made_once(self.context, unit, "forecast", once, actor, make)
        return key, bool(made)

    def newest(self, actor: Actor) -> list[KeptForecast]:
        """Return the newest forecasts, the newest first."""
        actor.require(permissions.SIMULATE)
        with self.context.db.read() as unit:
            return [self._seen(one) for one in rows.newest(unit, SHOWN)]

    def get(self, key: int, actor: Actor) -> KeptForecast:
        """Return a forecast; raises NotFound."""
        actor.require(permissions.SIMULATE)
        with self.context.db.read() as unit:
            return self._seen(rows.get(unit, key))

    def _seen(self, found: KeptForecast) -> KeptForecast:
        """Return a forecast; one of which nothing is heard any more has stopped."""
        if found.state != RUNNING or self.context.real() - found.changed < SILENT:
            return found
        return replace(found, state=STOPPED)

    @again
    def stop(self, key: int, actor: Actor) -> None:
        """Stop a forecast; raises Conflict where it is over."""
        actor.require(permissions.SIMULATE)
        with self.context.db.write() as unit:
            found = rows.get(unit, key, lock=True)
            state = moved(FORECAST_MOVES, _("The forecast"), found.state, "stop")
            rows.end(unit, key, state, self.context.real(), {}, "")
            self.context.log(unit, actor.username, "forecast.stop", subject_key=key)

    @again
    def heard(self, key: int, played: int) -> bool:
        """Note how many futures have been played; tell whether the rest is still wanted."""
        with self.context.db.write() as unit:
            return rows.heard(unit, key, played, self.context.real())

    @again
    def end(self, key: int, outcome: Mapping[str, Any], problem: str = "") -> None:
        """Write what a forecast found, or why it could not be made; one that was stopped stays stopped."""
        with self.context.db.write() as unit:
            if rows.get(unit, key, lock=True).state == RUNNING:
                rows.end(unit, key, FAILED if problem else DONE, self.context.real(), outcome, problem)

    def forget(self, most: int = PORTION) -> int:
        """Forget forecasts that were begun longer than ``KEPT`` ago; return how many."""
        before = self.context.real() - KEPT
        return in_portions(self.context.db, lambda unit, size: rows.forget(unit, before, size), most)
