"""Small changes of a FEEL text, as a slip of the pen would make them: one at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from inburgering_flow.feel import FeelError, compile_unary_tests
from inburgering_flow.feel import compile as compile_feel

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<=|>=|!=|[<>=]|\b(?:true|false|and|or)\b|(?<!\w)(?<!\d\.)\d+(?:\.\d+)?(?!\w)')
RANGE = re.compile(r"([\[\]()])([^\[\]()]+\.\.[^\[\]()]+)([\[\]()])")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DURATION = re.compile(r"-?P(?=[\dT])[\dYMWDTHS.]*\Z")
SWAPPED = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "!=", "!=": "=", "true": "false", "false": "true", "and": "or", "or": "and",
}  # fmt: skip


def slips(text: str, *, is_fit: Callable[[str], bool] | None = None) -> Iterator[str]:
    """Yield the text with one comparison, constant or connective changed; each can still be read as FEEL."""
    fit = is_fit or readable
    for found in TOKEN.finditer(text):
        token = found.group()
        changed = SWAPPED.get(token) or (_text(token) if token.startswith('"') else _more(token))
        other = text[: found.start()] + changed + text[found.end() :]
        if fit(other):
            yield other
    for found in RANGE.finditer(text):
        opening, inside, closing = found.groups()
        for one in (f"{'(' if opening == '[' else '['}{inside}{closing}", f"{opening}{inside}{')' if closing == ']' else ']'}"):
            other = text[: found.start()] + one + text[found.end() :]
            if fit(other):
                yield other


def literal_timer(text: str) -> Iterator[str]:
    """Yield a date, duration or cycle, written without FEEL, a day or a unit later."""
    day = DAY.search(text)
    if day is not None:
        yield text[: day.start()] + _day_after(day.group()) + text[day.end() :]
        return
    number = re.search(r"(?<=P)\d+|(?<=T)\d+", text)
    if number is not None:
        yield text[: number.start()] + str(int(number.group()) + 1) + text[number.end() :]


def negated(text: str) -> str:
    """Return the opposite of a condition."""
    return f"not({text})"


def later(text: str) -> str:
    """Return an expression that gives a moment a day later, or a duration twice as long, whatever form it has."""
    return (
        f"for waarde in [{text}] return if waarde instance of string then "
        'if starts with(waarde, "P") then string(duration(waarde) * 2) '
        'else if contains(waarde, "T") then string(date and time(waarde) + duration("P1D")) '
        'else string(date(waarde) + duration("P1D")) '
        "else if waarde instance of days and time duration or waarde instance of years and months duration then waarde * 2 "
        'else waarde + duration("P1D")'
    )


def _text(token: str) -> str:
    inside = token[1:-1]
    if DAY.fullmatch(inside):
        return f'"{_day_after(inside)}"'
    if DURATION.fullmatch(inside):
        return '"' + "".join(literal_timer(inside)) + '"'
    return f'"{inside}~"'


def _more(token: str) -> str:
    whole, dot, rest = token.partition(".")
    return f"{int(whole) + 1}{dot}{rest}"


def _day_after(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return day


def readable(text: str) -> bool:
    """Tell whether a text is FEEL."""
    try:
        compile_feel(text)
    except FeelError:
        return False
    return True


def readable_test(text: str) -> bool:
    """Tell whether a text is an entry for an input of a decision table."""
    try:
        compile_unary_tests(text)
    except FeelError:
        return False
    return True
