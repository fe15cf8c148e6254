"""Plain values as JSON text: what variables are stored as. Numbers with a fraction are decimals."""

from __future__ import annotations

from typing import Any

import simplejson


def load_value(text: str) -> Any:
    """Return the plain value of a JSON text."""
    return simplejson.loads(text, use_decimal=True)


def dump_value(value: Any) -> str:
    """Return the JSON text of a plain value."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
