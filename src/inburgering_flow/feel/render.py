"""Explanations as text for a terminal and as plain data for JSON; large values are cut short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inburgering_flow.feel.trace import Trace
from inburgering_flow.feel.values import from_plain, text_of, to_plain

MAX_TEXT = 120
MAX_ITEMS = 20
MAX_DEPTH = 6


def short(value: Any, *, limit: int = MAX_TEXT) -> str:
    """Return a value as FEEL writes it, cut to one line of ``limit`` characters."""
    text = " ".join(text_of(bounded(value), inside=True).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def bounded(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a value with the first items of long lists, the beginning of long texts, and no more than six levels."""
    value = from_plain(value)
    if isinstance(value, str):
        return value if len(value) <= 1_000 else value[:1_000] + "…"
    if isinstance(value, list):
        if depth == 0:
            return ["…"] if value else []
        kept = [bounded(item, depth - 1) for item in value[:MAX_ITEMS]]
        return [*kept, f"… +{len(value) - MAX_ITEMS}"] if len(value) > MAX_ITEMS else kept
    if isinstance(value, Mapping):
        if depth == 0:
            return {"…": "…"} if value else {}
        entries = list(value.items())
        shown = {str(name): bounded(item, depth - 1) for name, item in entries[:MAX_ITEMS]}
        return {**shown, "…": f"+{len(entries) - MAX_ITEMS}"} if len(entries) > MAX_ITEMS else shown
    return value


def plain(value: Any) -> Any:
    """Return a bounded value in a form that JSON can hold."""
    return to_plain(bounded(value))


def trace_to_dict(trace: Trace, *, values: bool) -> dict[str, Any]:
    """Return a trace and those below it in a form that JSON can hold."""
    return {
        "sort": trace.sort,
        "text": trace.text,
        "start": trace.start,
        "end": trace.end,
        "line": trace.line,
        "column": trace.column,
        "evaluated": trace.evaluated,
        "type": trace.type,
        **({"value": plain(trace.value), "names": {n: plain(v) for n, v in trace.names.items()}} if values else {}),
        "warnings": [{"code": w.code, "message": w.message} for w in trace.warnings],
        "fault": {"code": trace.fault.code, "message": str(trace.fault)} if trace.fault is not None else None,
        "omitted": trace.omitted,
        "children": [trace_to_dict(child, values=values) for child in trace.children],
    }


def tree_lines(trace: Trace, before: str = "", *, label: str = "") -> Iterator[str]:
    """Yield the lines of a tree: each sub-expression with its value and type, what is wrong, and its parts below.

    Literals, whose text is their value, are left out.
    """
    yield label + line_of(trace)
    shown = [child for child in trace.children if child.sort != "literal" or child.fault or not child.evaluated]
    for index, child in enumerate(shown):
        last = index == len(shown) - 1 and not trace.omitted
        yield from tree_lines(child, before + ("   " if last else "│  "), label=before + ("└─ " if last else "├─ "))
    if trace.omitted:
        yield f"{before}└─ … {trace.omitted} more"


def line_of(trace: Trace) -> str:
    """Return one trace on one line."""
    text = " ".join(trace.text.split())
    shown = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    names = ", ".join(f"{name} = {short(value, limit=40)}" for name, value in trace.names.items())
    where = f"[{names}] " if names else ""
    if not trace.evaluated:
        return f"{where}{shown}   (not evaluated)" if trace.error is None else f"{where}{shown}   (stopped here)"
    wrong = f"   ! {trace.fault}" if trace.fault is not None else ""
    return f"{where}{shown} = {short(trace.value)} ({trace.type}){wrong}"
