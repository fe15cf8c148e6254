"""Variables that hold the last day of a term: what a data dictionary says of one, read, and judged for the lint.

The entry of such a variable (type date) has ``term``, with at least a ``title``, or a list of them for several processes. The
register of terms (``terms.py``) follows the variable in the processes of ``in``, or in every process of the family.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inburgering_flow.errors import FlowError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.i18n import _


@dataclass(frozen=True)
class Term:
    """A term as the dictionary declares it; texts are empty where it says nothing."""

    title: str
    within: tuple[str, ...] = ()
    """The processes that keep it; empty for every process of the family."""
    until: tuple[str, ...] = ()
    """Variables: when one of them gets a value, what the term is for has been done."""
    starts: str = ""
    """FEEL: the day of the fact that it starts with."""
    length: str = ""
    """FEEL: how long it is, as ISO 8601 text."""
    ground: str = ""
    """FEEL: why it ends on this day, in words."""
    whose: str = ""
    """Who has to keep it; empty for the organisation itself. Only its own terms make a case late."""
    decides: str = ""
    """The role that decides when it is over."""
    missed: str = ""
    """What follows when it is not kept."""
    norm: str = ""
    first_day_after: bool = False
    """The variable holds the first day after the term."""


_TEXTS = ("title", "starts", "length", "ground", "whose", "decides", "missed", "norm")
_LISTS = {"in": "within", "until": "until"}
_KNOWN = {*_TEXTS, *_LISTS, "first_day_after"}


def faults(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the term of an entry of a dictionary, one sentence each; nothing where it has none."""
    given = entry.get("term")
    several = given if isinstance(given, list) else [] if given is None else [given]
    for one in several:
        yield from _faults(entry, one)
    lists = [one.get("in") or [""] for one in several if isinstance(one, Mapping)]
    within = [process for names in lists if _are_texts(names) for process in names]
    if len(several) > 1 and ("" in within or len(set(within)) < len(within)):
        yield _("Of several terms of '{name}' each needs 'in', with other processes.").format(name=entry.get("name"))


def _faults(entry: Mapping[str, Any], given: Any) -> Iterator[str]:
    name = entry.get("name")
    if not isinstance(given, Mapping) or not isinstance(given.get("title"), str) or not given["title"].strip():
        yield _("'term' of '{name}' needs a 'title'.").format(name=name)
        return
    if entry.get("type") not in ("date", "date and time"):
        yield _("'{name}' has a 'term', so its type must be date.").format(name=name)
    for key, value in given.items():
        if key not in _KNOWN:
            yield _("'term' of '{name}' has an unknown '{key}'.").format(name=name, key=key)
        elif key in _LISTS and not _are_texts(value):
            yield _("'{key}' in the 'term' of '{name}' must be a list of names.").format(name=name, key=key)
        elif key in _TEXTS and not isinstance(value, str):
            yield _("'{key}' in the 'term' of '{name}' must be text.").format(name=name, key=key)
        elif key in ("starts", "length", "ground"):
            try:
                compile_feel(value)
            except FlowError as error:
                yield _("'{key}' in the 'term' of '{name}' is no FEEL: {said}").format(name=name, key=key, said=error.message)
        elif key == "first_day_after" and not isinstance(value, bool):
            yield _("'{key}' in the 'term' of '{name}' must be true or false.").format(name=name, key=key)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def data_terms(content: bytes | None, process_id: str) -> dict[str, Term]:
    """Return the terms that a process keeps, by variable; those that cannot be read are left out."""
    if content is None:
        return {}
    found = {}
    for entry in json.loads(content, parse_float=Decimal):
        if isinstance(entry, dict) and entry.get("term") is not None and not any(faults(entry)):
            for one in entry["term"] if isinstance(entry["term"], list) else [entry["term"]]:
                given: dict[str, Any] = {
                    _LISTS.get(key, key): tuple(value) if key in _LISTS else value for key, value in one.items()
                }
                term = Term(**given)
                if not term.within or process_id in term.within:
                    found[entry["name"]] = term
    return found
