"""What can be said of an expression's value without evaluating it."""

from __future__ import annotations

from inburgering_flow.feel import nodes
from inburgering_flow.feel.errors import FeelError
from inburgering_flow.feel.expression import parsed

ARITHMETIC = frozenset(("+", "-", "*", "/", "**"))
# Functions whose result is a number, a text, a date, a list or a context, or null.
NEVER_BOOLEAN = frozenset(
    ("count", "sum", "mean", "median", "stddev", "product", "number", "abs", "floor", "ceiling", "modulo", "sqrt", "decimal",
     "round up", "round down", "string", "string length", "substring", "upper case", "lower case", "replace", "split",
     "string join", "trim", "date", "time", "date and time", "duration", "now", "today", "day of week", "concatenate", "append",
     "union", "sort", "reverse", "sublist", "distinct values", "index of", "get entries", "context put", "context merge")
)  # fmt: skip


def never_boolean(text: str) -> bool:
    """Tell whether an expression can give neither true nor false, whatever its variables are."""
    try:
        return _never(parsed(text))
    except FeelError:
        return False  # said already, as what it is


def _never(node: nodes.Node) -> bool:
    match node:
        case nodes.Literal(value=value):
            return not isinstance(value, bool)
        case nodes.Binary(operator=operator):
            return operator in ARITHMETIC
        case nodes.If(then=then, otherwise=otherwise):
            return _never(then) and _never(otherwise)
        case nodes.Call(function=nodes.Name(name=name)):
            return name in NEVER_BOOLEAN
        case nodes.Negate() | nodes.ListOf() | nodes.ContextOf() | nodes.Interval() | nodes.Lambda() | nodes.For():
            return True
        case _:
            return False
