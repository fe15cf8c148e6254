"""The lines of the log that say that somebody saw names in a list, or searched for one."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace

from inburgering_flow.model import names
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.looks import Look
from inburgering_flow.store import absences
from inburgering_flow.store import cases as cases_of
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
    rows: Sequence[int] = (),
) -> None:  # fmt: skip
    """Log that somebody saw a list with names, before it is shown; ``name`` says which list.

    ``search`` is the kind of line where they looked for ``searched``, a name or number: then the words' hashes are kept,
    and the cases that were found. ``rows`` are the cases of the rows with a name: of those that a deputy sees as that alone
    the line says how many, and for whom. A list without anybody in it, or one that the program itself reads, needs no line.
    """
    if actor.is_system or not (shown or searched.strip()):
        return
    detail: dict[str, object] = {"list": name, "shown": shown, **_as_deputy(rows, *_for_others(context, actor, rows))}
    if searched.strip():
        detail |= {"words": hashed_words(context, searched), "cases": [str(key) for key in cases[:MOST_KEPT]]}
    context.looks.log(Look(actor.username, search if searched.strip() else LIST_LOOK, detail=detail))


def log_lists(context: Context, actor: Actor, shown: Mapping[str, Sequence[int]]) -> None:
    """Log that somebody saw lists with names on one page, a line for each, as ``log_list`` does; ``shown`` are the cases of the
    rows with a name.
    """
    others, names = _for_others(context, actor, [key for rows in shown.values() for key in rows])
    seen = [
        Look(actor.username, LIST_LOOK, detail={"list": name, "shown": len(rows), **_as_deputy(rows, others, names)})
        for name, rows in shown.items() if rows
    ]  # fmt: skip
    if seen and not actor.is_system:
        context.looks.log(*seen)


def _for_others(context: Context, actor: Actor, rows: Sequence[int]) -> tuple[set[int], str]:
    """Return which of these cases somebody sees as a deputy alone, and of whom."""
    if actor.stands_in is None or not rows:
        return set(), ""
    with context.db.read() as unit:
        others = set(rows) - cases_of.seen(unit, replace(actor, stands_in=None), rows)
        names = absences.behind(unit, actor.username, actor.stands_in, sorted(others)) if others else []
    return others, ", ".join(names)


def _as_deputy(rows: Sequence[int], others: set[int], names: str) -> dict[str, object]:
    count = sum(1 for key in rows if key in others)
    return {"as_deputy": count, "as_deputy_of": names} if count else {}
