"""What counts as a reason: the log keeps it, and somebody who reads it later has to understand it."""

from __future__ import annotations

import re

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _

LEAST_WORDS, LEAST_LETTERS, LONGEST = 3, 10, 500


def is_reason(text: str) -> bool:
    """Tell whether a text has three different words of two or more different letters, and ten letters together."""
    words = {word.casefold() for word in re.findall(r"[^\W\d_]+", text)}
    said = {word for word in words if len(set(word)) > 1}
    return len(said) >= LEAST_WORDS and sum(map(len, said)) >= LEAST_LETTERS


def checked_reason(text: str) -> str:
    """Return a reason as it is kept, at most 500 characters; raises InvalidInput where nobody could understand it later."""
    if not is_reason(text):
        raise InvalidInput(
            _("A reason needs at least three different words, with ten letters or more together."),
            remedy=_("Write why it is needed, such as: client asked for a new letter."),
            code="NO_REASON",
        )
    return text.strip()[:LONGEST]
