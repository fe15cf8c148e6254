"""Vaste overzichten: files that are made every week; asking for them, seeing what became of them, stopping them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.lists import SavedList
from inburgering_flow.model.regular_reports import FIGURES, LIST
from inburgering_flow.services.regular_reports import PROBLEMS, STOPS
from inburgering_flow.web.access import me, services
from inburgering_flow.web.insight.views import PARTS
from inburgering_flow.web.paging import key_in
from inburgering_flow.web.regular_reports.making import OF_TABLE, TAKEN, is_personal, kept_list

regular_reports = Blueprint("regular_reports", __name__)
DAYS = (
    N_("maandag"), N_("dinsdag"), N_("woensdag"), N_("donderdag"), N_("vrijdag"), N_("zaterdag"), N_("zondag")
)  # fmt: skip
FORMS = {"xlsx": "Excel", "csv": "CSV"}
LENGTH = 120  # of what an address names


@dataclass(frozen=True)
class _Wanted:
    """What a report is to be of; ``asked`` is what the address of its form says."""

    source: str
    chosen: Mapping[str, Any]
    title: str
    is_personal: bool
    asked: Mapping[str, Any]


@regular_reports.get("/vaste-overzichten")
def listed() -> ResponseReturnValue:
    """One's own reports, with what became of each, and the lists of which one can be made."""
    kept: list[tuple[SavedList, str]] = [
        (one, _(title)) for name, (_page, title) in TAKEN.items() for one in services().saved_lists.of(name, me())
    ]
    return render_template(
        "regular_reports/regular_reports.html", found=services().regular_reports.listed(me()), kept=kept, days=DAYS,
        problems=PROBLEMS, stops=STOPS,
    )  # fmt: skip


@regular_reports.route("/vaste-overzichten/nieuw", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask for a report of a kept list, or of a table of Inzicht."""
    service, problem = services().regular_reports, ""
    if not request.args:
        return redirect(url_for("regular_reports.listed"))  # what to make is chosen there
    wanted = _wanted()
    given = {"dag": "0", "uur": "7", "soort": "xlsx", "adres": "", "naar": "map" if service.has_folder else "postbus"}
    if request.method == "POST":
        given = {name: request.form.get(name, usual)[:254] for name, usual in given.items()}
        address = given["adres"] if given["naar"] == "postbus" else ""
        try:
            if given["naar"] == "postbus" and not address.strip():
                raise InvalidInput(_("Er is geen adres."), remedy=_("Vul het adres van een postbus in, of kies de map."))
            key = service.ask(
                wanted.source, wanted.chosen, wanted.title, given["soort"], _number(given["dag"]), _number(given["uur"]), address,
                me(), is_personal=wanted.is_personal, once=request.form.get("eenmalig", ""),
            )  # fmt: skip
        except InvalidInput as error:
            problem = f"{error.message} {error.remedy}"
        else:
            flash(_("Het overzicht komt vanaf nu elke week."))
            return redirect(url_for("regular_reports.listed", _anchor=f"overzicht-{key}"))
    page = render_template(
        "regular_reports/new.html", wanted=wanted, given=given, problem=problem, days=DAYS, forms=FORMS,
        has_folder=service.has_folder, can_mail=service.can_mail and not wanted.is_personal,
        allowed=services().context.settings.report_addresses,
    )  # fmt: skip
    return page, 422 if problem else 200


def _number(text: str) -> int:
    found = key_in(text)
    return -1 if found is None else found


def _wanted() -> _Wanted:
    """Return what the address asks for; raises NotFound, Forbidden."""
    key = key_in(request.args.get("lijst", ""))
    if key is not None:
        one = kept_list(services(), key, me())
        return _Wanted(LIST, {"list": str(key)}, one.name, is_personal(one), {"lijst": key})
    name, address = request.args.get("deel", "")[:LENGTH], request.args.get("tabel", "")[:LENGTH]
    part = PARTS.get(name)
    if part is None:
        raise NotFound(_("Dit overzicht is er niet."), remedy=_("Kies een bewaarde lijst, of een tabel van Inzicht."))
    me().require(part.permission)
    found = next((table for table in part.tables() if table.address == address), None)
    if found is None:
        raise NotFound(_("Dit overzicht is er niet."), remedy=_("Kies een bewaarde lijst, of een tabel van Inzicht."))
    of = {one: request.args[one][:LENGTH] for one in OF_TABLE if request.args.get(one)}
    chosen = {"part": name, "address": address, **of}
    return _Wanted(FIGURES, chosen, found.title, False, {"deel": name, "tabel": address, **of})


@regular_reports.post("/vaste-overzichten/<int:key>/stoppen")
def stop(key: int) -> ResponseReturnValue:
    """Let a report be made no longer."""
    gone = services().regular_reports.stop(key, me())
    flash(_("Het overzicht “{title}” is gestopt.").format(title=gone.title))
    return redirect(url_for("regular_reports.listed"))
