"""Uitleg: the calculator of statutory terms, and the lint rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import N_, _, language
from inburgering_flow.services.rulebook import RULES, TABLES
from inburgering_flow.web.access import services

help = Blueprint("help", __name__)
LOOK_AT = {  # folder of rules → what they look at
    "bpmn": N_("Diagrammen"), "dmn": N_("Beslissingen"), "forms": N_("Formulieren"), "services": N_("Bestanden samen"),
}  # fmt: skip
CODE, PLAIN = Markup("<code>{}</code>"), Markup("{}")
GRAVE = {"error": N_("Fout"), "warning": N_("Waarschuwing"), "off": N_("Uitgezet")}


@help.get("/uitleg")
def terms() -> ResponseReturnValue:
    """Let anybody calculate a term."""
    day, length = request.args.get("datum", ""), request.args.get("lengte", "P10W").strip().upper()
    found: Any = None
    problem = ""
    counts = bool(request.args.get("telt"))
    calculate = services().context.explanations.get("termijnVanaf" if counts else "termijn")
    if day and calculate is not None:
        try:
            found = calculate(date.fromisoformat(day), length)
        except ValueError:
            problem = _("Vul een datum in.")
        except InvalidInput:
            problem = _("Schrijf de lengte als P14D (dagen), P10W (weken), P3M (maanden) of P3Y (jaren).")
    return render_template("help/help.html", day=day, length=length, counts=counts, found=found, problem=problem, terms=calculate)


def coded(text: str) -> Markup:
    """Return a rule's text with what is between back-quotes as code."""
    parts = ((CODE if place % 2 else PLAIN).format(part) for place, part in enumerate(text.split("`")))
    return Markup("").join(parts)


@help.get("/hulp/regels")
def rules() -> ResponseReturnValue:
    """Every lint rule, with its severity here."""
    return render_template(
        "help/rules.html", tables=TABLES, look_at=LOOK_AT, grave=GRAVE, set_to=services().context.severities, speaks=language(),
        coded=coded,
    )  # fmt: skip


@help.get("/hulp/regels/<id>")
def rule(id: str) -> ResponseReturnValue:
    """What a lint rule finds, why it matters and how to fix it."""
    found = RULES.get(id)
    if found is None:
        raise NotFound(_("Deze regel bestaat niet."), remedy=_("Kijk in de lijst met regels."))
    set_to = services().context.severities.get(id, found.severity)
    return render_template("help/rule.html", rule=found, page=found.page(language()), set_to=set_to, grave=GRAVE, coded=coded)
