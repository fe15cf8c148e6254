"""What a change did: two versions of a process, or two periods, compared on duration, repetition and missed terms.

Compared are cases that could be followed as long: those that had begun early enough, and of each what happened within that time.
Else those of a new version would seem quick, because the slow ones still run. They are matched by the values that tell cases
apart in this domain (``Plugin.indicators``) and by the phase in which their case began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from inburgering_flow.analysis.effects import DURATION, Comparison, Observed, compare
from inburgering_flow.clock import end_of_day, start_of_day
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import COMPLETED
from inburgering_flow.services.context import Context
from inburgering_flow.services.counting import HOUR, Ours
from inburgering_flow.services.disclosure.counts import counts_names
from inburgering_flow.store import definitions, figures
from inburgering_flow.store.database import Unit
from inburgering_flow.store.figures import Begun

FOLLOWED = 0.9
"""Cases are followed as long as it took this share of those before the change."""
MOST = 400
"""Cases of each group, the newest."""
ROUNDS = 499


@dataclass(frozen=True)
class Group:
    """Cases of a version, or begun between two days."""

    version: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Found:
    """Two groups compared, and how long their cases were followed; None where none of before has ended."""

    comparison: Comparison
    followed: timedelta | None


class Effects:
    """Use cases about what a change did."""

    def __init__(self, context: Context, names: Sequence[str]) -> None:
        self.context, self.names = context, names

    def versions(self, process_id: str, actor: Actor) -> list[int]:
        """Return the versions of a process, the newest first."""
        actor.require(permissions.FIGURES)
        with self.context.db.read() as unit:
            return [row.version for row in definitions.versions(unit, "process", process_id)]

    def compare(
        self, process_id: str, before: Group, after: Group, actor: Actor, *, most: int = MOST, rounds: int = ROUNDS
    ) -> Found:
        """Compare two groups of instances of a process. Raises NotFound for a process that is not there, InvalidInput for
        groups that are the same or lie over each other.
        """
        actor.require(permissions.FIGURES)
        with self.context.db.read() as unit:
            if not definitions.versions(unit, "process", process_id):
                raise NotFound(_("There is no such process."), remedy=_("Choose one from the list."))
            self._check(before, after)
            with self.context.catalog.within(unit):
                followed = self._follow(unit, process_id, before, most)
                if followed is None:
                    return Found(compare([], []), None)
                one, other = (self.observed(unit, process_id, group, followed, most) for group in (before, after))
        found = compare(one, other, rounds=rounds)
        return Found(found if counts_names(actor) else _rounded(found), followed)

    @staticmethod
    def _check(before: Group, after: Group) -> None:
        for group in (before, after):
            if group.version is None and (group.since is None or group.until is None or group.since > group.until):
                raise InvalidInput(_("A period needs a first and a last day."), remedy=_("Fill in both, the first day first."))
        if before.version is not None and before == after:
            raise InvalidInput(_("This is the same version twice."), remedy=_("Choose two versions."))
        if before.until is not None and after.since is not None and before.until >= after.since:
            raise InvalidInput(_("The periods lie over each other."), remedy=_("Let the second begin after the first."))

    def history(self, process_id: str, actor: Actor, most: int) -> list[Observed]:
        """Return the newest instances of a process as they are compared."""
        actor.require(permissions.FIGURES)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            followed = self._follow(unit, process_id, Group(), most)
            return [] if followed is None else self.observed(unit, process_id, Group(), followed, most)

    def _follow(self, unit: Unit, process_id: str, group: Group, most: int) -> timedelta | None:
        """Return how long cases are followed."""
        rows = self._begun(unit, process_id, group, self.context.clock.now(), most)
        took = sorted(one.end - one.start for one in rows if one.state == COMPLETED and one.end is not None)
        return took[min(len(took) - 1, int(FOLLOWED * len(took)))] if took else None

    @staticmethod
    def _begun(unit: Unit, process_id: str, group: Group, before: datetime, most: int) -> list[Begun]:
        since = start_of_day(group.since) if group.since is not None else None
        until = min(before, end_of_day(group.until)) if group.until is not None else before
        return figures.begun(unit, process_id, most, version=group.version, since=since, until=until)

    def observed(self, unit: Unit, process_id: str, group: Group, followed: timedelta, most: int) -> list[Observed]:
        """Return what happened in the instances of a group within so long after their begin."""
        rows = self._begun(unit, process_id, group, self.context.clock.now() - followed, most)
        keys, roots = [one.key for one in rows], sorted({one.root_key for one in rows})
        values = figures.values(unit, roots, self.names)
        phases = figures.first_calls(unit, roots)
        repeated = figures.repeated(unit, keys, followed)
        is_ours = Ours(self.context.catalog)
        late: set[int] = set()
        begins = {one.key: one.start for one in rows}
        for day in figures.days_of(unit, roots):
            begin = begins.get(day.instance_key)
            if begin is None or not is_ours(day.definition_key, day.name) or not begin <= day.due <= begin + followed:
                continue
            if day.over is None or day.over > day.due:
                late.add(day.instance_key)
        return [
            Observed(
                " / ".join([*(values.get(one.root_key, {}).get(name, "") for name in self.names), phases.get(one.root_key, "")]),
                min((one.end or self.context.clock.now()) - one.start, followed) / HOUR, one.key in repeated, one.key in late,
            )
            for one in rows
        ]  # fmt: skip


def _rounded(found: Comparison) -> Comparison:
    """Return shares of cases to five points, for who sees no names: of few, a finer one would tell how many."""
    return replace(found, effects=tuple(
        one if one.figure == DURATION
        else replace(one, difference=_to_fives(one.difference), low=_to_fives(one.low), high=_to_fives(one.high))
        for one in found.effects
    ))  # fmt: skip


def _to_fives(share: float) -> float:
    return round(share * 20) / 20
