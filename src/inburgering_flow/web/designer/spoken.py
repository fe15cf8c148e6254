"""FEEL in words, for people who read a process and do not program: comparisons, and, or, not, in, dates and lengths of time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inburgering_flow.feel import FeelError, compile_unary_tests, nodes
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.feel.expression import parsed
from inburgering_flow.i18n import _
from inburgering_flow.web.display import day, label, length_of_time, number
from inburgering_flow.web.display import value as shown

Names = Mapping[str, str]
"""Variable → what it means."""


class _NotSimple(Exception):  # no error: it is shown as a formula then
    """An expression that words would not make clearer."""


@dataclass(frozen=True)
class Spoken:
    """An expression in words, or (``words`` empty) as a formula with what its variables mean."""

    words: str
    formula: str = ""
    variables: tuple[tuple[str, str], ...] = ()


def spoken(text: str, names: Names) -> Spoken:
    """Return an expression in words as far as it is simple, else the formula with the meaning of what it reads."""
    text = text.strip().removeprefix("=").strip()
    try:
        return Spoken(_said(parsed(text), names))
    except (_NotSimple, FeelError):
        pass
    try:
        read = sorted(compile_feel(text).variables)
    except FeelError:
        read = []
    return Spoken("", text, tuple((name, meaning(name, names)) for name in read))


def spoken_test(text: str, names: Names) -> Spoken:
    """Return the tests of a cell of a decision table in words, as far as they are simple; empty words for no test."""
    try:
        node = compile_unary_tests(text).node
        return Spoken(_tests(node, names) if node.tests else _("maakt niet uit"))
    except (_NotSimple, FeelError):
        return Spoken("", text)


def _tests(node: nodes.Tests, names: Names) -> str:
    if node.negated and any(isinstance(one.operand, nodes.Literal) and one.operand.value is None for one in node.tests):
        if len(node.tests) > 1:
            raise _NotSimple
        return _("bekend")
    said = _(" of ").join(_test(one.operator, one.operand, names) for one in node.tests)
    return _("niet {what}").format(what=said) if node.negated else said


_TESTED: Mapping[str, Callable[[], str]] = {
    "": lambda: "{right}", "=": lambda: "{right}", "!=": lambda: _("niet {right}"), "<": lambda: _("minder dan {right}"),
    "<=": lambda: _("hoogstens {right}"), ">": lambda: _("meer dan {right}"), ">=": lambda: _("ten minste {right}"),
}  # fmt: skip
_TESTED_DAY: Mapping[str, Callable[[], str]] = {
    "<": lambda: _("voor {right}"), "<=": lambda: _("uiterlijk {right}"), ">": lambda: _("na {right}"),
    ">=": lambda: _("op of na {right}"),
}  # fmt: skip


def _test(operator: str, operand: nodes.Node, names: Names) -> str:
    if isinstance(operand, nodes.Tests):
        return _tests(operand, names)
    if isinstance(operand, nodes.Quantified):
        return _quantified(operand, names)
    if isinstance(operand, nodes.Interval):
        return _interval(operand, names)
    if isinstance(operand, nodes.Literal) and operand.value is None:
        return _("bekend") if operator == "!=" else _("niet bekend")
    sentence = (_is_day(operand) and _TESTED_DAY.get(operator)) or _TESTED.get(operator)
    if sentence is None:
        raise _NotSimple
    return sentence().format(right=_said(operand, names))


def _interval(node: nodes.Interval, names: Names) -> str:
    is_dated = any(one is not None and _is_day(one) for one in (node.low, node.high))
    sentences = _TESTED_DAY if is_dated else _TESTED
    ends = ((node.low, ">=" if node.low_included else ">"), (node.high, "<=" if node.high_included else "<"))
    said = [sentences[sign]().format(right=_said(end, names)) for end, sign in ends if end is not None]
    return _(" en ").join(said)


def _quantified(node: nodes.Quantified, names: Names) -> str:
    """Return words for tests of the days in a list: ``some dag in ? satisfies dag >= date("2022-01-01")``."""
    item = node.iterators[0]
    if len(node.iterators) != 1 or not isinstance(item.source, nodes.Name) or item.source.name != "?":
        raise _NotSimple
    said = []
    for one in _row(node.condition, "and"):
        if not (isinstance(one, nodes.Binary) and isinstance(one.left, nodes.Name) and one.left.name == item.name):
            raise _NotSimple
        said.append(_test(one.operator, one.right, names))
    sentence = _("alle: {tests}") if node.every else _("een ervan: {tests}")
    return sentence.format(tests=_(" en ").join(said))


def meaning(name: str, names: Names) -> str:
    """Return what a variable means; where nothing says so, its name as words."""
    return names.get(name) or label(name)


def _quoted(text: str) -> str:
    return f"‘{text.rstrip('.')}’"


def _said(node: nodes.Node, names: Names) -> str:
    found = _WORDS.get(type(node))
    if found is None:
        raise _NotSimple
    return found(node, names)


def _literal(node: Any, _names: Names) -> str:
    value = node.value
    if value is None:
        return _("niets")
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if isinstance(value, Decimal):
        return number(int(value)) if value == int(value) else str(shown(value))
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return day(value, weekday=False)
        if re.fullmatch(r"P\d+[DWMY]", value):
            return length_of_time(value)
        if re.fullmatch(r"T\d\d:.*|.*\d\dT\d\d.*|P.*\d[A-Z].*", value):
            raise _NotSimple
        return f"“{value.replace('_', ' ') if re.fullmatch(r'[a-z0-9]+(_[a-z0-9]+)+', value) else value}”"  # a choice
    raise _NotSimple


def _name(node: Any, names: Names) -> str:
    return _quoted(meaning(node.name, names))


def _path(node: Any, names: Names) -> str:
    parts = [node.name]
    source = node.source
    while isinstance(source, nodes.Path):
        parts.append(source.name)
        source = source.source
    if not isinstance(source, nodes.Name):
        raise _NotSimple
    inner = label(" ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", part) for part in reversed(parts))).lower()
    return _("{part} van {whole}").format(part=_quoted(inner), whole=_quoted(meaning(source.name, names)))


COMPARED: Mapping[str, Callable[[], str]] = {
    "=": lambda: _("{left} is {right}"), "!=": lambda: _("{left} is niet {right}"),
    "<": lambda: _("{left} is minder dan {right}"), "<=": lambda: _("{left} is hoogstens {right}"),
    ">": lambda: _("{left} is meer dan {right}"),
    ">=": lambda: _("{left} is ten minste {right}"),
}  # fmt: skip
DATED: Mapping[str, Callable[[], str]] = {
    "<": lambda: _("{left} is eerder dan {right}"), "<=": lambda: _("{left} is uiterlijk {right}"),
    ">": lambda: _("{left} is later dan {right}"), ">=": lambda: _("{left} is op of na {right}"),
}  # fmt: skip


def _binary(node: Any, names: Names) -> str:
    operator = node.operator
    if operator in ("and", "or"):
        parts = [_said(part, names) for part in _row(node, operator)]
        if any(isinstance(part, nodes.Binary) and part.operator in ("and", "or") for part in _row(node, operator)):
            parts = [f"({said})" if isinstance(part, nodes.Binary) and part.operator in ("and", "or") else said
                     for part, said in zip(_row(node, operator), parts, strict=True)]  # fmt: skip
        return (_(" en ") if operator == "and" else _(" of ")).join(parts)
    right = node.right
    if operator in ("=", "!=") and isinstance(right, nodes.Literal) and right.value is None:
        known = _("{left} is nog niet bekend") if operator == "=" else _("{left} is bekend")
        return known.format(left=_said(node.left, names))
    if operator in COMPARED:
        is_dated = any(_is_day(one) for one in (node.left, right))
        sentence = (DATED if is_dated and operator in DATED else COMPARED)[operator]()
        return sentence.format(left=_said(node.left, names), right=_said(right, names))
    if operator in ("+", "-") and _is_call(right, "duration"):
        sentence = _("{length} na {day}") if operator == "+" else _("{length} vóór {day}")
        return sentence.format(length=_said(right, names), day=_said(node.left, names))
    raise _NotSimple


def _row(node: nodes.Node, operator: str) -> list[nodes.Node]:
    if isinstance(node, nodes.Binary) and node.operator == operator:
        return [*_row(node.left, operator), *_row(node.right, operator)]
    return [node]


def _is_call(node: nodes.Node, *wanted: str) -> bool:
    return isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name) and node.function.name in wanted


def _is_day(node: nodes.Node) -> bool:
    return _is_call(node, "date", "today", "wettelijkeTermijn", "werkdag")


def _call(node: Any, names: Names) -> str:
    if not isinstance(node.function, nodes.Name) or node.names:
        raise _NotSimple
    given = [_said(one, names) for one in node.arguments]
    match (node.function.name, given):
        case ("date" | "string" | "duration" | "number" | "date and time", [one]):
            return one
        case ("today", []):
            return _("vandaag")
        case ("now", []):
            return _("nu")
        case ("not", [one]):
            return _("het is niet zo dat {what}").format(what=one)
        case ("max", [one, other]):
            return _("het laatste of het meeste van {one} en {other}").format(one=one, other=other)
        case ("min", [one, other]):
            return _("het eerste of het minste van {one} en {other}").format(one=one, other=other)
        case ("wettelijkeTermijn", [begin, length]):
            said = _("de laatste dag van de wettelijke termijn ({length}) die begint met {begin}")
            return said.format(length=length, begin=begin)
        case ("werkdag", [one]):
            return _("de eerste werkdag op of na {day}").format(day=one)
        case ("count", [one]):
            return _("het aantal in {what}").format(what=one)
        case ("list contains", [many, one]):
            return _("{one} staat in {many}").format(one=one, many=many)
    raise _NotSimple


def _if(node: Any, names: Names) -> str:
    return _("{then} als {condition}, en anders {otherwise}").format(
        then=_said(node.then, names), condition=_said(node.condition, names), otherwise=_said(node.otherwise, names)
    )


def _in(node: Any, names: Names) -> str:
    if any(test.operator for test in node.tests):
        raise _NotSimple
    operands = [test.operand for test in node.tests]
    values = [item for one in operands for item in (one.items if isinstance(one, nodes.ListOf) else (one,))]
    return _("{left} is een van {values}").format(
        left=_said(node.value, names), values=", ".join(_said(one, names) for one in values)
    )


def _between(node: Any, names: Names) -> str:
    return _("{left} ligt van {low} tot en met {high}").format(
        left=_said(node.value, names), low=_said(node.low, names), high=_said(node.high, names)
    )


_WORDS: Mapping[type, Callable[[Any, Names], str]] = {
    nodes.Literal: _literal, nodes.Name: _name, nodes.Path: _path, nodes.Binary: _binary, nodes.Call: _call, nodes.If: _if,
    nodes.In: _in, nodes.Between: _between,
}  # fmt: skip
