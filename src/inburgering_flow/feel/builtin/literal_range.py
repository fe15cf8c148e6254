"""The function ``range``: a range from text.

Source: DMN 1.5, table 75.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.builtin import conversion
from inburgering_flow.feel.builtin.signature import build
from inburgering_flow.feel.errors import FeelError, NullError
from inburgering_flow.feel.values import Range, compare
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import N_

_FUNCTIONS = build([row for row in conversion.TABLE if row[0] in ("date", "time", "date and time", "duration")])


def read_range(text: str) -> Range:
    """Return the range that a text such as ``[1..5)`` or ``(@"P1D"..]`` describes; raises ``NullError``."""
    from inburgering_flow.feel.parser import Names, Parser

    opened = re.fullmatch(r"\s*(\[|\(|\])\s*(.*?)\s*\.\.\s*(.*?)\s*(\]|\)|\[)\s*", text, re.DOTALL)
    if opened is None:
        raise NullError(N_("the text is not a range in the form [1..5]"))
    low_included, high_included = opened[1] == "[", opened[4] == "]"
    if not opened[2] and not opened[3]:
        raise NullError(N_("a range needs at least one end"))
    ends: list[Any] = []
    for side, included in ((opened[2], low_included), (opened[3], high_included)):
        if not side:
            if included:
                raise NullError(N_("a missing end cannot be included"))
            ends.append(None)
            continue
        try:
            parser = Parser(side, names=Names(), functions=Names(["date and time"]))
            ends.append(_value(parser.expression()))
        except FeelError:
            raise NullError(N_("the text is not a range in the form [1..5]")) from None
    low, high = ends
    if low is not None and high is not None:
        order = compare(low, high)
        if order is None:
            sentence = N_("a range cannot run from {low} to {high}")
            raise NullError(sentence, "NOT_COMPARABLE", low=a_kind(low), high=a_kind(high))
        if order > 0:
            raise NullError(N_("a range cannot run downwards"))
    return Range(low, high, low_included, high_included)


def _value(node: nodes.Node) -> Any:
    if isinstance(node, nodes.Negate):
        inner = _value(node.operand)
        if isinstance(inner, Decimal):
            return -inner
    if isinstance(node, nodes.Literal) and node.value is not None and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name) and node.function.name in _FUNCTIONS:
        return _FUNCTIONS[node.function.name].invoke(None, [_value(argument) for argument in node.arguments])
    raise NullError(N_("an end of the range is not a literal"))
