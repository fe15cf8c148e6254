"""A figure that somebody has chosen for a page of their own, and when they want to be told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inburgering_flow.model.runtime import DEFAULT_TENANT

ABOVE, BELOW, NOT = "ABOVE", "BELOW", ""
DIRECTIONS = (NOT, ABOVE, BELOW)


@dataclass(frozen=True)
class OwnFigure:
    """``subject`` is what the measure is of, such as a process; ``words`` is how a model called it when it was chosen."""

    key: int
    username: str
    measure: str
    subject: str
    words: str
    place: int
    created: datetime
    direction: str = NOT
    """On which side of the threshold somebody wants to be told; empty: they do not."""
    threshold: float | None = None
    is_passed: bool = False
    """Whether it was beyond the threshold when it was looked at last: then it has been told."""
    tenant_id: str = DEFAULT_TENANT
