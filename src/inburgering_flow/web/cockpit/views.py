"""Regie and the live diagrams of definitions."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.services import list_deeds
from inburgering_flow.services.lost_tasks import SIZE as LOST
from inburgering_flow.services.messages import SIZE as UNHEARD
from inburgering_flow.web.absence.views import say_if_away
from inburgering_flow.web.access import inside, me, needs, services
from inburgering_flow.web.cockpit import powers
from inburgering_flow.web.display import element_name
from inburgering_flow.web.lists.kinds import CASES
from inburgering_flow.web.lists.views import offered
from inburgering_flow.web.paging import start_of
from inburgering_flow.web.table_files import MOST, is_file_asked, rows_of_page

cockpit = Blueprint("cockpit", __name__)
COLUMNS = ("dossier", "persoon", "fase", "begonnen", "datum", "eigenaar")
CHOSEN_IN_A_ROW = 40
"""Among how many people a row lets choose, and a case can be dragged to; of more it is asked on a page of its own."""


@cockpit.get("/regie")
@needs(permissions.BOARD)
def board() -> ResponseReturnValue:
    """Every running case once, by its main phase, and how much work each person has."""
    away = {one.absence.username: one for one in services().absences.board(me())}
    return render_template(
        "cockpit/board.html", board=services().boards.board(me()), away=away,
        people=services().case_leads.a_few_leaders(me(), CHOSEN_IN_A_ROW),
        may_assign=me().may(permissions.CASE_ASSIGN), lost=services().lost_tasks.last,
        unheard=services().messages.count_unheard(me()), together=offered(CASES), listing=CASES.usually(),
    )  # fmt: skip


@cockpit.get("/regie/zaken")
@needs(permissions.BOARD)
def cases() -> ResponseReturnValue:
    """The running cases of a phase, of an owner or that are late, what is due first at the top."""
    phase, owner, is_late = request.args.get("fase"), request.args.get("eigenaar"), request.args.get("te_laat") == "1"
    process, _slash, element = request.args.get("stap", "").partition("/")
    step = (process, element) if element else None
    found = services().boards.cases(
        me(), phase=phase, owner=owner, is_late=is_late, step=step, start=start_of(), size=MOST if is_file_asked() else None
    )  # fmt: skip
    absent = {one.absence.username for one in services().absences.board(me())}
    return render_template(
        "cockpit/board_cases.html", page=found.page, absent=absent, phase=phase, step=request.args.get("stap") if step else None,
        step_name=services().boards.name_of(step, me()) if step else "", owner=owner, is_late=is_late,
        people=services().case_leads.a_few_leaders(me(), CHOSEN_IN_A_ROW),
        may_assign=me().may(permissions.CASE_ASSIGN) and not is_file_asked(), hand_over=list_deeds.HAND_OVER,
        together=offered(CASES), listing=CASES.usually(() if services().context.domain.person else ("persoon",), COLUMNS),
    )  # fmt: skip


@cockpit.get("/regie/kwijt")
def lost() -> ResponseReturnValue:
    """Open tasks that nobody can do, and why."""
    return render_template("cockpit/lost.html", lost=services().lost_tasks.find(me(), start_of(), rows_of_page(LOST)))


@cockpit.get("/regie/waarborgen")
def assured() -> ResponseReturnValue:
    """That each task can be done by somebody, in which order work stands, and what is hidden from whom."""
    context = services().context
    numbers = context.domain.person.numbers if context.domain.person else ()
    return render_template(
        "cockpit/assured.html", found=services().assurances.view(me()), roles=context.roles, sees=powers.sees,
        closed=powers.closed, allowed=powers.allowed(context.roles, context.domain.powers),
        shows=powers.secret(context.roles), secrets=[one for one in numbers if one.is_secret],
    )  # fmt: skip


@cockpit.get("/regie/berichten")
@needs(permissions.BOARD)
def unheard() -> ResponseReturnValue:
    """Messages of partners that no case has heard: they wait here until one does or somebody handles them."""
    found = services().messages.unheard(me(), start_of(), rows_of_page(UNHEARD))
    return render_template("cockpit/unheard.html", unheard=found, may_handle=me().may(permissions.CASE_MESSAGE))


@cockpit.post("/regie/berichten/<int:key>/afhandelen")
@needs(permissions.CASE_MESSAGE)
def handle(key: int) -> ResponseReturnValue:
    """Say what was done about a message that no case has heard."""
    services().messages.handle(key, request.form.get("reden", ""), me())
    flash(_("Het bericht is afgehandeld. Uw reden staat in het logboek."))
    return redirect(url_for("cockpit.unheard"))


@cockpit.post("/regie/<int:key>/toewijzen")
@needs(permissions.CASE_ASSIGN)
def assign(key: int) -> ResponseReturnValue:
    """Say who leads a case."""
    done = services().case_leads.hand_over(key, request.form.get("eigenaar") or None, me())
    flash(_("De zaak is toegewezen."))
    say_if_away(request.form.get("eigenaar"))
    if done.taken:
        flash(_("Open taken die meegingen: {count}.").format(count=done.taken))
    if done.freed:
        flash(_("Open taken die nu vrij zijn voor collega's: {count}.").format(count=done.freed))
    back = request.form.get("terug", "")
    return redirect(back if inside(back) else url_for("cockpit.board"))


@cockpit.get("/processen/<int:key>")
def definition(key: int) -> ResponseReturnValue:
    """A definition's diagram with counts and incidents, and the same as a table."""
    marks = services().diagram_marks.of_definition(key, me())
    process = services().context.catalog.process(key)
    rows = [
        (element_name(key, e, process.elements[e].name or e), marks["active"].get(e, 0), marks["incidents"].get(e, 0))
        for e in sorted(set(marks["active"]) | set(marks["incidents"]))
        if e in process.elements
    ]
    may_start = services().process_starts.may_begin(key, me())
    return render_template(
        "cockpit/definition.html", process=process, key=key, rows=rows, may_start=may_start, counted=marks["counted"]
    )


@cockpit.get("/processen/<int:key>/tellingen")
def definition_marks(key: int) -> Response:
    """Counts for the diagram."""
    return jsonify(services().diagram_marks.of_definition(key, me()))
