"""A batch operation: the same change for many instances. Names as in the Camunda 8 Orchestration Cluster API, version 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CANCEL, MIGRATE, MODIFY = "CANCEL_PROCESS_INSTANCE", "MIGRATE_PROCESS_INSTANCE", "MODIFY_PROCESS_INSTANCE"
RESOLVE, DELETE = "RESOLVE_INCIDENT", "DELETE_PROCESS_INSTANCE"
SUSPEND, RESUME = "SUSPEND_PROCESS_INSTANCE", "RESUME_PROCESS_INSTANCE"
OF_CASES = frozenset((CANCEL, DELETE, SUSPEND, RESUME))  # done to a whole family, so a filter finds only top instances

ACTIVE, SUSPENDED, COMPLETED, CANCELED, FAILED = "ACTIVE", "SUSPENDED", "COMPLETED", "CANCELED", "FAILED"
PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"  # done, and something failed

BATCH_MOVES: Mapping[tuple[str, str], str] = {
    (ACTIVE, "suspend"): SUSPENDED,
    (SUSPENDED, "resume"): ACTIVE,
    (ACTIVE, "cancel"): CANCELED,
    (SUSPENDED, "cancel"): CANCELED,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which instances: those that match everything given; ``state`` is one state or several."""

    process_id: str | None = None
    definition_key: int | None = None
    state: str | tuple[str, ...] | None = None
    has_incident: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is given: that would mean every instance."""
        return (self.process_id, self.definition_key, self.state, self.has_incident) == (None, None, None, None)


@dataclass(frozen=True, slots=True)
class BatchOperation:
    """A batch with its progress; ``plan`` is what a migration or modification needs."""

    key: int
    type: str
    state: str
    plan: Mapping[str, Any]
    created_by: str
    start: datetime
    end: datetime | None
    total: int
    completed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a batch would do: how many instances, and why some refuse, as (element id, sentence, how many of ``checked``)."""

    total: int
    checked: int = 0
    refusals: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class VersionInUse:
    """A version of a process, with how many of its instances are active and how many are suspended."""

    key: int
    process_id: str
    name: str
    version: int
    active: int
    suspended: int


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One instance of a batch; ``message`` says why it failed."""

    batch_key: int
    instance_key: int
    state: str
    processed: datetime | None
    message: str
