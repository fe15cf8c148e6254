"""Versies: who put which version in force and why, what differs between two, taking one back, throwing one away."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import Conflict, DeploymentRejected, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.differences import ADDED, REMOVED, Comparison
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.designer import naming
from inburgering_flow.web.paging import key_in

versions = Blueprint("versions", __name__)


@versions.get("/processen/<int:key>/versies")
def listed(key: int) -> ResponseReturnValue:
    """Every version of a process, decision or form."""
    return _listed(key)


def _listed(key: int, problem: str = "", status: int = 200) -> ResponseReturnValue:
    history = services().versions.of(key, me())
    page = render_template(
        "designer/versions.html", history=history, key=key, problem=problem, may_deploy=me().may(permissions.DEPLOY),
        second_person=services().context.settings.second_person, given=request.form,
    )  # fmt: skip
    return page, status


@versions.get("/processen/vergelijken")
def compared() -> ResponseReturnValue:
    """What differs between two versions: the pictures with marks, and the same as a list."""
    if not request.args:
        return redirect(url_for("designer.definitions"))
    found = services().versions.compared(_chosen("oud"), _chosen("nieuw"), me())
    return render_template("designer/compared.html", found=found, naming=naming)


@versions.get("/processen/vergelijken/<any(oud,nieuw):side>")
def marks(side: str) -> Response:
    """The marks on the picture of one of the two versions."""
    found = services().versions.compared(_chosen("oud"), _chosen("nieuw"), me())
    return jsonify({"differences": marked(found.content, is_newer=side == "nieuw")})


def marked(content: Comparison, *, is_newer: bool) -> dict[str, dict[str, str]]:
    """Return what the picture of one side shows of each thing: what became of it, and that in a word."""
    elsewhere = REMOVED if is_newer else ADDED
    return {
        one.id: {"kind": one.kind, "text": naming.kind_of(one.kind)} for one in content.differences if one.kind != elsewhere
    }


def _chosen(name: str) -> int:
    key = key_in(request.args.get(name, ""))
    if key is None:
        raise InvalidInput(_("Kies twee versies om te vergelijken."), remedy=_("Ga terug naar de lijst met versies."))
    return key


@versions.post("/processen/<int:key>/naam")
@needs(permissions.DEPLOY)
def name(key: int) -> ResponseReturnValue:
    """Give a version a name of its own."""
    try:
        services().versions.name(key, request.form.get("naam", ""), me())
    except InvalidInput as error:
        return _listed(key, str(error), error.status)
    flash(_("De naam van de versie is bewaard."))
    return redirect(url_for("versions.listed", key=key))


@versions.post("/processen/<int:key>/terugzetten")
@needs(permissions.DEPLOY)
def restore(key: int) -> ResponseReturnValue:
    """Put an older version in force again, as a new one."""
    try:
        deployed = services().versions.restore(key, request.form.get("reden", ""), me())
    except DeploymentRejected as error:
        return _listed(key, " ".join(f"{f.message} {f.remedy}" for f in error.findings), 422)
    except (InvalidInput, Conflict) as error:
        return _listed(key, str(error), error.status)
    if not deployed:
        flash(_("Het voorstel wacht op een collega die het goedkeurt."))
    for one in deployed:
        flash(_("Dit is nu versie {number}. Lopende zaken houden hun versie.").format(number=one.version))
    return redirect(url_for("versions.listed", key=key))


@versions.post("/processen/<int:key>/weggooien")
@needs(permissions.DEPLOY)
def delete(key: int) -> ResponseReturnValue:
    """Throw away a version that nobody uses."""
    history = services().versions.of(key, me())
    try:
        services().versions.delete(key, me())
    except Conflict as error:
        return _listed(key, str(error), error.status)
    flash(_("De versie is weggegooid."))
    left = [one.key for one in history.versions if one.key != key]
    return redirect(url_for("versions.listed", key=left[0]) if left else url_for("designer.definitions"))
