"""A DMN file as the rules see it: its model, or why there is none, and its tables as grids."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property

from inburgering_flow.dmn.boxed import Table
from inburgering_flow.dmn.decisions import Model
from inburgering_flow.dmn.graph import Decision, KnowledgeModel
from inburgering_flow.dmn.grid import Grid, grids
from inburgering_flow.dmn.reader import parse_model
from inburgering_flow.dmn.tables import tables
from inburgering_flow.errors import FlowError


@dataclass(frozen=True)
class DecisionFile:
    """What was read from a file; ``functions`` are those of plug-ins, which its expressions may call."""

    name: str
    model: Model | None = None
    problem: FlowError | None = None
    functions: Set[str] = frozenset()

    @cached_property
    def tables(self) -> list[tuple[Decision | KnowledgeModel, Table]]:
        """The decision tables of the file, each with the element that it stands in."""
        return list(tables(self.model)) if self.model is not None else []

    @cached_property
    def grids(self) -> list[Grid]:
        """The decision tables of the file."""
        return grids(self.model) if self.model is not None else []


def read(content: bytes, *, name: str, functions: Set[str] = frozenset()) -> DecisionFile:
    """Return what a DMN file says."""
    try:
        return DecisionFile(name, parse_model(content, name=name), functions=functions)
    except FlowError as error:
        return DecisionFile(name, problem=error)
