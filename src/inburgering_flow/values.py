"""Plain values as JSON text: what variables are stored as. Numbers with a fraction are decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import simplejson

# Made once: simplejson builds a new one for each call that is not its default.
_decoder = simplejson.JSONDecoder(parse_float=Decimal)
_long_decoder = simplejson.JSONDecoder(parse_float=Decimal, parse_int=Decimal)
_encoder = simplejson.JSONEncoder(use_decimal=True, ensure_ascii=False, separators=(",", ":"))


def load_value(text: str) -> Any:
    """Return the plain value of a JSON text."""
    try:
        return _decoder.decode(text)
    except ValueError:  # a whole number with more digits than Python turns into an int
        return _long_decoder.decode(text)


def dump_value(value: Any) -> str:
    """Return the JSON text of a plain value."""
    return str(_encoder.encode(value))
