"""What a domain plug-in gives the platform: tables, read once at start-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Job:
    """A service task's work as its handler sees it.

    ``key`` is the idempotency key: the same over all attempts. ``variables`` are what the element's scope sees (or its
    input mappings), ``headers`` the element's ``zeebe:taskHeaders``. The job of a listener names its event in ``listener``
    (start, end, creating, assigning, updating, completing); that of a task listener has the ``task``: key, name, assignee,
    candidate_groups, candidate_users, due, follow_up and priority, as they will be when the move is done.
    """

    key: int
    type: str
    variables: Mapping[str, Any]
    headers: Mapping[str, str]
    process_instance_key: int
    root_instance_key: int
    process_definition_id: str
    element_id: str
    retries: int
    listener: str = ""
    task: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """A citizen as letters need them; never a process variable."""

    key: int
    voornamen: str
    achternaam: str
    tussenvoegsel: str = ""
    geboortedatum: date | None = None
    bsn: str = ""
    v_nummer: str = ""
    straat: str = ""
    postcode: str = ""
    woonplaats: str = ""
    email: str = ""
    telefoon: str = ""
    taal: str = "nl"

    @property
    def naam(self) -> str:
        """Return the full name as it is written in a letter."""
        return " ".join(part for part in (self.voornamen, self.tussenvoegsel, self.achternaam) if part)


class BpmnError(Exception):
    """Raised by a handler for what the model expects to go wrong: caught by an error event with this code."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.variables = dict(variables or {})


class Work(Protocol):
    """What a handler may do beside returning variables; its effects are stored with the job's completion or not at all."""

    @property
    def today(self) -> date:
        """Return the legal day (Europe/Amsterdam) of the injected clock."""
        ...

    @property
    def gemeente(self) -> str:
        """Return the name of the municipality."""
        ...

    def person(self) -> Person:
        """Return the person of the job's case; raises NotFound where the case has none."""
        ...

    def add_document(
        self,
        *,
        name: str,
        title: str,
        kind: str,
        content: bytes,
        media_type: str = "application/pdf",
        certainty: str = "vast",
    ) -> None:
        """Put a document into the case; ``certainty`` ``"te controleren"`` marks it where users see it."""
        ...

    def deny(self, reason: str) -> None:
        """Deny the move of a task that this listener was asked about: the task stays as it was, and its page says why.

        Only for the events assigning, updating and completing; raises InvalidInput for any other job.
        """
        ...

    def correct(self, **fields: Any) -> None:
        """Correct the task while it moves: assignee, candidate_groups, candidate_users, due, follow_up, priority.

        Only in a task listener; raises InvalidInput for any other job, and for a field or value that does not exist.
        """
        ...


JobHandler = Callable[[Job, Work], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Plugin:
    """The tables of one plug-in.

    ``functions`` are FEEL functions by name, with positional parameters named as in the Python signature;
    ``resources`` are files or folders to deploy.
    """

    name: str
    job_types: Mapping[str, JobHandler] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    resources: tuple[Path, ...] = ()
    explanations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Functions whose result says why: ``termijn(datum, lengte)`` for the page with terms."""
