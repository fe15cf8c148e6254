"""Proefoverzetten: what would happen to running cases if they went to another version, tried on copies in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_
from inburgering_flow.model.batches import MIGRATE
from inburgering_flow.model.rehearsals import DONE, RUNNING, STOPPED, Plan
from inburgering_flow.services.rehearsals import Source
from inburgering_flow.services.resources import Resource
from inburgering_flow.web.access import me, services

rehearsals = Blueprint("rehearsals", __name__)
STATES = {RUNNING: N_("bezig"), DONE: N_("klaar"), STOPPED: N_("gestopt")}
WHY = {"name": N_("zelfde naam"), "place": N_("zelfde plaats"), "host": N_("bij dezelfde stap")}


@rehearsals.route("/processen/voorstel/<int:key>/proef", methods=["GET", "POST"])
def of_proposal(key: int) -> ResponseReturnValue:
    """Say what steps become, and begin a rehearsal with the files of a proposal."""
    return _begin(services().proposals.resources(key, me()), proposal_key=key)


@rehearsals.route("/processen/<int:key>/proef", methods=["GET", "POST"])
def of_version(key: int) -> ResponseReturnValue:
    """The same for a version that is in force."""
    return _begin([], target_key=key)


def _begin(
    resources: Sequence[Resource], *, proposal_key: int | None = None, target_key: int | None = None
) -> ResponseReturnValue:
    service, problem = services().rehearsals, ""
    sources = service.sources(me(), resources=resources, target_key=target_key)
    if request.method == "POST":
        try:
            key = service.begin(
                [_chosen(source) for source in sources], me(), resources=resources, proposal_key=proposal_key,
                once=request.form.get("eenmalig", ""),
            )  # fmt: skip
        except InvalidInput as error:
            problem = str(error)
        else:
            return redirect(url_for("rehearsals.shown", key=key))
    page = render_template("designer/rehearse.html", sources=sources, problem=problem, why=WHY, field=_field)
    return page, 422 if problem else 200


def _field(source: Source, element_id: str) -> str:
    return f"stap_{source.plan.source_key}_{source.plan.target_key}_{element_id}"


def _chosen(source: Source) -> Plan:
    """Return a plan with what was chosen for each step that the target does not have."""
    given = {one.id: request.form.get(_field(source, one.id), "") for one in source.choices}
    return replace(source.plan, mapping={id: after for id, after in given.items() if after})


@rehearsals.get("/processen/proeven/<int:key>")
def shown(key: int) -> ResponseReturnValue:
    """How far a rehearsal has come, and what it has found."""
    found = services().rehearsals.get(key, me())
    catalog = services().context.catalog
    names = {
        plan.source_key: {e.id: e.name or e.id for e in catalog.process(plan.source_key).elements.values()}
        for plan in found.plans if plan.source_key in found.versions
    }  # fmt: skip
    return render_template("designer/rehearsed.html", found=found, names=names, states=STATES, migrate=MIGRATE)


@rehearsals.post("/processen/proeven/<int:key>/stoppen")
def stop(key: int) -> ResponseReturnValue:
    """Stop a rehearsal."""
    services().rehearsals.stop(key, me())
    return redirect(url_for("rehearsals.shown", key=key))
