"""Een zaak wijzigen: steps moved, begun and ended, facts set, another version; first what it would do, then doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import FlowError, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.changes import Activate, MigrationPlan, Modification, Move, Terminate
from inburgering_flow.services.disclosure.incidents import shown_refusal
from inburgering_flow.services.interventions import CALLED, TASK, TIMER, WAIT, WORK, Effect
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.paging import key_in

interventions = Blueprint("interventions", __name__)
FACTS = 3  # rows for facts on the page
STEP, FACT, VALUE, BECOMES = "stap_", "gegeven_", "waarde_", "wordt_"  # prefixes of the names of fields
END = "stoppen"
THINGS = {
    TASK: N_("taak"), TIMER: N_("termijn of wachttijd"), WORK: N_("automatisch werk"), WAIT: N_("wachten op een bericht"),
    CALLED: N_("deelproces"),
}  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """What the form asks for, and the facts as they were typed."""

    wanted: Modification
    typed: Mapping[str, str]


def _asked() -> _Asked:
    terminate, move = [], []
    for name, chosen in request.form.items():
        element = key_in(name.removeprefix(STEP)) if name.startswith(STEP) else None
        if element is None or not chosen:
            continue
        if chosen == END:
            terminate.append(Terminate(element_key=element))
        else:
            move.append(Move(chosen.removeprefix("-"), source_key=element))
    activate = [Activate(chosen) for chosen in request.form.getlist("beginnen") if chosen]
    typed = {
        name: request.form.get(f"{VALUE}{number}", "")
        for number in range(FACTS) if (name := request.form.get(f"{FACT}{number}", ""))
    }  # fmt: skip
    return _Asked(Modification(activate, terminate, move), typed)


@interventions.post("/processen/zaak")
@needs(permissions.PROCESS_MANAGE)
def find() -> ResponseReturnValue:
    """Go to a case by its number, which travels by POST."""
    try:
        key = services().batches.cases_named([request.form.get("zaak", "").strip()], me())[0]
    except NotFound as error:
        flash(str(error), "problem")
        return redirect(url_for("bulk.batches"))
    return redirect(url_for("interventions.change", key=key))


@interventions.route("/processen/zaak/<int:key>", methods=["GET", "POST"])
@needs(permissions.PROCESS_MANAGE)
def change(key: int) -> ResponseReturnValue:
    """Choose what has to change, see what it would do, and do it."""
    effect: Effect | None = None
    problem, status = "", 200
    if request.method == "POST":
        try:
            asked = _asked()
            values = services().interventions.values(key, asked.typed)
            if "uitvoeren" in request.form:
                services().interventions.modify(key, asked.wanted, values, request.form.get("reden", ""), me())
                flash(_("De zaak is gewijzigd. Uw reden staat in het logboek."))
                return redirect(url_for("interventions.change", key=key))
            effect = services().interventions.effect(key, asked.wanted, values, me())
        except FlowError as error:
            problem, status = shown_refusal(error), error.status
            if isinstance(error, InvalidInput) and error.code == "NO_REASON":
                effect = services().interventions.effect(key, asked.wanted, values, me())
    page = render_template(
        "cockpit/change.html", opened=services().interventions.open(key, me()), effect=effect, problem=problem,
        given=request.form, facts=FACTS, prefixes=(STEP, FACT, VALUE), end=END, things=THINGS,
    )  # fmt: skip
    return page, status


@interventions.get("/processen/zaak/<int:key>/tekens")
@needs(permissions.PROCESS_MANAGE)
def marks(key: int) -> Response:
    """Where the case stands, for its diagram."""
    opened = services().interventions.open(key, me())
    active: dict[str, int] = {}
    for one in opened.standing:
        active[one.element_id] = active.get(one.element_id, 0) + 1
    return jsonify({"active": active, "incidents": {}, "completed": []})


@interventions.route("/processen/zaak/<int:key>/versie/<int:target>", methods=["GET", "POST"])
@needs(permissions.PROCESS_MANAGE)
def migrate(key: int, target: int) -> ResponseReturnValue:
    """See what another version would do to one case, and let it go there."""
    service, effect, problem, status = services().interventions, None, "", 200
    choices = service.choices(key, target, me())
    given = request.form if request.method == "POST" else request.args
    suggested = {f"{BECOMES}{one.id}": one.suggested.after for one in choices if one.suggested is not None}
    chosen = {n: v for n, v in given.items() if n.startswith(BECOMES)} if "bekeken" in given else suggested
    plan = MigrationPlan(target, {n.removeprefix(BECOMES): v for n, v in chosen.items() if v}, same_ids=True)
    try:
        if request.method == "POST":
            service.migrate(key, plan, request.form.get("reden", ""), me())
            flash(_("De zaak loopt nu in de andere versie. Uw reden staat in het logboek."))
            return redirect(url_for("interventions.change", key=key))
        effect = service.effect_of_migration(key, plan, me())
    except FlowError as error:
        problem, status = shown_refusal(error), error.status
        if error.code == "NO_REASON":
            effect = service.effect_of_migration(key, plan, me())
    page = render_template(
        "cockpit/change_version.html", opened=service.open(key, me()), target=target, choices=choices, chosen=chosen,
        effect=effect, problem=problem, prefix=BECOMES, things=THINGS, reason=request.form.get("reden", ""),
    )  # fmt: skip
    return page, status
