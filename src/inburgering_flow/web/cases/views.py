"""Zaken: searching, one case, starting one, notes, documents."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.clock import legal_last_day
from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.plugin import IdentifyingNumber, Person, PersonSchema
from inburgering_flow.model.runtime import ACTIVE
from inburgering_flow.services import reassessments
from inburgering_flow.services.case_access import ReasonNeeded
from inburgering_flow.services.case_lists import BoardRow
from inburgering_flow.services.disclosure.people import masked_numbers
from inburgering_flow.services.sheets import Cell
from inburgering_flow.store.cases import COUNT_LIMIT
from inburgering_flow.web.access import inside, me, needs, services
from inburgering_flow.web.display import day, retried
from inburgering_flow.web.failures import note_refusal
from inburgering_flow.web.files import file
from inburgering_flow.web.lists.kinds import CASES, STATES, process_titles
from inburgering_flow.web.lists.listing import Column, Listing, as_file, facts_in, form_of, ticked, with_facts
from inburgering_flow.web.lists.views import offered
from inburgering_flow.web.paging import key_in, whole
from inburgering_flow.web.protection import CUT_OFF, READ_BY_VIEWER

cases = Blueprint("cases", __name__)


@cases.app_errorhandler(ReasonNeeded)
def ask_reason(error: ReasonNeeded) -> ResponseReturnValue:
    """Ask why somebody wants to see a colleague's case, wherever it was met: its page, a task, a document."""
    note_refusal(error)
    given = request.form.get("reden", "")
    there = request.full_path.rstrip("?") if request.method == "GET" else request.form.get("naar", "")
    page = render_template("cases/case_reason.html", key=error.root_key, problem=error.problem, given=given, there=there)
    return page, error.status


def _listing(text: str = "") -> tuple[Listing, str, dict[str, Any]]:
    """Return the list that the address asks for, the state of its cases (empty: any), and its filters for the service."""
    listing = with_facts(CASES).read(() if services().context.domain.person else ("persoon",))
    said = listing.filters
    state = "alle" if text else said["toestand"] or ACTIVE
    narrowed = services().case_lists.narrowed(
        process_id=said["proces"], owner=said["eigenaar"], is_unowned=bool(said["zonder"]), location=said["locatie"],
        since=listing.day("vanaf_dag"), until=listing.day("tot_dag"), facts=facts_in(listing),
    )  # fmt: skip
    return listing, state if state != "alle" else "", narrowed


@cases.route("/zaken", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    """List cases, or find them, those that have ended too; what is looked for travels by POST, never in an address."""
    text = request.form.get("zoek", "").strip()
    sent = request.form if text else request.args
    before, start = whole(sent.get("voor")), key_in(sent.get("vanaf", "")) or 0
    listing, state, narrowed = _listing(text)
    page, problem = None, ""
    try:
        page = services().case_lists.search(
            me(), text=text, state=state, before=before, filters=narrowed, by=listing.by,
            is_descending=listing.is_descending, start=min(start, COUNT_LIMIT),
        )  # fmt: skip
    except InvalidInput as error:
        problem = str(error)
    shown = render_template(
        "cases/cases.html", page=page, problem=problem, state=state or "alle", text=text, listing=listing,
        together=offered(CASES), processes=process_titles(), states=STATES,
        locations=[(one, one) for one in services().case_starts.locations()] if me().may(permissions.CASE_ASSIGN) else [],
    )  # fmt: skip
    return shown, 422 if problem else 200


@cases.route("/zaken/bestand.<form>", methods=["GET", "POST"])
def taken(form: str) -> ResponseReturnValue:
    """The list as a file, with the columns that are shown, at most 10,000 cases; those that were ticked, where a form says
    which.
    """
    listing, state, narrowed = _listing()
    form = form_of(form)
    found = services().case_lists.taken(
        me(), state, narrowed, f"{listing.kind.name}.{form}", by=listing.by, is_descending=listing.is_descending,
        only=ticked(),
    )  # fmt: skip
    processes = dict(process_titles())

    def cell(row: BoardRow, column: Column) -> Cell:
        case = row.case
        return {
            "dossier": case.business_key or str(case.key), "persoon": row.person,
            "fase": row.outcome or _(STATES[case.state]) if case.end or case.state != ACTIVE else row.phase,
            "eigenaar": case.owner, "datum": legal_last_day(row.due) if row.due else None, "locatie": case.location,
            "proces": processes.get(case.process_id, case.process_id), "begonnen": case.start, "geëindigd": case.end,
        }[column.name]  # fmt: skip

    return as_file(listing, _("Zaken"), form, found.rows, cell)


@cases.route("/zaken/nieuw", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Start a case with one of the domain's start forms, and register the person if it is about one."""
    forms = [form for form in services().context.domain.start_forms if form.is_listed and me().may(form.permission)]
    if not forms:
        me().require(permissions.CASE_START)
    form = next((f for f in forms if f.process_id == request.args.get("soort")), forms[0] if forms else None)
    if form is None:
        raise NotFound(_("Hier kan geen zaak worden gestart."), remedy=_("Vraag de functioneel beheerder om hulp."))
    given = request.form
    problems: list[str] = []
    starts = services().case_starts
    if request.method == "POST":
        problems = starts.missing(form, given)
        if not problems:
            try:
                key = starts.start(form.process_id, given, me(), once=given.get("eenmalig", ""))
            except (InvalidInput, Conflict) as error:
                problems = [str(error)]
            else:
                look = _("De zaak is gestart. Kijk of de gegevens van de persoon kloppen.")  # who may have been known already
                flash(look if form.with_person else _("De zaak is gestart."))
                return redirect(url_for("cases.case", key=key))
    asked = services().people.schema.asked(at_start=True) if form.with_person else []
    others = services().process_starts.with_form(me()) if me().may(permissions.CASE_START) else []
    page = render_template("cases/case_new.html", given=given, problems=problems, start_form=form, forms=forms, asked=asked,
        locations=starts.locations(), others=others,
    )  # fmt: skip
    return page, 422 if problems else 200


MOVED = {"gebeurd": ("case.timeline", "vanaf"), "besloten": ("case.known", "vanaf"), "bekeken": ("case.looks", "vanaf"),
         "proces": ("case.drawing", "proces")}  # fmt: skip
"""What stood in the address of a case when it was one page, and where that is now."""


@cases.route("/zaken/<int:key>", methods=["GET", "POST"])
def case(key: int) -> ResponseReturnValue:
    """The first page of a case; outside the own caseload a reason is asked first."""
    for old, (endpoint, name) in MOVED.items():
        if request.method == "GET" and old in request.args:
            given: dict[str, Any] = {name: request.args[old]}
            return redirect(url_for(endpoint, key=key, **given))
    tab = services().case_pages.overview(key, me(), request.form.get("reden", ""))
    there = request.form.get("naar", "")
    if there and inside(there) and there != request.path:  # where the reason was asked
        return redirect(there)
    found, schema, shown_person = tab.head.case, services().context.domain.person, None
    if found.person_key is not None:
        why = request.form.get("nummer_reden", "")
        try:
            shown_person = services().people.get(found.person_key, root_key=key, reason=why, actor=me())
        except InvalidInput as error:  # the reason says nothing: the number stays masked
            flash(str(error), "problem")
            shown_person = services().people.get(found.person_key, root_key=key, actor=me())
    about: list[tuple[str, str]] = []
    numbers: list[IdentifyingNumber] = []
    if schema is not None and shown_person is not None:
        about = lines_of(schema, shown_person)
        numbers = masked_numbers(schema, shown_person) if me().may(permissions.SECRET) else []
    return render_template(
        "cases/overview.html", head=tab.head, d=tab.shown, person=shown_person, person_lines=about, masked_numbers=numbers,
        locations=[(one, one) for one in services().case_starts.locations()] if me().may(permissions.CASE_ASSIGN) else [],
        may_correct=me().may(permissions.CASE_CORRECT),
        notices=services().notices.offered(key, me()) if found.state == ACTIVE else [],
    )  # fmt: skip


def lines_of(schema: PersonSchema, person: Person) -> list[tuple[str, str]]:
    """Return what the page says about a person: label and value, including those that are unknown but always shown."""
    lines = []
    for label, names in schema.shown:
        known = [day(v) if isinstance(v, date) else str(v) for name in names if (v := person.get(name))]
        if known or names[0] in schema.always_shown:
            lines.append((_(label), " ".join(known)))
    return lines


@cases.get("/zaken/diagram/<int:instance_key>")
def marks(instance_key: int) -> Response:
    """The tokens of one instance, for its diagram."""
    return jsonify(services().diagram_marks.of_instance(instance_key, me()))


@cases.get("/zaken/diagram/<int:instance_key>/xml")
def diagram(instance_key: int) -> Response:
    """The diagram of one instance's own version."""
    services().diagram_marks.of_instance(instance_key, me())
    definition = services().processes.get(instance_key).process_definition_key
    return Response(services().deployments.resource_of(definition)[1], mimetype="application/xml")


@cases.post("/zaken/<int:key>/notitie")
def note(key: int) -> ResponseReturnValue:
    """Write a note."""
    services().case_file.add_note(key, request.form.get("tekst", ""), me(), request.form.get("lezers", ""),
                                  once=request.form.get("eenmalig", ""))
    flash(_("De notitie is bewaard."))
    return redirect(url_for("cases.case", key=key))


@cases.post("/zaken/<int:key>/locatie")
@needs(permissions.CASE_ASSIGN)
def move(key: int) -> ResponseReturnValue:
    """Say at which location a case belongs."""
    services().case_leads.move(key, request.form.get("locatie", "").strip() or None, me())
    flash(_("De locatie is gewijzigd."))
    return redirect(url_for("cases.case", key=key))


@cases.post("/zaken/<int:key>/gegeven")
@needs(permissions.CASE_CORRECT)
def correct(key: int) -> ResponseReturnValue:
    """Correct a wrong fact."""
    chosen, _colon, name = request.form.get("gegeven", "").partition(":")
    instance = key_in(chosen)
    if instance is None:
        raise InvalidInput(_("Kies eerst een gegeven."), remedy=_("Kies het uit de lijst."))
    left = services().corrections.fact(
        instance, name, request.form.get("waarde", ""), reason=request.form.get("reden", ""), actor=me()
    )
    flash(_("Het gegeven is gewijzigd."))
    if left.anything:
        flash(_("Uit dit gegeven was al iets berekend. Kijk hieronder of dat nog klopt."), "problem")
        return redirect(url_for("cases.reassess", key=key))
    return redirect(url_for("case.known", key=key))


KINDS = {
    reassessments.COPY: N_("Gegeven in een ander proces"), reassessments.DECISION: N_("Beslissing"),
    reassessments.TASK: N_("Taak"), reassessments.TIMER: N_("Termijn"),
}  # fmt: skip
STAYS = {
    reassessments.BY_HAND: N_("dit is daarna in een formulier ingevuld. Alleen iemand die dat mag, verandert het met de hand."),
    reassessments.SET_SINCE: N_("dit is daarna op een andere manier veranderd. Verbeter het met de hand als het niet klopt."),
    reassessments.OVER: N_("het proces waarin dit is beslist, is klaar. Kijk of iemand daarover bericht moet krijgen."),
    reassessments.GONE: N_("deze stap bestaat niet in de versie van het proces waar de zaak nu in loopt."),
    reassessments.REPEATED: N_("dit is voor elk deel van een lijst beslist. Dat kan niet opnieuw worden berekend."),
    reassessments.FAILED: N_("met de gegevens van nu komt hier niets uit. Verbeter eerst het gegeven dat niet klopt."),
}


@cases.route("/zaken/<int:key>/opnieuw", methods=["GET", "POST"])
@needs(permissions.CASE_CORRECT)
def reassess(key: int) -> ResponseReturnValue:
    """Show what was computed from corrected facts beside what comes of it now; store what is chosen."""
    problem, status, chosen = "", 200, None
    if request.method == "POST":
        given = request.form.getlist("kies")
        try:
            services().reassessments.store(key, given, reason=request.form.get("reden", ""), actor=me())
        except (InvalidInput, Conflict) as error:
            problem, status = str(error), error.status
            chosen = {one.partition(" ")[0] for one in given}
        else:
            flash(_("De gekozen uitkomsten zijn bewaard."))
            return redirect(url_for("cases.case", key=key))
    page = render_template(
        "cases/reassess.html", key=key, found=services().reassessments.of_case(key, me()), problem=problem, chosen=chosen,
        reason=request.form.get("reden", ""), kinds=KINDS, reasons=STAYS,
    )  # fmt: skip
    return page, status


@cases.post("/zaken/<int:key>/storing/<int:incident_key>")
@needs(permissions.CASE_CORRECT)
def retry(key: int, incident_key: int) -> ResponseReturnValue:
    """Retry a stopped step."""
    services().incidents.resolve(incident_key, me())
    flash(retried())
    return redirect(url_for("cases.case", key=key))


@cases.route("/zaken/<int:key>/persoon", methods=["GET", "POST"])
@needs(permissions.CASE_CORRECT)
def person(key: int) -> ResponseReturnValue:
    """Change the data of the person of a case, with a reason."""
    services().case_access.check(key, me())
    person_key = services().processes.get(key).person_key
    if person_key is None:
        raise NotFound(_("Deze zaak heeft geen persoon."), remedy=_("Ga terug naar de zaak."))
    found = services().people.get(person_key, root_key=key, actor=me())
    schema = services().people.schema
    secret = {number.name for number in schema.numbers if number.is_secret}
    asked = schema.asked(at_start=False)
    known = {f.name: str(found.get(f.name)) for f in asked if f.name not in secret}
    given = request.form if request.method == "POST" else known
    problem = ""
    if request.method == "POST":
        try:
            services().people.correct(
                person_key, {f.name: given.get(f.name, "").strip() for f in asked}, reason=given.get("reden", ""), root_key=key,
                actor=me(),
            )  # fmt: skip
        except (InvalidInput, Conflict) as error:
            problem = str(error)
        else:
            flash(_("De gegevens van de persoon zijn gewijzigd."))
            return redirect(url_for("cases.case", key=key))
    page = render_template("cases/person.html", key=key, given=given, problem=problem, schema=schema, asked=asked)
    return page, 422 if problem else 200


@cases.get("/documenten/<int:key>")
def document(key: int) -> Response:
    """Download a document of a case that the actor sees."""
    row, content = services().documents.content(key, me())
    return file(content, row.name, row.media_type)


@cases.get("/documenten/<int:key>/bekijken")
def show_document(key: int) -> Response:
    """Show a document of a kind that does no harm, cut off from this application and from every other."""
    row, content, kind = services().documents.preview(key, me())
    media_type = "text/plain; charset=utf-8" if kind.media_type == "text/plain" else kind.media_type
    g.policy = READ_BY_VIEWER if kind.media_type == "application/pdf" else CUT_OFF
    return file(content, row.name, media_type, inline=True)
