"""Which cases a new version of a decision would change: it is run beside the version of now, on what open cases decided with.

Nothing is stored, and nothing of a case changes: whoever has put the new version in force assesses cases again one by one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from inburgering_flow.dmn import DmnError, Model, parse_model
from inburgering_flow.engine.variables import typed
from inburgering_flow.errors import FlowError
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import Limits, to_plain
from inburgering_flow.feel.render import plain
from inburgering_flow.model import permissions
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.counts import Cell, counts_exactly, hide_small
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import cases, decisions
from inburgering_flow.values import dump_value

LIMITS = Limits(iterations=10_000, calls=50, items=10_000, characters=10_000)
SECONDS, PORTION, MOST_NAMED = 20, 500, 200
NOTHING = "–"


@dataclass(frozen=True)
class Changed:
    """A case whose decision would be another one."""

    root_key: int
    business_key: str
    before: str
    after: str


@dataclass(frozen=True)
class Impact:
    """What a new version of one decision would change.

    ``compared`` decisions of open cases were taken again with both versions; where ``is_whole`` is not true, there was no time
    for the others. ``outcomes`` are "before → after" with how many there are, small counts hidden from who sees no cases;
    ``named`` are the cases that the actor sees; ``failed`` says how many the new version could not decide, or None where that
    count is small and hidden.
    """

    decision_id: str
    name: str
    compared: int
    is_whole: bool
    outcomes: list[Cell]
    changed: int | None
    failed: int | None
    named: list[Changed]


class Impacts:
    """Use cases about decisions that are not in force yet."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def of(self, resources: Sequence[Resource], actor: Actor) -> list[Impact]:
        """Return what the decisions in these files would change in open cases, by name; files of another kind say nothing here.

        Raises Forbidden for who neither deploys nor leads.
        """
        if not actor.may(permissions.BOARD):
            actor.require(permissions.DEPLOY)
        found = []
        until = time.monotonic() + SECONDS
        for resource in resources:
            if not resource.name.endswith(".dmn"):
                continue
            try:
                model = parse_model(resource.content, name=resource.name)
            except FlowError:
                continue  # what is wrong with it is a finding of the check
            found += [self._of(model, id, actor, until) for id in model.decisions]
        shown = [one for one in found if one is not None]
        log_list(self.context, actor, "impact", sum(len(one.named) for one in shown))
        return sorted(shown, key=lambda one: one.name)

    def _of(self, new: Model, decision_id: str, actor: Actor, until: float) -> Impact | None:
        """Return what one decision would change; None where no open case has taken it."""
        outcomes: Counter[str] = Counter()
        named: list[Changed] = []
        compared = failed = 0
        is_whole, name = True, new.decisions[decision_id].name
        for row, kinds in self._rows(decision_id):
            if time.monotonic() > until:
                is_whole = False
                break
            inputs = {key: typed(value, kinds.get(key)) for key, value in row.inputs.items()}
            before = self._old(decision_id, inputs)
            compared += 1
            try:
                after = self._decided(new, decision_id, inputs)
            except DmnError:
                failed += 1
                continue
            if before != after:
                outcomes[f"{before} → {after}"] += 1
                if len(named) < MOST_NAMED:
                    named.append(Changed(row.root_key, "", before, after))
        if not compared and is_whole:
            return None
        exactly = counts_exactly(actor)
        cells = [Cell(label, count) for label, count in outcomes.most_common()] if exactly else hide_small(outcomes)
        total = sum(outcomes.values())
        hides = not exactly and any(cell.count is None for cell in cells)
        return Impact(
            decision_id, name, compared, is_whole, cells, None if hides else total,
            failed if exactly or failed == 0 or failed >= 5 else None, self._visible(named, actor),
        )  # fmt: skip

    def _rows(self, decision_id: str) -> Iterator[tuple[DecisionRow, Mapping[str, str]]]:
        """Yield the newest decision of each step in each open case, with the types of its process's variables."""
        after = 0
        while True:
            with self.context.db.read() as unit, self.context.catalog.within(unit):
                rows = decisions.of_open_cases(unit, decision_id, after, PORTION)
                found = [(row, self.context.catalog.process(definition).types) for row, definition in rows]
            yield from found
            if len(rows) < PORTION:
                return
            after = rows[-1][0].key

    def _old(self, decision_id: str, inputs: Mapping[str, Any]) -> str:
        try:
            return self._decided(self.context.catalog.decision(decision_id), decision_id, inputs)
        except FlowError:
            return NOTHING

    def _decided(self, model: Model, decision_id: str, inputs: Mapping[str, Any]) -> str:
        context = FeelContext(
            self.context.clock.now(), ZoneInfo(self.context.settings.zone), self.context.functions, LIMITS
        )
        value = plain(to_plain(model.evaluate(decision_id, dict(inputs), context=context)))
        return NOTHING if value is None else value if isinstance(value, str) else dump_value(value)

    def _visible(self, named: list[Changed], actor: Actor) -> list[Changed]:
        keys = [one.root_key for one in named]
        with self.context.db.read() as unit:
            seen = cases.seen(unit, actor, keys) if keys else set()
            names = cases.names(unit, sorted(seen))
        return [
            Changed(one.root_key, names.get(one.root_key, ""), one.before, one.after) for one in named if one.root_key in seen
        ]
