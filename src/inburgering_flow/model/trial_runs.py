"""A trial run: a scenario in the making, with the models that it is played on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TrialRun:
    """A trial run as it is stored. ``files`` are the models as a ZIP, as they were when it began; ``story`` is the scenario as
    far as it has come; ``turn`` counts how often it was changed, so that what was sent twice is noticed.
    """

    key: int
    owner: str
    created: datetime
    changed: datetime
    project_key: int | None
    files: bytes
    story: Mapping[str, Any]
    turn: int = 0

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        """Return what was done so far."""
        return list(self.story["stappen"])
