"""Four eyes: whoever proposes a deployment cannot approve it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inburgering_flow.errors import Conflict, Forbidden, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.deployments import Deployed, Deployments
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import proposals
from inburgering_flow.store.database import Unit
from inburgering_flow.store.proposals import ProposalRow


@dataclass(frozen=True)
class Proposal:
    """What waits for approval; ``own`` says that the reader proposed it and so cannot approve it."""

    key: int
    proposed_at: datetime
    proposed_by: str
    names: tuple[str, ...]
    own: bool
    reason: str = ""


class Proposals:
    """Use cases about deployments that need a second person."""

    def __init__(self, context: Context, deployments: Deployments) -> None:
        self.context = context
        self.deployments = deployments

    def propose(self, resources: Sequence[Resource], actor: Actor, *, reason: str = "") -> int:
        """Keep resources until somebody else approves them; return the proposal's key.

        Raises DeploymentRejected with findings if they could not be deployed as they are.
        """
        actor.require(permissions.DEPLOY)
        self.deployments.checked(resources)
        now, key = self.context.clock.now(), self.context.keys.next()
        content = {r.name: base64.b64encode(r.content).decode() for r in resources}
        with self.context.db.write() as unit:
            proposals.add(unit, ProposalRow(key, now, actor.username, content, "OPEN", reason=reason))
            self.context.log(
                unit, actor.username, "deploy.propose", subject_key=key, detail={"name": ", ".join(content)},
            )  # fmt: skip
        return key

    def waiting(self, actor: Actor) -> list[Proposal]:
        """Return what waits for approval, oldest first."""
        if not actor.may(permissions.BOARD):
            actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            rows = proposals.waiting(unit)
        return [Proposal(r.key, r.proposed_at, r.proposed_by, tuple(r.resources), r.proposed_by == actor.username, r.reason)
                for r in rows]  # fmt: skip

    def resources(self, key: int, actor: Actor) -> list[Resource]:
        """Return the files of a proposal, for who deploys, or leads and wants to know what it would change."""
        if not actor.may(permissions.BOARD):
            actor.require(permissions.DEPLOY)
        with self.context.db.read() as unit:
            row = proposals.get(unit, key)
        if row is None:
            raise NotFound(_("This proposal does not exist."), remedy=_("Look at the list of processes."))
        return [Resource(name, base64.b64decode(content)) for name, content in row.resources.items()]

    def approve(self, key: int, actor: Actor) -> list[Deployed]:
        """Deploy a proposal; raises Forbidden for whoever proposed it, Conflict if it was decided on already. The
        resources are checked again: what they need may have changed since. If they fail, nothing is deployed and the
        proposal stays open.
        """
        resources = self._decidable(key, actor)
        parts = self.deployments.checked(resources)
        with self.context.db.write() as unit:
            self._close(unit, key, "APPROVED", actor)
            return self.deployments.store(unit, resources, parts, actor, self._reason(unit, key))

    def reject(self, key: int, actor: Actor) -> None:
        """Close a proposal without deploying it; whoever proposed it may withdraw it."""
        actor.require(permissions.DEPLOY)
        self.resources(key, actor)
        with self.context.db.write() as unit:
            self._close(unit, key, "REJECTED", actor)

    def _decidable(self, key: int, actor: Actor) -> list[Resource]:
        actor.require(permissions.DEPLOY)
        resources = self.resources(key, actor)
        with self.context.db.read() as unit:
            row = proposals.get(unit, key)
        if row is not None and row.proposed_by == actor.username:
            raise Forbidden(
                _("Whoever proposes a deployment cannot approve it."), remedy=_("Ask another procesontwerper.")
            )
        return resources

    @staticmethod
    def _reason(unit: Unit, key: int) -> str:
        row = proposals.get(unit, key)
        return "" if row is None else row.reason

    def _close(self, unit: Unit, key: int, state: str, actor: Actor) -> None:
        now = self.context.clock.now()
        if not proposals.decide(unit, key, state, now, actor.username):
            raise Conflict(_("Somebody else has already decided on this proposal."), remedy=_("Look at the list again."))
        self.context.log(unit, actor.username, f"deploy.{state.lower()}", subject_key=key)
