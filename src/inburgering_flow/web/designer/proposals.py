"""Een voorstel beoordelen: picture, differences, findings and what it would do to running cases; never raw XML first."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from inburgering_flow.model import permissions
from inburgering_flow.model.lint import is_sound
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.designer import naming
from inburgering_flow.web.designer.versions import marked

proposals = Blueprint("proposals", __name__)


@proposals.get("/processen/voorstel/<int:key>")
@needs(permissions.DEPLOY)
def review(key: int) -> ResponseReturnValue:
    """Everything that somebody looks at before approving a proposal.

    What the scenarios of its files give is one more argument here, and one more card above the buttons of the page.
    """
    found = services().reviews.of(key, me())
    resources = services().proposals.resources(key, me())
    return render_template(
        "designer/review.html", review=found, naming=naming, blocked=not is_sound(found.findings),
        impacts=services().impacts.of(resources, me()), rehearsed=services().rehearsals.of_proposal(key, me()),
        sources=services().rehearsals.sources(me(), resources=resources) if is_sound(found.findings) else [],
    )  # fmt: skip


@proposals.get("/processen/voorstel/<int:key>/tekens/<int:number>/<any(oud,nieuw):side>/<process_id>")
@needs(permissions.DEPLOY)
def marks(key: int, number: int, side: str, process_id: str) -> Response:
    """The marks on the picture of one process of a file, as it is in force or as it is proposed."""
    comparison = services().reviews.compared(key, number, process_id, me())
    return jsonify({"differences": {} if comparison is None else marked(comparison, is_newer=side == "nieuw")})
