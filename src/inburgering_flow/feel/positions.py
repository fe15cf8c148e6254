"""A parser that also notes where each sub-expression begins and ends; evaluation without explanation needs no ends."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.feel import nodes
from inburgering_flow.feel.lexer import Token
from inburgering_flow.feel.parser import Names, Parser
from inburgering_flow.feel.types import FeelType


class Positions:
    """The first and the last character of nodes. Parentheses around a node count for what contains it, not for itself."""

    def __init__(self) -> None:
        self.inner: dict[int, tuple[int, int]] = {}
        self.outer: dict[int, tuple[int, int]] = {}
        self.held: list[object] = []

    def note(self, node: nodes.Node, start: int, end: int) -> None:
        """Remember where a node is; the object is kept, so that its identity is not reused."""
        self.held.append(node)
        self.inner.setdefault(id(node), (start, end))
        self.outer[id(node)] = (start, end)

    def of(self, node: nodes.Node) -> tuple[int, int]:
        """Return start and end of a node."""
        return self.inner.get(id(node), (node.at, node.at))


class PositionParser(Parser):
    """The parser, with ``positions``."""

    def __init__(
        self, text: str, *, names: Names, functions: Names, types: Mapping[str, FeelType] | None = None
    ) -> None:
        super().__init__(text, names=names, functions=functions, types=types)
        self.positions = Positions()

    def prefix(self) -> nodes.Node:
        start = self.now.start
        node = super().prefix()
        self.positions.note(node, start, self._end())
        return node

    def infix(self, left: nodes.Node, token: Token, binding: int) -> nodes.Node | None:
        node = super().infix(left, token, binding)
        if node is not None:
            start = self.positions.outer.get(id(left), (left.at, left.at))[0]
            self.positions.note(node, start, self._end())
        return node

    def _test(self, power: int) -> nodes.Test:
        start = self.now.start
        node = super()._test(power)
        self.positions.note(node, start, self._end())
        return node

    def _end(self) -> int:
        return self.tokens[max(self.index - 1, 0)].end
