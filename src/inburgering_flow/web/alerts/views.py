"""Meldingen, the bell that counts them, and Mijn voorkeuren."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.i18n import N_, _, ngettext
from inburgering_flow.model.alerts import (
    ABSENCE,
    ANSWERED,
    ASSIGNED,
    DAILY,
    DUE_SOON,
    ELEMENT,
    FAILED,
    FIGURE,
    KINDS,
    LATE,
    MESSAGE,
    NEVER,
    NOW,
    REPORT,
    REPORTING,
    STANDS_IN,
    TASK,
    TERM,
    THRESHOLD,
    AlertRow,
    Choice,
)
from inburgering_flow.model.permissions import BOARD, FIGURES, INCIDENT
from inburgering_flow.services.alerts import MOST_COUNTED, Preferences
from inburgering_flow.web.access import actor, me, services
from inburgering_flow.web.own_figures.views import place_of
from inburgering_flow.web.own_figures.words import WORDS

alerts = Blueprint("alerts", __name__)
SAYS: Mapping[tuple[str, str], str] = {
    (ASSIGNED, TASK): N_("Een taak is aan u gegeven"),
    (STANDS_IN, ABSENCE): N_("U vervangt een collega"),
    (STANDS_IN, TASK): N_("Een taak van een afwezige collega wacht op u"),
    (DUE_SOON, TASK): N_("Een taak van u moet bijna klaar zijn"),
    (DUE_SOON, TERM): N_("Een termijn loopt bijna af"),
    (LATE, TASK): N_("Een taak van u is te laat"),
    (LATE, TERM): N_("Een termijn is voorbij"),
    (ANSWERED, MESSAGE): N_("Er is een bericht binnengekomen"),
    (THRESHOLD, FIGURE): N_("Een cijfer is over uw grens"),
    (REPORTING, REPORT): N_("Een vast overzicht is gestopt of mislukt"),
    (FAILED, ELEMENT): N_("Er staat werk stil door een storing"),
}
"""(kind, what it is about) → what is told."""
CHOOSES: Mapping[str, str] = {
    ASSIGNED: N_("Iemand geeft mij een taak"),
    STANDS_IN: N_("Ik vervang een collega die afwezig is"),
    DUE_SOON: N_("De laatste dag van mijn taak of termijn komt dichtbij"),
    LATE: N_("De laatste dag van mijn taak of termijn is voorbij"),
    ANSWERED: N_("Een partner antwoordt in mijn zaak"),
    THRESHOLD: N_("Een cijfer van Mijn cijfers gaat over mijn grens"),
    REPORTING: N_("Een vast overzicht van mij is gestopt of mislukt"),
    FAILED: N_("Er staat werk stil door een storing"),
}
PACES: Mapping[str, str] = {NOW: N_("meteen"), DAILY: N_("een keer per dag"), NEVER: N_("nooit")}


def bell() -> dict[str, str] | None:
    """Return what the bell shows: the count of unread alerts, exact to 99, and what a screen reader says; None for nothing, or
    where it cannot be counted now: this page may be the one that says so.
    """
    who = actor()
    try:
        count = 0 if who is None else services().alerts.count(who)
    except FlowError:
        return None
    if not count:
        return None
    if count >= MOST_COUNTED:
        return {"count": "99+", "said": _("meer dan 99 nieuwe")}
    return {"count": str(count), "said": ngettext("{count} nieuwe", "{count} nieuwe", count).format(count=count)}


def register_bell(app: Flask) -> None:
    """Give the templates the bell."""
    app.jinja_env.globals["bell"] = bell


@alerts.get("/meldingen")
def listed() -> ResponseReturnValue:
    """What one was told, the newest first."""
    page = services().alerts.page(me(), request.args.get("na"))
    said = {pair: _(sentence) for pair, sentence in SAYS.items()}
    return render_template("alerts/alerts.html", page=page, said=said, figures=WORDS, is_first="na" not in request.args)


@alerts.get("/meldingen/<int:key>")
def opened(key: int) -> ResponseReturnValue:
    """Go to what one was told of, which then has been read: a link, so that it opens in another tab as others do."""
    return redirect(_address(services().alerts.open(key, me())))


@alerts.post("/meldingen/<int:key>/gelezen")
def read(key: int) -> ResponseReturnValue:
    """Say that one has been read."""
    services().alerts.open(key, me())
    return _back()


@alerts.post("/meldingen/gelezen")
def read_all() -> ResponseReturnValue:
    """Say that all have been read that were there when the page was shown."""
    count = services().alerts.read_all(request.form.get("tot", ""), me())
    flash(ngettext("{count} melding is gelezen.", "{count} meldingen zijn gelezen.", count).format(count=count))
    return redirect(url_for("alerts.listed"))


def _back() -> ResponseReturnValue:
    """Go back to the page of the list that one was on."""
    after = request.form.get("na", "")
    return redirect(url_for("alerts.listed", na=after) if after else url_for("alerts.listed"))


def _address(row: AlertRow) -> str:
    if row.subject == TASK:
        return url_for("tasklist.task", key=row.subject_key)
    if row.subject == ABSENCE:
        return url_for("absence.own")
    if row.subject == FIGURE:
        return place_of(row.subject_key)
    if row.subject == REPORT:
        return url_for("regular_reports.listed", _anchor=f"overzicht-{row.subject_key}")
    if row.root_key is not None:
        return url_for("cases.case", key=row.root_key)
    return url_for("admin.incidents")


@alerts.route("/voorkeuren", methods=["GET", "POST"])
def preferences() -> ResponseReturnValue:
    """How one is told of each kind of thing."""
    service, problem = services().alerts, ""
    shown = service.preferences(me())
    if request.method == "POST":
        shown = _given(shown)
        try:
            service.choose(shown.address, shown.choices, me())
        except InvalidInput as error:
            problem = str(error)
        else:
            flash(_("Uw voorkeuren zijn bewaard."))
            return redirect(url_for("alerts.preferences"))
    kinds = {kind: _(CHOOSES[kind]) for kind in KINDS if _concerns_me(kind)}
    page = render_template(
        "alerts/preferences.html", shown=shown, kinds=kinds, problem=problem,
        paces={pace: _(said) for pace, said in PACES.items()},
    )  # fmt: skip
    return page, 422 if problem else 200


def _concerns_me(kind: str) -> bool:
    """Tell whether the reader can be told of a kind of thing."""
    if kind == FAILED:
        return me().may(INCIDENT)
    return kind != THRESHOLD or me().may(FIGURES) or me().may(BOARD)


def _given(before: Preferences) -> Preferences:
    """Return what was sent; what the page did not ask for stays as it was."""
    asked = set(request.form.getlist("soort"))
    sent = {
        kind: Choice(request.form.get(f"bel_{kind}") == "1", request.form.get(f"mail_{kind}", one.mail))
        for kind, one in before.choices.items() if kind in asked
    }  # fmt: skip
    return Preferences(request.form.get("adres", before.address).strip(), {**before.choices, **sent}, before.can_mail)
