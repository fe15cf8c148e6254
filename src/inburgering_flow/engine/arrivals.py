"""Tokens that have arrived where more than one is needed, counted per incoming flow in rows.

What else an element has to remember is kept among the counts, under names that begin with a dollar sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine.run import Run

TOKENS = "$tokens"  # for an activity that needs several tokens to start: how many are there, over whatever flow
RESET, GOT = "$reset", "$got:"  # for a complex gateway: that it has started, and with a token over which flow


def at(run: Run, scope_key: int, element_id: str) -> Mapping[str, int]:
    """Return how many tokens wait at an element, per incoming flow."""
    return _counts(run, scope_key, element_id)


def _counts(run: Run, scope_key: int, element_id: str) -> dict[str, int]:
    counts = run.counts.get((scope_key, element_id))
    if counts is None:
        counts = {} if run.is_new(scope_key) else run.state.arrivals(scope_key, element_id)
        run.counts[scope_key, element_id] = counts
    return counts


def add(run: Run, scope_key: int, element_id: str, name: str) -> Mapping[str, int]:
    """Count one more token over a flow; return the new counts."""
    counts = _counts(run, scope_key, element_id)
    counts[name] = counts.get(name, 0) + 1
    run.step.arrivals[scope_key, element_id] = counts
    return counts


def take(run: Run, scope_key: int, element_id: str, names: Iterable[str], number: int = 1) -> None:
    """Take away ``number`` tokens over each of these flows, where that many wait."""
    counts = _counts(run, scope_key, element_id)
    for name in names:
        counts[name] -= number
    run.step.arrivals[scope_key, element_id] = counts


def note(run: Run, scope_key: int, element_id: str, changes: Mapping[str, int]) -> Mapping[str, int]:
    """Set counts to what they are from now on; return all of them."""
    counts = _counts(run, scope_key, element_id)
    counts.update(changes)
    run.step.arrivals[scope_key, element_id] = counts
    return counts


def clear(run: Run, scope_key: int, element_id: str) -> None:
    """Take every token away."""
    counts = _counts(run, scope_key, element_id)
    counts.update(dict.fromkeys(counts, 0))
    run.step.arrivals[scope_key, element_id] = counts


def waiting(
    run: Run, scope_key: int, container: Element, elements: Mapping[str, Element]
) -> Iterator[tuple[Element, Mapping[str, int]]]:
    """Yield each element of a scope at which tokens wait, with its counts."""
    for child_id in container.children:
        child = elements[child_id]
        if child.waits_for_tokens:
            counts = _counts(run, scope_key, child_id)
            if any(counts.values()):
                yield child, counts
