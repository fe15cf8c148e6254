"""The server's own check of a submitted form: every problem at once, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from inburgering_flow.errors import InvalidSubmission, Problem
from inburgering_flow.feel import FeelError, evaluate
from inburgering_flow.forms.schema import Field, fields
from inburgering_flow.i18n import _

MAX_TEXT = 100_000
_TRUE, _FALSE = frozenset(("true", "on", "1", "ja")), frozenset(("false", "off", "0", "nee", ""))


class _Wrong(Exception):  # carries one sentence to the summary
    pass


def validate(schema: Mapping[str, Any], values: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return clean values of the questions that are shown; raises InvalidSubmission with every problem.

    Hidden questions and unknown keys are dropped; an empty answer to a question that may be skipped is None. Numbers
    become decimals, dates stay ISO text.
    """
    problems: list[Problem] = []
    clean: dict[str, Any] = {}
    for field in fields(schema):
        if field.hide and hidden(field, {**variables, **{f.key: None for f in fields(schema)}, **clean}):
            continue
        try:
            clean[field.key] = _value(field, values.get(field.key))
        except _Wrong as wrong:
            problems.append(Problem(field.key, str(wrong)))
            clean[field.key] = None
    if problems:
        raise InvalidSubmission(problems)
    return clean


def hidden(field: Field, known: Mapping[str, Any]) -> bool:
    """Tell whether a question is not asked, given what is known so far; a condition that fails hides nothing."""
    try:
        return evaluate(field.hide or "false", dict(known)) is True
    except FeelError:
        return False


def _value(field: Field, given: Any) -> Any:
    if field.type == "checkbox":
        value = _boolean(field, given)
        if field.required and not value:
            raise _Wrong(_("Tick: {label}.").format(label=field.label))
        return value
    if field.type == "checklist":
        return _checklist(field, given)
    if given is None or (isinstance(given, str) and not given.strip()):
        if field.required:
            raise _Wrong(
                _("Choose: {label}.").format(label=field.label)
                if field.options
                else _("Fill in: {label}.").format(label=field.label)
            )
        return None
    if field.type == "number":
        return _number(field, given)
    if field.type == "datetime":
        return _date(field, given)
    if field.type in ("radio", "select"):
        return _choice(field, given)
    return _text(field, given)


def _boolean(field: Field, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    text = str(given if given is not None else "").strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise _Wrong(_("{label}: choose yes or no.").format(label=field.label))


def _choice(field: Field, given: Any) -> Any:
    for value, _label in field.options:
        if type(value) is type(given) and value == given:
            return value
        if not isinstance(given, (dict, list)) and str(value).lower() == str(given).lower():
            return value
    raise _Wrong(_("{label}: choose one of the answers.").format(label=field.label))


def _checklist(field: Field, given: Any) -> list[Any]:
    items = given if isinstance(given, list) else [] if given in (None, "") else [given]
    chosen = [_choice(field, item) for item in items]
    if field.required and not chosen:
        raise _Wrong(_("Choose at least one answer: {label}.").format(label=field.label))
    return chosen


def _number(field: Field, given: Any) -> Decimal | int:
    if isinstance(given, bool) or not isinstance(given, (int, float, Decimal, str)):
        raise _Wrong(_("{label}: fill in a number.").format(label=field.label))
    text = str(given).strip().replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise _Wrong(_("{label}: fill in a number, for example 12 or 1.5.").format(label=field.label)) from None
    if not value.is_finite() or len(text) > 40 or abs(value) > Decimal("1e20"):
        raise _Wrong(_("{label}: fill in an ordinary number.").format(label=field.label))
    low, high = field.rules.get("min"), field.rules.get("max")
    if low is not None and value < Decimal(str(low)):
        raise _Wrong(_("{label}: the number is at least {low}.").format(label=field.label, low=low))
    if high is not None and value > Decimal(str(high)):
        raise _Wrong(_("{label}: the number is at most {high}.").format(label=field.label, high=high))
    return int(value) if value == value.to_integral_value() else value


def _date(field: Field, given: Any) -> str:
    text = str(given).strip()[:10]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _Wrong(_("{label}: fill in a date, for example 2026-12-31.").format(label=field.label)) from None
    if not 1900 <= day.year <= 2200:
        raise _Wrong(_("{label}: the year is not right.").format(label=field.label))
    return day.isoformat()


def _text(field: Field, given: Any) -> str:
    if isinstance(given, (dict, list, bool)):
        raise _Wrong(_("{label}: fill in text.").format(label=field.label))
    text = str(given).strip()
    longest = int(field.rules.get("maxLength") or MAX_TEXT)
    shortest = int(field.rules.get("minLength") or 0)
    if len(text) > longest:
        raise _Wrong(
            _("{label}: the text is too long. Use at most {longest} characters.").format(
                label=field.label, longest=longest
            )
        )
    if len(text) < shortest:
        raise _Wrong(
            _("{label}: the text is too short. Use at least {shortest} characters.").format(
                label=field.label, shortest=shortest
            )
        )
    pattern = field.rules.get("pattern")
    if pattern and not re.fullmatch(str(pattern), text[:1000]):
        raise _Wrong(_("{label}: this does not have the right form.").format(label=field.label))
    if any(ord(c) < 32 and c not in "\n\r\t" for c in text):
        raise _Wrong(_("{label}: the text contains a character that cannot be kept.").format(label=field.label))
    return text
