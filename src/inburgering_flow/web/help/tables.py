"""Regels en bedragen: the decision tables that are deployed, in words."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from inburgering_flow.clock import legal_day
from inburgering_flow.i18n import _
from inburgering_flow.services.ledger import in_euros
from inburgering_flow.web.access import services
from inburgering_flow.web.designer.descriptions import policy
from inburgering_flow.web.designer.spoken import Names, Spoken, spoken, spoken_test
from inburgering_flow.web.language import modelled

NAMED = re.compile(r'"[a-z]+(?:[A-Z][a-z0-9]*)+"')
CODE = Markup("<code>{}</code>")
tables = Blueprint("tables", __name__)
MONEY = ("bedrag", "maximum", "plafond", "kosten", "gezins")
"""How columns begin whose numbers are euros."""


@tables.get("/uitleg/regels")
def listed() -> ResponseReturnValue:
    """Every file with decision tables, and how many of its rules hold on a day."""
    day, problem = _day()
    return render_template("help/tables.html", topics=services().rules_in_force.topics(), day=day, problem=problem)


@tables.get("/uitleg/regels/<id>")
def topic(id: str) -> ResponseReturnValue:
    """The tables of a file: those rules first that hold on a day."""
    day, problem = _day()
    found = services().rules_in_force.topic(id)
    return render_template(
        "help/topic.html", topic=found, day=day, problem=problem, names=services().rules_in_force.meanings(),
        policy=policy, tested=tested, outcome=outcome,
    )  # fmt: skip


def _day() -> tuple[date, str]:
    today = legal_day(services().context.clock.now())
    try:
        return date.fromisoformat(request.args.get("datum") or today.isoformat()), ""
    except ValueError:
        return today, _("Vul een datum in.")


def tested(text: str, names: Names) -> Markup:
    """Return the tests of a cell in words; a partner's code as code."""
    return CODE.format(text.strip('"')) if re.fullmatch(r'"[A-Z]{2,}\d+"', text) else _cell(spoken_test(text, names), text)


def outcome(text: str, column: str, names: Names) -> Markup:
    """Return an outcome in words; a number of a column with money as euros."""
    if column.lower().startswith(MONEY) and text.replace(".", "", 1).isdigit():
        return escape(in_euros(int(Decimal(text) * 100)).replace(" ", "\N{NO-BREAK SPACE}"))
    if NAMED.fullmatch(text):
        return CODE.format(text.strip('"'))
    return _cell(spoken(text, names), text) if text else escape(_("niets"))


def _cell(found: Spoken, source: str) -> Markup:
    """Return a text that stands alone in a cell without its quotes, in the language of the model where it has words of that."""
    if not found.words:
        return CODE.format(found.formula)
    words = re.sub(r"“([^“”]*)”", r"\1", found.words)
    return modelled(words) if '"' in source or "‘" in words else escape(words)
