"""Uitleg: the calculator of statutory terms, and the lint rules."""

from __future__ import annotations

import re
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


UNITS = {"dagen": ("D", N_("dagen")), "weken": ("W", N_("weken")), "maanden": ("M", N_("maanden")), "jaren": ("Y", N_("jaar"))}
"""In what the length of a term is given: value of the form → (its sign in ISO 8601, in words)."""


@help.get("/uitleg")
def terms() -> ResponseReturnValue:
    """Let anybody calculate a term. ``lengte`` may give the length as ISO 8601 does, for addresses that programs make."""
    day, given = request.args.get("datum", ""), request.args.get("lengte", "").strip().upper()
    known = re.fullmatch(r"P(\d+)([DWMY])", given)
    of_sign = {sign: name for name, (sign, _said) in UNITS.items()}
    count = known[1] if known else request.args.get("aantal", "10").strip()
    unit = of_sign[known[2]] if known else request.args.get("eenheid", "weken")
    found: Any = None
    problem = ""
    counts = bool(request.args.get("telt"))
    calculate = services().context.explanations.get("termijnVanaf" if counts else "termijn")
    if day and calculate is not None:
        sign = UNITS.get(unit, UNITS["weken"])[0]
        try:
            found = calculate(date.fromisoformat(day), f"P{count}{sign}")
        except ValueError:
            problem = _("Vul een datum in.")
        except InvalidInput:
            problem = _("Vul een heel aantal in, zoals 10.")
    return render_template(
        "help/help.html", day=day, count=count, unit=unit, units=UNITS, counts=counts, found=found, problem=problem,
        terms=calculate,
    )  # fmt: skip


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
