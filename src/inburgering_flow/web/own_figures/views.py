"""Mijn cijfers: figures that somebody has chosen, in their own order, with the thresholds that they are told of."""

from __future__ import annotations

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_, _, language
from inburgering_flow.model.own_figures import ABOVE, BELOW, NOT
from inburgering_flow.services.own_figures import DOWN, MOST, UP
from inburgering_flow.web.access import me, services
from inburgering_flow.web.insight.tables import said
from inburgering_flow.web.own_figures.words import WORDS

own_figures = Blueprint("own_figures", __name__)
MOVES = {"omhoog": UP, "omlaag": DOWN}
DIRECTIONS = {NOT: N_("nooit"), ABOVE: N_("als het boven de grens komt"), BELOW: N_("als het onder de grens komt")}
LENGTH = 400  # of what is chosen


def place_of(key: int) -> str:
    """Return where a figure stands on its page."""
    return url_for("own_figures.listed", _anchor=f"cijfer-{key}")


def _written(threshold: float | None) -> str:
    """Return a threshold as somebody writes it."""
    return "" if threshold is None else str(format_decimal(threshold, locale=language(), group_separator=False))


@own_figures.get("/mijn-cijfers")
def listed() -> ResponseReturnValue:
    """The figures that one has chosen."""
    return _listed()


def _listed(problem: str = "", at: int = 0) -> ResponseReturnValue:
    found = services().own_figures.listed(me())
    page = render_template(
        "own_figures/own_figures.html", found=found, words=WORDS, said=said, limit=_written, directions=DIRECTIONS,
        problem=problem, at=at, given=request.form,
    )  # fmt: skip
    return page, 422 if problem else 200


@own_figures.route("/mijn-cijfers/kiezen", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Choose a figure: first its kind, then what it is of."""
    service, problem = services().own_figures, ""
    name = request.values.get("cijfer", "")[:LENGTH]
    if request.method == "POST":
        try:
            key = service.add(name, request.form.get("van", "")[:LENGTH], me(), once=request.form.get("eenmalig", ""))
        except InvalidInput as error:
            problem = f"{error.message} {error.remedy}"
        else:
            flash(_("Het cijfer staat nu op uw pagina."))
            return redirect(place_of(key))
    offered = service.offered(me())
    chosen = next((one for one in offered if one.id == name and not one.is_one), None)
    of = sorted(
        ((key, one.words) for key, one in service.subjects(chosen.id, me()).of.items()), key=lambda one: one[1].casefold()
    ) if chosen else []  # fmt: skip
    page = render_template(
        "own_figures/choose.html", offered=offered, chosen=chosen, of=of, words=WORDS, problem=problem, most=MOST,
        groups=[(_("Inzicht"), [m for m in offered if not m.is_of_board]), (_("Regie"), [m for m in offered if m.is_of_board])],
    )  # fmt: skip
    return page, 422 if problem else 200


@own_figures.post("/mijn-cijfers/<int:key>/verplaatsen")
def move(key: int) -> ResponseReturnValue:
    """Move a figure one place."""
    services().own_figures.move(key, MOVES.get(request.form.get("richting", ""), DOWN), me())
    return redirect(place_of(key))


@own_figures.post("/mijn-cijfers/<int:key>/weghalen")
def remove(key: int) -> ResponseReturnValue:
    """Take a figure away."""
    services().own_figures.remove(key, me())
    flash(_("Het cijfer staat niet meer op uw pagina."))
    return redirect(url_for("own_figures.listed"))


@own_figures.post("/mijn-cijfers/<int:key>/grens")
def limit(key: int) -> ResponseReturnValue:
    """Say beyond which number one wants to be told."""
    text = request.form.get("grens", "").strip()[:LENGTH]
    try:
        number = float(parse_decimal(text, locale=language(), strict=True)) if text else None
        services().own_figures.watch_for(key, request.form.get("wanneer", ""), number, me())
    except NumberFormatError:
        return _listed(_("Een grens is een getal, zoals 25 of 4,5."), key)
    except InvalidInput as error:
        return _listed(f"{error.message} {error.remedy}", key)
    is_watched = bool(request.form.get("wanneer"))
    flash(_("U krijgt bericht als dit cijfer over uw grens gaat.") if is_watched else _("U krijgt over dit cijfer geen bericht."))
    return redirect(place_of(key))
