"""Item definitions as FEEL types.

Source: DMN 1.5, 7.3.3 and 10.3.2.9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inburgering_flow.feel import temporal
from inburgering_flow.feel.types import (
    ALIASES,
    ANY,
    SIMPLE,
    ContextType,
    FeelType,
    FunctionType,
    ListType,
    Simple,
)
from inburgering_flow.feel.values import from_plain


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """``allowed`` are unary tests on a value (on each item of a collection), ``constraint`` on the whole value."""

    name: str
    type_ref: str = ""
    allowed: str = ""
    constraint: str = ""
    is_collection: bool = False
    components: tuple[ItemDefinition, ...] = ()
    function: tuple[tuple[tuple[str, str], ...], str] | None = None


@dataclass(frozen=True, slots=True)
class Constrained:
    """A type whose values must pass tests as well; ``base`` is the type without them."""

    name: str
    base: FeelType
    check: Callable[[Any], bool] = field(compare=False)

    def matches(self, value: Any) -> bool:
        return self.base.matches(value) and self.check(value)

    def __str__(self) -> str:
        return self.name


def built_in(type_ref: str) -> FeelType | None:
    """Return the built-in type of a name such as ``number``, ``feel:number`` or ``dateTime``."""
    name = type_ref.rpartition(":")[2].strip()
    name = "number" if name in NUMBERS else ALIASES.get(name, name)
    if name in SIMPLE:
        return Simple(name)
    return ANY if name in ("Any", "any", "") else None


def from_text(value: Any, wanted: FeelType) -> Any:
    """Return a value from outside with texts read as dates, times or durations where the type asks for them. JSON has
    no dates; a text that is not one stays as it is, and the coercion that follows reports it.
    """
    base = getattr(wanted, "base", wanted)
    if isinstance(value, str) and isinstance(base, Simple) and base.name in TEMPORAL:
        try:
            return TEMPORAL[base.name](value)
        except ValueError:
            return value
    if isinstance(base, ListType) and isinstance(value, list) and _has_temporal(base):
        return [from_text(item, base.item) for item in value]
    if isinstance(base, ContextType) and isinstance(value, Mapping) and _has_temporal(base):
        return {
            name: from_text(entry, base.fields[name]) if name in base.fields else entry for name, entry in value.items()
        }
    return value


TEMPORAL: dict[str, Callable[[str], Any]] = {
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "date and time": temporal.parse_date_time,
    "days and time duration": temporal.parse_duration,
    "years and months duration": temporal.parse_duration,
}


def _has_temporal(wanted: FeelType) -> bool:
    base = getattr(wanted, "base", wanted)
    if isinstance(base, ListType):
        return _has_temporal(base.item)
    if isinstance(base, ContextType):
        return any(_has_temporal(part) for part in base.fields.values())
    return isinstance(base, Simple) and base.name in TEMPORAL


NUMBERS = frozenset({"integer", "long", "double"})
"""What Camunda 7 wrote for number."""


class Types:
    """The types of one model. ``imported`` answers for names with the prefix of an import.

    ``tests`` turns the text of unary tests into a check.
    """

    def __init__(
        self,
        definitions: tuple[ItemDefinition, ...],
        imported: Callable[[str, str], FeelType | None],
        tests: Callable[[str], Callable[[Any], bool]],
    ) -> None:
        self.definitions = {definition.name: definition for definition in definitions}
        self.imported = imported
        self.tests = tests
        self.made: dict[str, FeelType] = {}
        self.making: set[str] = set()

    def find(self, type_ref: str) -> FeelType | None:
        """Return a type by its name, or None if there is no such type."""
        ref = type_ref.strip()
        if ref in self.made:
            return self.made[ref]
        definition = self.definitions.get(ref) or self.definitions.get(ref.rpartition(":")[2])
        if definition is not None:
            if ref in self.making:
                return ANY
            self.making.add(ref)
            made = self.made[ref] = self.make(definition)
            self.making.discard(ref)
            return made
        found = built_in(ref)
        if found is not None:
            return found
        prefix, dot, name = ref.partition(".")
        if not dot:
            prefix, dot, name = ref.partition(":")
        return self.imported(prefix, name) if dot else None

    def make(self, definition: ItemDefinition) -> FeelType:
        """Return the type that an item definition describes."""
        base: FeelType
        if definition.components:
            base = ContextType({part.name: self.make(part) for part in definition.components})
        elif definition.function is not None:
            parameters, result = definition.function
            base = FunctionType(tuple(self.find(ref) or ANY for _, ref in parameters), self.find(result) or ANY)
        else:
            base = self.find(definition.type_ref) or ANY
        if definition.allowed:
            base = self.constrained(definition.name, base, definition.allowed, definition.is_collection)
        if definition.is_collection:
            base = ListType(base)
        if definition.constraint:
            base = self.constrained(definition.name, base, definition.constraint, False)
        return base

    def constrained(self, name: str, base: FeelType, text: str, of_items: bool) -> FeelType:
        """Return the type with unary tests on top.

        If the base is a list they apply to the list or to each of its items; tests that name ``?`` are meant for the
        list.
        """
        check = self.tests(text)
        inner = getattr(base, "base", base)
        if isinstance(inner, ListType) and not of_items and "?" not in text:
            return Constrained(
                name, inner, lambda value: check(value) or all(check(from_plain(item)) for item in value)
            )
        return Constrained(name, inner, lambda value: base.matches(value) and check(value))
