"""What kinds of FEEL values are called in a sentence, and the sentences that are said in more than one place."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from inburgering_flow.feel.errors import HEADED
from inburgering_flow.feel.values import NAMES_OF_TYPES, NotOrderedError, kind
from inburgering_flow.i18n import N_, Said

NULL = Said(N_("null"))
OTHER = Said(N_("a value of another kind"))
NOUNS = {
    "number": Said(N_("a number")),
    "string": Said(N_("a string")),
    "boolean": Said(N_("a boolean")),
    "date": Said(N_("a date")),
    "time": Said(N_("a time")),
    "date and time": Said(N_("a date and time")),
    "days and time duration": Said(N_("a days and time duration")),
    "years and months duration": Said(N_("a years and months duration")),
    "list": Said(N_("a list")),
    "context": Said(N_("a context")),
    "range": Said(N_("a range")),
    "function": Said(N_("a function")),
    "null": NULL,
}
_BY_TYPE = {type_: NOUNS[name] for type_, name in NAMES_OF_TYPES.items()}
_UNFIT = N_("{sign!r} does not work on {left} and {right}")
NO_CONDITION = Said(N_("the condition of a quantifier is not a boolean"))


def noun(type_name: str) -> Said:
    """Return what a kind of value, as ``kind`` names it, is called: with its article."""
    return NOUNS.get(type_name, OTHER)


def a_kind(value: Any) -> Said:
    """Return what the kind of a value is called."""
    return _BY_TYPE.get(type(value)) or NOUNS.get(kind(value), OTHER)


def together(kinds: Iterable[str]) -> Said:
    """Return several kinds in one breath: ``a number and a string``."""
    return reduce(lambda left, right: Said(N_("{left} and {right}"), left=left, right=right), map(noun, kinds))


def unfit(sign: str, left: Any, right: Any) -> Said:
    """Return that an operator does not work on two values of their kinds."""
    return Said(_UNFIT, sign=sign, left=a_kind(left), right=a_kind(right))


def unordered(error: NotOrderedError) -> Said:
    """Return that the items of a list have no order."""
    if error.is_mixed_by_zone:
        return Said(N_("{kind} with a zone and {kind} without have no order"), kind=together(error.kinds))
    if len(error.kinds) > 1:
        return Said(N_("{kinds} have no order"), kinds=together(error.kinds))
    return Said(N_("{kind} has no order"), kind=together(error.kinds))


def no_function(name: str, given: Any) -> Said:
    """Return that something is called which cannot be."""
    return Said(N_("{name!r} is {kind}, not a function"), name=name, kind=a_kind(given))


def headed(what: str | Said, why: Said) -> Said:
    """Return a sentence with what it is about in front."""
    return Said(HEADED, what=what, why=why)
