"""Files that are made every week for somebody who asked for them: a table of *Inzicht* or a list that they keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from inburgering_flow.model.runtime import DEFAULT_TENANT

FIGURES, LIST = "FIGURES", "LIST"
SOURCES, FORMS = (FIGURES, LIST), ("csv", "xlsx")
MAKING, SENDING, DONE, FAILED = "MAKING", "SENDING", "DONE", "FAILED"
BY_OWNER, ACCOUNT, RIGHTS, GONE = "OWNER", "ACCOUNT", "RIGHTS", "GONE"
"""Why a report has stopped: its owner did, their account is closed, a role is lost, or there is no such list or table."""


@dataclass(frozen=True)
class RegularReport:
    """What is made, when, and where it goes: to ``address``, or into the folder where that is empty."""

    key: int
    owner: str
    title: str
    source: str
    chosen: Mapping[str, Any]
    """Of FIGURES what the address of the table says, of LIST the key of the list; and the ``roles`` of who asked for it."""
    form: str
    weekday: int
    """0 is Monday."""
    hour: int
    address: str
    created: datetime
    next: datetime
    stopped: datetime | None = None
    reason: str = ""
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True)
class ReportRun:
    """What became of a report in the week of ``period``, the day that it is of; ``problem`` is a word for why it failed."""

    report_key: int
    period: date
    state: str
    tried: int
    due: datetime
    begun: datetime
    ended: datetime | None = None
    problem: str = ""
    tenant_id: str = DEFAULT_TENANT
