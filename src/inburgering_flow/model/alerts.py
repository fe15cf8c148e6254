"""What people are told of, and how: the kinds, what each person chose, and what a mail may become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from inburgering_flow.model.runtime import DEFAULT_TENANT

ASSIGNED, DUE_SOON, LATE, ANSWERED, FAILED = "ASSIGNED", "DUE_SOON", "LATE", "ANSWERED", "FAILED"
STANDS_IN, THRESHOLD, REPORTING = "STANDS_IN", "THRESHOLD", "REPORTING"
KINDS = (ASSIGNED, STANDS_IN, DUE_SOON, LATE, ANSWERED, THRESHOLD, REPORTING, FAILED)
TASK, TERM, MESSAGE, ELEMENT, ABSENCE = "TASK", "TERM", "MESSAGE", "ELEMENT", "ABSENCE"
FIGURE, REPORT = "FIGURE", "REPORT"
OF_NO_PROCESS = (ABSENCE, FIGURE, REPORT)
"""What an alert may be about that stands in no process: it is of its reader alone."""
OF_A_PROCESS = (TASK, TERM, MESSAGE, ELEMENT)
NEVER, NOW, DAILY = "NEVER", "NOW", "DAILY"
PACES = (NOW, DAILY, NEVER)
WAITING, SENT, UNSENT, EMPTY = "WAITING", "SENT", "FAILED", "EMPTY"

MAIL_MOVES: Mapping[tuple[str, str], str] = {
    (WAITING, "send"): SENT,
    (WAITING, "give up"): UNSENT,
    (WAITING, "find nothing"): EMPTY,
}


@dataclass(frozen=True)
class Choice:
    """How somebody is told of one kind: on the bell, and by mail at once (NOW), once a day (DAILY) or NEVER."""

    on_bell: bool = True
    mail: str = NEVER


UNCHOSEN = Choice()


@dataclass(frozen=True)
class Fact:
    """What may be told to people: one thing that happened, or is about to."""

    kind: str
    definition_key: int
    subject: str
    subject_key: int
    root_key: int | None = None
    about: str = ""
    tenant_id: str = DEFAULT_TENANT


@dataclass(frozen=True)
class AlertRow:
    """What one person is told: keys and kinds, never a word of a case."""

    key: int
    username: str
    kind: str
    root_key: int | None
    definition_key: int
    subject: str
    subject_key: int
    about: str
    created: datetime
    on_bell: bool
    read: datetime | None = None
    mail: str | None = None
    mail_key: int | None = None
    tenant_id: str = DEFAULT_TENANT

    @property
    def is_known(self) -> bool:
        """False for what a newer program writes down, which may work on the same database while nodes are replaced one by one."""
        return self.kind in KINDS and self.subject in (*OF_NO_PROCESS, *OF_A_PROCESS)


@dataclass(frozen=True)
class MailRow:
    """A mail to one person; ``problem`` is a word for why the last attempt failed, never what a server said."""

    key: int
    username: str
    pace: str
    state: str
    created: datetime
    tried: int = 0
    ended: datetime | None = None
    problem: str = ""
    tenant_id: str = DEFAULT_TENANT
