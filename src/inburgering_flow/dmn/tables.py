"""The decision tables of a model as they stand in its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.graph import Decision, Graph, KnowledgeModel


def tables(model: Graph) -> Iterator[tuple[Decision | KnowledgeModel, boxed.Table]]:
    """Yield each decision table with the decision or knowledge model that it stands in."""
    for element in model.elements.values():
        box = element.expression if isinstance(element, Decision) else None
        if isinstance(element, KnowledgeModel) and element.logic is not None:
            box = element.logic.body
        if isinstance(element, Decision | KnowledgeModel):
            yield from ((element, table) for table in _inside(box))


def _inside(box: Any) -> Iterator[boxed.Table]:
    if isinstance(box, boxed.Table):
        yield box
    elif isinstance(box, tuple):
        for one in box:
            yield from _inside(one)
    elif hasattr(type(box), "__dataclass_fields__"):
        for attribute in type(box).__dataclass_fields__:
            yield from _inside(getattr(box, attribute))
