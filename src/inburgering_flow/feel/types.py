"""FEEL types: what ``instance of`` tests and what parameters and variables are coerced to.

Source: DMN 1.5, 10.3.2.9 and 10.3.2.9.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from inburgering_flow.feel import parts
from inburgering_flow.feel.temporal import DateTime, FarDate
from inburgering_flow.feel.values import Function, Range, from_plain, kind
from inburgering_flow.feel.words import a_kind
from inburgering_flow.i18n import N_, Said


class FeelType(Protocol):
    """Anything that can say whether a value belongs to it."""

    def matches(self, value: Any) -> bool:
        """Say whether a value that is not null is an instance of the type."""
        ...

    def __str__(self) -> str: ...


SIMPLE = frozenset(
    {
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "context",
        "list",
        "range",
        "function",
    }
)
ALIASES = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "days and time duration": "days and time duration",
}


@dataclass(frozen=True, slots=True)
class Simple:
    """One of the built-in types by name."""

    name: str

    def matches(self, value: Any) -> bool:
        return kind(value) == self.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AnyType:
    """Every value that is not null."""

    def matches(self, value: Any) -> bool:
        return value is not None

    def __str__(self) -> str:
        return "Any"


@dataclass(frozen=True, slots=True)
class NullType:
    """Only null."""

    def matches(self, value: Any) -> bool:
        return value is None

    def __str__(self) -> str:
        return "Null"


ANY = AnyType()
NULL = NullType()


@dataclass(frozen=True, slots=True)
class ListType:
    """``list<item>``."""

    item: FeelType

    def matches(self, value: Any) -> bool:
        if not isinstance(value, list):
            return False
        parts.enter(len(value))
        try:
            return all(accepts(self.item, from_plain(item)) for item in value)
        finally:
            parts.leave()

    def __str__(self) -> str:
        return f"list<{self.item}>"


@dataclass(frozen=True, slots=True)
class ContextType:
    """``context<name: type, …>``; further entries are allowed."""

    fields: Mapping[str, FeelType] = field(default_factory=dict)

    def matches(self, value: Any) -> bool:
        if not isinstance(value, Mapping):
            return False
        parts.enter(len(self.fields))
        try:
            return all(
                name in value and accepts(wanted, from_plain(value[name])) for name, wanted in self.fields.items()
            )
        finally:
            parts.leave()

    def __str__(self) -> str:
        return "context<" + ", ".join(f"{name}: {wanted}" for name, wanted in self.fields.items()) + ">"


@dataclass(frozen=True, slots=True)
class RangeType:
    """``range<item>``."""

    item: FeelType

    def matches(self, value: Any) -> bool:
        if not isinstance(value, Range):
            return False
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(self.item.matches(end) for end in ends)

    def __str__(self) -> str:
        return f"range<{self.item}>"


@dataclass(frozen=True, slots=True)
class FunctionType:
    """``function<parameters> -> result``."""

    parameters: tuple[FeelType, ...]
    result: FeelType

    def matches(self, value: Any) -> bool:
        if not isinstance(value, Function):
            return callable(value)
        if len(value.parameters) != len(self.parameters):
            return False
        declared: Sequence[Any] = value.parameter_types or (None,) * len(self.parameters)
        fits = all(have is None or conforms(want, have) for want, have in zip(self.parameters, declared, strict=True))
        return fits and (value.result_type is None or conforms(value.result_type, self.result))

    def __str__(self) -> str:
        return f"function<{', '.join(str(p) for p in self.parameters)}> -> {self.result}"


def accepts(wanted: FeelType, value: Any) -> bool:
    """Like ``matches``, but null belongs to every type except where a type itself refuses it."""
    return value is None or wanted.matches(value)


def conforms(have: FeelType, want: FeelType) -> bool:
    """Say whether every value of ``have`` is a value of ``want``.

    Source: DMN 1.5, 10.3.2.9.2.
    """
    have, want = getattr(have, "base", have), getattr(want, "base", want)
    if isinstance(want, AnyType) or isinstance(have, NullType) or have == want:
        return True
    if isinstance(have, ListType) and isinstance(want, ListType):
        return conforms(have.item, want.item)
    if isinstance(have, RangeType) and isinstance(want, RangeType):
        return conforms(have.item, want.item)
    if isinstance(have, ContextType) and isinstance(want, ContextType):
        return all(name in have.fields and conforms(have.fields[name], kind_) for name, kind_ in want.fields.items())
    if isinstance(have, FunctionType) and isinstance(want, FunctionType):
        return (
            len(have.parameters) == len(want.parameters)
            and all(conforms(b, a) for a, b in zip(have.parameters, want.parameters, strict=True))
            and conforms(have.result, want.result)
        )
    if isinstance(want, Simple):
        name = {"list": ListType, "context": ContextType, "range": RangeType, "function": FunctionType}.get(want.name)
        return name is not None and isinstance(have, name)
    return False


class MismatchError(Exception):
    """A value does not fit the type that was declared; ``said`` says which is which."""

    def __init__(self, said: Said) -> None:
        super().__init__(said)
        self.said = said


def coerce(value: Any, wanted: FeelType) -> Any:
    """Return the value as the type wants it; raises ``MismatchError``.

    A list of one becomes its item, a single value a list of one, and a date the midnight of its day in UTC, where
    the type asks for it.

    Source: DMN 1.5, 10.3.2.9.4.
    """
    parts.enter(1)
    try:
        return _coerce(from_plain(value), wanted)
    finally:
        parts.leave()


def _coerce(value: Any, wanted: FeelType) -> Any:
    if value is None or wanted.matches(value):
        return value
    base = getattr(wanted, "base", wanted)
    if isinstance(base, ListType):
        if not isinstance(value, list):
            return [coerce(value, base.item)] if wanted.matches([coerce(value, base.item)]) else _refuse(value, wanted)
        items = [coerce(item, base.item) for item in value]
        return items if wanted.matches(items) else _refuse(value, wanted)
    if isinstance(value, list) and len(value) == 1:
        item = from_plain(value[0])
        return item if accepts(wanted, item) else _refuse(value, wanted)
    if isinstance(value, dt.date | FarDate) and base == Simple("date and time"):
        moment = DateTime(value, 0, 0)
        return moment if wanted.matches(moment) else _refuse(value, wanted)
    if isinstance(base, ContextType) and isinstance(value, Mapping):
        entries = {
            name: coerce(entry, base.fields[name]) if name in base.fields else entry for name, entry in value.items()
        }
        return entries if wanted.matches(entries) else _refuse(value, wanted)
    if isinstance(base, Simple) and base.name == "list":
        return [value]
    return _refuse(value, wanted)


def _refuse(value: Any, wanted: FeelType) -> Any:
    raise MismatchError(Said(N_("{kind} does not fit {wanted}"), kind=a_kind(value), wanted=wanted))
