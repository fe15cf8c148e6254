"""Plain values as JSON text: what variables are stored as. Numbers with a fraction are decimals."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

import simplejson


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON.")


# Each created once. The standard library costs half as much as simplejson, but cannot write decimals.
_decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)
_long_decoder = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_decimal_encoder = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_constants = {True: "true", False: "false", None: "null"}

DEEPEST = 100  # levels of lists and objects that are read of what somebody sends


def load_value(text: str) -> Any:
    """Return the plain value of a JSON text."""
    try:
        return _decoder.decode(text)
    except ValueError:  # a whole number with more digits than Python turns into an int
        return _long_decoder.decode(text)


def load_sent(text: str) -> Any:
    """Return the plain value of a JSON text that somebody sent; raises ValueError, and nothing else, for any other text:
    one that is no JSON, that is nested deeper than DEEPEST levels, or that has numbers or characters that do not exist.
    """
    try:
        value = load_value(text)
    except (RecursionError, ArithmeticError) as error:  # nested too deeply; an exponent that no decimal has
        raise ValueError("It is nested too deeply, or has a number that is too large.") from error
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"It is nested deeper than {DEEPEST} levels.")
        for item in level:
            if isinstance(item, str):
                item.encode()  # half of a character, as in "\\ud800", cannot be stored
        inside = [[*v, *v.values()] if isinstance(v, dict) else v for v in level if isinstance(v, dict | list)]
        level = [item for items in inside for item in items]
    return value


def dump_value(value: Any) -> str:
    """Return the JSON text of a plain value."""
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is bool or value is None:
        return _constants[value]
    try:
        return _encoder.encode(value)
    except TypeError:  # it contains a decimal
        return str(_decimal_encoder.encode(value))
