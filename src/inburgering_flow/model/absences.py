"""Absence of colleagues, and who does their tasks meanwhile: for a kind of task, or for all else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

PROCESS, GROUP, REST = "process", "group", "rest"
DEPUTY_KINDS = (PROCESS, GROUP, REST)


@dataclass(frozen=True)
class Deputy:
    """Who does the tasks of a process (``name`` is its id), those for a candidate group, or all others (``name`` is empty)."""

    kind: str
    name: str
    username: str


@dataclass(frozen=True)
class Absence:
    """A period in which somebody is away, both days included."""

    key: int
    username: str
    since: date
    until: date
    noted: datetime
    noted_by: str
    withdrawn: datetime | None = None
    deputies: tuple[Deputy, ...] = ()

    def deputy_for(self, process_id: str, group: str) -> str | None:
        """Return who does a task of a process that is for a group first: named for the process, else the group, else the rest."""
        return deputy_for(self.deputies, process_id, group)

    @property
    def for_cases(self) -> str | None:
        """Who looks after the cases that somebody leads: the deputy for all else."""
        return next((one.username for one in self.deputies if one.kind == REST), None)

    def is_on(self, day: date) -> bool:
        """Tell whether somebody is away on a day."""
        return self.withdrawn is None and self.since <= day <= self.until


def deputy_for(deputies: Iterable[Deputy], process_id: str, group: str) -> str | None:
    """Return the deputy for a task: what names it most closely says who."""
    named = {(one.kind, one.name): one.username for one in deputies}
    wanted = ((PROCESS, process_id), (GROUP, group), (REST, ""))
    return next((named[one] for one in wanted if one in named), None)
