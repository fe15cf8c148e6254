"""Looking at incidents and trying again."""

from __future__ import annotations

from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import INCIDENT_MOVES, IncidentRow, moved
from inburgering_flow.services.context import Context
from inburgering_flow.services.steps import Steps
from inburgering_flow.store import audit, cases, incidents, jobs


class Incidents:
    """Use cases about incidents."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self.context = context
        self.steps = steps

    def active(self, actor: Actor = SYSTEM) -> list[IncidentRow]:
        """Return active incidents, newest first."""
        actor.require(permissions.INCIDENT)
        with self.context.db.read() as unit:
            return incidents.active(unit)

    def resolve(self, key: int, actor: Actor = SYSTEM, *, retries: int = 1) -> None:
        """Close an incident and let its token, or its job, try again; new trouble makes a new incident.

        For the beheerder, and for who may correct facts in the case.
        """
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if not (actor.may(permissions.CASE_CORRECT) and cases.sees(unit, actor, incidents.get(unit, key).root_key)):
                actor.require(permissions.INCIDENT)
            self.steps.lock(unit, incidents.get(unit, key).root_key)
            row = incidents.get(unit, key)
            moved(INCIDENT_MOVES, _("Incident {key}").format(key=key), row.state, "resolve")
            incidents.resolve(unit, row, now)
            if row.phase == "job" and row.job_key is not None:
                jobs.revive(unit, row.job_key, now, retries)
                unit.after_commit(self.context.work_appeared)
            else:
                self.steps.run(unit, lambda run: run.retry(row), root_key=row.root_key, user=actor.username)
            audit.add(
                unit, self.context.keys.next(), now, actor.username, "incident.resolve", root_key=row.root_key,
                subject_key=key,
            )  # fmt: skip
