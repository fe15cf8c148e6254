"""Which element of a newer version an element that it does not have has become: a suggestion, for whoever moves cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inburgering_flow.bpmn.definition import Element, ProcessDefinition

SAME_NAME, SAME_PLACE, SAME_HOST = "name", "place", "host"


@dataclass(frozen=True, slots=True)
class Renamed:
    """One suggestion: ``why`` is what is the same, its name, its place between others, or the activity that it hangs on."""

    before: str
    after: str
    why: str


def suggest(before: ProcessDefinition, after: ProcessDefinition) -> list[Renamed]:
    """Return what each element that is gone has probably become, in the order of the older version.

    Only an element of the same kind that the older version does not have, in the same scope, and only where no other would do
    as well: first by name, then by what leads to it and what it leads to. Each round may help the next, so the rounds go on
    until none finds anything.
    """
    found: dict[str, Renamed] = {}
    while True:
        known = {e: e for e in before.elements if e in after.elements} | {r.before: r.after for r in found.values()}
        known[before.process_id] = after.process_id
        taken = set(known.values())
        gone = [e for e in before.elements.values() if e.id not in known]
        fresh = [e for e in after.elements.values() if e.id not in taken and e.parent is not None]
        more = _pairs(gone, fresh, known, _by_name, SAME_NAME) or _pairs(gone, fresh, known, _by_place, SAME_PLACE)
        more = more or _pairs(gone, fresh, known, _by_host, SAME_HOST)
        if not more:
            return [found[e] for e in before.elements if e in found]
        found.update({one.before: one for one in more})


_Fits = Callable[[Element, Element, Mapping[str, str]], bool]


def _pairs(gone: list[Element], fresh: list[Element], known: Mapping[str, str], fits: _Fits, why: str) -> list[Renamed]:
    """Return the pairs of which each is the only one that fits the other."""
    forward = {old.id: [new.id for new in fresh if _alike(old, new, known) and fits(old, new, known)] for old in gone}
    wanted: dict[str, int] = {}
    for candidates in forward.values():
        for one in candidates:
            wanted[one] = wanted.get(one, 0) + 1
    return [Renamed(old, news[0], why) for old, news in forward.items() if len(news) == 1 and wanted[news[0]] == 1]


def _alike(old: Element, new: Element, known: Mapping[str, str]) -> bool:
    """Tell whether one could go on as the other at all: of one kind, in one scope, waiting for the same kinds of events."""
    return (
        old.kind == new.kind and known.get(old.parent or "") == new.parent and (old.loop is None) == (new.loop is None)
        and (old.job_type is None) == (new.job_type is None) and _kinds(old) == _kinds(new)
        and old.triggered_by_event == new.triggered_by_event
    )  # fmt: skip


def _kinds(element: Element) -> list[str]:
    return [part.kind for part in element.event.all] if element.event is not None else []


def _by_name(old: Element, new: Element, known: Mapping[str, str]) -> bool:
    return bool(old.name) and _folded(old.name) == _folded(new.name) and known.get(old.attached_to or "") == new.attached_to


def _by_place(old: Element, new: Element, known: Mapping[str, str]) -> bool:
    """Tell whether the same elements lead to both, and both lead to the same; one known neighbour at least."""
    if old.attached_to or new.attached_to:
        return False
    before, after = {f.source for f in old.incoming}, {f.target for f in old.outgoing}
    if not (before or after):
        return False
    return (
        {known.get(e) for e in before} == {f.source for f in new.incoming}
        and {known.get(e) for e in after} == {f.target for f in new.outgoing}
    )


def _by_host(old: Element, new: Element, known: Mapping[str, str]) -> bool:
    return bool(old.attached_to) and known.get(old.attached_to or "") == new.attached_to


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
