"""A bound on walks through values: a small expression can make a list that contains another a thousand times over.

Whoever goes through the insides of a value calls ``enter`` with the number of its parts and ``leave`` afterwards; the
outermost walk of a thread starts counting from zero.
"""

from __future__ import annotations

import threading

from inburgering_flow.feel.errors import FeelError
from inburgering_flow.i18n import N_, Said

MAX_PARTS = 2_000_000
CHARACTERS_A_PART = 16


class _Walk(threading.local):
    depth = 0
    left = MAX_PARTS


_WALK = _Walk()


def enter(count: int) -> None:
    """Begin to go through ``count`` parts; raises ``FeelError`` if the whole walk has too many."""
    walk = _WALK
    if walk.depth == 0:
        walk.left = MAX_PARTS
    walk.left -= count
    if walk.left < 0:
        raise FeelError(
            Said(N_("A value has more than {most:,} parts."), most=MAX_PARTS),
            code="FEEL_LIMIT",
            remedy=Said(N_("Keep only what is needed from the list.")),
        )
    walk.depth += 1


def leave() -> None:
    """End what ``enter`` began."""
    _WALK.depth -= 1


def characters(length: int) -> None:
    """Count a text within a walk; raises ``FeelError`` as ``enter`` does."""
    if length >= CHARACTERS_A_PART and _WALK.depth:
        enter(length // CHARACTERS_A_PART)
        leave()
