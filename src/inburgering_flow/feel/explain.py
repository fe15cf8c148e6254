"""Why an expression gives the result it does: the tree of its sub-expressions, and the one that is to blame.

The values come from real evaluation: the closures are those of ``compile``, with a note taken at each. Nothing here
runs when an expression is only evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.feel.causes import Cause, find_cause
from inburgering_flow.feel.errors import FeelError, FeelWarning
from inburgering_flow.feel.render import trace_to_dict, tree_lines
from inburgering_flow.feel.scope import Context
from inburgering_flow.feel.trace import Recorder, Trace, TracingContext
from inburgering_flow.feel.tracing import compile_traced, compile_traced_tests
from inburgering_flow.feel.types import FeelType
from inburgering_flow.feel.values import kind


class Explanation:
    """What an expression gave and why.

    ``value`` is the result, ``root`` the tree of traces, ``warnings`` all that arose, ``error`` the ``FeelError`` of an
    expression that went on too long (its value is then null), and ``cause`` the sub-expression to blame, or None.
    """

    def __init__(
        self, text: str, root: Trace, warnings: Iterable[FeelWarning], failed: Trace | None, error: FeelError | None
    ) -> None:
        self.text = text
        self.root = root
        self.value = root.value
        self.warnings = tuple(warnings)
        self.error = error
        self.cause: Cause | None = find_cause(root, failed)

    def to_dict(self, *, values: bool = True) -> dict[str, Any]:
        """Return the explanation in a form that JSON can hold; without values if they may not be seen."""
        return {
            "expression": self.text,
            "type": kind(self.value),
            **({"value": trace_to_dict(self.root, values=True)["value"]} if values else {}),
            "cause": self.cause.to_dict() if self.cause is not None else None,
            "error": None if self.error is None else {
                "code": self.error.code, "message": self.error.message, "remedy": self.error.remedy,
            },
            "warnings": [{"code": w.code, "message": w.message, "position": w.position} for w in self.warnings],
            "tree": trace_to_dict(self.root, values=values),
        }

    def __str__(self) -> str:
        lines = list(tree_lines(self.root))
        if self.error is not None:
            lines += ["", f"Stopped: {self.error}"]
        if self.cause is not None:
            where = f"line {self.cause.line}, column {self.cause.column}"
            lines += ["", f"Cause: {self.cause}", f"   in: {' '.join(self.cause.text.split())}   ({where})"]
        return "\n".join(lines)


def explain(
    text: str,
    variables: Mapping[str, Any] | None = None,
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    context: Context | None = None,
    names: Iterable[str] | None = None,
    types: Mapping[str, FeelType] | None = None,
) -> Explanation:
    """Evaluate an expression and explain the result; the parameters are those of ``evaluate``.

    ``names`` are the names with keywords or signs in them, as for ``compile``; without it they are those of
    ``variables``, as ``evaluate`` takes them.
    Raises ``FeelError`` for what cannot be read. An expression that goes on too long does not raise: the explanation's
    ``error`` and ``cause`` say where it was when it was stopped.
    """
    scope = variables or {}
    recorder, traced = _begin(context, functions)
    known = _spelled(scope) if names is None else tuple(names)
    compiled = compile_traced(text, recorder, names=known, functions=tuple(traced.functions), types=types)
    return _run(text, recorder, traced, lambda: compiled.evaluate(scope, traced))


def explain_unary_tests(
    text: str,
    value: Any,
    variables: Mapping[str, Any] | None = None,
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    context: Context | None = None,
    names: Iterable[str] | None = None,
    types: Mapping[str, FeelType] | None = None,
) -> Explanation:
    """Test a value against unary tests and say why it passes or not; see ``explain``."""
    scope = variables or {}
    recorder, traced = _begin(context, functions)
    known = _spelled(scope) if names is None else tuple(names)
    tests = compile_traced_tests(text, recorder, names=known, functions=tuple(traced.functions), types=types)
    return _run(text, recorder, traced, lambda: tests(value, scope, traced))


def _spelled(scope: Mapping[str, Any]) -> list[str]:
    return [name for name in scope if isinstance(name, str) and (not name.isidentifier() or name in BUILTINS)]


def _begin(
    context: Context | None, functions: Mapping[str, Callable[..., Any]] | None
) -> tuple[Recorder, TracingContext]:
    recorder = Recorder()
    return recorder, TracingContext(context or Context(), recorder, functions)


def _run(text: str, recorder: Recorder, traced: TracingContext, work: Callable[[], Any]) -> Explanation:
    before, error = len(traced.warnings), None
    try:
        work()
    except FeelError as stopped:
        error = stopped
    root = recorder.root.children[0] if recorder.root.children else recorder.root
    return Explanation(text, root, traced.warnings[before:], recorder.failed, error)
