"""Uitproberen: an expression or a decision on typed values or on those of a case, and why it gives that result."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.feel.render import short
from inburgering_flow.i18n import N_
from inburgering_flow.model import permissions
from inburgering_flow.services.trials import Trial
from inburgering_flow.web.access import me, needs, services

trials = Blueprint("trials", __name__)
ORIGINS = {
    "input data": N_("invoergegeven"), "decision": N_("andere beslissing"), "business knowledge model": N_("kennismodel"),
    "decision service": N_("beslisservice"), "import": N_("ander model"), "parameter": N_("parameter"),
    "given with the call": N_("los gegeven"), "nowhere": N_("bestaat niet"),
}  # fmt: skip
LOGIC = {
    "decision table": N_("beslistabel"), "literal expression": N_("expressie"), "invocation": N_("aanroep"),
    "context": N_("context"), "list": N_("lijst"), "relation": N_("relatie"), "function": N_("functie"),
    "conditional": N_("voorwaarde"), "filter": N_("filter"), "iterator": N_("herhaling"),
}  # fmt: skip


@trials.route("/uitproberen", methods=["GET", "POST"])
@needs(permissions.SIMULATE)
def expression() -> ResponseReturnValue:
    """Try an expression. Values travel by POST: they may come from a case."""
    trial, problem = None, ""
    if request.method == "POST":
        try:
            trial = services().trials.expression(
                me(), request.form.get("expressie", ""), request.form.get("waarden", ""), request.form.get("zaak", "")
            )
        except (InvalidInput, NotFound) as error:
            problem = str(error)
    return _page("expression", trial, problem)


@trials.route("/uitproberen/beslissing", methods=["GET", "POST"])
@needs(permissions.SIMULATE)
def decision() -> ResponseReturnValue:
    """Try a deployed decision; nothing is decided by it."""
    trial, problem = None, ""
    if request.method == "POST":
        try:
            trial = services().trials.decision(
                me(), request.form.get("beslissing", ""), request.form.get("waarden", ""), request.form.get("zaak", "")
            )
        except (InvalidInput, NotFound) as error:
            problem = str(error)
    return _page("decision", trial, problem)


def _page(what: str, trial: Trial | None, problem: str) -> ResponseReturnValue:
    known = services().trials.decisions(me()) if what == "decision" else []
    wrong = problem or (trial is not None and trial.problem)
    return render_template(
        "designer/try.html", what=what, trial=trial, problem=problem, given=request.form, decisions=known, short=short,
        origins=ORIGINS, logic=LOGIC,
    ), 422 if wrong else 200  # fmt: skip
