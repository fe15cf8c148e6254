"""A fast path for the commonest expressions on values of the expected types. A direct closure takes the variables and
gives the value, or ``SLOW`` if anything is out of the ordinary: a name that is missing, a value of another type, a
number out of range. Then full evaluation decides, and only that records warnings. The fast path calls nothing and
counts nothing, so trying it first has no visible effect.

Source: DMN 1.5, 10.3.2 (the same semantics as ``compiler``).
"""

from __future__ import annotations

import datetime as dt
import decimal
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.values import MAX_EXACT, NUMBERS

SLOW: Any = object()
Direct = Callable[[Mapping[str, Any]], Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
}


def constant(node: nodes.Node) -> Any:
    """Return the value of a literal, possibly with a sign, or ``SLOW`` for any other node."""
    if isinstance(node, nodes.Literal):
        return node.value
    if isinstance(node, nodes.Negate):
        value = constant(node.operand)
        return NUMBERS.minus(value) if type(value) is Decimal else SLOW
    return SLOW


def direct(node: nodes.Node) -> Direct | None:
    """Return the direct closure of an expression, or None for a form that has none."""
    handler = _HANDLERS.get(type(node))
    return handler(node) if handler is not None else None


def _literal(node: nodes.Literal) -> Direct | None:
    value = node.value
    return (lambda _scope: value) if value is None or type(value) in (Decimal, str, bool, dt.date) else None


def _name(node: nodes.Name) -> Direct | None:
    name = node.name
    if name == "?":
        return None

    def load(scope: Mapping[str, Any]) -> Any:
        try:
            value = scope[name]
        except KeyError:
            return SLOW
        kind = type(value)
        if kind is Decimal:
            return value if value.is_finite() else SLOW
        if kind is str or kind is bool or kind is dt.date:
            return value
        if kind is int:
            return Decimal(value) if -MAX_EXACT < value < MAX_EXACT else SLOW
        return SLOW

    return load


def _negate(node: nodes.Negate) -> Direct | None:
    value = constant(node)
    if value is not SLOW:
        return lambda _scope: value
    operand = direct(node.operand)
    if operand is None:
        return None

    def run(scope: Mapping[str, Any]) -> Any:
        found = operand(scope)
        return NUMBERS.minus(found) if type(found) is Decimal else SLOW

    return run


def _binary(node: nodes.Binary) -> Direct | None:
    sign = node.operator
    if sign in ("and", "or"):
        return _logic(node)
    if sign in _COMPARE:
        for name, other, how in ((node.left, node.right, sign), (node.right, node.left, _MIRRORED[sign])):
            value = constant(other)
            if isinstance(name, nodes.Name) and type(value) in (Decimal, str, bool):
                return _comparison(name, how, value)
    if nodes.chain_length(node) > nodes.LONG:
        return None
    left, right = direct(node.left), direct(node.right)
    if left is None or right is None:
        return None
    if sign in _COMPARE:
        return _comparison_of(left, sign, right)
    return _arithmetic(left, _ARITHMETIC[sign], right) if sign in _ARITHMETIC else None


def _comparison(node: nodes.Name, sign: str, value: Any) -> Direct | None:
    """Compare a variable with a constant: most conditions consist of this."""
    name, kind, compare = node.name, type(value), _COMPARE[sign]
    if name == "?" or (kind is bool and sign not in ("=", "!=")):
        return None
    if kind is Decimal:

        def compare_number(scope: Mapping[str, Any]) -> Any:
            try:
                found = scope[name]
            except KeyError:
                return SLOW
            if type(found) is Decimal:
                return compare(found, value) if found.is_finite() else SLOW
            return compare(found, value) if type(found) is int and -MAX_EXACT < found < MAX_EXACT else SLOW

        return compare_number

    def compare_same(scope: Mapping[str, Any]) -> Any:
        found = scope.get(name)
        return compare(found, value) if type(found) is kind else SLOW

    return compare_same


def _comparison_of(left: Direct, sign: str, right: Direct) -> Direct:
    compare, ordered = _COMPARE[sign], sign not in ("=", "!=")

    def run(scope: Mapping[str, Any]) -> Any:
        one, other = left(scope), right(scope)
        kind = type(one)
        if kind is not type(other) or kind not in (Decimal, str, bool) or (kind is bool and ordered):
            return SLOW
        return compare(one, other)

    return run


def _arithmetic(left: Direct, operate: Callable[[Decimal, Decimal], Decimal], right: Direct) -> Direct:
    def run(scope: Mapping[str, Any]) -> Any:
        one, other = left(scope), right(scope)
        if type(one) is not Decimal or type(other) is not Decimal:
            return SLOW
        try:
            return operate(one, other)
        except decimal.DecimalException:
            return SLOW

    return run


def _logic(node: nodes.Binary) -> Direct | None:
    parts: list[nodes.Node] = []
    rest: nodes.Node = node
    while isinstance(rest, nodes.Binary) and rest.operator == node.operator:
        parts.append(rest.right)
        rest = rest.left
    found = [direct(part) for part in (rest, *reversed(parts))]
    codes = tuple(code for code in found if code is not None)
    if len(codes) < len(found):
        return None
    decisive = node.operator == "or"
    if len(codes) == 2:
        first, second = codes

        def run_two(scope: Mapping[str, Any]) -> Any:
            value = first(scope)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                return SLOW
            value = second(scope)
            return value if value is True or value is False else SLOW

        return run_two

    def run(scope: Mapping[str, Any]) -> Any:
        for code in codes:
            value = code(scope)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                return SLOW
        return not decisive

    return run


def _between(node: nodes.Between) -> Direct | None:
    value, low, high = direct(node.value), direct(node.low), direct(node.high)
    if value is None or low is None or high is None:
        return None

    def run(scope: Mapping[str, Any]) -> Any:
        one, bottom, top = value(scope), low(scope), high(scope)
        kind = type(one)
        if kind is type(bottom) is type(top) and (kind is Decimal or kind is str):
            return bottom <= one <= top
        return SLOW

    return run


def _if(node: nodes.If) -> Direct | None:
    test, then, otherwise = (direct(part) for part in (node.condition, node.then, node.otherwise))
    if test is None or then is None or otherwise is None:
        return None

    def run(scope: Mapping[str, Any]) -> Any:
        found = test(scope)
        if found is True:
            return then(scope)
        return otherwise(scope) if found is False else SLOW

    return run


_HANDLERS: dict[type[nodes.Node], Callable[[Any], Direct | None]] = {
    nodes.Literal: _literal,
    nodes.Name: _name,
    nodes.Negate: _negate,
    nodes.Binary: _binary,
    nodes.Between: _between,
    nodes.If: _if,
}
