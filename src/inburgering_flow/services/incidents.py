"""Looking at incidents and retrying them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from inburgering_flow.engine import commands
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import ACTIVE, INCIDENT_MOVES, SUSPENDED, IncidentRow, moved, stands_still
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.incidents import ShownIncident, shown_incident
from inburgering_flow.services.steps import Steps
from inburgering_flow.store import cases, incidents, instances, jobs
from inburgering_flow.store.database import Unit

SIZE = 200  # rows on a page


class Incidents:
    """Use cases about incidents."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self.context = context
        self.steps = steps

    def page(self, actor: Actor = SYSTEM, start: int = 0, size: int = SIZE) -> Page[ShownIncident]:
        """Return a page of the active incidents, newest first; without their texts, which are read in the case, except to
        the program.
        """
        actor.require(permissions.INCIDENT)
        with self.context.db.read() as unit:
            rows = self._shown(unit, incidents.active(unit, start, size), with_text=actor.is_system)
            return Page(rows, start, incidents.count_active(unit), size)

    def several(self, keys: Sequence[int], actor: Actor) -> list[ShownIncident]:
        """Return those of these incidents that there are, in any state, newest first and without their texts."""
        actor.require(permissions.INCIDENT)
        with self.context.db.read() as unit:
            return self._shown(unit, incidents.several(unit, keys), with_text=False)

    def _shown(self, unit: Unit, rows: Sequence[IncidentRow], *, with_text: bool) -> list[ShownIncident]:
        catalog = self.context.catalog
        tried = incidents.tried(unit, [row.element_key for row in rows])
        with catalog.within(unit):
            return [
                shown_incident(
                    row, catalog.process(row.definition_key), with_text=with_text, tried=tried.get(row.element_key, 0)
                )
                for row in rows
            ]  # fmt: skip

    @again
    def resolve(self, key: int, actor: Actor = SYSTEM, *, retries: int = 1) -> bool:
        """Close an incident and let its token, or its job, try again; new trouble makes a new incident. False where the job
        does it after this. For the beheerder, and for whoever may correct facts in the case.
        """
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if not (actor.may(permissions.CASE_CORRECT) and cases.sees(unit, actor, incidents.get(unit, key).root_key)):
                actor.require(permissions.INCIDENT)
            self.steps.lock(unit, incidents.get(unit, key).root_key)
            row = incidents.get(unit, key)
            moved(INCIDENT_MOVES, _("Incident {key}").format(key=key), row.state, "resolve")
            if instances.get(unit, row.root_key).state == SUSPENDED:
                raise stands_still(row.root_key)
            return self._retry(unit, row, now, actor, retries)

    @again
    def resolve_all(self, key: int, actor: Actor = SYSTEM) -> int:
        """Resolve every active incident of an instance and of what it called; return how many there were.

        Trouble that recurs makes new incidents, which are not retried.
        """
        actor.require(permissions.INCIDENT)
        with self.context.db.write() as unit:
            return self.resolve_all_in(unit, key, actor)

    def resolve_all_in(self, unit: Unit, key: int, actor: Actor) -> int:
        """Resolve all inside an open unit."""
        root_key = instances.get(unit, key).root_key
        self.steps.lock(unit, root_key)
        if instances.get(unit, root_key).state == SUSPENDED:
            raise stands_still(root_key)
        below = {key}
        for instance in instances.family(unit, root_key):  # the oldest first, so a caller comes before what it called
            if instance.parent_key in below:
                below.add(instance.key)
        count = 0
        for found in incidents.active_of(unit, sorted(below)):
            row = incidents.get(unit, found)
            if row.state == ACTIVE:  # not ended by what an earlier one set going
                self._retry(unit, row, self.context.clock.now(), actor, 1)
                count += 1
        return count

    def _retry(self, unit: Unit, row: IncidentRow, now: datetime, actor: Actor, retries: int) -> bool:
        incidents.resolve(unit, row, now)
        job_key = row.job_key if row.phase == "job" else None
        if job_key is not None:
            jobs.revive(unit, job_key, now, retries)
            unit.after_commit(self.context.work_appeared)
        else:
            self.steps.run(unit, lambda run: commands.retry(run, row), root_key=row.root_key, user=actor.username)
        self.context.log(unit, actor.username, "incident.resolve", root_key=row.root_key, subject_key=row.key)
        return job_key is None
