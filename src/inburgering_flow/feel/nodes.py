"""What an expression consists of once it has been read. ``at`` is the character offset.

Source: DMN 1.5, 10.3.1.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inburgering_flow.feel.types import FeelType
from inburgering_flow.i18n import Said


@dataclass(frozen=True, slots=True)
class Node:
    """Any piece of an expression."""

    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class Refused(Node):
    """A literal that is well-formed but stands for no value; it is null, and ``reason`` says why."""

    reason: Said


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Negate(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


LONG = 50  # operations in a row: beyond that they are taken one after the other


def chain_length(node: Node) -> int:
    """Return how many operations stand in a row, the first at the left."""
    length = 0
    while isinstance(node, Binary):
        length += 1
        node = node.left
    return length


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One unary test: an operator and its operand, or (operator empty) an expression."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """Unary tests; no tests means ``-``, which everything passes."""

    tests: tuple[Test, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class In(Node):
    value: Node
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: FeelType


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator:
    """``name in source`` or ``name in source..until``."""

    name: str
    source: Node
    until: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    every: bool
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Filter(Node):
    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Path(Node):
    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``names`` is empty for positional arguments."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    parameters: tuple[tuple[str, FeelType | None], ...]
    body: Node
    external: bool


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Interval(Node):
    low: Node | None
    high: Node | None
    low_included: bool
    high_included: bool
