"""What is kept of trial runs: each is of the designer who began it, and is forgotten when nobody has touched it for a day.

Where a trial run stands is not kept: whoever shows it plays its steps again (``workbench/trial.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from inburgering_flow.errors import Conflict, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.trial_runs import TrialRun
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.portions import in_portions
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import trial_runs as rows

KEPT = timedelta(days=1)
MOST = 5
"""Trial runs of one person; one more, and the oldest goes."""


class TrialRuns:
    """Use cases about what is kept of trial runs, each as the designer whose run it is."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @again
    def begin(
        self, files: bytes, story: Mapping[str, Any], actor: Actor, *, project_key: int | None = None, once: str = ""
    ) -> int:
        """Keep a trial run that begins, and return its key; ``once`` is the token of the form that was sent."""
        actor.require(permissions.SIMULATE)
        with self.context.db.write() as unit:

            def make() -> int:
                key, now = self.context.keys.next(), self.context.real()
                rows.remove(unit, rows.keys_of(unit, actor.username)[MOST - 1 :])
                rows.add(unit, TrialRun(key, actor.username, now, now, project_key, files, story))
                self.context.log(unit, actor.username, "trial.begin", subject_key=key)
                return key

            return made_once(self.context, unit, "trial", once, actor, make)

    def own(self, actor: Actor) -> list[tuple[int, datetime, Mapping[str, Any]]]:
        """Return (key, when it was changed, scenario so far) of the actor's trial runs, the newest first."""
        actor.require(permissions.SIMULATE)
        with self.context.db.read() as unit:
            return rows.stories_of(unit, actor.username)

    def get(self, key: int, actor: Actor) -> TrialRun:
        """Return a trial run of the actor; raises NotFound for any other."""
        actor.require(permissions.SIMULATE)
        with self.context.db.read() as unit:
            found = rows.get(unit, key)
        if found is None or found.owner != actor.username:
            raise NotFound(
                _("This trial run is not there (any more): it is kept for a day."), remedy=_("Begin a new one from the project.")
            )
        return found

    @again
    def change(self, key: int, turn: int, story: Mapping[str, Any], actor: Actor) -> None:
        """Keep what a trial run has come to after its turn ``turn``; raises Conflict where it was changed meanwhile."""
        self.get(key, actor)
        with self.context.db.write() as unit:
            if not rows.change(unit, key, turn, story, self.context.real()):
                raise changed_meanwhile()

    @again
    def remove(self, key: int, actor: Actor) -> None:
        """Throw a trial run away."""
        self.get(key, actor)
        with self.context.db.write() as unit:
            rows.remove(unit, [key])

    def forget(self) -> int:
        """Forget trial runs that nobody touched for a day; return how many. Safe to run at any time."""
        before = self.context.real() - KEPT
        return in_portions(self.context.db, lambda unit, most: rows.forget(unit, before, most))


def changed_meanwhile() -> Conflict:
    """Return the error for a step that was chosen on a page that is not the newest."""
    return Conflict(
        _("This trial run has gone on since this page was shown."), remedy=_("Look at where it stands now, and choose again.")
    )
