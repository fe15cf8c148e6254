"""Letting time pass, in the demonstration only: no such page exists elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.clock import LEGAL_ZONE
from inburgering_flow.errors import InvalidInput
from inburgering_flow.executor.embedded import run_due, run_until
from inburgering_flow.i18n import N_, _
from inburgering_flow.services import Services
from inburgering_flow.web.access import services
from inburgering_flow.web.display import moment

demonstration = Blueprint("demonstration", __name__)
STEPS = {"dag": (N_("Een dag"), 1), "week": (N_("Een week"), 7), "maand": (N_("Vier weken"), 28), "jaar": (N_("Een jaar"), 365)}
NEXT = "volgende"
MOST_STOPS = 5_000


@demonstration.route("/demonstratie/tijd", methods=["GET", "POST"])
def time() -> ResponseReturnValue:
    """Move the clock of the demonstration forward; everything that becomes due on the way happens, in order."""
    found = services()
    if request.method == "GET":
        return render_template("demonstration.html", steps=STEPS, due=found.jobs.next_due(), now=found.clock.now())
    chosen = request.form.get("hoever", "")
    if chosen not in (NEXT, *STEPS):
        raise InvalidInput(_("Dit is geen stap in de tijd."), remedy=_("Kies een van de knoppen."))
    happened = pass_until(found, _target(found, chosen))
    found.alerts.sweep()  # what came near or late on the way
    flash(_("Het is nu {moment}. Onderweg gebeurde {count} keer iets vanzelf.").format(
        moment=moment(found.clock.now()), count=happened
    ))  # fmt: skip
    return redirect(url_for("demonstration.time"))


def _target(found: Services, chosen: str) -> datetime:
    now = found.clock.now()
    if chosen == NEXT:
        return max(found.jobs.next_due() or now, now)
    return now.astimezone(LEGAL_ZONE) + timedelta(days=STEPS[chosen][1])


def pass_until(found: Services, target: datetime) -> int:
    """Move the clock to a moment, stopping wherever something is due; return how often something happened."""
    return run_until(found.jobs, found.clock, target, most=MOST_STOPS) + run_due(found.jobs)
