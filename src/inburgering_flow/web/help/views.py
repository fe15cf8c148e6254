"""Uitleg: the calculator of statutory terms and the rules in force."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.web.access import services

help = Blueprint("help", __name__)


@help.get("/uitleg")
def terms() -> ResponseReturnValue:
    """Let anybody try a term."""
    day, length = request.args.get("datum", ""), request.args.get("lengte", "P10W").strip().upper()
    found: Any = None
    problem = ""
    calculate = services().context.explanations.get("termijn")
    if day and calculate is not None:
        try:
            found = calculate(date.fromisoformat(day), length)
        except ValueError:
            problem = _("Vul een datum in.")
        except InvalidInput:
            problem = _("Schrijf de lengte als P14D (dagen), P10W (weken), P3M (maanden) of P3Y (jaren).")
    return render_template("help.html", day=day, length=length, found=found, problem=problem)
