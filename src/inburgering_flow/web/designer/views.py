"""Processen and Ontwerpen: versions, upload, findings, deploy, download, the modeler."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import DeploymentRejected, Finding, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.deployments import KINDS, Resource
from inburgering_flow.web.access import me, needs, platform

designer = Blueprint("designer", __name__)


def _may_read(actor: Actor) -> None:
    if not actor.may(permissions.BOARD):
        actor.require(permissions.DEFINITION_READ)


@designer.get("/processen")
def definitions() -> ResponseReturnValue:
    """The newest version of everything deployed."""
    _may_read(me())
    service = platform().deployments
    return render_template(
        "definitions.html", processes=service.newest("process"), decisions=service.newest("decision"),
        forms=service.newest("form"), findings=[], may_deploy=me().may(permissions.DEPLOY),
    )  # fmt: skip


@designer.get("/bestand/<int:key>")
def download(key: int) -> Response:
    """The file of a definition, as it was deployed."""
    _may_read(me())
    name, content = platform().deployments.resource_of(key)
    disposition = "inline" if request.args.get("tonen") else "attachment"
    return Response(
        content, mimetype="application/json" if name.endswith(".form") else "application/xml",
        headers={"Content-Disposition": f'{disposition}; filename="{PurePosixPath(name).name}"'},
    )  # fmt: skip


@designer.post("/processen")
@needs(permissions.DEPLOY)
def upload() -> ResponseReturnValue:
    """Check files and deploy them; findings stand on the page."""
    resources, findings = [], []
    for file in request.files.getlist("bestanden"):
        if not file.filename:
            continue
        name = PurePosixPath(file.filename.replace("\\", "/")).name
        if PurePosixPath(name).suffix not in KINDS:
            findings.append(Finding("error", "file-kind", name, "", _("Dit bestand wordt niet herkend."),
                                    _("Gebruik .bpmn, .dmn of .form.")))  # fmt: skip
            continue
        resources.append(Resource(_stored_name(name), file.read()))
    only_check = "controleren" in request.form
    deployed = []
    if resources and not findings:
        if only_check:
            findings = platform().deployments.check(resources)
            if not findings:
                flash(_("Geen bevindingen. U kunt dit klaarzetten."))
        else:
            try:
                deployed = platform().deployments.deploy(resources, me())
            except DeploymentRejected as error:
                findings = list(error.findings)
    elif not findings:
        flash(_("Kies eerst een bestand."), "problem")
    for item in deployed:
        said = (
            _("{id} versie {version} is klaargezet.") if item.is_new else _("{id} versie {version} was al klaargezet.")
        )
        flash(said.format(id=item.id, version=item.version))
    if not findings:
        return redirect(url_for("designer.definitions"))
    service = platform().deployments
    return render_template(
        "definitions.html", processes=service.newest("process"), decisions=service.newest("decision"),
        forms=service.newest("form"), findings=findings, may_deploy=True,
    ), 422  # fmt: skip


def _stored_name(name: str) -> str:
    """Return the name under which a file was deployed before, so that it keeps its folder's data dictionary."""
    for kind in ("process", "decision", "form"):
        for row in platform().deployments.newest(kind):
            known = platform().deployments.resource_of(row.key)[0]
            if PurePosixPath(known).name == name:
                return known
    return name


@designer.get("/ontwerpen")
@needs(permissions.DEPLOY)
def modeler() -> ResponseReturnValue:
    """The modeler, on a deployed definition or a new diagram."""
    key = request.args.get("definitie", type=int)
    name, process_id = "nieuw-proces.bpmn", "nieuw-proces"
    if key is not None:
        name = platform().deployments.resource_of(key)[0]
        process_id = platform().context.catalog.process(key).process_id
    return render_template("modeler.html", key=key, name=name, process_id=process_id)


def _posted() -> list[Resource]:
    xml, name = request.form.get("xml", ""), request.form.get("name", "nieuw-proces.bpmn")
    if not xml:
        raise InvalidInput(_("Er is geen diagram gestuurd."), remedy=_("Probeer het opnieuw."))
    if not name.endswith(".bpmn") or ".." in name or name.startswith("/"):
        raise InvalidInput(_("De naam van het bestand klopt niet."), remedy=_("Laat de naam eindigen op .bpmn."))
    return [Resource(name, xml.encode())]


@designer.post("/ontwerpen/controleren")
@needs(permissions.DEPLOY)
def check() -> Response:
    """Say what is wrong with a diagram."""
    return jsonify({"findings": [f.__dict__ for f in platform().deployments.check(_posted())], "deployed": []})


@designer.post("/ontwerpen/klaarzetten")
@needs(permissions.DEPLOY)
def deploy() -> ResponseReturnValue:
    """Deploy a diagram from the modeler."""
    try:
        deployed = platform().deployments.deploy(_posted(), me())
    except DeploymentRejected as error:
        return jsonify({"findings": [f.__dict__ for f in error.findings], "deployed": []}), 422
    return jsonify({"findings": [], "deployed": [{"id": d.id, "version": d.version} for d in deployed]})
