"""The lines of the log that say that somebody saw names in a list, or searched for one."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from inburgering_flow.model import names
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.looks import Look
from inburgering_flow.store.audit import LIST_LOOK

MOST_KEPT = 200  # cases that a search found and the log names; more are counted only
HASHED = 16  # hexadecimal digits of a word's hash


def hashed_words(context: Context, text: str) -> list[str]:
    """Return the words of a name as the log keeps them: under a key, so that whoever asks about a name finds who searched for
    it, and who reads the log finds no name.

    A word with a hyphen counts as a whole too, which is how lines from before names were taken apart keep it.
    """
    words = sorted(names.words(text).union(names.folded(text).split()))
    return [hmac.new(context.search_key, word.encode(), hashlib.sha256).hexdigest()[:HASHED] for word in words]


def log_list(
    context: Context, actor: Actor, name: str, shown: int, *, search: str = "", searched: str = "", cases: Sequence[int] = (),
) -> None:  # fmt: skip
    """Log that somebody saw a list with names, before it is shown; ``name`` says which list.

    ``search`` is the kind of line where they looked for ``searched``, a name or number: then the words' hashes are kept,
    and the cases that were found. A list without anybody in it, or one that the program itself reads, needs no line.
    """
    if actor.is_system or not (shown or searched.strip()):
        return
    detail: dict[str, object] = {"list": name, "shown": shown}
    if searched.strip():
        detail |= {"words": hashed_words(context, searched), "cases": [str(key) for key in cases[:MOST_KEPT]]}
    context.looks.log(Look(actor.username, search if searched.strip() else LIST_LOOK, detail=detail))


def log_lists(context: Context, actor: Actor, shown: Mapping[str, int]) -> None:
    """Log that somebody saw lists with names on one page, a line for each, as ``log_list`` does; ``shown`` says how many."""
    seen = [Look(actor.username, LIST_LOOK, detail={"list": n, "shown": count}) for n, count in shown.items() if count]
    if seen and not actor.is_system:
        context.looks.log(*seen)
