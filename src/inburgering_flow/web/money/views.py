"""Middelen: what was granted of each budget, tied up, spent, and is left; and the entries behind it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Conflict, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.plugin import StartField
from inburgering_flow.services import ledger
from inburgering_flow.services.questions import answer, wrong
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.paging import key_in, start_of

money = Blueprint("money", __name__)
AMOUNT = StartField("bedrag", N_("Bedrag in euro's"), "amount")
DAY = StartField("dag", N_("Datum"), "date")


@money.get("/middelen")
@needs(permissions.MONEY_READ)
def lines() -> ResponseReturnValue:
    """All budgets in all years."""
    service = services()
    return render_template(
        "money/lines.html", lines=service.ledger.lines(me()), budgets=service.context.domain.budgets.values(), today=_today()
    )


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
    found = service.entries(budget, year, me(), start_of())
    line = next((one for one in service.lines(me()) if (one.budget.id, one.year) == (budget, year)), None)
    page = render_template(
        "money/entries.html", budget=known, year=year, line=line, entries=found, problems=problems, given=given,
        kinds=[(kind, _(said[0])) for kind, said in ledger.KINDS.items()], may_post=me().may(permissions.MONEY),
        today=_today(),
    )  # fmt: skip
    return page, 422 if problems else 200


@money.post("/middelen/boeking/<int:key>/ongedaan")
@needs(permissions.MONEY)
def undo(key: int) -> ResponseReturnValue:
    """Undo an entry by another one."""
    services().ledger.undo(key, request.form.get("reden", ""), me())
    flash(_("De boeking is ongedaan gemaakt. Beide boekingen blijven staan."))
    return redirect(url_for("money.lines"))


def _today() -> date:
    return legal_day(services().clock.now())
