"""Explanations as text for a terminal and as plain data for JSON; large values are cut short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inburgering_flow.feel.trace import Step
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
        return [*kept, f"… {len(value) - MAX_ITEMS} more"] if len(value) > MAX_ITEMS else kept
    if isinstance(value, Mapping):
        if depth == 0:
            return {"…": "…"} if value else {}
        entries = list(value.items())
        shown = {str(name): bounded(item, depth - 1) for name, item in entries[:MAX_ITEMS]}
        return {**shown, "…": f"{len(entries) - MAX_ITEMS} more"} if len(entries) > MAX_ITEMS else shown
    return value


def plain(value: Any) -> Any:
    """Return a bounded value as JSON can hold it."""
    return to_plain(bounded(value))


def step_to_dict(step: Step, *, values: bool) -> dict[str, Any]:
    """Return a step and those below it as JSON can hold them."""
    return {
        "sort": step.sort,
        "text": step.text,
        "start": step.start,
        "end": step.end,
        "line": step.line,
        "column": step.column,
        "evaluated": step.evaluated,
        "type": step.type,
        **({"value": plain(step.value), "names": {n: plain(v) for n, v in step.names.items()}} if values else {}),
        "warnings": [{"code": w.code, "message": w.message} for w in step.warnings],
        "fault": {"code": step.fault.code, "message": str(step.fault)} if step.fault is not None else None,
        "omitted": step.omitted,
        "children": [step_to_dict(child, values=values) for child in step.children],
    }


def tree_lines(step: Step, before: str = "", *, label: str = "") -> Iterator[str]:
    """Yield the lines of a tree: each sub-expression with its value and type, what is wrong, and its parts below.

    Literals, whose text is their value, are left out.
    """
    yield label + line_of(step)
    shown = [child for child in step.children if child.sort != "literal" or child.fault or not child.evaluated]
    for index, child in enumerate(shown):
        last = index == len(shown) - 1 and not step.omitted
        yield from tree_lines(child, before + ("   " if last else "│  "), label=before + ("└─ " if last else "├─ "))
    if step.omitted:
        yield f"{before}└─ … {step.omitted} more"


def line_of(step: Step) -> str:
    """Return one step on one line."""
    text = " ".join(step.text.split())
    shown = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    names = ", ".join(f"{name} = {short(value, limit=40)}" for name, value in step.names.items())
    where = f"[{names}] " if names else ""
    if not step.evaluated:
        return f"{where}{shown}   (not evaluated)" if step.error is None else f"{where}{shown}   (stopped here)"
    wrong = f"   ! {step.fault}" if step.fault is not None else ""
    return f"{where}{shown} = {short(step.value)} ({step.type}){wrong}"
