"""Regie and the live diagrams of definitions."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.web.absence.views import say_if_away
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import element_name
from inburgering_flow.web.lists.kinds import CASES
from inburgering_flow.web.lists.views import offered
from inburgering_flow.web.paging import start_of

cockpit = Blueprint("cockpit", __name__)
COLUMNS = ("dossier", "persoon", "fase", "begonnen", "datum", "eigenaar")


@cockpit.get("/regie")
@needs(permissions.BOARD)
def board() -> ResponseReturnValue:
    """How many running cases there are by phase and owner, and a page of them, what is due first at the top."""
    phase, owner = request.args.get("fase"), request.args.get("eigenaar")
    found = services().case_lists.board(me(), phase=phase, owner=owner, start=start_of())
    may_assign, people = me().may(permissions.CASE_ASSIGN), services().case_leads.leaders(me())
    away = services().absences.board(me())
    return render_template(
        "cockpit/board.html", away=away, absent={one.absence.username for one in away}, board=found,
        phase=phase, owner=owner, people=people, may_assign=may_assign,
        lost=services().lost_tasks.last, unheard=services().messages.count_unheard(me()), together=offered(CASES),
        listing=CASES.usually(() if services().context.domain.person else ("persoon",), COLUMNS),
    )  # fmt: skip


@cockpit.get("/regie/kwijt")
def lost() -> ResponseReturnValue:
    """Open tasks that nobody can do, and why."""
    return render_template("cockpit/lost.html", lost=services().lost_tasks.find(me(), start_of()))


@cockpit.get("/regie/berichten")
@needs(permissions.BOARD)
def unheard() -> ResponseReturnValue:
    """Messages of partners that no case has heard: they wait here until one does or somebody handles them."""
    found = services().messages.unheard(me(), start_of())
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
    return redirect(url_for("cockpit.board"))


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
    return render_template("cockpit/definition.html", process=process, key=key, rows=rows, may_start=may_start)


@cockpit.get("/processen/<int:key>/tellingen")
def definition_marks(key: int) -> Response:
    """Counts for the diagram."""
    return jsonify(services().diagram_marks.of_definition(key, me()))
