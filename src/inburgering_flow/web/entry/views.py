"""Zaken overnemen: cases that began in another system, one by one or many from a file."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import entries as states
from inburgering_flow.model import permissions
from inburgering_flow.model.entries import EntryForm, Problem
from inburgering_flow.services.entries import Refused
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.files import file as download
from inburgering_flow.web.paging import start_of

entry = Blueprint("entry", __name__)
CSV = "text/csv; charset=utf-8"
STATES: Mapping[str, str] = {
    states.UPLOADED: N_("wordt proefgedraaid"), states.REHEARSED: N_("klaar om in te lezen"),
    states.LOADING: N_("wordt ingelezen"), states.LOADED: N_("ingelezen"),
}  # fmt: skip
ROWS: Mapping[str, str] = {
    states.WAITING: N_("wacht"), states.READY: N_("goed"), states.WRONG: N_("fout"), states.DONE: N_("ingelezen"),
    states.REFUSED: N_("niet ingelezen"),
}  # fmt: skip


def _form() -> EntryForm:
    return services().entries.form(request.args.get("soort", ""))


@entry.route("/zaken/overnemen", methods=["GET", "POST"])
@needs(permissions.CASE_START)
def take() -> ResponseReturnValue:
    """Take one case over: first the phase, then what belongs to it."""
    form, service = _form(), services().entries
    given = request.form if request.method == "POST" else request.args
    phase = given.get(form.phase.name, "")
    if phase not in dict(form.phase.options):
        phase = ""
    problems: list[Problem] = []
    if request.method == "POST":
        try:
            key = service.enter(form.process_id, {**given}, me(), once=given.get("eenmalig", ""))
        except Refused as refused:
            problems = refused.problems
        else:
            flash(_("De zaak is overgenomen. Kijk of de gegevens kloppen."))
            return redirect(url_for("cases.case", key=key))
    page = render_template(
        "entry/take.html", form_of=form, forms=services().context.domain.entry_forms, phase=phase, given=given,
        problems=problems, persons={column.name for column in service.asked(form, "")},
        asked=service.asked(form, phase) if phase else [], places=[(one, one) for one in services().case_starts.locations()],
    )  # fmt: skip
    return page, 422 if problems else 200


@entry.route("/zaken/overnemen/bestand", methods=["GET", "POST"])
@needs(permissions.CASE_START)
def upload() -> ResponseReturnValue:
    """What a file has to look like, and sending one."""
    form, problem, status = _form(), "", 200
    if request.method == "POST":
        sent = request.files.get("bestand")
        try:
            if sent is None or not sent.filename:
                raise InvalidInput(_("Kies eerst een bestand."), remedy="")
            key = services().entry_files.upload(form.process_id, sent.read(), me(), once=request.form.get("eenmalig", ""))
        except InvalidInput as error:
            problem, status = str(error), 422
        else:
            return redirect(url_for("entry.file", key=key))
    page = render_template(
        "entry/upload.html", form_of=form, files=services().entry_files.files(me()), problem=problem, states=STATES,
        columns=[(c, _in(form, c.needed), _in(form, c.phases)) for c in services().entries.columns(form)],
    )  # fmt: skip
    return page, status


def _in(form: EntryForm, phases: frozenset[str]) -> str:
    """Return the phases in which a column is needed or allowed, in their order."""
    every = [value for value, _label in form.phase.options]
    return _("elke fase") if phases >= set(every) else ", ".join(value for value in every if value in phases)


@entry.get("/zaken/overnemen/bestand/leeg")
@needs(permissions.CASE_START)
def template() -> Response:
    """An empty file with all columns."""
    form = _form()
    return download(services().entry_files.template(form.process_id, me()), f"{form.process_id}-overnemen.csv", CSV)


@entry.get("/zaken/overnemen/bestand/<int:key>")
@needs(permissions.CASE_START)
def file(key: int) -> ResponseReturnValue:
    """How far a file has come, and what each row would be or is."""
    only_wrong = request.args.get("alleen") == "fout"
    found = services().entry_files.get(key, me(), start=start_of(), only_wrong=only_wrong)
    return render_template(
        "entry/file.html", found=found, state=STATES[found.file.state], states=states, rows=ROWS,
        only_wrong=only_wrong,
    )  # fmt: skip


@entry.post("/zaken/overnemen/bestand/<int:key>/inlezen")
@needs(permissions.CASE_START)
def load(key: int) -> ResponseReturnValue:
    """Load the rows that are right."""
    try:
        services().entry_files.load(key, me())
    except Conflict:
        flash(_("Dit bestand is al ingelezen of er is geen rij die goed is."), "problem")
    return redirect(url_for("entry.file", key=key))


@entry.get("/zaken/overnemen/bestand/<int:key>/geweigerd")
@needs(permissions.CASE_START)
def refused(key: int) -> Response:
    """The rows that were not loaded, with the reason."""
    return download(services().entry_files.refused(key, me()), f"geweigerd-{key}.csv", CSV)


@entry.post("/zaken/overnemen/bestand/<int:key>/verwijderen")
@needs(permissions.CASE_START)
def delete(key: int) -> ResponseReturnValue:
    """Forget a file now."""
    services().entry_files.delete(key, me())
    flash(_("Het bestand is verwijderd. Zaken die zijn ingelezen, blijven."))
    return redirect(url_for("entry.upload"))
