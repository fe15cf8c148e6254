"""A forecast as it is kept: what was assumed, how far it has come, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

RUNNING, DONE, FAILED, STOPPED = "RUNNING", "DONE", "FAILED", "STOPPED"
FORECAST_MOVES: Mapping[tuple[str, str], str] = {
    (RUNNING, "done"): DONE, (RUNNING, "fail"): FAILED, (RUNNING, "stop"): STOPPED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """A forecast: ``played`` of ``total`` futures. ``outcome`` is empty until it is done; ``problem`` says why it failed.

    ``changed`` is when whoever computes it was last heard of.
    """

    key: int
    created: datetime
    created_by: str
    process_id: str
    name: str
    given: Mapping[str, Any]
    state: str
    total: int
    played: int
    changed: datetime
    outcome: Mapping[str, Any]
    problem: str = ""
