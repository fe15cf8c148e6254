"""Agenda: a week of terms, tasks and appointments, and the calendar that somebody takes into another program."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.services.agenda import APPOINTMENT, TASK, TERM, Agenda
from inburgering_flow.services.calendars import REFRESH
from inburgering_flow.web.access import me, services

agenda = Blueprint("agenda", __name__)
WHOSE = {"mij": N_("Van mij"), "team": N_("Van mijn team")}
KINDS = {APPOINTMENT: N_("Afspraak"), TERM: N_("Laatste dag van een termijn"), TASK: N_("Taak moet klaar zijn")}
WEEK = re.compile(r"(\d{4})-W(\d{2})")


@agenda.get("/agenda")
def week() -> ResponseReturnValue:
    """A week, today's where the address names none."""
    return _show()


def _show(**more: Any) -> ResponseReturnValue:
    whose = request.args.get("van", "mij")
    whose = whose if whose in WHOSE else "mij"
    service: Agenda = services().agenda
    found = service.week(me(), _monday(request.args.get("week", "")), of_team=whose == "team")
    return render_template(
        "agenda/agenda.html", week=found, whose=whose, named={name: _(said) for name, said in WHOSE.items()},
        kinds={kind: _(said) for kind, said in KINDS.items()}, own=services().calendars.own(me()),
        before=_written(found.monday - timedelta(days=7)), after=_written(found.monday + timedelta(days=7)),
        shown=_written(found.monday), number=found.monday.isocalendar().week, sunday=found.monday + timedelta(days=6), **more,
    )  # fmt: skip


def _written(monday: date) -> str:
    """Return a week as an address has it: ``2026-W49``."""
    year, number, _day = monday.isocalendar()
    return f"{year:04}-W{number:02}"


def _monday(text: str) -> date | None:
    """Return the Monday of a week of an address, None where it names none; raises InvalidInput."""
    if not text:
        return None
    found = WEEK.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        if not 2000 <= monday.year <= 2200:
            raise ValueError(text)
        return monday
    except ValueError:
        raise InvalidInput(
            _("'{text}' is geen week.").format(text=text[:20]), remedy=_("Schrijf hem zoals 2026-W49.")
        ) from None


@agenda.post("/agenda/adres")
def make() -> ResponseReturnValue:
    """Make a secret address, and show it this once: it is not kept."""
    token = services().calendars.make(me(), of_team=request.form.get("van") == "team")
    return _show(address=_base() + url_for("agenda.feed", token=token))


@agenda.post("/agenda/adres/intrekken")
def withdraw() -> ResponseReturnValue:
    """End one's secret address."""
    services().calendars.withdraw(me())
    flash(_("Het adres is ingetrokken. Wie het heeft, ziet uw agenda niet meer."))
    return redirect(url_for("agenda.week"))


@agenda.get("/agenda/<string(length=43):token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """The calendar at a secret address, for a program that cannot log in."""
    given = services().calendars.read(token, request.remote_addr or "", _base())
    is_known = request.if_none_match.contains(given.mark)
    answer = Response("" if is_known else given.content(), 304 if is_known else 200, content_type=given.media_type)
    answer.set_etag(given.mark)
    answer.headers["Cache-Control"] = f"private, max-age={int(REFRESH.total_seconds()) // 4}"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _base() -> str:
    """Return how others reach this application: as the settings say, or by the name that this request used."""
    return services().context.settings.base_url.rstrip("/") or request.host_url.rstrip("/")
