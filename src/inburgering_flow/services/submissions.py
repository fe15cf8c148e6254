"""A form that creates something carries a token: sent twice, by a double click or a lost answer, it creates one thing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.store import submissions
from inburgering_flow.store.database import Unit

KEPT = timedelta(days=1)
LONGEST = 64


def made_once(context: Context, unit: Unit, token: str, actor: Actor, make: Callable[[], int]) -> int:
    """Return the key of what a form made: now, or the first time that it was sent. Without a token it is made each time."""
    token = token[:LONGEST]
    if not token:
        return make()
    found = submissions.made(unit, token, actor.username)
    if found is None:
        found = make()
        submissions.add(unit, token, actor.username, found, context.clock.now())
    return found


class Submissions:
    """Upkeep of what is remembered of forms."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def forget(self) -> int:
        """Forget forms that were sent more than a day ago; return how many. Safe to run at any time."""
        with self.context.db.write() as unit:
            return submissions.forget(unit, self.context.clock.now() - KEPT)
