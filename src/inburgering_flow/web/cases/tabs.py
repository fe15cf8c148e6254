"""The pages of one case behind its first: each at an address of its own, and each reads only what it shows."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.services import history
from inburgering_flow.services.documents import Versions, versions_of
from inburgering_flow.services.ledger import SIZE as PAYMENTS
from inburgering_flow.services.sheets import Cell
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import doer
from inburgering_flow.web.lists.held import in_order
from inburgering_flow.web.lists.kinds import DOCUMENTS
from inburgering_flow.web.lists.listing import Column, as_file, form_of
from inburgering_flow.web.paging import key_in, start_of
from inburgering_flow.web.table_files import rows_of_page
from inburgering_flow.web.uploading import put_into_case

tabs = Blueprint("case", __name__)
KINDS = {
    "taken": (history.TASKS, N_("Taken")), "gegevens": (history.FACTS, N_("Gegevens")),
    "beslissingen": (history.DECISIONS, N_("Beslissingen")), "termijnen": (history.TERMS, N_("Termijnen")),
    "documenten": (history.DOCUMENTS, N_("Documenten")), "berichten": (history.MESSAGES, N_("Berichten")),
    "notities": (history.NOTES, N_("Notities")), "verloop": (history.COURSE, N_("Verloop van de zaak")),
}  # fmt: skip
"""What of the timeline somebody wants to see, as the address says it."""


@tabs.get("/zaken/<int:key>/taken")
def tasks(key: int) -> ResponseReturnValue:
    """Every task of a case, those that are open first."""
    tab = services().case_pages.tasks(key, me(), start=start_of())
    return render_template("cases/tasks.html", head=tab.head, d=tab.shown)


@tabs.get("/zaken/<int:key>/tijdlijn")
def timeline(key: int) -> ResponseReturnValue:
    """What happened in a case, of one kind if the address says so."""
    chosen = request.args.get("soort", "")
    kind = KINDS[chosen][0] if chosen in KINDS else ""
    tab = services().case_pages.timeline(key, me(), kind=kind, start=start_of())
    kinds = {name: _(title) for name, (_kind, title) in KINDS.items()}
    return render_template("cases/timeline.html", head=tab.head, events=tab.shown, kinds=kinds, chosen=chosen if kind else "")


@tabs.get("/zaken/<int:key>/documenten")
def documents(key: int) -> ResponseReturnValue:
    """The documents of a case."""
    tab = services().case_pages.documents(key, me())
    may_add = me().may(permissions.CASE_NOTE) and tab.head.case.end is None
    listing = DOCUMENTS.read(place={"key": key})
    return render_template(
        "cases/documents.html", head=tab.head, listing=listing, may_add=may_add,
        documents=in_order(listing, versions_of(tab.shown), _document_cell),
    )  # fmt: skip


def _document_cell(one: Versions, column: Column) -> Cell:
    cells: dict[str, Cell] = {
        "document": one.newest.title, "wanneer": one.newest.created, "door": doer(one.newest.added_by), "versie": one.number,
    }  # fmt: skip
    return cells[column.name]


@tabs.get("/zaken/<int:key>/documenten/bestand.<form>")
def documents_taken(key: int, form: str) -> ResponseReturnValue:
    """The list of the documents of a case as a file."""
    listing, form = DOCUMENTS.read(place={"key": key}), form_of(form)
    rows = versions_of(services().case_pages.documents(key, me()).shown)
    services().audit_log.taken(me(), f"documenten.{form}")
    return as_file(listing, _("Documenten"), form, in_order(listing, rows, _document_cell), _document_cell)


@tabs.post("/zaken/<int:key>/documenten")
@needs(permissions.CASE_NOTE)
def add_document(key: int) -> ResponseReturnValue:
    """Put a file into a case."""
    return put_into_case(key, url_for("case.documents", key=key))


@tabs.get("/zaken/<int:key>/gegevens")
def known(key: int) -> ResponseReturnValue:
    """What a case knows, and what was decided from it."""
    tab = services().case_pages.known(key, me(), start=start_of())
    return render_template(
        "cases/known.html", head=tab.head, d=tab.shown, may_correct=me().may(permissions.CASE_CORRECT)
    )


@tabs.get("/zaken/<int:key>/betalingen")
@needs(permissions.MONEY_READ)
def payments(key: int) -> ResponseReturnValue:
    """What was booked for a case."""
    tab = services().case_pages.payments(key, me(), start=start_of(), size=rows_of_page(PAYMENTS))
    budgets = services().context.domain.budgets
    return render_template("cases/payments.html", head=tab.head, entries=tab.shown, budgets=budgets)


@tabs.get("/zaken/<int:key>/diagram")
def drawing(key: int) -> ResponseReturnValue:
    """The diagram of one process of a case, what the case waits for, and the same facts as a list."""
    tab = services().case_pages.drawing(key, me(), key_in(request.args.get("proces", "")))
    return render_template("cases/drawing.html", head=tab.head, d=tab.shown)


@tabs.get("/zaken/<int:key>/bekeken")
def looks(key: int) -> ResponseReturnValue:
    """Who looked at a case."""
    tab = services().case_pages.looks(key, me(), start=start_of())
    return render_template("cases/looks.html", head=tab.head, looks=tab.shown)
