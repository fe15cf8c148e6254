"""Proefdraaien: a process of a project, or a deployed one, played step by step in a sandbox; kept as a scenario."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, cast

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from inburgering_flow import forms
from inburgering_flow.bpmn import reader
from inburgering_flow.clock import LEGAL_ZONE
from inburgering_flow.errors import DeploymentRejected, Finding, FlowError, InvalidInput, InvalidSubmission, NotFound
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel.render import short
from inburgering_flow.feel.values import kind as type_name
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.lint import is_sound
from inburgering_flow.model.plugin import StartForm
from inburgering_flow.model.runtime import ACTIVE, COMPLETED, TERMINATED
from inburgering_flow.model.trial_runs import TrialRun
from inburgering_flow.services.new_files import slug, unique
from inburgering_flow.services.resources import Resource
from inburgering_flow.services.tasks import Asked
from inburgering_flow.services.trials import read_value, read_values
from inburgering_flow.values import dump_value
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.answers import answers_to, sent_json
from inburgering_flow.web.display import roles
from inburgering_flow.web.files import file
from inburgering_flow.web.paging import whole
from inburgering_flow.workbench import deployed, invented
from inburgering_flow.workbench.gathering import FOLDER
from inburgering_flow.workbench.imitable import Imitable, imitable
from inburgering_flow.workbench.needed import needed
from inburgering_flow.workbench.scenarios import Runner, moment
from inburgering_flow.workbench.standing import OpenTask, Standing, explained, standing, values_of
from inburgering_flow.workbench.standins import person
from inburgering_flow.workbench.starting import Startable, startable
from inburgering_flow.workbench.trial import Played, unpacked

trying = Blueprint("trying", __name__)
CASE = "PROEF-1"
FIELD = "veld_"
"""What the names of the fields of a plain form begin with."""
COLLEAGUES = (1, 2)
"""Of each role two people can be played, so that what one may not judge of their own work can be tried."""
MOST_DAYS = 3660
STATES = {
    ACTIVE: N_("De zaak loopt."), COMPLETED: N_("De zaak is klaar."), TERMINATED: N_("De zaak is gestopt."),
}  # fmt: skip
DEEDS = {
    "taak": N_("Taak “{name}” gedaan door {who}"), "bericht": N_("Bericht “{name}” gekomen"),
    "signaal": N_("Signaal “{name}” gegeven"), "werk": N_("Werk “{name}” beantwoord"), "tot": N_("Tijd verstreken tot {name}"),
    "gegevens": N_("Gegevens veranderd: {name}"), "nabootsen": N_("Vanaf hier nagebootst: {name}"),
}  # fmt: skip
BEGUN = {
    "bericht": N_("De zaak is begonnen door het bericht “{name}”."),
    "signaal": N_("De zaak is begonnen door het signaal “{name}”."),
    "tijd": N_("De zaak is begonnen doordat het tijd was: {name}."),
    "voorwaarde": N_("De zaak is begonnen doordat een voorwaarde waar werd: {name}."),
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What is tried: the models of a project or those that are deployed, and where its pages are."""

    project_key: int | None
    title: str
    address: str
    own: Sequence[Resource]
    around: Sequence[Resource]


@trying.record_once
def _keep_sandboxes(state: BlueprintSetupState) -> None:
    """Give an application a place for the sandboxes of trial runs; their folders go when the program ends."""
    runs = Played(state.app.extensions["services"])
    state.app.extensions["trial runs"] = runs
    weakref.finalize(state.app, runs.close)


def played() -> Played:
    """Return the trial runs that this application plays."""
    return cast(Played, current_app.extensions["trial runs"])


# -- beginning one -------------------------------------------------------------------------------------------------------


@trying.route("/ontwerpen/<int:key>/proefdraaien", methods=["GET", "POST"])
@needs(permissions.DEPLOY)
def of_project(key: int) -> ResponseReturnValue:
    """Begin a trial run of a process in a project, with what is deployed for what the project has not."""
    view = services().projects.view(key, me())
    own = services().projects.resources(key, me())
    around = deployed.around(own, deployed.models(services()))
    return _begin(Source(key, view.project.name, url_for("projects.project", key=key), own, around))


@trying.route("/processen/<int:key>/proefdraaien", methods=["GET", "POST"])
@needs(permissions.SIMULATE)
def of_deployed(key: int) -> ResponseReturnValue:
    """Begin a trial run of a deployed process."""
    name, content = services().deployments.resource_of(key)
    own = [Resource(name, content)]
    around = deployed.with_files(deployed.models(services()), own)
    process = services().context.catalog.process(key)
    return _begin(Source(None, process.definition.name or process.process_id, url_for("designer.definitions"), own, around))


def _begin(source: Source) -> ResponseReturnValue:
    problems: list[Any] = []
    findings: Sequence[Finding] = ()
    try:
        found = startable(source.own, source.around, services().context.functions)
        wanted = request.values.get("bestand", "")
        found.sort(key=lambda one: one.resource != wanted)
    except FlowError as error:
        found, problems = [], [str(error)]
    chosen = next((one for one in found if one.id == request.values.get("proces")), found[0] if found else None)
    others = _others(chosen, source.own) if chosen is not None else []
    values: dict[str, Any] = {}
    if chosen is not None and request.method == "POST":
        try:
            story = _story(chosen, values, others)
            key = played().begin(
                needed(chosen.resource, source.around), story, me(), project_key=source.project_key,
                once=request.form.get("eenmalig", ""),
            )
            return redirect(url_for("trying.run", key=key))
        except InvalidSubmission as error:
            problems = list(error.problems)
        except DeploymentRejected as error:
            findings = [f for f in error.findings if f.severity == "error"]
        except FlowError as error:
            problems = [str(error)]
    status = 422 if request.method == "POST" else 200
    return _start_page(source, found, chosen, others, values, problems, findings), status


def _others(chosen: Startable, own: Sequence[Resource]) -> list[Imitable]:
    """Return what the processes in the designer's own files leave to others."""
    files = [one for one in own if one.kind == "bpmn"]
    drawn = {one.process_id: one for file in files for one in reader.read(file.content, name=file.name).processes}
    return imitable(chosen.process_id, drawn.get)


def _start_page(
    source: Source, found: Sequence[Startable], chosen: Startable | None, others: Sequence[Imitable], values: Mapping[str, Any],
    problems: Sequence[Any], findings: Sequence[Finding],
) -> str:  # fmt: skip
    schema = chosen.form if chosen is not None else None
    g.sources = forms.sources(schema) if schema else {}
    domain_form = _domain_form(chosen)
    now = services().clock.now().astimezone(LEGAL_ZONE)
    return render_template(
        "designer/trial_start.html", source=source, found=found, chosen=chosen, problems=problems, findings=findings,
        others=others, blocked=not is_sound(findings), fields=forms.questions(schema, {}, values) if schema else [],
        schema_json=dump_value(schema or {}), values_json=dump_value(values), given=request.form, domain_form=domain_form,
        runs=services().trial_runs.own(me()), invented=invented.EXAMPLES, case_number=CASE,
        with_person=services().context.domain.person is not None,
        person_ticked="persoon" in request.form if request.method == "POST" else bool(domain_form and domain_form.with_person),
        begins=request.form.get("begin") or now.strftime("%Y-%m-%dT%H:%M"),
    )  # fmt: skip


def _domain_form(chosen: Startable | None) -> StartForm | None:
    if chosen is None or chosen.form is not None or chosen.begins:
        return None
    return next((one for one in services().context.domain.start_forms if one.process_id == chosen.process_id), None)


def _story(chosen: Startable, values: dict[str, Any], others: Sequence[Imitable]) -> dict[str, Any]:
    """Return the beginning of a scenario as the page was filled in; the answers of a start form are put into ``values`` too."""
    domain = services().context.domain
    given = dict(read_values(request.form.get("gegevens", "")))
    domain_form = _domain_form(chosen)
    if domain_form is not None:
        nobody = person(domain.person) if domain.person is not None else {}
        problems = services().case_starts.missing(domain_form, {**nobody, **request.form})
        if problems:
            raise InvalidInput(" ".join(problems), remedy=_("Verander de antwoorden en stuur ze opnieuw."))
        given |= services().case_starts.values(domain_form, request.form, "medewerker")
    begins = _begins()
    if chosen.form is not None:
        given |= _of_start_form(chosen.form, values, begins)
    if domain.case_name is not None:
        given.setdefault(domain.case_name.variable, CASE)
        given[domain.case_name.variable] = given[domain.case_name.variable] or CASE
    story = {"naam": chosen.name, "klok": begins.isoformat(), "proces": chosen.process_id, "gegevens": given}
    if "persoon" in request.form and domain.person is not None:
        story["persoon"] = person(domain.person)
    if chosen.begins:
        key = {"sleutel": request.form.get("sleutel", "")} if "bericht" in chosen.begins else {}
        story["begint"] = {**chosen.begins, **key}
    mocks = _mocks(others)
    return {**story, "nabootsen": mocks} if mocks else story


def _of_start_form(schema: Mapping[str, Any], values: dict[str, Any], begins: datetime) -> dict[str, Any]:
    """Return the variables that the start form gives as it was filled in; its answers are put into ``values`` too."""
    answers = _answers(Asked(schema, dict), sent_json())
    files = invented.sent_by(answers)
    values.update(invented.as_sent(answers))
    outcome = forms.submit(schema, values, {}, context=FeelContext(begins, services().context.env.zone), files=files)
    for path, name in outcome.files.items():
        forms.put(outcome.variables, path, {invented.FILE: [file.name for file in files[name]]})
    return outcome.variables


def _answers(asked: Asked, sent: dict[str, Any] | None) -> dict[str, Any]:
    """Return what was submitted, with the names of the invented files that were chosen."""
    fields = {
        name: request.form.getlist(name) for name in request.form
        if name.startswith(FIELD) and set(request.form.getlist(name)) <= set(invented.EXAMPLES)
    }  # fmt: skip
    found: dict[str, Any] = invented.named(answers_to(asked, sent, fields), fields)
    return found


def _mocks(others: Sequence[Imitable]) -> dict[str, Any]:
    """Return what the page says is answered in place of others from the beginning."""
    found: dict[str, Any] = {}
    for one in others:
        text = request.form.get(f"bootst:{one.id}", "")
        if text.strip():
            answered = one.answered(read_value(text) if one.part == "beslissingen" else read_values(text))
            found.setdefault(one.part, {}).update(answered[one.part])
    return found


def _begins() -> datetime:
    text = request.form.get("begin", "")
    try:
        return moment(text).astimezone(LEGAL_ZONE) if text else services().clock.now().astimezone(LEGAL_ZONE)
    except ValueError:
        raise InvalidInput(
            _("Het begin is geen datum met een tijd."), remedy=_("Schrijf het als 2026-03-02T09:00.")
        ) from None


# -- playing -------------------------------------------------------------------------------------------------------------


@trying.get("/ontwerpen/proef/<int:key>")
@needs(permissions.SIMULATE)
def run(key: int) -> ResponseReturnValue:
    """Where a trial run stands, and what can be done."""
    return _run(key)


def _run(
    key: int, *, problems: Sequence[Any] = (), values: Mapping[str, Any] | None = None, status: int = 200, focus: str = "",
    expression: str = "",
) -> ResponseReturnValue:  # fmt: skip
    stored = services().trial_runs.get(key, me())
    trial, failure, shown, others = None, "", None, list[Imitable]()
    try:
        with played().at(key, me()) as (stored, live, runner):
            others = imitable(stored.story["proces"], live.sandbox.definition)
            shown = standing(runner, live.sandbox.flows, whole(request.values.get("proces")))
            if expression:
                trial = explained(runner, expression, values_of(runner))
    except DeploymentRejected as error:
        failure = " ".join(str(f) for f in error.findings if f.severity == "error")
    except FlowError as error:
        failure = str(error)
    chosen = _chosen(shown)
    schema, known = (chosen.asked.schema, chosen.asked.variables) if chosen is not None else (None, {})
    g.sources = forms.sources(schema) if schema else {}
    given = dict(values or {})
    names = shown.names if shown is not None else {}
    fields = forms.questions(schema, known, given) if schema else []
    focused = next((f.name for f in fields if f.can_change and focus and f"{f.name}.".startswith(f"{focus}.")), "")
    page = render_template(
        "designer/trial.html", run=stored, s=shown, failure=failure, problems=problems, chosen=chosen,
        fields=fields, schema_json=dump_value(schema or {}), values_json=dump_value({**known, **given}), focus=focused,
        people=_people(chosen) if chosen is not None else [], steps=[_said(step, names) for step in stored.steps],
        began=_began(stored.story), others=others, invented=invented.EXAMPLES, as_json=dump_value,
        documents=f"{url_for('trying.run', key=key)}/documenten/",
        given=request.form, trial=trial, expression=expression, short=short,
        stands=_(STATES.get(shown.detail.case.state, "")) if shown is not None else "",
        places=_places([job.type for job, _name in shown.jobs]) if shown is not None else [],
        types={name: type_name(value) for name, value in shown.values.items()} if shown is not None else {},
    )  # fmt: skip
    return page, status


def _places(types: Sequence[str]) -> list[int]:
    """Return for each piece of work the how manyeth of its type it is."""
    return [types[: number + 1].count(one) for number, one in enumerate(types)]


def _chosen(shown: Standing | None) -> OpenTask | None:
    """Return the open task whose form is shown: the one that is named, else the first."""
    if shown is None or not shown.tasks:
        return None
    wanted = (request.values.get("taak", ""), whole(request.values.get("de")) or 1)
    return next((one for one in shown.tasks if (one.task.element_id, one.place) == wanted), shown.tasks[0])


def _people(chosen: OpenTask) -> list[tuple[str, str]]:
    """Return who can be played for a task as (account, what it is called): those it is for before all others."""
    task = chosen.task
    named = [*([task.assignee] if task.assignee else []), *task.candidate_users]
    every = [*task.candidate_groups, *(name for name in services().context.roles if name not in task.candidate_groups)]
    return [(name, name) for name in dict.fromkeys(named)] + [
        (f"{role}-{number}", _("{role}, collega {number}").format(role=roles([role]), number=number))
        for role in every for number in COLLEAGUES
    ]  # fmt: skip


def _said(step: Mapping[str, Any], names: Mapping[str, str]) -> str:
    [kind] = [name for name in DEEDS if name in step]
    if kind in ("gegevens", "nabootsen"):
        return _(DEEDS[kind]).format(name=", ".join(_names_in(step[kind], kind)))
    value = str(step[kind])
    if kind == "tot":
        value = moment(value).astimezone(LEGAL_ZONE).strftime("%d-%m-%Y %H:%M")
    return _(DEEDS[kind]).format(name=names.get(value, value), who=step.get("door", ""))


def _names_in(said: Mapping[str, Any], kind: str) -> list[str]:
    return sorted(said) if kind == "gegevens" else sorted(name for part in said.values() for name in part)


def _began(story: Mapping[str, Any]) -> list[str]:
    """Return how a run began, in sentences."""
    begins = story.get("begint") or {}
    said = [_(BEGUN[kind]).format(name=name) for kind, name in begins.items() if kind in BEGUN] or [_("De zaak is gestart.")]
    names = _names_in(story.get("nabootsen") or {}, "nabootsen")
    return said + ([_("Nagebootst: {name}.").format(name=", ".join(names))] if names else [])


def _turn() -> int:
    found = whole(request.form.get("beurt"))
    return -1 if found is None else found


def _do(key: int, step: Mapping[str, Any]) -> ResponseReturnValue:
    try:
        played().do(key, _turn(), step, me())
    except FlowError as error:
        return _run(key, problems=[str(error)], status=error.status)
    return redirect(url_for("trying.run", key=key))


@trying.post("/ontwerpen/proef/<int:key>/taak")
@needs(permissions.SIMULATE)
def task(key: int) -> ResponseReturnValue:
    """Do a task as somebody."""
    sent, values = sent_json(), dict[str, Any]()
    try:
        with played().at(key, me()) as (_stored, _live, runner):
            found = _open_task(runner)
            typed = read_values(request.form.get("met", "")) if found.asked.schema is None else _answers(found.asked, sent)
            values.update(invented.as_sent(typed))
    except NotFound:
        raise
    except FlowError as error:  # a page that is not the newest, or JSON that cannot be read: the run is shown as it stands
        return _run(key, problems=[str(error)], status=422)
    who = request.form.get("door", "")
    step: dict[str, Any] = {"taak": found.task.element_id, "door": who}
    if typed:
        step["met"] = typed
    if found.place > 1:
        step["de"] = found.place
    try:
        _check_role(found, who)
        played().do(key, _turn(), step, me())
    except InvalidSubmission as error:
        return _run(key, problems=error.problems, values=values, status=422)
    except FlowError as error:
        return _run(key, problems=[str(error)], values=values, status=error.status)
    return redirect(url_for("trying.run", key=key))


def _open_task(runner: Runner) -> OpenTask:
    shown = standing(runner, set())
    found = _chosen(shown)
    if found is None or found.task.element_id != request.form.get("taak"):
        raise InvalidInput(_("Deze taak staat niet (meer) open."), remedy=_("Kijk waar de proef nu staat."))
    return found


def _check_role(found: OpenTask, who: str) -> None:
    """Raise InvalidInput where the role that is played would not get the task."""
    task = found.task
    known = {account for account, _name in _people(found)}
    if who not in known:
        raise InvalidInput(_("Kies wie de taak doet."), remedy=_("Kies iemand uit de lijst."))
    role = who.rpartition("-")[0]
    restricted = task.candidate_groups or task.candidate_users
    if restricted and who not in task.candidate_users and role not in task.candidate_groups and who != task.assignee:
        raise InvalidInput(
            _("Deze taak is voor {whom}. Iemand met de rol {role} krijgt hem niet.").format(
                whom=roles(task.candidate_groups) or ", ".join(task.candidate_users), role=roles([role])
            ),
            remedy=_("Kies een ander, of verander in het diagram voor wie de taak is."),
        )


@trying.post("/ontwerpen/proef/<int:key>/lijst")
@needs(permissions.SIMULATE)
def rearrange(key: int) -> ResponseReturnValue:
    """Add an item to a list of the plain form, or take one out, and show the form again."""
    with played().at(key, me()) as (_stored, _live, runner):
        asked = _open_task(runner).asked
    values, focus = ({}, "") if asked.schema is None else forms.rearrange_plain(
        asked.schema, asked.variables, request.form, request.form.get("toevoegen", ""), request.form.get("verwijderen", "")
    )  # fmt: skip
    return _run(key, values=values, focus=focus)


@trying.post("/ontwerpen/proef/<int:key>/werk")
@needs(permissions.SIMULATE)
def work(key: int) -> ResponseReturnValue:
    """Answer open work as the worker who is not here."""
    step: dict[str, Any] = {"werk": request.form.get("werk", "")}
    place = whole(request.form.get("de")) or 1
    if place > 1:
        step["de"] = place
    how = request.form.get("hoe", "met")
    code, reason = request.form.get("fout", "").strip(), request.form.get("storing", "").strip()
    try:
        values = read_values(request.form.get("met", ""))
        if how == "fout" and not code:
            raise InvalidInput(_("Een BPMN-fout heeft een code."), remedy=_("Vul de code in die in het diagram staat."))
    except FlowError as error:
        return _run(key, problems=[str(error)], status=422)
    if how == "storing":
        step["storing"] = reason or _("Het werk is mislukt.")
    else:
        step |= {"fout": code} if how == "fout" else {}
        step |= {"met": dict(values)} if values else {}
    return _do(key, step)


@trying.post("/ontwerpen/proef/<int:key>/bericht")
@needs(permissions.SIMULATE)
def message(key: int) -> ResponseReturnValue:
    """Let a message or a signal come that the run waits for."""
    number = whole(request.form.get("wacht"))
    try:
        values = read_values(request.form.get("met", ""))
        with played().at(key, me()) as (stored, live, runner):
            waits = standing(runner, live.sandbox.flows).waits
        if stored.turn != _turn() or number is None or number >= len(waits):
            raise InvalidInput(_("Hierop wordt niet (meer) gewacht."), remedy=_("Kijk waar de proef nu staat."))
        waited = waits[number]
        if waited.condition is not None and not values:
            raise InvalidInput(_("Er verandert niets."), remedy=_("Schrijf welke gegevens veranderen, en waarin."))
    except FlowError as error:
        return _run(key, problems=[str(error)], status=error.status)
    if waited.condition is not None:
        return _do(key, {"gegevens": dict(values), **waited.step})
    return _do(key, {**waited.step, **({"met": dict(values)} if values else {})})


@trying.post("/ontwerpen/proef/<int:key>/nabootsen")
@needs(permissions.SIMULATE)
def imitate(key: int) -> ResponseReturnValue:
    """Answer from now on in place of a called process, a decision or a worker."""
    try:
        with played().at(key, me()) as (stored, live, _runner):
            others = imitable(stored.story["proces"], live.sandbox.definition)
        one = next((one for one in others if one.id == request.form.get("wie")), None)
        if one is None:
            raise InvalidInput(_("Dit kan niet worden nagebootst."), remedy=_("Kies iets uit de lijst."))
        text, code = request.form.get("antwoord", ""), request.form.get("fout", "").strip()
        if code and one.part != "werk":
            raise InvalidInput(_("Alleen werk eindigt met een BPMN-fout."), remedy=_("Laat de code leeg."))
        if one.part == "beslissingen" and not text.strip():
            raise InvalidInput(
                _("De beslissing heeft nog geen uitkomst."), remedy=_("Schrijf die als JSON, bijvoorbeeld true of 250.")
            )
        answer = read_value(text) if one.part == "beslissingen" else read_values(text)
    except FlowError as error:
        return _run(key, problems=[str(error)], status=error.status)
    return _do(key, {"nabootsen": one.answered(answer, code)})


@trying.get("/ontwerpen/proef/<int:key>/documenten/<int:document>")
@needs(permissions.SIMULATE)
def document(key: int, document: int) -> ResponseReturnValue:
    """A letter or a file of a trial run, which is in its sandbox and nowhere else."""
    with played().at(key, me()) as (_stored, _live, runner):
        row, content = runner.platform.services.documents.content(document)
    return file(content, row.name, row.media_type)


@trying.post("/ontwerpen/proef/<int:key>/tijd")
@needs(permissions.SIMULATE)
def time(key: int) -> ResponseReturnValue:
    """Let time pass: to a moment, or some days."""
    try:
        with played().at(key, me()) as (_stored, _live, runner):
            now = runner.platform.clock.now()
        until = _until(now)
    except FlowError as error:
        return _run(key, problems=[str(error)], status=error.status)
    return _do(key, {"tot": until.astimezone(LEGAL_ZONE).isoformat()})


def _until(now: datetime) -> datetime:
    if request.form.get("tot"):
        try:
            found = moment(request.form["tot"])
        except ValueError:
            raise InvalidInput(_("Dit is geen moment."), remedy=_("Kies een termijn uit de lijst.")) from None
    else:
        days = whole(request.form.get("dagen")) or 0
        if not 0 < days <= MOST_DAYS:
            raise InvalidInput(
                _("Zoveel dagen kunnen niet verstrijken."),
                remedy=_("Vul een getal in van 1 tot en met {most}.").format(most=MOST_DAYS),
            )
        found = now.astimezone(LEGAL_ZONE) + timedelta(days=days)
    if not now <= found <= now + timedelta(days=MOST_DAYS):
        raise InvalidInput(_("De tijd gaat alleen vooruit, en niet meer dan tien jaar."), remedy=_("Kies een eerder moment."))
    return found


@trying.post("/ontwerpen/proef/<int:key>/terug")
@needs(permissions.SIMULATE)
def back(key: int) -> ResponseReturnValue:
    """Go back to before a step, to choose otherwise."""
    left = whole(request.form.get("over"))
    if left is None:
        raise InvalidInput(_("Kies een stap."), remedy=_("Kies hem uit de lijst."))
    try:
        played().back(key, _turn(), left, me())
    except FlowError as error:
        return _run(key, problems=[str(error)], status=error.status)
    return redirect(url_for("trying.run", key=key))


@trying.post("/ontwerpen/proef/<int:key>/expressie")
@needs(permissions.SIMULATE)
def expression(key: int) -> ResponseReturnValue:
    """Explain an expression with the variables of the run."""
    text = request.form.get("expressie", "").strip()[:10_000]
    if not text:
        return _run(key, problems=[_("Schrijf eerst een expressie.")], status=422)
    return _run(key, expression=text)


# -- keeping -------------------------------------------------------------------------------------------------------------


@trying.post("/ontwerpen/proef/<int:key>/bewaren")
@needs(permissions.SIMULATE)
def keep(key: int) -> ResponseReturnValue:
    """Keep a trial run as a scenario: in its project, or as a file."""
    name = request.form.get("naam", "").strip()
    try:
        if not name:
            raise InvalidInput(_("Het scenario heeft nog geen naam."), remedy=_("Schrijf in één zin wat er gebeurt."))
        stored = services().trial_runs.get(key, me())
        text = played().kept(key, name, me())
        if "bestand" in request.form or stored.project_key is None:
            return _download(name, text)
        path = _put(stored, name, text)
    except FlowError as error:
        return _run(key, problems=[str(error)], status=error.status)
    flash(_("Het scenario staat in het project, in '{path}'. Het is gespeeld en het klopt.").format(path=path))
    return redirect(url_for("trying.run", key=key))


def _download(name: str, text: str) -> Response:
    return file(text.encode(), f"{slug(name)}.yaml", "text/yaml; charset=utf-8")


def _put(stored: TrialRun, name: str, text: str) -> str:
    assert stored.project_key is not None
    view = services().projects.view(stored.project_key, me())
    there = {one.path.lower() for one in view.files}
    tried = startable(unpacked(stored.files), ())
    diagram = next(one.resource for one in tried if one.process_id == stored.story["proces"])
    folder = (PurePosixPath(diagram).parent / FOLDER).as_posix()
    free = unique(slug(name), lambda one: f"{folder}/{one}.yaml".lower() in there)
    [path] = services().projects.take_in(stored.project_key, [(f"{free}.yaml", text.encode())], me(), folder=folder)
    return path


@trying.post("/ontwerpen/proef/<int:key>/weg")
@needs(permissions.SIMULATE)
def remove(key: int) -> ResponseReturnValue:
    """Throw a trial run away."""
    stored = services().trial_runs.get(key, me())
    services().trial_runs.remove(key, me())
    flash(_("De proef is weg. Scenario's die u bewaarde, blijven."))
    if stored.project_key is None:
        return redirect(url_for("designer.definitions"))
    return redirect(url_for("projects.project", key=stored.project_key))
