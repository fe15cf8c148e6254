"""Ontwerpen: projects, their files, and the editors in which these are changed."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.bpmn import element_templates
from inburgering_flow.errors import DeploymentRejected, Finding, FlowError, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.lint import is_sound
from inburgering_flow.model.project import KINDS, TEXTS, kind_of
from inburgering_flow.services.archives import left_out
from inburgering_flow.services.deployments import Deployed
from inburgering_flow.services.new_files import ENDINGS
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.files import file
from inburgering_flow.workbench import deployed

projects = Blueprint("projects", __name__)
EDITORS = {"bpmn": "modeler", "dmn": "tables", "form": "form-editor"}
"""The bundle that changes each kind of file; the others are changed as text."""
MEDIA = {"bpmn": "application/xml", "dmn": "application/xml", "form": "application/json", "data": "application/json",
         "template": "application/json"}  # fmt: skip
MOST_NAMES = 5
"""Of what was left out of a ZIP, said on the page."""


def told(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Return findings for an editor, each with the page of its rule."""
    return [{**f.__dict__, "page": url_for("help.rule", id=f.rule)} for f in findings]


@projects.get("/ontwerpen")
@needs(permissions.DEPLOY)
def overview() -> ResponseReturnValue:
    """Every project."""
    return _overview()


def _overview(problem: str = "") -> ResponseReturnValue:
    service = services().projects
    found = service.every(me())
    return render_template(
        "designer/projects.html", projects=found, removed=service.removed(me()), problem=problem, given=request.form
    ), 422 if problem else 200


@projects.post("/ontwerpen")
@needs(permissions.DEPLOY)
def create() -> ResponseReturnValue:
    """Begin a project."""
    try:
        key = services().projects.create(request.form.get("naam", ""), me())
    except FlowError as error:
        return _overview(str(error))
    return redirect(url_for("projects.project", key=key))


@projects.post("/ontwerpen/definitie/<int:definition>")
@needs(permissions.DEPLOY)
def of_deployed(definition: int) -> ResponseReturnValue:
    """Open what is deployed in a project."""
    key, path = services().projects.of_deployed(definition, me())
    return redirect(url_for("projects.editor", key=key, path=path))


@projects.get("/ontwerpen/<int:key>")
@needs(permissions.DEPLOY)
def project(key: int) -> ResponseReturnValue:
    """The files of a project, and what can be done with them."""
    return _project(key)


def _project(key: int, *, findings: Sequence[Finding] = (), problem: str = "") -> ResponseReturnValue:
    view = services().projects.view(key, me())
    return render_template(
        "designer/project.html", view=view, project=view.project, kinds=KINDS, endings=ENDINGS, findings=findings,
        blocked=not is_sound(findings), problem=problem, given=request.form, folders=sorted({f.folder for f in view.files}),
        processes=[f for f in view.files if f.kind == "bpmn"], second_person=services().context.settings.second_person,
    ), 422 if problem or findings else 200  # fmt: skip


@projects.post("/ontwerpen/<int:key>/naam")
@needs(permissions.DEPLOY)
def rename(key: int) -> ResponseReturnValue:
    """Give a project another name."""
    try:
        services().projects.rename(key, request.form.get("naam", ""), me())
    except FlowError as error:
        return _project(key, problem=str(error))
    return redirect(url_for("projects.project", key=key))


@projects.post("/ontwerpen/<int:key>/weg")
@needs(permissions.DEPLOY)
def remove(key: int) -> ResponseReturnValue:
    """Put a project away."""
    try:
        services().projects.remove(key, me())
    except FlowError as error:
        return _project(key, problem=str(error))
    flash(_("Het project is weggelegd. Onder aan deze bladzijde kunt u het terughalen."))
    return redirect(url_for("projects.overview"))


@projects.post("/ontwerpen/<int:key>/terug")
@needs(permissions.DEPLOY)
def bring_back(key: int) -> ResponseReturnValue:
    """Bring a project back."""
    services().projects.bring_back(key, me())
    return redirect(url_for("projects.project", key=key))


@projects.get("/ontwerpen/<int:key>/zip")
@needs(permissions.DEPLOY)
def archive(key: int) -> Response:
    """All files of a project in one."""
    name, content = services().projects.archive(key, me())
    return file(content, f"{name}.zip", "application/zip")


@projects.post("/ontwerpen/<int:key>/bestanden")
@needs(permissions.DEPLOY)
def upload(key: int) -> ResponseReturnValue:
    """Put files into a project."""
    sent = [(f.filename or "", f.read()) for f in request.files.getlist("bestanden") if f.filename]
    try:
        paths = services().projects.take_in(key, sent, me(), folder=request.form.get("map", "").strip("/ "))
    except FlowError as error:
        return _project(key, problem=str(error))
    flash(_("{count} bestanden staan nu in het project.").format(count=len(paths)) if len(paths) > 1
          else _("'{path}' staat nu in het project.").format(path=paths[0]))  # fmt: skip
    others = [name for one, content in sent for name in left_out(one, content)]
    if others:
        names = ", ".join(others[:MOST_NAMES]) + (" …" if len(others) > MOST_NAMES else "")
        flash(_("Uit de ZIP is weggelaten wat niet in een project hoort: {names}").format(names=names))
    return redirect(url_for("projects.project", key=key))


@projects.post("/ontwerpen/<int:key>/nieuw")
@needs(permissions.DEPLOY)
def add(key: int) -> ResponseReturnValue:
    """Begin a new file, and open it."""
    given = request.form
    try:
        path = services().project_files.add(
            key, given.get("soort", ""), given.get("naam", ""), me(), folder=given.get("map", ""),
            process_id=given.get("proces", ""),
        )  # fmt: skip
    except FlowError as error:
        return _project(key, problem=str(error))
    return redirect(url_for("projects.editor", key=key, path=path))


@projects.post("/ontwerpen/<int:key>/controleren")
@needs(permissions.DEPLOY)
def check(key: int) -> ResponseReturnValue:
    """Say what is wrong with a project."""
    findings = services().projects.check(key, me())
    if findings:
        return _project(key, findings=findings)
    flash(_("Geen bevindingen. U kunt dit klaarzetten."))
    return redirect(url_for("projects.project", key=key))


@projects.post("/ontwerpen/<int:key>/klaarzetten")
@needs(permissions.DEPLOY)
def deploy(key: int) -> ResponseReturnValue:
    """Deploy what changed in a project."""
    try:
        _say(services().projects.deploy(key, me(), reason=checked_reason(request.form.get("reden", ""))))
    except DeploymentRejected as error:
        return _project(key, findings=error.findings)
    except InvalidInput as error:
        return _project(key, problem=str(error))
    return redirect(url_for("projects.project", key=key))


def _say(done: Sequence[Deployed]) -> None:
    new = [d for d in done if d.is_new]
    if not done:
        flash(_("Het voorstel wacht op een collega die het goedkeurt."))
    elif not new:
        flash(_("Alles was al klaargezet; er is niets veranderd."))
    for one in new[:10]:
        flash(_("{id} versie {version} is klaargezet.").format(id=one.id, version=one.version))
    if len(new) > 10:
        flash(_("En nog {count} andere.").format(count=len(new) - 10))


@projects.get("/ontwerpen/<int:key>/bestand/<path:path>")
@needs(permissions.DEPLOY)
def editor(key: int, path: str) -> ResponseReturnValue:
    """A file in the editor of its kind, beside the other files of its project."""
    found = services().project_files.read(key, path, me())
    view = services().projects.view(key, me())
    kind = found.file.kind
    return render_template(
        "designer/editor.html", found=found, view=view, project=found.project, path=path, kind=kind, kinds=KINDS,
        bundle=EDITORS.get(kind, "text-editor"), is_text=kind in TEXTS,
        has_dictionary=any(f.kind == "data" and f.folder == found.file.folder for f in view.files),
    )  # fmt: skip


@projects.get("/ontwerpen/<int:key>/inhoud/<path:path>")
@needs(permissions.DEPLOY)
def content(key: int, path: str) -> Response:
    """What is in a file; ``X-Checksum`` says by what a later save knows that it began with this."""
    found = services().project_files.read(key, path, me())
    media = MEDIA.get(found.file.kind, "text/plain; charset=utf-8")
    answer = file(found.content, path, media, inline=bool(request.args.get("tonen")))
    answer.headers["X-Checksum"] = found.file.checksum
    return answer


@projects.get("/ontwerpen/<int:key>/versie/<int:version>")
@needs(permissions.DEPLOY)
def version(key: int, version: int) -> Response:
    """What a file once was."""
    found, kept = services().project_files.version(key, version, me())
    return file(kept, found.path, "application/octet-stream")


@projects.post("/ontwerpen/<int:key>/herstellen/<int:version>")
@needs(permissions.DEPLOY)
def restore(key: int, version: int) -> ResponseReturnValue:
    """Let a file be what it once was, also a deleted one."""
    path = services().project_files.restore(key, version, me())
    flash(_("'{path}' is weer zoals het was.").format(path=path))
    return redirect(url_for("projects.editor", key=key, path=path))


def _sent() -> bytes | None:
    """Return what an editor sent, to the byte: as a file, for the ends of lines in a field of a form are the browser's."""
    found = request.files.get("inhoud")
    if found is None:
        return None
    with found.stream:  # a large one lies in a file of its own
        content: bytes = found.read()
    return content


@projects.post("/ontwerpen/<int:key>/opslaan/<path:path>")
@needs(permissions.DEPLOY)
def save(key: int, path: str) -> ResponseReturnValue:
    """Save what an editor holds."""
    given, sent = request.form, _sent()
    if sent is None:
        raise InvalidInput(_("Er is geen inhoud gestuurd."), remedy=_("Probeer het opnieuw."))
    saved = services().project_files.save(
        key, path, sent, me(), base=given.get("begin", ""), token=given.get("venster", ""),
        note=given.get("opmerking", ""), by_hand="hand" in given,
    )  # fmt: skip
    return jsonify({"checksum": saved.checksum})


@projects.post("/ontwerpen/<int:key>/bevindingen/<path:path>")
@needs(permissions.DEPLOY)
def findings(key: int, path: str) -> ResponseReturnValue:
    """Say what is wrong with a file as an editor holds it, among the others of its project."""
    content = _sent() or b""
    found = services().projects.check(key, me(), path=path, content=content)
    check = WRONG.get(kind_of(path) or "")
    wrong = check(path, content) if check else []
    return jsonify({"findings": [*told(found), *wrong]})


def _wrong_story(path: str, content: bytes) -> list[dict[str, str]]:
    """Return what no scenario can say, as findings."""
    try:
        deployed.sent([(path, content)])
    except FlowError as error:
        return [{"severity": "error", "element_id": "", "message": error.message, "remedy": error.remedy, "page": ""}]
    return []


def _wrong_template(_path: str, content: bytes) -> list[dict[str, str]]:
    """Return what is wrong with element templates, as findings."""
    return [{"severity": "error" if one.is_grave else "warning", "element_id": "", "message": one.message, "remedy": one.remedy,
             "page": ""} for one in element_templates.read(content)[1]]  # fmt: skip


WRONG = {"scenario": _wrong_story, "template": _wrong_template}
"""How a file is looked at that stays in the project, by its kind."""


@projects.get("/ontwerpen/<int:key>/sjablonen")
@needs(permissions.DEPLOY)
def templates(key: int) -> Response:
    """The element templates that the editor of diagrams offers in a project."""
    return jsonify(services().projects.element_templates(key, me()))


@projects.post("/ontwerpen/<int:key>/openen/<path:path>")
@needs(permissions.DEPLOY)
def open_file(key: int, path: str) -> ResponseReturnValue:
    """Let a window have a file, and go on having it; or say who has it."""
    held = services().project_files.open(
        key, path, request.form.get("venster", ""), me(), take_over=bool(request.form.get("overnemen"))
    )
    return jsonify({"holder": None if held is None else held.holder, "self": held is not None and held.holder == me().username})


@projects.post("/ontwerpen/<int:key>/sluiten/<path:path>")
@needs(permissions.DEPLOY)
def close(key: int, path: str) -> ResponseReturnValue:
    """Let a file go."""
    services().project_files.close(key, path, request.form.get("venster", ""), me())
    return "", 204


@projects.post("/ontwerpen/<int:key>/verplaatsen/<path:path>")
@needs(permissions.DEPLOY)
def move(key: int, path: str) -> ResponseReturnValue:
    """Give a file another name or folder."""
    try:
        path = services().project_files.move(key, path, request.form.get("naam", ""), me())
    except FlowError as error:
        flash(str(error), "problem")
    return redirect(url_for("projects.editor", key=key, path=path))


@projects.post("/ontwerpen/<int:key>/kopie/<path:path>")
@needs(permissions.DEPLOY)
def copy(key: int, path: str) -> ResponseReturnValue:
    """Copy a file, or keep what an editor holds as another file."""
    sent = _sent()
    try:
        to = services().project_files.copy(key, path, request.form.get("naam", ""), me(), content=sent)
    except FlowError as error:
        if sent is not None:
            raise
        flash(str(error), "problem")
        return redirect(url_for("projects.editor", key=key, path=path))
    if sent is not None:
        return jsonify({"page": url_for("projects.editor", key=key, path=to)})
    return redirect(url_for("projects.editor", key=key, path=to))


@projects.post("/ontwerpen/<int:key>/verwijderen/<path:path>")
@needs(permissions.DEPLOY)
def delete(key: int, path: str) -> ResponseReturnValue:
    """Delete a file; the project's page offers it back."""
    try:
        services().project_files.delete(key, path, me())
    except FlowError as error:
        flash(str(error), "problem")
        return redirect(url_for("projects.editor", key=key, path=path))
    flash(_("'{path}' is verwijderd. Onder aan deze bladzijde kunt u het terughalen.").format(path=path))
    return redirect(url_for("projects.project", key=key))
