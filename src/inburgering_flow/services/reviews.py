"""What whoever approves a proposal looks at: what differs from what is in force, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from inburgering_flow.errors import Finding, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import dictionaries
from inburgering_flow.model.differences import Comparison
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.contents import compare, content_of
from inburgering_flow.services.context import Context
from inburgering_flow.services.deployments import Deployments
from inburgering_flow.services.proposals import Proposal, Proposals
from inburgering_flow.services.resources import Part, Resource
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class ReviewedPart:
    """One definition of a proposal beside the version in force; ``before_key`` and ``comparison`` are None where it is new.

    ``file`` is the number of its file in the proposal, counted from zero.
    """

    kind: str
    id: str
    name: str
    file: int
    before_key: int | None
    before_version: int
    comparison: Comparison | None
    follows: bool = False
    """Whether it says the same itself and gets a version because something that it needs changes."""


@dataclass(frozen=True)
class Review:
    """A proposal with everything that differs, file by file."""

    proposal: Proposal
    parts: list[ReviewedPart]
    dictionaries: list[tuple[str, Comparison]]
    findings: list[Finding]


class Reviews:
    """Use cases of the second pair of eyes."""

    def __init__(self, context: Context, deployments: Deployments, proposals: Proposals) -> None:
        self.context = context
        self.deployments = deployments
        self.proposals = proposals

    def of(self, key: int, actor: Actor) -> Review:
        """Return a proposal that waits, for who deploys or leads; raises NotFound where somebody has decided on it already."""
        resources = self.proposals.resources(key, actor)
        proposal = next((one for one in self.proposals.waiting(actor) if one.key == key), None)
        if proposal is None:
            raise NotFound(
                _("Somebody has already decided on this proposal."), remedy=_("Look at the list of processes.")
            )
        parts, findings = self.deployments.checks.read(resources)
        with self.context.db.read() as unit:
            reviewed = [self._part(unit, part, resources) for part in parts]
            data = [self._data(unit, one) for one in resources if one.is_data]
        return Review(proposal, reviewed, [(folder, found) for folder, found in data if not found.is_same], findings)

    def compared(self, key: int, file: int, process_id: str, actor: Actor) -> Comparison | None:
        """Return what differs in one process of a file of a proposal; None where it is new. Raises NotFound."""
        resources = self.proposals.resources(key, actor)
        if file >= len(resources) or resources[file].kind != "bpmn":
            raise NotFound(_("This proposal has no such file."), remedy=_("Look at the list of processes."))
        with self.context.db.read() as unit:
            before = definitions.latest(unit, "process", process_id)
            content = None if before is None else definitions.content(unit, before.resource_key)[1]
        return None if content is None else compare("process", process_id, content, resources[file].content)

    @staticmethod
    def _part(unit: Unit, part: Part, resources: Sequence[Resource]) -> ReviewedPart:
        before = definitions.latest(unit, part.kind, part.id)
        number = [one.name for one in resources].index(part.resource.name)
        if before is None:
            return ReviewedPart(part.kind, part.id, part.name, number, None, 0, None)
        content = definitions.content(unit, before.resource_key)[1]
        found = compare(part.kind, part.id, content, part.resource.content, alone=True)
        same = content_of(part.kind, part.id, content) == content_of(part.kind, part.id, part.resource.content)
        return ReviewedPart(
            part.kind, part.id, part.name, number, before.key, before.version, found, found.is_same and not same
        )  # fmt: skip

    @staticmethod
    def _data(unit: Unit, resource: Resource) -> tuple[str, Comparison]:
        folder = PurePosixPath(resource.name).parent.as_posix()
        known = definitions.latest_data(unit, folder)
        before = None if known is None else definitions.content(unit, known[0])[1]
        return folder, dictionaries.compare(before, resource.content)
