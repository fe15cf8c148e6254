"""A form that creates something carries a token: sent twice, by a double click or a lost answer, it creates one thing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.portions import in_portions
from inburgering_flow.store import submissions
from inburgering_flow.store.database import Unit

KEPT = timedelta(days=1)


def made_once(
    context: Context, unit: Unit, kind: str, token: str, actor: Actor, make: Callable[[], int]
) -> int:  # fmt: skip
    """Return the key of what a form made: now, or the first time that it was sent.

    A token is of one person and one ``kind`` of form. Without one it is made each time.
    """
    if not token:
        return make()
    token = own_token(kind, token, actor)
    found = submissions.made(unit, token)
    if found is None:
        found = make()
        submissions.add(unit, token, actor.username, found, context.clock.now())
    return found


def own_token(kind: str, token: str, actor: Actor) -> str:
    """Return the token as it is kept: of one person and one kind of form, of one length whatever was sent."""
    return hashlib.blake2b("\n".join((kind, actor.username, token)).encode(), digest_size=32).hexdigest()


class Submissions:
    """Upkeep of what is remembered of forms."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def forget(self) -> int:
        """Forget forms that were sent more than a day ago; return how many. Safe to run at any time."""
        before = self.context.clock.now() - KEPT
        return in_portions(self.context.db, lambda unit, most: submissions.forget(unit, before, most))
