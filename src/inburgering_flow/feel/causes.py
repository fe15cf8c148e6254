"""From the tree of what happened to the one sub-expression that is to blame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.errors import LESS_DEEP, TOO_DEEP
from inburgering_flow.feel.faults import ABSENT
from inburgering_flow.feel.trace import Fault, Trace
from inburgering_flow.i18n import _


@dataclass(frozen=True, slots=True)
class Cause:
    """The sub-expression at fault: where it is, what is wrong with it, and what may have been meant.

    ``line`` and ``column`` count from 1, ``start`` and ``end`` are offsets. No part of it contains a value.
    """

    text: str
    start: int
    end: int
    line: int
    column: int
    code: str
    message: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.message} {self.suggestion}".strip()

    def to_dict(self) -> dict[str, Any]:
        """Return the cause in a form that JSON can hold."""
        return {name: getattr(self, name) for name in self.__slots__}


def _cause(trace: Trace, fault: Fault) -> Cause:
    return Cause(
        trace.text, trace.start, trace.end, trace.line, trace.column, fault.code, fault.message, fault.suggestion
    )


def find_cause(root: Trace, failed: Trace | None = None) -> Cause | None:
    """Return what is to blame for a null or a warning; None if nothing went wrong.

    A fault of a part is the cause of the faults around it, the first one in order of evaluation. A part that is null
    without a fault of its own (a variable that is null) is the cause if an operator could not work on null.
    """
    if failed is not None:
        error = failed.error
        message = error.message if error is not None else str(TOO_DEEP)
        remedy = error.remedy if error is not None else str(LESS_DEEP)
        return _cause(failed, Fault(error.code if error is not None else "FEEL_LIMIT", message, remedy))
    found = _search(root)
    if found is not None:
        return found
    return _null(root) if root.value is None else None


def _search(trace: Trace) -> Cause | None:
    for child in influential(trace):
        found = _search(child)
        if found is not None:
            return found
    fault = trace.fault
    if fault is None:
        return None
    if fault.is_about_null or (isinstance(trace.node, nodes.Filter) and _source_is_null(trace)):
        for child in trace.children:
            if child.evaluated and child.value is None and not _is_test(child):
                return _null(child)
    return _cause(trace, fault)


def _is_test(trace: Trace) -> bool:
    return isinstance(trace.node, nodes.Test | nodes.Tests | nodes.Literal)


def _source_is_null(trace: Trace) -> bool:
    assert isinstance(trace.node, nodes.Filter)
    source = trace.child(trace.node.source)
    return source is not None and source.value is None


def influential(trace: Trace) -> Iterable[Trace]:
    """Return the parts that may have spoilt a trace's value: those whose failure it does not expect."""
    node, children = trace.node, [child for child in trace.children if child.evaluated]
    match node:
        case nodes.Binary(operator="and" | "or" as sign):
            if isinstance(trace.value, bool):
                return (
                    [child for child in children if child.value is trace.value] if trace.value is (sign == "or") else []
                )
            return [child for child in children if not isinstance(child.value, bool)]
        case nodes.Binary(operator="=" | "!=", left=left, right=right) if _is_null(left) or _is_null(right):
            return [child for child in children if child.fault is None or child.fault.code not in ABSENT]
        case nodes.In():
            # what a test of "in" says about kinds applies to the whole; a part of a test may still be to blame
            return [part for child in children for part in (child.children if _is_test(child) else [child])]
        case nodes.Call(function=nodes.Name(name="is defined")):
            return []
        case nodes.Call(function=nodes.Name(name="get or else"), arguments=arguments) if len(arguments) == 2:
            return (
                [child for child in children if child.node is not arguments[0]] if trace.value is not None else children
            )
        case _:
            return children


def _is_null(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Literal) and node.value is None


def _null(trace: Trace) -> Cause:
    """Follow a null that came without a fault to where it began."""
    node = trace.node
    match node:
        case nodes.If(then=then, otherwise=otherwise):
            inner = [child for child in trace.children if child.node in (then, otherwise) and child.evaluated]
        case nodes.Binary(operator="and" | "or"):
            inner = [child for child in trace.children if child.evaluated and child.value is None]
        case nodes.Path(source=source):
            inner = [child for child in trace.children if child.node is source and child.value is None]
        case None:
            inner = [child for child in trace.children if child.evaluated and child.value is None]
        case _:
            inner = []
    if inner:
        return _null(inner[0])
    said = _("The variable '{text}' is null.") if isinstance(node, nodes.Name) else _("The result of '{text}' is null.")
    return _cause(trace, Fault("NULL_VALUE", said.format(text=" ".join(trace.text.split())[:80])))
