"""Een voorstel beoordelen: picture, differences, findings and what it would do to running cases; never raw XML first."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.model import permissions
from inburgering_flow.model.lint import is_sound
from inburgering_flow.model.project import kind_of
from inburgering_flow.services.reviews import Review
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.designer import naming
from inburgering_flow.web.designer.versions import marked
from inburgering_flow.workbench import deployed
from inburgering_flow.workbench.proving import Proof, prove
from inburgering_flow.workbench.scenarios import Scenario

proposals = Blueprint("proposals", __name__)


@proposals.get("/processen/voorstel/<int:key>")
@needs(permissions.DEPLOY)
def review(key: int) -> ResponseReturnValue:
    """Everything that somebody looks at before approving a proposal."""
    return _review(key)


def _review(key: int, proof: Proof | None = None) -> str:
    found = services().reviews.of(key, me())
    resources = services().proposals.resources(key, me())
    return render_template(
        "designer/review.html", review=found, naming=naming, blocked=not is_sound(found.findings), proof=proof,
        impacts=services().impacts.of(resources, me()), rehearsed=services().rehearsals.of_proposal(key, me()),
        sources=services().rehearsals.sources(me(), resources=resources) if is_sound(found.findings) else [],
        stories=len(_stories(found)) if is_sound(found.findings) else 0,
    )  # fmt: skip


@proposals.post("/processen/voorstel/<int:key>/bewijzen")
@needs(permissions.DEPLOY)
def proven(key: int) -> ResponseReturnValue:
    """Play the scenarios about the processes of a proposal on its files, and show the proposal with what they say."""
    resources = services().proposals.resources(key, me())
    scenarios = _stories(services().reviews.of(key, me()))
    with deployed.one_at_a_time():
        models = deployed.around(resources, deployed.models(services()))
        proof = prove(models, scenarios, frozenset(one.name for one in resources), seconds=deployed.SECONDS)
    return _review(key, proof)


def _stories(review: Review) -> list[Scenario]:
    """Return the scenarios that come to a process or a decision of a proposal, through whatever calls it: those that ship, and
    those of the projects.
    """
    named = {kind: {part.id for part in review.parts if part.kind == kind} for kind in ("process", "decision")}
    about = deployed.callers(services(), named["process"], named["decision"])
    found = [one for one in deployed.scenarios(services()) if one.content["proces"] in about]
    for project, _count in services().projects.every(me()):
        sent = [one for one in services().projects.contents(project.key, me()) if kind_of(one[0]) == "scenario"]
        for one in sent:
            with suppress(InvalidInput):  # its editor says what is wrong with it
                found += [story for story in deployed.sent([one]) if story.content["proces"] in about]
    return list({(one.name, one.content["proces"]): one for one in found}.values())


@proposals.get("/processen/voorstel/<int:key>/tekens/<int:number>/<any(oud,nieuw):side>/<process_id>")
@needs(permissions.DEPLOY)
def marks(key: int, number: int, side: str, process_id: str) -> Response:
    """The marks on the picture of one process of a file, as it is in force or as it is proposed."""
    comparison = services().reviews.compared(key, number, process_id, me())
    return jsonify({"differences": {} if comparison is None else marked(comparison, is_newer=side == "nieuw")})
