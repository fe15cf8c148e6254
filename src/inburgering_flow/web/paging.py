"""Keys and where the next page of a list begins, as an address or a form says them."""

from __future__ import annotations

from flask import request

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.pages import FURTHEST


def key_in(text: str) -> int | None:
    """Return a key that somebody sent as text, None if it can be none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63 else None


def whole(text: str | None) -> int | None:
    """Return the key of the last row on the page before, None for the first page; raises InvalidInput for anything else."""
    if not text:
        return None
    found = key_in(text)
    if found is None:
        raise InvalidInput(_("Deze bladzijde is er niet."), remedy=_("Begin opnieuw bij de eerste bladzijde."))
    return found


def start_of(name: str = "vanaf") -> int:
    """Return at which row the page asked for begins, counted from zero, from the address; raises InvalidInput."""
    return min(whole(request.args.get(name)) or 0, FURTHEST)
