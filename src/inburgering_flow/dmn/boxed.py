"""Boxed expressions as they are in a file, before anything is compiled.

Source: DMN 1.5, chapters 7.3 and 8, 10.2.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Boxed:
    """Any boxed expression; ``type_ref`` is the type that was declared for it, or empty."""

    id: str
    type_ref: str


@dataclass(frozen=True, slots=True)
class Literal(Boxed):
    """One FEEL expression. ``language`` is empty for FEEL."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Binding:
    """A name, its type, and what it is bound to."""

    name: str
    type_ref: str
    expression: Boxed | None


@dataclass(frozen=True, slots=True)
class Invocation(Boxed):
    function: Boxed | None
    bindings: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class ContextBox(Boxed):
    """Entries in order; the result has the empty name."""

    entries: tuple[Binding, ...]


@dataclass(frozen=True, slots=True)
class ListBox(Boxed):
    items: tuple[Boxed | None, ...]


@dataclass(frozen=True, slots=True)
class Relation(Boxed):
    columns: tuple[str, ...]
    rows: tuple[tuple[Boxed | None, ...], ...]


@dataclass(frozen=True, slots=True)
class FunctionBox(Boxed):
    """``kind`` is FEEL, Java or PMML; only FEEL is run."""

    kind: str
    parameters: tuple[tuple[str, str], ...]
    body: Boxed | None


@dataclass(frozen=True, slots=True)
class Conditional(Boxed):
    condition: Boxed | None
    then: Boxed | None
    otherwise: Boxed | None


@dataclass(frozen=True, slots=True)
class FilterBox(Boxed):
    source: Boxed | None
    match: Boxed | None


@dataclass(frozen=True, slots=True)
class IteratorBox(Boxed):
    """``kind`` is for, some or every."""

    kind: str
    variable: str
    source: Boxed | None
    body: Boxed | None


@dataclass(frozen=True, slots=True)
class InputClause:
    id: str
    label: str
    expression: str
    type_ref: str
    values: str


@dataclass(frozen=True, slots=True)
class OutputClause:
    id: str
    name: str
    label: str
    type_ref: str
    values: str
    default: Boxed | None


@dataclass(frozen=True, slots=True)
class RuleBox:
    """``inputs`` are unary tests; ``annotations`` belong to the table's annotation names in order."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[Boxed | None, ...]
    annotations: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Table(Boxed):
    hit_policy: str
    aggregation: str
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    annotations: tuple[str, ...]
    rules: tuple[RuleBox, ...]
