"""How values are written on pages: Dutch dates, masked and typed facts."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask

from inburgering_flow.clock import LEGAL_ZONE, legal_day
from inburgering_flow.scenarios import legal_last_day
from inburgering_flow.services.cases import Event
from inburgering_flow.web.access import actor, platform

WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
          "december")  # fmt: skip
ACTIONS = {
    "case.start": "startte de zaak", "case.look": "bekeek de zaak", "case.note": "schreef een notitie",
    "case.look.reason": "bekeek de zaak met een reden", "case.assign": "wees de zaak toe",
    "task.claim": "pakte een taak op", "task.release": "gaf een taak terug", "task.assign": "wees een taak toe",
    "task.complete": "rondde een taak af", "task.look": "bekeek een taak", "message.publish": "stuurde een bericht",
    "incident.resolve": "probeerde een storing opnieuw", "document.look": "bekeek een document",
    "person.look": "bekeek de persoon", "person.bsn": "bekeek het BSN met een reden", "variable.set": "wijzigde gegevens",
    "process.cancel": "stopte de zaak", "deploy": "zette processen klaar", "person.register": "legde een persoon vast",
    "variable.correct": "verbeterde een gegeven", "person.correct": "wijzigde de persoon",
    "deploy.propose": "stelde voor om klaar te zetten", "deploy.approved": "keurde het klaarzetten goed",
    "deploy.rejected": "wees het klaarzetten af",
    "document.made": "is gemaakt", "message.received": "is ontvangen",
}  # fmt: skip


def day(value: date | datetime | str | None, *, weekday: bool = True) -> str:
    """Return ``maandag 28 december 2026``."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = value.astimezone(LEGAL_ZONE).date()
    text = f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{WEEKDAYS[value.weekday()]} {text}" if weekday else text


def last_day(due: datetime | None) -> str:
    """Return the last day that a due moment stands for."""
    return day(legal_last_day(due)) if due is not None and due.year < 9000 else ""


def away(due: datetime | None) -> str:
    """Return how far away a last day is: ``nog 12 dagen``, ``vandaag``, ``3 dagen te laat``."""
    if due is None or due.year >= 9000:
        return ""
    days = (legal_last_day(due) - legal_day(platform().clock.now())).days
    if days == 0:
        return "vandaag"
    if days < 0:
        return f"{-days} {'dag' if days == -1 else 'dagen'} te laat"
    return f"nog {days} {'dag' if days == 1 else 'dagen'}"


def is_late(due: datetime | None) -> bool:
    """Tell whether a last day has passed."""
    return due is not None and due <= platform().clock.now()


def moment(value: datetime | None) -> str:
    """Return a day and time in Europe/Amsterdam."""
    if value is None:
        return ""
    local = value.astimezone(LEGAL_ZONE)
    return f"{day(local, weekday=False)} {local:%H:%M}"


def label(name: str) -> str:
    """Return a variable's name as words: ``pipUiterlijk`` → ``Pip uiterlijk``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    words = re.sub(r"\b(pip|brp|pvt|map|lbt|coa|b1|nt2|knm)\b", lambda m: m[0].upper(), words)
    return words[:1].upper() + words[1:]


def value(found: Any, kind: str = "") -> str:
    """Return a fact as it is read."""
    if isinstance(found, bool):
        return "ja" if found else "nee"
    if isinstance(found, Decimal):
        return f"{found:f}".replace(".", ",")
    if isinstance(found, str) and (kind == "date" or re.fullmatch(r"\d{4}-\d\d-\d\d", found)):
        try:
            return day(found)
        except ValueError:
            return found
    return str(found)


def week_from_now() -> datetime:
    """Return the moment a week from now."""
    now: datetime = platform().clock.now()
    return now + timedelta(days=7)


def sentence(event: Event) -> str:
    """Return one line of history as a sentence: ``karin rondde een taak af: PIP opstellen``."""
    done = ACTIONS.get(event.action, event.action)
    if not event.actor:
        return f"{event.subject} {done}"
    return f"{event.actor} {done}: {event.subject}" if event.subject else f"{event.actor} {done}"


def register_filters(app: Flask) -> None:
    """Register filters and what every template knows."""
    app.jinja_env.filters.update(
        day=day, last_day=last_day, away=away, moment=moment, label=label, fact=value, sentence=sentence
    )
    app.jinja_env.tests["late"] = is_late

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {"me": actor(), "settings": platform().context.settings}
