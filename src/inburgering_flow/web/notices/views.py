"""Melden: what happened is recorded with a case, and its processes hear it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.i18n import N_, _
from inburgering_flow.services.messages import AlreadySent
from inburgering_flow.services.notices import Refused
from inburgering_flow.web.access import me, services

notices = Blueprint("notices", __name__)
HEARD = N_("De melding is bewaard en verwerkt in deze zaak.")
KEPT = N_(
    "De zaak wacht nu niet op deze melding. "
    "Zij blijft bij Regie staan tot een zaak haar leest of iemand haar afhandelt."
)


@notices.get("/zaken/<int:key>/melden")
def choose(key: int) -> ResponseReturnValue:
    """What may be reported of a case; what it waits for stands first."""
    wanted = request.args.get("wat")
    if wanted:
        return redirect(url_for("notices.give", key=key, name=wanted))
    return render_template("notices/choose.html", key=key, offered=services().notices.offered(key, me()))


@notices.route("/zaken/<int:key>/melden/<name>", methods=["GET", "POST"])
def give(key: int, name: str) -> ResponseReturnValue:
    """Ask what is to be known of it; hand it to the case."""
    service, given = services().notices, request.form
    offered, problems = service.open(key, name, me()), []
    if request.method == "POST":
        try:
            done = service.give(key, name, given, me(), reference=given.get("kenmerk", ""), once=given.get("eenmalig", ""))
        except Refused as refused:
            problems = refused.problems
        except AlreadySent:
            flash(_("Deze melding was al bewaard. Zij is niet nog een keer bewaard."))
            return redirect(url_for("cases.case", key=key))
        else:
            flash(_(HEARD) if done.is_heard else _(KEPT))
            return redirect(url_for("cases.case", key=key))
    page = render_template("notices/give.html", key=key, offered=offered, problems=problems, given=given)
    return page, 422 if problems else 200
