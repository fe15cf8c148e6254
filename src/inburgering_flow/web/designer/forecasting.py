"""Vooruitblik: what a process will do in the coming weeks, with other staff, rules or terms if one likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from inburgering_flow.analysis.bands import Band
from inburgering_flow.analysis.office import Group
from inburgering_flow.analysis.weeks import BY_ROLE, COUNTED, LOAD, name_of
from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.i18n import N_, _, language
from inburgering_flow.model import permissions
from inburgering_flow.model.forecasts import DONE, FAILED, RUNNING, STOPPED, KeptForecast
from inburgering_flow.model.project import kind_of
from inburgering_flow.services.disclosure.counts import SMALL, SMALLEST, counts_exactly
from inburgering_flow.services.resources import Resource
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import number
from inburgering_flow.workbench import assumed, deployed
from inburgering_flow.workbench.forecasting import Forecasting
from inburgering_flow.workbench.forecasts import FUTURES, Assumptions
from inburgering_flow.workbench.histories import MOST_WEEKS, History, Measured, examples, history, measure

forecasting = Blueprint("forecasting", __name__)
STATES = {RUNNING: N_("bezig"), DONE: N_("klaar"), FAILED: N_("mislukt"), STOPPED: N_("gestopt")}
SAID = {
    "begun": N_("Zaken begonnen"), "finished": N_("Zaken klaar"), "running": N_("Lopende zaken aan het eind"),
    "missed": N_("Termijnen gemist"),
}  # fmt: skip
FIGURES = (*BY_ROLE, LOAD)
SHORT = {
    "done": N_("Gedaan"), "open": N_("Open aan het eind"), "wait": N_("Dagen per taak"), "late": N_("Te laat"),
    "load": N_("Bezetting"),
}  # fmt: skip
EMPTY_ROWS = 2
FEW = 2.0
"""Open tasks up to which a picture shows nothing that the table does not."""
WEEKS = 12


@forecasting.record_once
def _compute(state: BlueprintSetupState) -> None:
    """Give an application what computes its forecasts."""
    state.app.extensions["forecasting"] = Forecasting(state.app.extensions["services"])


def computing() -> Forecasting:
    """Return what computes forecasts for this application."""
    return cast(Forecasting, current_app.extensions["forecasting"])


@dataclass(frozen=True)
class Choice:
    """A gateway with its flows as (id, where it leads), or a timer with what is drawn, of a process that is part of it."""

    place: str
    process: str
    name: str
    flows: Sequence[tuple[str, str]] = ()
    drawn: str = ""


@dataclass(frozen=True)
class Models:
    """What a forecast is about: a project, or what is deployed; ``own`` are the files of the project."""

    project_key: int | None
    title: str
    own: Sequence[Resource]
    every: Sequence[Resource]


@forecasting.get("/ontwerpen/vooruitblik")
@needs(permissions.SIMULATE)
def overview() -> ResponseReturnValue:
    """The forecasts that were made, and of what a new one can be: those that begin on their own first."""
    found = services().forecasts.newest(me())
    rows = sorted(services().deployments.newest("process"), key=lambda row: row.name.lower())
    own = {form.process_id for form in services().context.domain.start_forms}
    rows.sort(key=lambda row: row.id not in own)
    names = {row.id: row.name for row in rows}
    choices = [(row.id, row.name) for row in rows]
    return render_template("designer/forecasts.html", found=found, choices=choices, names=names, states=STATES, project=None)


@forecasting.get("/ontwerpen/<int:project>/vooruitblik")
@needs(permissions.DEPLOY)
def of_project(project: int) -> ResponseReturnValue:
    """Choose a process of a project: what the project has takes the place of what is deployed."""
    view = services().projects.view(project, me())
    own = services().projects.resources(project, me())
    choices = [
        (process.process_id, process.name or process.process_id)
        for one in own if one.kind == "bpmn" for process in reader.read(one.content, name=one.name).processes
    ]  # fmt: skip
    return render_template(
        "designer/forecasts.html", found=[], choices=choices, names={}, states=STATES, project=view.project
    )


@forecasting.route("/ontwerpen/vooruitblik/nieuw", methods=["GET", "POST"])
@needs(permissions.SIMULATE)
def new() -> ResponseReturnValue:
    """Say what is assumed, and begin."""
    before, problem = _before(), ""
    process_id = request.values.get("proces", "") or ("" if before is None else before.process_id)
    if not process_id:
        return redirect(url_for("forecasting.overview"))
    models = _models()
    processes = _processes(models, process_id)
    if request.method == "POST":
        try:
            return redirect(url_for("forecasting.shown", key=_begun(models, process_id)))
        except FlowError as error:
            problem = str(error)
    measured = measure(services(), process_id, me())
    made = next((f for f in services().forecasts.newest(me()) if f.process_id == process_id and f.state == DONE), None)
    page = render_template(
        "designer/forecast_new.html", process_id=process_id, name=_name(processes, process_id), problem=problem, models=models,
        measured=measured, given=_given(measured, before), gateways=_gateways(processes), timers=_timers(processes),
        shares=made.outcome.get("shares", {}) if made is not None else {}, most_weeks=MOST_WEEKS,
    )  # fmt: skip
    return page, 422 if problem else 200


@forecasting.get("/ontwerpen/vooruitblik/<int:key>")
@needs(permissions.SIMULATE)
def shown(key: int) -> ResponseReturnValue:
    """How far a forecast has come, what it found, and another beside it."""
    found = services().forecasts.get(key, me())
    ready = [f for f in services().forecasts.newest(me()) if f.state == DONE and f.key != key]
    others = [f for f in ready if f.process_id == found.process_id]
    beside = next((f for f in others if str(f.key) == request.args.get("naast")), None)
    names = {row.id: row.name for row in services().deployments.newest("process")}
    return render_template(
        "designer/forecast.html", found=found, states=STATES, others=others, beside=beside, names=names,
        cases=_lines(found, beside, "", COUNTED) if found.state == DONE else [],
        by_role=[(role, _lines(found, beside, role, FIGURES)) for role in found.outcome.get("roles", ())],
        running=_counted(found.outcome.get("running", 0)), unplayed=_counted(found.outcome.get("unplayed", 0)),
        figures=FIGURES, said=SAID, short=SHORT, pictures=_pictures(found),
    )  # fmt: skip


@forecasting.post("/ontwerpen/vooruitblik/<int:key>/stoppen")
@needs(permissions.SIMULATE)
def stop(key: int) -> ResponseReturnValue:
    """Stop a forecast."""
    services().forecasts.stop(key, me())
    return redirect(url_for("forecasting.shown", key=key))


# -- what it is about ------------------------------------------------------------------------------------------------------


def _models() -> Models:
    key = request.values.get("project", type=int)
    every = deployed.models(services())
    if key is None:
        return Models(None, "", (), every)
    me().require(permissions.DEPLOY)
    own = services().projects.resources(key, me())
    return Models(key, services().projects.view(key, me()).project.name, own, deployed.around(own, every))


def _before() -> KeptForecast | None:
    """Return the forecast of which the assumptions are where this one begins."""
    key = request.args.get("vanaf", type=int)
    return None if key is None else services().forecasts.get(key, me())


def _processes(models: Models, process_id: str) -> list[ProcessDefinition]:
    """Return a process and those that it calls, in the order in which they are met; raises InvalidInput where there is none."""
    every = {
        process.process_id: process
        for one in models.every if one.kind == "bpmn" for process in reader.read(one.content, name=one.name).processes
    }  # fmt: skip
    if process_id not in every:
        raise InvalidInput(_("Dit proces is er niet."), remedy=_("Kies er een uit de lijst."))
    found = [process_id]
    for id in found:  # it grows
        names = [e.called_process for e in every[id].elements.values() if e.called_process is not None]
        found += dict.fromkeys(name.source for name in names if name.source in every and name.source not in found)
    return [every[id] for id in found]


def _name(processes: Sequence[ProcessDefinition], process_id: str) -> str:
    return next((one.name for one in processes if one.process_id == process_id), "") or process_id


def _gateways(processes: Sequence[ProcessDefinition]) -> list[Choice]:
    found = []
    for process in processes:
        for element in process.elements.values():
            if element.kind == "exclusiveGateway" and len(element.outgoing) > 1:
                flows = [(f.id, f.name or process.elements[f.target].name or f.target) for f in element.outgoing]
                place = f"{process.process_id}/{element.id}"
                found.append(Choice(place, process.name or process.process_id, element.name or element.id, flows))
    return found


def _timers(processes: Sequence[ProcessDefinition]) -> list[Choice]:
    found = []
    for process in processes:
        for element in process.elements.values():
            event = element.event
            if event is not None and event.kind == "timer" and event.expression is not None:
                drawn = f"{'=' if event.expression.is_expression else ''}{event.expression.source}"
                name = element.name or element.id
                found.append(Choice(f"{process.process_id}/{element.id}", process.name or process.process_id, name, (), drawn))
    return found


# -- what is assumed -------------------------------------------------------------------------------------------------------


def _given(measured: Measured, before: KeptForecast | None) -> dict[str, Any]:
    """Return what the fields hold: what was sent, else what was assumed before, else what was measured."""
    if request.method == "POST":
        rows = list(zip(*(request.form.getlist(name) for name in ("rollen", "mensen", "uren")), strict=False))
        minutes = dict(zip(request.form.getlist("rol"), request.form.getlist("minuten"), strict=False))
        found = {name: request.form.get(name, "") for name in ("naam", "weken", "toekomsten", "instroom")}
        fields = {name: value for name, value in request.form.items() if name.startswith(("deel_", "tijd_"))}
        return {**found, "groups": rows, "minutes": minutes, "fields": fields}
    old = before.given if before is not None else {}
    groups = [(tuple(r), p, h) for r, p, h in old["groups"]] if old.get("groups") else [
        (g.roles, g.people, g.hours) for g in measured.groups
    ]  # fmt: skip
    rows = [("+".join(roles), f"{people}", _typed(hours)) for roles, people, hours in groups] + [("", "", "")] * EMPTY_ROWS
    minutes = {role: _typed(value) for role, value in {**measured.minutes, **old.get("minutes", {})}.items()}
    fields = {f"deel_{place}/{flow}": _typed(w) for place, one in old.get("shares", {}).items() for flow, w in one.items()}
    fields |= {f"tijd_{place}": text for place, text in old.get("timers", {}).items()}
    arrivals = old.get("arrivals")
    return {
        "naam": "", "weken": old.get("weeks", WEEKS), "toekomsten": old.get("futures", FUTURES),
        "instroom": "" if arrivals is None else _typed(arrivals), "groups": rows, "minutes": minutes, "fields": fields,
    }  # fmt: skip


def _typed(value: float) -> str:
    """Return a number as it is typed in the reader's language."""
    text = f"{float(value):g}"
    return text.replace(".", ",") if language() == "nl" else text


def _begun(models: Models, process_id: str) -> int:
    """Begin the forecast that the form asks for; return its key."""
    computing().require_free()
    given = _assumptions()
    past = _past(models, process_id, given)
    if models.own and past.process_id == process_id and past.arrivals:
        given = Assumptions(**{**given.__dict__, "resources": models.own})
    every = deployed.models(services()) if given.resources else models.every
    plain = assumed.plain(given) | ({"project": models.project_key} if models.project_key is not None else {})
    key, is_new = services().forecasts.begin(
        process_id, request.form.get("naam", ""), plain, given.futures, me(), once=request.form.get("eenmalig", "")
    )
    if is_new:
        computing().begin(key, past, given, every)
    return key


def _past(models: Models, process_id: str, given: Assumptions) -> History:
    """Return the cases of the past, or the scenarios of the project where there are none yet."""
    try:
        return history(services(), process_id, me())
    except InvalidInput:
        if models.project_key is None:
            raise
    files = services().projects.contents(models.project_key, me())
    found = deployed.sent([(path, content) for path, content in files if kind_of(path) == "scenario"])
    own = [one for one in found if one.content["proces"] == process_id]
    if given.arrivals is None:
        raise InvalidInput(
            _("Er zijn te weinig zaken van dit proces, dus het aantal nieuwe zaken is niet gemeten."),
            remedy=_("Vul in hoeveel zaken er per week bij komen."),
        )
    return examples(own, services().clock.now(), services().context.domain.free_day, given.groups or ())


def _assumptions() -> Assumptions:
    form = request.form
    groups: list[Group] = []
    for roles, people, hours in zip(*(form.getlist(name) for name in ("rollen", "mensen", "uren")), strict=False):
        if roles.strip() and people.strip() not in ("", "0"):
            groups.append(assumed.group(f"{roles}={people}x{hours}" if hours.strip() else f"{roles}={people}"))
    minutes = {
        role: assumed.number(value)
        for role, value in zip(form.getlist("rol"), form.getlist("minuten"), strict=False) if value.strip()
    }  # fmt: skip
    filled = {name: value.strip() for name, value in form.items() if value.strip()}
    return Assumptions(
        int(assumed.number(form.get("weken", ""))), assumed.number(form["instroom"]) if filled.get("instroom") else None,
        groups, minutes,
        assumed.shares(f"{name.removeprefix('deel_')}={value}" for name, value in filled.items() if name.startswith("deel_")),
        {assumed.place(n.removeprefix("tijd_")): value for n, value in filled.items() if n.startswith("tijd_")},
        (), int(assumed.number(form.get("toekomsten", ""))),
    )  # fmt: skip


# -- what was found --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A figure of the whole time: its band here, and in the forecast beside it."""

    figure: str
    band: Band | None
    beside: Band | None

    @property
    def is_share(self) -> bool:
        """Whether it is a part of a whole."""
        return self.figure == LOAD


def _counted(count: int) -> str:
    """Return how many cases run, where that is for the reader."""
    return number(count) if count == 0 or count >= SMALLEST or counts_exactly(me()) else SMALL


def _band(values: Any) -> Band | None:
    return None if values is None else Band(*map(float, values))


def _lines(found: KeptForecast, beside: KeptForecast | None, role: str, figures: Sequence[str]) -> list[Line]:
    """Return the figures of the whole time, of the cases or of a role."""
    other: Mapping[str, Any] = beside.outcome["totals"] if beside is not None else {}
    totals = found.outcome["totals"]
    names = [(figure, name_of(figure, role)) for figure in figures]
    return [Line(figure, _band(totals.get(name)), _band(other.get(name))) for figure, name in names]


@dataclass(frozen=True)
class Picture:
    """How many tasks of a role are open, week by week: the band as an area, its middle as a line, in a box of 100 by 40."""

    role: str
    most: float
    area: str
    line: str
    weeks: Sequence[tuple[int, Band]]


def _pictures(found: KeptForecast) -> list[Picture]:
    if found.state != DONE:
        return []
    pictures = []
    for role in found.outcome["roles"]:
        bands = [band for one in found.outcome["figures"][name_of("open", role)] if (band := _band(one)) is not None]
        most = max((band.high for band in bands), default=0.0)
        if most < FEW or len(bands) < 2:
            continue
        across = [100 * n / (len(bands) - 1) for n in range(len(bands))]

        def point(x: float, value: float, most: float = most) -> str:
            return f"{x:.1f},{40 - 38 * value / most:.1f}"

        above = [point(x, band.high) for x, band in zip(across, bands, strict=True)]
        below = [point(x, band.low) for x, band in zip(across, bands, strict=True)]
        middle = [point(x, band.middle) for x, band in zip(across, bands, strict=True)]
        pictures.append(Picture(role, most, " ".join([*above, *reversed(below)]), " ".join(middle), list(enumerate(bands, 1))))
    return pictures
