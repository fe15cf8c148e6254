"""A place in a list that is ordered by moments: the moment and the key of a row, as an address has them."""

from __future__ import annotations

from datetime import UTC, datetime

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _


def place_in(text: str | None) -> tuple[datetime, int] | None:
    """Return the moment and key of a row of an address (``moment~key``), None for the first page; raises InvalidInput."""
    if not text:
        return None
    moment, _tilde, key = text.partition("~")
    try:
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None or not (key.isascii() and key.isdigit() and len(key) < 20 and int(key) < 2**63):
            raise ValueError(text)
        return found.astimezone(UTC), int(key)
    except (ValueError, OverflowError):  # no moment, or one before or after all years in UTC
        raise InvalidInput(_("There is no such page."), remedy=_("Start again at the first page.")) from None
