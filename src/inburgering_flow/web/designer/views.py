"""Processen and Ontwerpen: versions, upload, findings, deploy, download, the modeler."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import DeploymentRejected, Finding, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.lint import is_sound
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.project import deployed_kind
from inburgering_flow.services.deployments import Deployed
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.services.resources import Resource
from inburgering_flow.services.rules import unrecognised
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.files import file

designer = Blueprint("designer", __name__)


def _may_read(actor: Actor) -> None:
    if not actor.may(permissions.BOARD):
        actor.require(permissions.DEFINITION_READ)


@designer.get("/processen")
def definitions() -> ResponseReturnValue:
    """The newest version of everything deployed."""
    _may_read(me())
    return render_template("designer/definitions.html", **_listed([]))


@designer.get("/bestand/<int:key>")
def download(key: int) -> Response:
    """The file of a definition, as it was deployed."""
    _may_read(me())
    name, content = services().deployments.resource_of(key)
    kind = "application/json" if name.endswith((".form", ".json")) else "application/xml"
    return file(content, name, kind, inline=bool(request.args.get("tonen")))


@designer.post("/processen")
@needs(permissions.DEPLOY)
def upload() -> ResponseReturnValue:
    """Check files and deploy them; the page shows the findings."""
    resources, findings = [], []
    for sent in request.files.getlist("bestanden"):
        if not sent.filename:
            continue
        name = PurePosixPath(sent.filename.replace("\\", "/")).name
        if deployed_kind(name) is None:
            findings.append(unrecognised(name))
            continue
        resources.append(Resource(_stored_name(name), sent.read()))
    if "gevolgen" in request.form and resources and not findings:
        return render_template("designer/impact.html", impacts=services().impacts.of(resources, me()))
    only_check = "controleren" in request.form
    deployed = []
    if resources and not findings:
        if only_check:
            findings = services().deployments.check(resources)
            if not findings:
                flash(_("Geen bevindingen. U kunt dit klaarzetten."))
        else:
            try:
                deployed = _deploy(resources, checked_reason(request.form.get("reden", "")))
                if not deployed:
                    flash(_("Het voorstel wacht op een collega die het goedkeurt."))
            except DeploymentRejected as error:
                findings = list(error.findings)
            except InvalidInput as error:
                findings = services().deployments.check(resources)  # what is wrong with them is worth more than the reason
                return render_template("designer/definitions.html", **_listed(findings), problem=str(error)), 422
    elif not findings:
        flash(_("Kies eerst een bestand."), "problem")
    _say(deployed)
    if not findings:
        return redirect(url_for("designer.definitions"))
    return render_template("designer/definitions.html", **_listed(findings)), 422


def _listed(findings: Sequence[Finding]) -> dict[str, object]:
    service = services().deployments
    may_deploy, leads = me().may(permissions.DEPLOY), me().may(permissions.BOARD)
    startable = {one.key for one in services().process_starts.with_form(me())} if me().may(permissions.CASE_START) else ()
    return {
        "startable": startable, "findings": findings, "blocked": not is_sound(findings),
        "processes": service.newest("process"), "decisions": service.newest("decision"), "forms": service.newest("form"),
        "may_deploy": may_deploy, "proposals": services().proposals.waiting(me()) if may_deploy or leads else [],
        "second_person": services().context.settings.second_person, "given": request.form,
    }  # fmt: skip


def _deploy(resources: list[Resource], reason: str) -> list[Deployed]:
    """Deploy, or propose where a second person must approve; then nothing is deployed yet."""
    if not services().context.settings.second_person:
        return services().deployments.deploy(resources, me(), reason=reason)
    services().proposals.propose(resources, me(), reason=reason)
    return []


@designer.get("/processen/voorstel/<int:key>/gevolgen")
def impact(key: int) -> ResponseReturnValue:
    """Which open cases a proposal would decide in another way."""
    _may_read(me())
    found = services().impacts.of(services().proposals.resources(key, me()), me())
    return render_template("designer/impact.html", impacts=found)


@designer.post("/processen/voorstel/<int:key>/afwijzen")
@needs(permissions.DEPLOY)
def reject(key: int) -> ResponseReturnValue:
    """Reject what a colleague proposed, or withdraw one's own proposal."""
    services().proposals.reject(key, me())
    flash(_("Het voorstel is afgewezen. Er is niets klaargezet."))
    return redirect(url_for("designer.definitions"))


@designer.post("/processen/voorstel/<int:key>/goedkeuren")
@needs(permissions.DEPLOY)
def approve(key: int) -> ResponseReturnValue:
    """Approve and deploy what a colleague proposed."""
    try:
        deployed = services().proposals.approve(key, me())
    except DeploymentRejected as error:
        return render_template("designer/definitions.html", **_listed(error.findings)), 422
    _say(deployed)
    return redirect(url_for("designer.definitions"))


@designer.get("/processen/voorstel/<int:key>/<int:number>")
@needs(permissions.DEPLOY)
def proposed(key: int, number: int) -> Response:
    """A file of a proposal, to look at before approving it."""
    resources = services().proposals.resources(key, me())
    if number >= len(resources):
        raise NotFound(_("Dit bestand bestaat niet."), remedy=_("Kijk in de lijst met processen."))
    return file(resources[number].content, resources[number].name, "application/octet-stream")


def _say(deployed: list[Deployed]) -> None:
    for item in deployed:
        flash(
            (_("{id} versie {version} is klaargezet.") if item.is_new else _("{id} versie {version} was al klaargezet.")).format(
                id=item.id, version=item.version
            )
        )


def _stored_name(name: str) -> str:
    """Return the name under which a file was deployed before, so that it keeps its folder's data dictionary."""
    for kind in ("process", "decision", "form"):
        for row in services().deployments.newest(kind):
            known = services().deployments.resource_of(row.key)[0]
            if PurePosixPath(known).name == name:
                return known
    return name
