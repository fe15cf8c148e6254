"""Why a decision gives the result it does, through the whole requirements graph.

The values come from real evaluation: the closures are those of ``Model.evaluate``, with a note taken at each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.errors import DmnError
from inburgering_flow.dmn.evaluation import evaluate
from inburgering_flow.dmn.graph import Decision, Element, Graph, InputData, KnowledgeModel
from inburgering_flow.dmn.table_explanation import TableExplanation
from inburgering_flow.dmn.tracing import BOXES, KINDS, DecisionRecorder, Read, TracedEvaluation, Visit
from inburgering_flow.feel import Context, FeelWarning
from inburgering_flow.feel.causes import Cause, find_cause
from inburgering_flow.feel.render import plain, short, trace_to_dict, tree_lines
from inburgering_flow.feel.trace import Fault, Trace, TracingContext
from inburgering_flow.feel.values import from_plain, kind

SHOWN_RULES = 10
"""How many of the rules that do not match the text shows; ``to_dict`` has all."""


@dataclass(frozen=True, slots=True)
class DecisionCause:
    """The element and the sub-expression that are to blame."""

    element_id: str
    element: str
    cause: Cause

    def __str__(self) -> str:
        return f"{self.element}: {self.cause}"

    def to_dict(self) -> dict[str, Any]:
        """Return the cause in a form that JSON can hold."""
        return {"elementId": self.element_id, "element": self.element, **self.cause.to_dict()}


@dataclass(slots=True)
class ElementExplanation:
    """One element of the graph: what it read and where that came from, what its logic did, and its value.

    ``kind`` is ``decision``, ``input data``, ``business knowledge model`` or ``decision service``; ``logic`` the kind
    of its logic (``decision table``, ``literal expression``, …), ``tables`` its tables in order of evaluation.
    """

    id: str
    name: str
    model: str
    kind: str
    logic: str
    question: str
    description: str
    reads: list[Read]
    trace: Trace

    @property
    def value(self) -> Any:
        """The value of the element; of a knowledge model or service that is called: a function."""
        return self.trace.value

    @property
    def tables(self) -> list[TableExplanation]:
        """Every decision table that was evaluated for this element."""
        return [trace.detail for trace in self.trace.walk() if isinstance(trace.detail, TableExplanation)]

    @property
    def warnings(self) -> list[FeelWarning]:
        """The warnings that arose in this element."""
        return [warning for trace in self.trace.walk() for warning in trace.warnings]

    def to_dict(self, *, values: bool = True) -> dict[str, Any]:
        """Return the element in a form that JSON can hold."""
        return {
            "id": self.id,
            "name": self.name,
            "model": self.model,
            "kind": self.kind,
            "logic": self.logic,
            "question": self.question,
            "description": self.description,
            "type": self.trace.type,
            **({"value": plain(self.value)} if values else {}),
            "inputs": [
                {
                    "name": read.name,
                    "origin": read.origin,
                    "element": read.element,
                    "used": read.used,
                    "type": kind(from_plain(read.value)) if read.used else "",
                    **({"value": plain(read.value)} if values else {}),
                }
                for read in self.reads
            ],
            "warnings": [{"code": w.code, "message": w.message} for w in self.warnings],
            "tables": [table.to_dict(values=values) for table in self.tables],
            "traces": [trace_to_dict(child, values=values) for child in self.trace.children],
        }


class DecisionExplanation:
    """What a decision gave and why.

    ``elements`` are all that were evaluated, the one asked for first and each before what it required; ``cause`` is the
    sub-expression to blame if the result is null or contains a null, or None; ``error`` is set if evaluation was
    stopped because it went on too long.
    """

    def __init__(
        self,
        model: Graph,
        name: str,
        value: Any,
        visits: Iterable[Visit],
        recorder: DecisionRecorder,
        warnings: Iterable[FeelWarning],
        error: DmnError | None,
    ) -> None:
        self.model = model
        self.decision = name
        self.value = value
        self.warnings = tuple(warnings)
        self.error = error
        self.elements = [_element(visit) for visit in visits]
        self.cause = self._cause(recorder.failed)

    def element(self, id_or_name: str) -> ElementExplanation:
        """Return an element by id or name; raises ``KeyError`` for one that was not needed."""
        for one in self.elements:
            if id_or_name in (one.id, one.name):
                return one
        raise KeyError(id_or_name)

    def _cause(self, failed: Trace | None) -> DecisionCause | None:
        if failed is not None:
            owner = next((one for one in self.elements if failed in one.trace.walk()), self.elements[0])
            cause = find_cause(failed, failed)
            return DecisionCause(owner.id, owner.name, cause) if cause is not None else None
        if not self.elements or not (self.value is None or _holds_null(self.value)):
            return None
        return self._blame(self.elements[0], set()) or self._misspelt()

    def _misspelt(self) -> DecisionCause | None:
        """Blame an input that was not given if one with nearly the same name was."""
        for one in self.elements:
            for read in one.reads:
                if read.fault is not None and read.fault.suggestion:
                    fault = read.fault
                    cause = Cause(read.name, 0, len(read.name), 1, 1, fault.code, fault.message, fault.suggestion)
                    return DecisionCause(one.id, one.name, cause)
        return None

    def _blame(self, one: ElementExplanation, seen: set[str]) -> DecisionCause | None:
        seen.add(one.id)
        cause = find_cause(one.trace)
        if cause is None and _holds_null(one.value):
            cause = next((found for child in one.trace.children if (found := find_cause(child)) is not None), None)
        if cause is None:
            return None
        if cause.code == "NO_RULE_MATCHED":
            cause = _null_input(one.trace) or cause
        for read in one.reads:
            if read.name != cause.text.strip("`") or read.element in seen:
                continue
            if read.fault is not None:
                return DecisionCause(one.id, one.name, _replaced(cause, read.fault))
            below = next((other for other in self.elements if other.id == read.element), None)
            deeper = self._blame(below, seen) if below is not None and below.kind != KINDS[InputData] else None
            if deeper is not None:
                return deeper
        return DecisionCause(one.id, one.name, cause)

    def to_dict(self, *, values: bool = True) -> dict[str, Any]:
        """Return the explanation in a form that JSON can hold; without values if they may not be seen."""
        return {
            "model": self.model.name,
            "decision": self.decision,
            "type": kind(self.value),
            **({"value": plain(self.value)} if values else {}),
            "cause": self.cause.to_dict() if self.cause is not None else None,
            "error": {"code": self.error.code, "message": str(self.error)} if self.error is not None else None,
            "warnings": [{"code": w.code, "message": w.message} for w in self.warnings],
            "elements": [one.to_dict(values=values) for one in self.elements],
        }

    def __str__(self) -> str:
        lines: list[str] = []
        for one in self.elements:
            if one.kind == KINDS[InputData] and not one.warnings:
                continue  # shown with its origin among the inputs of what read it
            lines += [*element_lines(one), ""]
        if self.error is not None:
            lines += [f"Stopped: {self.error}", ""]
        if self.cause is not None:
            lines += [f"Cause: {self.cause.cause}", f"   in: {self.cause.element}: {_one_line(self.cause.cause.text)}"]
        return "\n".join(lines).rstrip()


def _null_input(trace: Trace) -> Cause | None:
    """Return the null input that alone kept the nearest rule of a table from matching."""
    for table in trace.walk():
        if not isinstance(table.detail, TableExplanation) or table.value is not None:
            continue
        for rule in table.detail.nearest(1):
            wanted = {one.input for one in rule.obstacles if one.value is None}
            if len(wanted) == len(rule.obstacles):
                inputs = zip(table.detail.inputs, table.children, strict=False)
                return next((find_cause(child) for one, child in inputs if one.label in wanted), None)
    return None


def _holds_null(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(item is None or _holds_null(item) for item in value.values())
    return isinstance(value, list) and any(item is None or _holds_null(item) for item in value)


def _replaced(cause: Cause, fault: Fault) -> Cause:
    return Cause(
        cause.text,
        cause.start,
        cause.end,
        cause.line,
        cause.column,
        fault.code,
        fault.message,
        fault.suggestion or cause.suggestion,
    )


def _element(visit: Visit) -> ElementExplanation:
    element = visit.element
    box: boxed.Boxed | None = None
    if isinstance(element, Decision):
        box = element.expression
    elif isinstance(element, KnowledgeModel) and element.logic is not None:
        box = element.logic.body
    return ElementExplanation(
        element.id,
        element.name,
        visit.model.name,
        KINDS[type(element)],
        BOXES[type(box)] if box is not None else "",
        getattr(element, "question", ""),
        getattr(element, "description", ""),
        list(visit.reads.values()),
        visit.trace,
    )


def explain(
    model: Graph,
    id_or_name: str,
    inputs: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] | None,
    context: Context | None,
) -> DecisionExplanation:
    """Evaluate one element and say why; see ``Model.explain``."""
    element: Element = model.find(id_or_name)
    recorder = DecisionRecorder()
    traced = TracingContext(context or Context(), recorder, functions)
    before, value, error = len(traced.warnings), None, None
    try:
        value = evaluate(model, id_or_name, inputs, None, traced, TracedEvaluation)
    except DmnError as stopped:
        if stopped.code != "FEEL_LIMIT":
            raise
        error = stopped
    visits = recorder.visits
    if visits and visits[0].element is not element:
        visits = sorted(visits, key=lambda visit: visit.element is not element)
    return DecisionExplanation(model, element.name, value, visits, recorder, traced.warnings[before:], error)


# ─── text ───


def element_lines(one: ElementExplanation) -> Iterator[str]:
    """Yield the lines that explain one element."""
    logic = f", {one.logic}" if one.logic else ""
    value = short(one.value) if one.trace.evaluated else "not evaluated"
    yield f"{one.name} = {value}   ({one.kind}{logic})"
    for read in one.reads:
        yield f"    {_read_line(read)}"
    for table in one.tables:
        yield from _table_lines(table)
    if one.logic != BOXES[boxed.Table]:
        for child in one.trace.children:
            yield from (f"    {line}" for line in tree_lines(child))
    for warning in dict.fromkeys(w.message for w in one.warnings):
        yield f"    ! {warning}"


def _read_line(read: Read) -> str:
    origin = {
        "nowhere": "not there",
        "given with the call": "given with the call",
        "parameter": "parameter",
    }.get(read.origin, f"from {read.origin}")
    if not read.used:
        return f"{read.name}   ({origin}, not read)"
    if read.fault is not None:
        return f"{read.name}   ({origin})   ! {read.fault}"
    return f"{read.name} = {short(read.value)}   ({origin})"


def _table_lines(table: TableExplanation) -> Iterator[str]:
    aggregation = f" {table.aggregation}" if table.aggregation else ""
    yield f"    hit policy {table.hit_policy}{aggregation}; {len(table.matched)} of {len(table.rules)} rules match"
    for one in table.inputs:
        shown = short(one.value) if one.given else "not evaluated"
        yield f"    input {one.label} = {shown}"
    for rule in table.rules:
        if not rule.matched:
            continue
        entries = ", ".join(_one_line(entry) or "-" for entry in rule.entries)
        outputs = ", ".join(f"{name} = {short(value)}" for name, value in rule.outputs.items())
        left_out = "" if rule.applied else "   (matches, but the hit policy leaves it out)"
        yield f"    ✓ rule {rule.index}: {entries}" + (f"  →  {outputs}" if outputs else "") + left_out
        if rule.applied and rule.description:
            yield f"        {_one_line(rule.description)}"
        if rule.applied:
            for name, text in rule.annotations.items():
                yield f"        {name}: {_one_line(text)}"
    others = [rule for rule in table.rules if not rule.matched]
    nearest = {rule.index for rule in table.nearest(SHOWN_RULES)}
    for rule in others:
        if rule.index in nearest:
            yield f"    – rule {rule.index}: " + "; ".join(f"{one.input}: {one.reason()}" for one in rule.obstacles)
    if len(others) > SHOWN_RULES:
        yield f"    – {len(others) - SHOWN_RULES} more rules do not match"


def _one_line(text: str) -> str:
    return " ".join(text.split())
