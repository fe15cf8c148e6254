"""Middelen: what was granted of each budget, tied up, spent, and is left; and the entries behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.plugin import StartField
from inburgering_flow.services import ledger
from inburgering_flow.services.ledger import Entry, Line
from inburgering_flow.services.questions import answer, wrong
from inburgering_flow.services.sheets import Cell
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import doer
from inburgering_flow.web.lists.held import Fetch, at_hand, held, taken
from inburgering_flow.web.lists.kinds import BUDGETS, ENTRIES
from inburgering_flow.web.lists.listing import Column, Listing, form_of
from inburgering_flow.web.paging import key_in

money = Blueprint("money", __name__)
AMOUNT = StartField("bedrag", N_("Bedrag in euro's"), "amount")
DAY = StartField("dag", N_("Datum"), "date")


@money.get("/middelen")
@needs(permissions.MONEY_READ)
def lines() -> ResponseReturnValue:
    """All budgets in all years."""
    service, listing = services(), BUDGETS.read()
    rows = service.ledger.lines(me())
    years = [(year, year) for year in sorted({line.year for line in rows}, reverse=True)]
    return render_template(
        "money/lines.html", listing=listing, held=held(listing, at_hand(rows), _line_cell, _line_fits(listing)), today=_today(),
        budgets=service.context.domain.budgets.values(), years=years,
    )  # fmt: skip


def _line_cell(line: Line, column: Column) -> Cell:
    cells: dict[str, Cell] = {
        "budget": _(line.budget.title), "jaar": line.year, "toegekend": _euros(line.granted), "verplicht": _euros(line.tied),
        "uitgegeven": _euros(line.spent), "over": _euros(line.left),
    }  # fmt: skip
    return cells[column.name]


def _line_fits(listing: Listing) -> Callable[[Line], bool]:
    return lambda line: listing.filters["jaar"] in ("", str(line.year))


def _euros(cents: int) -> Decimal:
    return Decimal(cents) / 100


@money.get("/middelen/bestand.<form>")
@needs(permissions.MONEY_READ)
def lines_taken(form: str) -> ResponseReturnValue:
    """All budgets in all years as a file."""
    listing, rows = BUDGETS.read(), services().ledger.lines(me())
    services().audit_log.taken(me(), f"middelen.{form_of(form)}")
    return taken(listing, _("Middelen"), form_of(form), at_hand(rows), _line_cell, _line_fits(listing))


@money.route("/middelen/<budget>/<int:year>", methods=["GET", "POST"])
@needs(permissions.MONEY_READ)
def entries(budget: str, year: int) -> ResponseReturnValue:
    """The entries of a budget in a year, and the form that writes one."""
    service, problems, given = services().ledger, [], request.form
    known = services().context.domain.budgets.get(budget)
    if known is None:
        raise NotFound(_("Dit budget bestaat niet."), remedy=_("Kies een budget uit de lijst."))
    if request.method == "POST":
        problems = [said for field in (AMOUNT, DAY) for said in wrong(field, given, ())]
        problems += [_("Vul “{label}” in.").format(label=_(f.label)) for f in (AMOUNT, DAY) if not given.get(f.name, "").strip()]
        settled = given.get("verplichting", "").strip()
        if settled and key_in(settled) is None:
            problems.append(_("Deze verplichting bestaat niet. Kies haar uit de lijst."))
        if not problems:
            try:
                service.post(
                    budget, given.get("soort", ""), int(answer(AMOUNT, given) * 100), me(), year=year,
                    day=date.fromisoformat(given["dag"].strip()), description=given.get("omschrijving", ""),
                    reference=given.get("kenmerk", ""), settles=key_in(settled),
                    case=given.get("zaak", ""), once=given.get("eenmalig", ""),
                )  # fmt: skip
            except (InvalidInput, Conflict, NotFound) as error:
                problems = [f"{error.message} {error.remedy}"]
            else:
                flash(_("De boeking is bewaard."))
                return redirect(url_for("money.entries", budget=budget, year=year))
    listing = ENTRIES.read(place={"budget": budget, "year": year})
    found = held(listing, _entries(budget, year), _entry_cell, _entry_fits(listing))
    line = next((one for one in service.lines(me()) if (one.budget.id, one.year) == (budget, year)), None)
    page = render_template(
        "money/entries.html", budget=known, year=year, line=line, listing=listing, held=found,
        obligations=service.open_obligations(budget, year, me()), problems=problems, given=given,
        kinds=[(kind, _(said[0])) for kind, said in ledger.KINDS.items()], may_post=me().may(permissions.MONEY),
        today=_today(),
    )  # fmt: skip
    return page, 422 if problems else 200


def _entries(budget: str, year: int) -> Fetch[Entry]:
    return lambda start, size: services().ledger.entries(budget, year, me(), start, size)


def _entry_cell(one: Entry, column: Column) -> Cell:
    row = one.row
    cells: dict[str, Cell] = {
        "wat": one.title, "datum": row.day, "bedrag": _euros(row.cents), "waarvoor": row.description, "kenmerk": row.reference,
        "wie": doer(row.entered_by),
    }  # fmt: skip
    return cells[column.name]


def _entry_fits(listing: Listing) -> Callable[[Entry], bool]:
    return lambda one: listing.filters["soort"] in ("", one.row.kind)


@money.get("/middelen/<budget>/<int:year>/bestand.<form>")
@needs(permissions.MONEY_READ)
def entries_taken(budget: str, year: int, form: str) -> ResponseReturnValue:
    """The entries of a budget in a year as a file."""
    listing = ENTRIES.read(place={"budget": budget, "year": year})
    services().ledger.entries(budget, year, me())  # refuses a budget or year that is none
    services().audit_log.taken(me(), f"boekingen-{budget}-{year}.{form_of(form)}")
    return taken(listing, _("Boekingen"), form_of(form), _entries(budget, year), _entry_cell, _entry_fits(listing))


@money.post("/middelen/boeking/<int:key>/ongedaan")
@needs(permissions.MONEY)
def undo(key: int) -> ResponseReturnValue:
    """Undo an entry by another one."""
    services().ledger.undo(key, request.form.get("reden", ""), me())
    flash(_("De boeking is ongedaan gemaakt. Beide boekingen blijven staan."))
    return redirect(url_for("money.lines"))


def _today() -> date:
    return legal_day(services().clock.now())
