"""Why an expression or a decision did not give what an element needs: in words, with names and types, never with values.

What failed is evaluated once more with a note taken at each part. This happens only when something has gone wrong. What it says
is stored, so it is in English, whoever made the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.dmn import Model
from inburgering_flow.errors import FlowError
from inburgering_flow.feel import Context, Limits, explain
from inburgering_flow.i18n import OUTSIDE_PAGES, speaking

LIMITS = Limits(iterations=50_000)
"""An explanation may take a moment, not minutes; what takes longer is reported without a cause."""


def reason(text: str, variables: Mapping[str, Any], context: Context) -> str:
    """Return the part of an expression that is to blame and what is wrong with it; empty text where nothing is."""
    try:
        with speaking(OUTSIDE_PAGES):
            found = explain(text, variables, context=_bounded(context), names=())
    except FlowError:
        return ""
    if found.cause is None or found.error is not None:
        return ""
    return f" Cause: {found.cause} It is in '{_short(found.cause.text)}'."


def decision_reason(model: Model, decision_id: str, variables: Mapping[str, Any], context: Context) -> str:
    """Return the element and part of a decision model that is to blame; empty text where nothing is."""
    try:
        with speaking(OUTSIDE_PAGES):
            found = model.explain(decision_id, variables, context=_bounded(context))
    except FlowError:
        return ""
    if found.cause is None or found.error is not None:
        return ""
    cause = found.cause.cause
    return f" Cause, in '{found.cause.element}': {cause} It is in '{_short(cause.text)}'."


def _bounded(context: Context) -> Context:
    return Context(context.given_now, context.zone, context.functions, LIMITS, context.builtin_values)


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 100 else one_line[:99] + "…"
