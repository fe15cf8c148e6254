"""What happened in one evaluation: a tree of traces, one for each time a sub-expression was evaluated.

A recorder keeps the tree small: if a part is evaluated many times it keeps the first rounds and a few faulty ones, and
counts the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.errors import FeelError, FeelWarning, place
from inburgering_flow.feel.scope import Context
from inburgering_flow.feel.values import kind
from inburgering_flow.i18n import Said

MAX_ROUNDS = 5
MAX_FAULTY_ROUNDS = 5
MAX_TRACES = 2_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one trace: a code for machines, a sentence without values, and what may have been meant; in the
    language of who asked for the explanation. ``is_about_null``: a null is what the sentence complains of.
    """

    code: str
    message: str
    suggestion: str = ""
    is_about_null: bool = False

    def __str__(self) -> str:
        return f"{self.message} {self.suggestion}".strip()


@dataclass(slots=True, eq=False)
class Trace:
    """One evaluation of one sub-expression.

    ``text`` is the slice of ``source`` from ``start`` to ``end``; ``names`` are the local names of a round (the
    iterator's, the item of a filter, the parameters of a function); ``warnings`` arose exactly here; ``omitted``
    counts the rounds that were left out of ``children``. ``evaluated`` is false for a part that was never needed.
    """

    sort: str
    source: str
    start: int
    end: int
    node: nodes.Node | None = None
    value: Any = None
    evaluated: bool = False
    names: dict[str, Any] = field(default_factory=dict)
    warnings: list[FeelWarning] = field(default_factory=list)
    children: list[Trace] = field(default_factory=list)
    omitted: int = 0
    known: tuple[str, ...] = ()
    error: FeelError | None = None
    fault: Fault | None = None
    detail: Any = None
    part: Any = None
    faulty: bool = False
    counts: dict[int, int] = field(default_factory=dict)
    faulty_rounds: int = 0
    size: int = 1

    @property
    def text(self) -> str:
        """The sub-expression as it was written."""
        return self.source[self.start : self.end]

    @property
    def type(self) -> str:
        """The name of the value's FEEL type; empty for what was not evaluated."""
        return kind(self.value) if self.evaluated else ""

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return place(self.source, self.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return place(self.source, self.start)[1]

    def child(self, node: nodes.Node | None) -> Trace | None:
        """Return the first evaluation of a part."""
        return next((trace for trace in self.children if trace.node is node and node is not None), None)

    def walk(self) -> Iterator[Trace]:
        """Yield this trace and all below it."""
        waiting = [self]
        while waiting:
            trace = waiting.pop()
            yield trace
            waiting.extend(reversed(trace.children))


class Recorder:
    """Collects the traces of one evaluation."""

    def __init__(self) -> None:
        self.root = Trace("root", "", 0, 0)
        self.stack: list[Trace] = [self.root]
        self.total = 0
        self.failed: Trace | None = None

    def open(self, trace: Trace) -> None:
        """Begin a trace; what begins before it is closed goes below it."""
        self.stack.append(trace)

    def fail(self, trace: Trace, error: Exception) -> None:
        """Note at the innermost trace that evaluation stopped there."""
        if self.failed is None:
            self.failed = trace
            trace.error = error if isinstance(error, FeelError) else None

    def close(self, trace: Trace) -> None:
        """End a trace and put it below the one around it, unless that has enough rounds of it."""
        self.stack.pop()
        parent = self.stack[-1]
        trace.faulty = trace.faulty or trace.fault is not None or trace is self.failed
        parent.faulty = parent.faulty or trace.faulty
        key = id(trace.part if trace.part is not None else trace.node)
        rounds = parent.counts[key] = parent.counts.get(key, 0) + 1
        if self._has_room(parent, trace, rounds):
            parent.children.append(trace)
            parent.size += trace.size
            self.total += 1
        else:
            parent.omitted += 1
            self.total -= trace.size - 1

    def _has_room(self, parent: Trace, trace: Trace, rounds: int) -> bool:
        if parent is self.root:
            return True
        if trace.faulty:
            parent.faulty_rounds += 1
            return rounds == 1 or (parent.faulty_rounds <= MAX_FAULTY_ROUNDS and self.total < 2 * MAX_TRACES)
        return rounds <= MAX_ROUNDS and self.total < MAX_TRACES

    def warn(self, warning: FeelWarning) -> None:
        """Attach a warning to the trace in which it arose."""
        self.stack[-1].warnings.append(warning)


class TracingContext(Context):
    """A context that also reports each warning to a recorder; it shares warnings and budget with the one it is made from."""

    def __init__(self, outer: Context, recorder: Recorder, functions: Mapping[str, Any] | None = None) -> None:
        known = {**outer.functions, **(functions or {})}
        super().__init__(outer.given_now, outer.zone, known, outer.limits, outer.builtin_values)
        self.warnings = outer.warnings
        self.budget = outer.budget
        self.recorder = recorder

    def warn(self, code: str, said: Said, position: int = 0, source: str = "") -> None:
        """Record why something became null, and where."""
        super().warn(code, said, position, source)
        self.recorder.warn(FeelWarning(code, said, position, source))
