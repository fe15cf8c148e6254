"""Bewijzen: scenarios played on what is deployed, how good they are, and finished cases played again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import DeploymentRejected, InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.project import deployed_kind, kind_of
from inburgering_flow.services.resources import Resource
from inburgering_flow.store.definitions import DefinitionRow
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.workbench import deployed
from inburgering_flow.workbench.coverage import Covered
from inburgering_flow.workbench.gathering import ENDINGS
from inburgering_flow.workbench.mutate import KILLED, SURVIVED, UNTOUCHED, Score, score
from inburgering_flow.workbench.proving import Proof, prove
from inburgering_flow.workbench.regression import again, finished, newest

proving = Blueprint("proving", __name__)
MUTANTS = 60
"""Changes that are drawn for one look at how good scenarios are."""
CASES = 25
"""Finished cases that are played again at once."""
KINDS = {"element": N_("onderdelen"), "flow": N_("pijlen"), "rule": N_("regels")}
WHY = {
    "condition": N_("Een zaak zou een andere weg gaan, en geen scenario zegt welke weg goed is."),
    "default": N_("Wat nergens bij past, zou een andere weg gaan, en geen scenario zegt welke weg goed is."),
    "timer": N_("Iets zou op een ander moment gebeuren, en geen scenario wacht er op de dag af op."),
    "message": N_("Een bericht zou niet worden gehoord, en geen scenario stuurt het als het ertoe doet."),
    "group": N_("Iemand anders zou de taak krijgen, en geen scenario zegt voor wie hij is."),
    "assignment": N_("Een gegeven zou leeg blijven, en geen scenario zegt wat het moet zijn."),
    "policy": N_("De tabel zou iets anders geven als er meer regels passen, en geen scenario laat dat gebeuren."),
    "input": N_("De regel zou in andere gevallen gelden, en geen scenario staat aan die kant van de grens."),
    "output": N_("De uitkomst zou anders zijn, en geen scenario zegt wat die moet zijn."),
}  # fmt: skip
"""Kind of change → why it matters that no scenario notices it."""


@dataclass(frozen=True)
class Shown:
    """The diagram that a result is about: its deployed definition, or the file that was sent."""

    process_id: str
    name: str
    key: int | None
    xml: str
    marks: Mapping[str, Any]


@proving.get("/ontwerpen/bewijzen")
@needs(permissions.SIMULATE)
def overview() -> ResponseReturnValue:
    """The processes with scenarios, and scenarios of one's own."""
    return _overview()


def _overview(problem: str = "", status: int = 200) -> ResponseReturnValue:
    counted = Counter(str(one.content["proces"]) for one in deployed.scenarios(services()))
    rows = [(row, counted[row.id]) for row in services().deployments.newest("process")]
    rows.sort(key=lambda one: not one[1])  # those with scenarios first
    return render_template("proving/overview.html", rows=rows, problem=problem), status


@proving.post("/ontwerpen/bewijzen/spelen")
@needs(permissions.SIMULATE)
def play() -> ResponseReturnValue:
    """Play the scenarios of a deployed process, or those that were sent, on what is deployed and the models that were sent."""
    process_id = request.form.get("proces", "")
    try:
        models, stories = _sent()
        if process_id and not stories:
            found = deployed.of_process(services(), process_id)
            scenarios, own = list(found.scenarios), found.own
        else:
            scenarios, own = deployed.sent(stories), frozenset(one.name for one in models)
        if not scenarios:
            raise InvalidInput(_("Er zijn geen scenario's om te spelen."), remedy=_("Stuur een scenario mee."))
        with deployed.one_at_a_time():
            resources = deployed.with_files(deployed.models(services()), models)
            proof = prove(resources, scenarios, own, seconds=deployed.SECONDS, plugins=services().context.domain.plugins)
    except DeploymentRejected as error:
        return _overview(" ".join(str(f) for f in error.findings if f.severity == "error"), 422)
    except InvalidInput as error:
        return _overview(str(error), 422)
    about = process_id or str(scenarios[0].content["proces"])
    shown = _shown(about, resources, _walked(proof, about))
    return render_template("proving/proof.html", proof=proof, shown=shown, kinds=KINDS, about=about, tables=_tables(proof))


@proving.post("/ontwerpen/<int:key>/bewijzen")
@needs(permissions.DEPLOY)
def project(key: int) -> ResponseReturnValue:
    """Play the scenarios of a project on its own models, and on what is deployed for what it has not."""
    contents = services().projects.contents(key, me())
    own = [Resource(path, content) for path, content in contents if deployed_kind(path)]
    try:
        scenarios = deployed.sent([(path, content) for path, content in contents if kind_of(path) == "scenario"])
        if not scenarios:
            raise InvalidInput(_("Dit project heeft nog geen scenario’s."), remedy=_("Begin een nieuw bestand van die soort."))
        with deployed.one_at_a_time():
            resources = deployed.around(own, deployed.models(services()))
            proof = prove(resources, scenarios, frozenset(one.name for one in own), seconds=deployed.SECONDS)
    except (DeploymentRejected, InvalidInput) as error:
        flash(str(error), "problem")
        return redirect(url_for("projects.project", key=key))
    about = str(scenarios[0].content["proces"])
    shown = _shown(about, resources, _walked(proof, about))
    return render_template("proving/proof.html", proof=proof, shown=shown, kinds=KINDS, about=about, tables=_tables(proof))


def _sent() -> tuple[list[Resource], list[tuple[str, bytes]]]:
    """Return the models and the scenarios that were sent; raises InvalidInput for any other file."""
    models, stories = [], []
    for file in request.files.getlist("bestanden"):
        if not file.filename:
            continue
        name = PurePosixPath(file.filename.replace("\\", "/")).name
        if deployed_kind(name) is not None:
            models.append(Resource(name, file.read()))
        elif name.endswith(ENDINGS):
            stories.append((name, file.read()))
        else:
            raise InvalidInput(
                _("{name} is geen scenario en geen model.").format(name=name),
                remedy=_("Kies bestanden die eindigen op .yaml, .bpmn, .dmn of .form."),
            )
    return models, stories


def _walked(proof: Proof, process_id: str) -> Mapping[str, Any]:
    """Return how many scenarios walked each part of a process, as marks on its diagram."""
    found = next((one for one in proof.coverage if (one.model.kind, one.model.id) == ("process", process_id)), None)
    if found is None:
        return {}
    return {"walked": dict(found.counts), "missed": [part.id for part in found.missed]}


def _tables(proof: Proof) -> Sequence[Covered]:
    return [one for one in proof.coverage if one.model.kind == "decision"]


def _shown(process_id: str, resources: Sequence[Resource], marks: Mapping[str, Any]) -> Shown | None:
    """Return the diagram of a process: as it is deployed, or as it was sent."""
    row = _newest(process_id)
    if row is not None:
        name, content = services().deployments.resource_of(row.key)
        if any(one.name == name and one.content == content for one in resources):
            return Shown(process_id, row.name or process_id, row.key, "", marks)
    wanted = f'id="{process_id}"'.encode()
    for one in resources:
        if one.kind == "bpmn" and wanted in one.content:
            return Shown(process_id, process_id, None, one.content.decode("utf-8", errors="replace"), marks)
    return None


def _newest(process_id: str) -> DefinitionRow | None:
    return next((row for row in services().deployments.newest("process") if row.id == process_id), None)


@proving.post("/ontwerpen/bewijzen/veranderen")
@needs(permissions.SIMULATE)
def mutate() -> ResponseReturnValue:
    """Change small things in a deployed process, and show which changes no scenario notices."""
    process_id = request.form.get("proces", "")
    found = deployed.of_process(services(), process_id)
    try:
        if not found.scenarios:
            raise InvalidInput(_("Er zijn geen scenario's om te spelen."), remedy=_("Schrijf er eerst een."))
        with deployed.one_at_a_time():
            scored = score(found, most=MUTANTS, seconds=deployed.SECONDS, plugins=services().context.domain.plugins)
    except InvalidInput as error:
        return _overview(str(error), 422)
    left = [one for state in (SURVIVED, UNTOUCHED) for one in scored.of(state)]
    shown = _shown(process_id, found.resources, _unnoticed(scored, process_id))
    return render_template(
        "proving/score.html", scored=scored, left=left, shown=shown, why=WHY, killed=len(scored.of(KILLED)), untouched=UNTOUCHED
    )


def _unnoticed(scored: Score, process_id: str) -> Mapping[str, Any]:
    """Return how many changes at each place of a process nobody noticed, as marks on its diagram."""
    there = Counter(
        one.mutant.element for one in scored.verdicts if one.state != KILLED and one.mutant.model == process_id
    )
    return {"unnoticed": dict(there)}


@proving.route("/ontwerpen/bewijzen/zaken/<int:key>", methods=["GET", "POST"])
@needs(permissions.SIMULATE)
def cases(key: int) -> ResponseReturnValue:
    """Finished cases of a process: play them again on their own version, the newest, or the files that were sent."""
    process = services().context.catalog.process(key)
    done, problem, seen = None, "", bool(me().sees)
    if request.method == "POST":
        try:
            done = _again(process.process_id, seen)
        except DeploymentRejected as error:
            problem = " ".join(str(f) for f in error.findings if f.severity == "error")
        except InvalidInput as error:
            problem = str(error)
    names = {e.id: e.name for e in process.elements.values() if e.name}
    return render_template(
        "proving/cases.html", process=process, key=key, done=done, problem=problem, seen=seen, names=names, most=CASES
    ), 422 if problem else 200  # fmt: skip


def _again(process_id: str, seen: bool) -> list[Any]:
    models, stories = _sent()
    if stories:
        raise InvalidInput(_("Hier worden zaken gespeeld, geen scenario's."), remedy=_("Stuur alleen modellen mee."))
    on: list[Resource] = []
    if models or request.form.get("op") == "nieuwste":
        on = deployed.with_files(deployed.models(services()), models)
    actor = me()
    found = (finished if seen else newest)(services(), process_id, actor, CASES)
    with deployed.one_at_a_time():
        return list(again(services(), found, actor, on, seconds=deployed.SECONDS, anonymous=not seen))
