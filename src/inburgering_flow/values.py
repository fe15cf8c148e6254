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


def load_value(text: str) -> Any:
    """Return the plain value of a JSON text."""
    try:
        return _decoder.decode(text)
    except ValueError:  # a whole number with more digits than Python turns into an int
        return _long_decoder.decode(text)


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
