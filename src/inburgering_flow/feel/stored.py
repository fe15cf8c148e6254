"""What may be stored as a variable: JSON that either database holds and gives back unchanged."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel.temporal import DateTime, DaysDuration, FarDate, MonthsDuration, Time
from inburgering_flow.feel.values import NUMBERS, Function, Range, text_of
from inburgering_flow.i18n import N_, Said

MAX_DEPTH = 100  # levels of lists and contexts inside each other
MAX_DIGITS = 4_000  # of one number
LONGEST_NAME = 255
_AS_TEXT = (
    dt.date, dt.time, dt.timedelta, DateTime, DaysDuration, FarDate, MonthsDuration, Time, Range, Function,
)  # fmt: skip


def variables_given(given: Any) -> dict[str, Any]:
    """Return variables that come from outside as they are stored; None means none.

    Raises InvalidInput for anything but a mapping, for a name that cannot be one, and for a value as ``storable`` says.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidInput(
            Said(N_("Variables are names with values, not {kind}."), kind=type(given).__name__),
            remedy=Said(N_("Give a dictionary.")),
        )
    return {_name(name): _storable(value, str(name), 1) for name, value in given.items()}


def storable(value: Any, what: str) -> Any:
    """Return a value in a form that JSON can hold: as ``to_plain``, but what would be lost or changed on the way is
    refused.

    Numbers are finite, of at most 4,000 digits and within the range of decimal128; texts are well-formed Unicode; lists
    and contexts are nested at most 100 levels deep. ``what`` names the value in the sentence of an InvalidInput.
    """
    return _storable(value, what, 1)


def _storable(value: Any, what: str, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, what)
    if isinstance(value, int | float | Decimal):
        return _number(value, what)
    if depth > MAX_DEPTH:
        raise InvalidInput(
            Said(N_("'{what}' is nested deeper than {most} levels."), what=_shown(what), most=MAX_DEPTH),
            remedy=Said(N_("Give flatter data.")),
        )
    if isinstance(value, Mapping):
        return _context(value, what, depth)
    if isinstance(value, list | tuple):
        return [_storable(item, what, depth + 1) for item in value]
    if isinstance(value, _AS_TEXT):
        return text_of(value)
    raise InvalidInput(
        Said(
            N_("'{what}' contains a value of type {kind}, which cannot be stored."),
            what=_shown(what), kind=type(value).__name__,
        ),
        remedy=Said(N_("Give text, a number, true or false, null, a date or time, or lists and dictionaries of these.")),
    )  # fmt: skip


def _context(value: Mapping[Any, Any], what: str, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = _text(key, what) if isinstance(key, str) else str(key)
        if not isinstance(key, str | int) or name in found:
            raise InvalidInput(
                Said(
                    N_("'{what}' has a key that is not text, or the same one twice: {key}."),
                    what=_shown(what), key=_shown(repr(key)),
                ),
                remedy=Said(N_("Give each value a key of its own, as text.")),
            )  # fmt: skip
        found[name] = _storable(item, what, depth + 1)
    return found


def _text(value: str, what: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidInput(
                Said(N_("'{what}' contains half of a character (a lone surrogate), which is not text."), what=_shown(what)),
                remedy=Said(N_("Give well-formed Unicode.")),
            ) from None
    return value if type(value) is str else str.__str__(value)  # an enumeration's text, not its name


def _number(value: float | Decimal, what: str) -> float | Decimal:
    if isinstance(value, int):
        fits = value.bit_length() * 0.30103 < MAX_DIGITS
    elif isinstance(value, float):
        fits = math.isfinite(value)
    else:
        fits = value.is_finite() and len(value.as_tuple().digits) <= MAX_DIGITS
        fits = fits and (not value or NUMBERS.Etiny() <= value.adjusted() <= NUMBERS.Emax)
    if fits:
        return value
    raise InvalidInput(
        Said(N_("'{what}' is not a number that can be stored: it is not finite, or has too many digits."), what=_shown(what)),
        remedy=Said(N_("Give a finite number of at most {most:,} digits, or null."), most=MAX_DIGITS),
    )


def _name(name: Any) -> str:
    """Return the name of a variable; one that begins with ``$`` would be the engine's own."""
    good = isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and not name.startswith("$") and "\0" not in name
    if not good:
        raise InvalidInput(
            Said(N_("{name} cannot be the name of a variable."), name=_shown(repr(name))),
            remedy=Said(N_("Use 1 to {most} characters, none of them NUL, and not starting with $."), most=LONGEST_NAME),
        )
    return _text(name, "name")


def _shown(text: str) -> str:
    """Return a text for a sentence: short, and with only printable characters."""
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= 60 else f"{text[:57]}…"
