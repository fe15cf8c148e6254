"""Runtime records: one for each kind of row that is the state of a case. Life cycles are tables with one guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from inburgering_flow.errors import Conflict
from inburgering_flow.i18n import N_, _

ACTIVE, COMPLETED, TERMINATED = "ACTIVE", "COMPLETED", "TERMINATED"
SUSPENDED = "SUSPENDED"
CREATED, CANCELED = "CREATED", "CANCELED"
HIGHEST_PRIORITY = 100  # of a task: from 0, and 50 unless somebody says otherwise (Camunda)
ENDING = "ending"  # in an element's data, while listeners delay its end: what follows
DEFAULT_TENANT = "<default>"
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
CASE_ENDING = "$ending"  # the same for a process instance, in a variable that only the engine sees
STARTED_FOR = "$startedFor"  # a hidden variable: the correlation key of the message that started an instance


@dataclass(slots=True)
class ProcessInstance:
    """A case, or a process called by one; ``root_key`` names the case at the top of the family."""

    key: int
    definition_key: int
    process_id: str
    version: int
    root_key: int
    start: datetime
    state: str = ACTIVE
    parent_key: int | None = None
    parent_element_key: int | None = None
    end: datetime | None = None
    has_incident: bool = False
    person_key: int | None = None
    business_key: str = ""
    tenant_id: str = DEFAULT_TENANT


@dataclass(slots=True)
class ElementInstance:
    """A token at an element, or its history once it has ended.

    ``scope_key`` is the enclosing element instance or, at the top, the process instance. ``path`` holds the enclosing
    element instances from the outermost in. ``data`` is the element's own bookkeeping (multi-instance counters).
    """

    key: int
    instance_key: int
    root_key: int
    scope_key: int
    path: tuple[int, ...]
    element_id: str
    element_type: str
    start: datetime
    state: str = ACTIVE
    end: datetime | None = None
    data: dict[str, Any] | None = None

    @property
    def stopped(self) -> bool:
        """Tell whether nothing moves this element any more: it has ended, or its end waits for listeners."""
        return self.state != ACTIVE or (self.data is not None and ENDING in self.data)


@dataclass(slots=True)
class UserTask:
    """A question to a person. ``priority`` 0–100, 50 by default."""

    key: int
    element_key: int
    instance_key: int
    root_key: int
    definition_key: int
    process_id: str
    element_id: str
    name: str
    created: datetime
    state: str = CREATED
    assignee: str | None = None
    candidate_groups: tuple[str, ...] = ()
    candidate_users: tuple[str, ...] = ()
    due: datetime | None = None
    follow_up: datetime | None = None
    priority: int = 50
    form_id: str = ""
    completed: datetime | None = None
    completed_by: str | None = None
    tenant_id: str = DEFAULT_TENANT

    @property
    def sort_due(self) -> datetime:
        """The moment that lists are ordered by: tasks without a due date come last."""
        return self.due or END_OF_TIME

    @property
    def candidate_group(self) -> str:
        """The first candidate group, which is looked up most; the others have rows of their own."""
        return self.candidate_groups[0] if self.candidate_groups else ""


@dataclass(slots=True)
class JobRow:
    """Due work: ``kind`` is JOB (a worker does it), TIMER (the engine wakes a token), or START, SIGNAL or BATCH.

    ``payload`` of a listener's job: its event; of a timer: repetitions left, interval and part of a multiple event.
    ``watches`` are the variables whose change makes the timer be computed again.
    """

    key: int
    kind: str
    type: str
    instance_key: int
    root_key: int
    element_key: int
    element_id: str
    due: datetime
    retries: int = 3
    payload: dict[str, Any] | None = None
    watches: tuple[str, ...] = ()
    lease_until: datetime | None = None
    lease_owner: str | None = None
    tenant_id: str = DEFAULT_TENANT

    @property
    def listens_to_end(self) -> bool:
        """Tell whether this is the work of a listener on the end of its element, which that end does not close."""
        return self.kind == "JOB" and (self.payload or {}).get("listener") == "canceling"


@dataclass(slots=True)
class Subscription:
    """A token that waits; ``element_id`` is the event, ``owner_key`` the element or process it belongs to.

    ``kind`` is message, signal or condition; ``part`` counts the parts of a multiple event. For a condition,
    ``correlation_key`` holds whether it was true when last looked at.
    """

    key: int
    name: str
    correlation_key: str
    instance_key: int
    root_key: int
    process_id: str
    owner_key: int
    element_id: str
    created: datetime
    interrupting: bool = True
    tenant_id: str = DEFAULT_TENANT
    kind: str = "message"
    part: int = 0


@dataclass(slots=True)
class Compensation:
    """A completed activity that can be undone: by its handler or, for a sub-process (no handler), from inside.

    ``scope_key`` is the scope that it was completed in, ``element_key`` its element instance with the variables of that
    time.
    """

    key: int
    instance_key: int
    scope_key: int
    element_key: int
    element_id: str
    handler_id: str


@dataclass(slots=True)
class IncidentRow:
    """Trouble that a person must look at. ``phase`` says what a retry does: enter, again (only the work), leave, map and
    flow (what is left of leaving), job, …
    """

    key: int
    instance_key: int
    root_key: int
    definition_key: int
    process_id: str
    element_key: int
    element_id: str
    error_type: str
    message: str
    created: datetime
    phase: str
    job_key: int | None = None
    state: str = ACTIVE
    resolved: datetime | None = None
    tenant_id: str = DEFAULT_TENANT

    @property
    def error_message(self) -> str:
        """Return the message under the name that the embedding API and Camunda give it."""
        return self.message


@dataclass(frozen=True, slots=True)
class SignalOut:
    """A signal thrown by a process, already handed to its own family: other families catch it after the step."""

    name: str
    variables: Mapping[str, Any]
    root_key: int


@dataclass(frozen=True, slots=True)
class MessageOut:
    """A message thrown by a process without a job type: the engine publishes it itself."""

    name: str
    correlation_key: str
    variables: Mapping[str, Any]


# -- the life cycle of a user task: (state, move) → state ----------------------------------------------------------

TASK_MOVES: Mapping[tuple[str, str], str] = {
    (CREATED, "assign"): CREATED,
    (CREATED, "unassign"): CREATED,
    (CREATED, "update"): CREATED,
    (CREATED, "complete"): COMPLETED,
    (CREATED, "cancel"): CANCELED,
}

INSTANCE_MOVES: Mapping[tuple[str, str], str] = {
    (ACTIVE, "complete"): COMPLETED,
    (ACTIVE, "cancel"): TERMINATED,
    (ACTIVE, "suspend"): SUSPENDED,
    (SUSPENDED, "resume"): ACTIVE,
    (SUSPENDED, "cancel"): TERMINATED,
    (ACTIVE, "modify"): ACTIVE,
    (ACTIVE, "migrate"): ACTIVE,
    (ACTIVE, "set variables"): ACTIVE,
    (SUSPENDED, "set variables"): SUSPENDED,
}

INCIDENT_MOVES: Mapping[tuple[str, str], str] = {(ACTIVE, "resolve"): "RESOLVED"}


def stands_still(root_key: int) -> Conflict:
    """Return the error for an attempt to move a suspended case."""
    return Conflict(
        _("Case {key} is suspended: nothing in it moves.").format(key=root_key), remedy=_("Resume it first, or wait."),
        code=SUSPENDED,
    )


IN_WORDS = (
    N_("ACTIVE"), N_("CANCELED"), N_("COMPLETED"), N_("CREATED"), N_("DONE"), N_("EMPTY"), N_("FAILED"), N_("LOADED"),
    N_("LOADING"), N_("REHEARSED"), N_("RESOLVED"), N_("RUNNING"), N_("SENT"), N_("STOPPED"), N_("SUSPENDED"), N_("TERMINATED"),
    N_("UPLOADED"), N_("WAITING"),
    N_("assign"), N_("cancel"), N_("complete"), N_("done"), N_("fail"), N_("find nothing"), N_("give up"), N_("load"),
    N_("loaded"), N_("migrate"), N_("modify"), N_("rehearsed"), N_("resolve"), N_("resume"), N_("send"), N_("set variables"),
    N_("stop"), N_("suspend"), N_("unassign"), N_("update"),
)  # fmt: skip
"""The states and moves of every life cycle. Programs read them as they are, people in the words of their language."""


def moved(moves: Mapping[tuple[str, str], str], what: str, state: str, move: str) -> str:
    """Return the state after ``move``; raises Conflict if the life cycle does not allow it."""
    after = moves.get((state, move))
    if after is None:
        allowed = sorted({s for s, m in moves if m == move})
        raise Conflict(
            _("{what} cannot be moved by '{move}': expected state {allowed}, found {state}.").format(
                what=what, move=_(move), allowed=", ".join(map(_, allowed)), state=_(state)
            ),
            remedy=_("Look at it again; somebody else may have been first."),
        )
    return after
