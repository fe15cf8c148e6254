"""How a built-in function is declared: one line of text per way to call it.

``"string: string, start position: number, length: number="``: ``=`` marks a parameter that may be left out, ``?`` one
that may be null, ``*`` one that takes all the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.temporal import DateTime, DaysDuration, FarDate, MonthsDuration, Time
from inburgering_flow.feel.types import Simple
from inburgering_flow.feel.values import Function, Range, from_plain
from inburgering_flow.feel.words import a_kind, noun
from inburgering_flow.i18n import N_, Said

Row = tuple[str, str, Callable[..., Any]]
"""Name, parameters, and the Python function that gets one value per parameter."""


@dataclass(frozen=True, slots=True)
class WithRun:
    """A function that wants the run before its arguments: for the clock, for calls, for counting rounds."""

    function: Callable[..., Any]


def with_run(function: Callable[..., Any]) -> Any:
    """Mark a function in a table that wants the run first."""
    return WithRun(function)


_KINDS: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "list": (list,),
    "range": (Range,),
    "date": (dt.date, FarDate),
    "time": (Time,),
    "moment": (DateTime,),
    "day": (dt.date, FarDate, DateTime),
    "days": (DaysDuration,),
    "months": (MonthsDuration,),
    "duration": (DaysDuration, MonthsDuration),
}
_WORDS = {
    "moment": "date and time",
    "day": "date",
    "days": "days and time duration",
    "months": "years and months duration",
}
DURATION = Said(N_("a duration"))
WRONG_NUMBER = N_("it cannot be called with {count} arguments")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of one way to call a function."""

    name: str
    type: str
    optional: bool
    nullable: bool
    rest: bool

    def fit(self, value: Any, *, single: bool = True) -> Any:
        """Return the argument as the function wants it; raises ``NullError``."""
        wanted = self.type
        if value is None:
            if self.nullable:
                return None
            raise NullError(N_("{name!r} is null"), "INVALID_TYPE", name=self.name)
        if wanted == "any":
            return value
        if wanted == "list":
            return [from_plain(item) for item in value] if isinstance(value, list) else [value]
        if wanted == "context" and isinstance(value, Mapping):
            return value
        if wanted == "function" and (isinstance(value, Function) or callable(value)):
            return value
        kinds = _KINDS.get(wanted)
        if kinds is not None and isinstance(value, kinds):
            return value
        if single and isinstance(value, list) and len(value) == 1:
            return self.fit(from_plain(value[0]), single=False)
        if wanted == "moment" and isinstance(value, dt.date | FarDate):
            return DateTime(value, 0, 0)
        raise NullError(
            N_("{name!r} is {kind}, not {wanted}"), "INVALID_TYPE",
            name=self.name, kind=a_kind(value), wanted=DURATION if wanted == "duration" else noun(_WORDS.get(wanted, wanted)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    required: int
    rest: bool
    function: Callable[..., Any]
    wants_run: bool

    def takes(self, count: int) -> bool:
        """Say whether that many positional arguments fit."""
        least = max(self.required, 1) if self.rest else self.required
        return least <= count and (self.rest or count <= len(self.parameters))

    def positional(self, arguments: list[Any]) -> list[Any]:
        """Return arguments in order as the function wants them; raises ``NullError``."""
        last = len(self.parameters) - 1
        return [self.parameters[min(index, last)].fit(value) for index, value in enumerate(arguments)]

    def named(self, arguments: Mapping[str, Any]) -> list[Any]:
        """Return arguments by name as the function wants them; raises ``NullError``."""
        values: list[Any] = []
        for parameter in self.parameters:
            if parameter.rest:
                given = arguments.get(parameter.name, [])
                values.extend(
                    parameter.fit(from_plain(item)) for item in (given if isinstance(given, list) else [given])
                )
            elif parameter.name in arguments:
                values.append(parameter.fit(arguments[parameter.name]))
            else:
                values.append(None)
        return values

    def call(self, run: Any, values: list[Any]) -> Any:
        """Call with values that fit; raises ``NullError``."""
        return self.function(run, *values) if self.wants_run else self.function(*values)

    def reads_as(self, names: Mapping[str, Any]) -> bool:
        """Say whether the names are in the order of the parameters: ``range, point`` is not ``point, range``."""
        own = [parameter.name for parameter in self.parameters]
        return own[: len(names)] == list(names)

    def knows(self, names: Mapping[str, Any]) -> bool:
        """Say whether these names are parameters, and no required parameter is missing."""
        own = [parameter.name for parameter in self.parameters]
        return all(name in own for name in names) and all(
            parameter.name in names for parameter in self.parameters if not (parameter.optional or parameter.rest)
        )


def _parameter(text: str) -> Parameter:
    name, _, wanted = text.strip().partition(":")
    wanted = wanted.strip()
    return Parameter(
        name.strip().lstrip("*"),
        wanted.rstrip("=?"),
        optional="=" in wanted,
        nullable="?" in wanted,
        rest=name.strip().startswith("*"),
    )


def _way(text: str, function: Callable[..., Any]) -> Way:
    parameters = tuple(_parameter(part) for part in text.split(",")) if text else ()
    return Way(
        parameters,
        sum(1 for parameter in parameters if not (parameter.optional or parameter.rest)),
        any(parameter.rest for parameter in parameters),
        function.function if isinstance(function, WithRun) else function,
        isinstance(function, WithRun),
    )


_TYPES = {
    **{name: Simple(name) for name in ("number", "string", "boolean", "date", "time")},
    **{word: Simple(name) for word, name in _WORDS.items() if word != "day"},
}
"""The types of FEEL that parameters have, by their words in the tables; any other fits every value here."""


def build(rows: list[Row]) -> dict[str, Function]:
    """Return the functions of a table; rows with the same name are different ways to call it, tried in order."""
    ways: dict[str, list[Way]] = {}
    for name, text, function in rows:
        ways.setdefault(name, []).append(_way(text, function))
    return {name: _function(name, tuple(found)) for name, found in ways.items()}


def _function(name: str, ways: tuple[Way, ...]) -> Function:
    def invoke(run: Any, arguments: list[Any]) -> Any:
        reason: NullError | None = None
        for way in ways:
            if way.takes(len(arguments)):
                try:
                    values = way.positional(arguments)
                except NullError as null:
                    reason = reason or null
                    continue
                return way.call(run, values)
        raise reason or NullError(WRONG_NUMBER, count=len(arguments))

    def invoke_named(run: Any, arguments: dict[str, Any]) -> Any:
        reason: NullError | None = None
        for way in sorted(ways, key=lambda way: not way.reads_as(arguments)):
            if way.knows(arguments):
                try:
                    values = way.named(arguments)
                except NullError as null:
                    reason = reason or null
                    continue
                return way.call(run, values)
        raise reason or NullError(N_("it has no such parameters: {names}"), names=", ".join(sorted(arguments)))

    parameters = tuple(parameter.name for parameter in ways[0].parameters)
    types = tuple(_TYPES.get(parameter.type) for parameter in ways[0].parameters)
    if any([_TYPES.get(p.type) for p in way.parameters] != list(types) for way in ways):
        types = (None,) * len(parameters)  # called in several ways: none of them is its type
    return Function(name, parameters, invoke, types, invoke_named=invoke_named)
