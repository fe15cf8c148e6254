"""Which terms will probably be missed, and what they wait for: how the cases fared that stood at the same step as long.

It counts examples of this organisation's own history by term, process and step, and knows nothing of persons. Where there are
too few examples it says so.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from inburgering_flow.analysis.lateness import Example, Share, share_late
from inburgering_flow.bpmn.definition import Element
from inburgering_flow.clock import legal_day, running_seconds
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import ALL, Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.counting import HOUR, STAYS, Standing, stay_name
from inburgering_flow.services.figures import Figures, month_of, months_back
from inburgering_flow.store import figures
from inburgering_flow.store.database import Unit
from inburgering_flow.store.figures import Day, Stay

MONTHS = 24
"""Months of history that are looked at."""
AHEAD = 200
"""Terms that are looked at for the list, those that come first."""
LISTED = 0.2
"""What the list begins with."""
PROBABLE = 0.5
AGAIN = 300.0
"""Seconds after which it is looked again whether another node has sealed a month."""
QUEUE, STEP, PARTNER, TIME, SYSTEM = "queue", "step", "partner", "time", "system"
"""What a term waits for: that somebody takes a task, that it is done, a message, a date, a program."""


@dataclass(frozen=True)
class Outlook:
    """What is to be expected of a term: ``share`` is None where too few cases stood where this one stands."""

    root_key: int
    term: str
    due: datetime
    share: Share | None
    cause: str
    definition_key: int
    """Of the process that the step is in."""
    element_id: str
    step: str

    @property
    def is_probable(self) -> bool:
        """Whether it will rather be missed than kept."""
        return self.share is not None and self.share.late / self.share.of >= PROBABLE


@dataclass(frozen=True)
class Expected:
    """The terms that will perhaps be missed, the most probable first."""

    outlooks: Sequence[Outlook]
    names: Mapping[int, str]
    """What the cases are called."""
    looked_at: int
    unknown: int
    """Of how many of those too little is known."""
    months: int
    """Months of history that were looked at."""


class Outlooks:
    """Use cases about terms that will perhaps be missed."""

    def __init__(self, context: Context, kept: Figures) -> None:
        self.context, self.figures = context, kept
        self._lock = threading.Lock()
        self._state: tuple[date, int] | None = None
        self._read = 0.0
        self._known: tuple[tuple[date, ...], Mapping[str, Sequence[Example]]] = ((), {})

    def history(self) -> tuple[int, Mapping[str, Sequence[Example]]]:
        """Return of how many months the history is, and its examples by term and step."""
        this, now = month_of(legal_day(self.context.clock.now())), running_seconds()
        state = this, self.figures.sealed
        with self._lock:
            if self._state != state or now - self._read > AGAIN:
                found = self.figures.months(STAYS, months_back(this, MONTHS), this)
                self._state, self._read = state, now
                if self._known[0] != tuple(found.months):
                    examples: dict[str, list[Example]] = defaultdict(list)
                    for content in found.months.values():
                        for name, plain in content.items():
                            examples[name].extend(as_examples(plain))
                    self._known = tuple(found.months), dict(examples)
            return len(self._known[0]), self._known[1]

    def of_cases(self, root_keys: Sequence[int], actor: Actor) -> dict[int, Outlook]:
        """Return the outlook of the first term of each of these cases that has not passed, for who leads: cases that the actor
        has been let into, or sees in a list.
        """
        if not root_keys or not actor.may(permissions.BOARD):
            return {}
        _months, history = self.history()
        if not history:
            return {}
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            now = self.context.clock.now()
            first: dict[int, Day] = {}
            for day in figures.running_days(unit, root_keys):
                if day.due > now:
                    first.setdefault(day.root_key, day)
            return {one.root_key: one for one in self._judged(unit, list(first.values()), history, now, actor)}

    def expected(self, actor: Actor) -> Expected:
        """Return the terms that come first and will perhaps be missed; for who sees every case and leads."""
        actor.require(permissions.FIGURES)
        actor.require(permissions.BOARD)
        months, history = self.history()
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            now = self.context.clock.now()
            days = figures.first_days(unit, now, AHEAD) if ALL in actor.sees else []
            found = self._judged(unit, days, history, now, actor)
            wanted = [one for one in found if one.share is not None and one.share.probability >= LISTED]
            wanted.sort(key=lambda one: (-one.share.probability if one.share else 0, one.due))
            names = figures.case_names(unit, sorted({one.root_key for one in wanted}))
        return Expected(wanted, names, len(found), sum(one.share is None for one in found), months)

    def _judged(
        self, unit: Unit, days: Sequence[Day], history: Mapping[str, Sequence[Example]], now: datetime, actor: Actor
    ) -> list[Outlook]:  # fmt: skip
        standing = Standing(unit, sorted({one.root_key for one in days}), only_now=True)
        stays = [(day, stay) for day in days if (stay := standing.at(day.root_key, day.instance_key, now)) is not None]
        taken = figures.assigned(unit, [stay.key for _day, stay in stays if stay.element_type == "USER_TASK"])
        found = []
        for day, stay in stays:
            catalog = self.context.catalog
            if actor.closed(catalog.family_of(stay.definition_key)):
                continue
            element = catalog.process(stay.definition_key).definition.elements[stay.element_id]
            term = catalog.terms_of(day.definition_key).get(day.name)
            found.append(Outlook(
                day.root_key, term.title if term is not None else day.name, day.due, judged(day, stay, history, now),
                _cause(element, stay.key in taken), stay.definition_key, stay.element_id, element.name or element.id,
            ))  # fmt: skip
        return found


def as_examples(plain: Iterable[Sequence[int]]) -> list[Example]:
    """Return examples as ``counting.stays`` counted them."""
    return [Example(None if lasted < 0 else lasted, over, due) for lasted, over, due in plain]


def judged(day: Day, stay: Stay, history: Mapping[str, Sequence[Example]], now: datetime) -> Share | None:
    """Return how many of the cases that stood at the same step as long missed such a term with as much time left."""
    examples = history.get(stay_name(day.name, stay), ())
    return share_late(examples, (now - stay.start) / HOUR, (day.due - now) / HOUR)


def _cause(element: Element, is_taken: bool) -> str:
    if element.kind == "userTask":
        return STEP if is_taken else QUEUE
    if element.kind in ("serviceTask", "sendTask", "businessRuleTask"):
        return SYSTEM
    return TIME if element.event is not None and element.event.kind == "timer" else PARTNER
