"""A rehearsal: every running case moved to another version on a copy of its state, before anything is put in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

RUNNING, DONE, STOPPED = "RUNNING", "DONE", "STOPPED"
REHEARSAL_MOVES: Mapping[tuple[str, str], str] = {(RUNNING, "done"): DONE, (RUNNING, "stop"): STOPPED}


@dataclass(frozen=True, slots=True)
class Plan:
    """Which version's cases go to which: ``target_key`` of a version in force, or a negative number for one of the files that
    are rehearsed, counted from -1. ``mapping`` says what elements become that the target has under another id, or not at all.
    """

    source_key: int
    target_key: int
    process_id: str
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one version to which the same would happen.

    Without an ``element_id`` and a ``message`` they can be moved. Where ``stops`` is set they can too, but stand still there
    afterwards. ``count`` is None where it is small and not for this reader. ``keys`` are a few of them.
    """

    source_key: int
    element_id: str = ""
    message: str = ""
    stops: bool = False
    count: int | None = 0
    keys: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal as it is stored; ``outcome`` holds the groups so far, and after which case it goes on."""

    key: int
    created: datetime
    created_by: str
    proposal_key: int | None
    target_key: int | None
    resources: Mapping[str, str]  # name → content as base64 text
    plans: list[Mapping[str, Any]]
    state: str
    total: int
    checked: int
    outcome: Mapping[str, Any]
    ended: datetime | None
