"""Inzicht: figures without names."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.services.disclosure.counts import SMALLEST
from inburgering_flow.web.access import me, needs, services

insight = Blueprint("insight", __name__)


@insight.get("/inzicht")
@needs(permissions.FIGURES)
def figures() -> ResponseReturnValue:
    """How many cases are where, how they ended, and how much work waits."""
    found = services().reports.figures(me())
    own = [(_(one.title), _(one.head), cells, _(one.nothing)) for one, cells in found.indicators]
    return render_template("insight/figures.html", figures=found, own=own, smallest=SMALLEST)
