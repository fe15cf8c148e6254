"""Every error that leaves this package: a code for machines, a sentence for people, and the remedy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inburgering_flow.i18n import Said, _, ngettext

SECONDS_SAID = 90  # a longer wait is told in minutes


class FlowError(Exception):
    """Base of all errors of this package.

    ``code`` is stable and meant for machines; ``str(error)`` says what is wrong and where; ``remedy`` says what to do
    next. ``status`` is the HTTP status with which the web answers it.
    """

    code = "FLOW_ERROR"
    status = 500

    def __init__(self, message: str | Said, *, remedy: str | Said = "", code: str | None = None) -> None:
        super().__init__(message)
        self.said = message
        self.advice = remedy
        if code is not None:
            self.code = code

    @property
    def message(self) -> str:
        """What is wrong and where; what was said with ``Said``, in the language of who reads it now."""
        return str(self.said)

    @property
    def remedy(self) -> str:
        """What to do next."""
        return str(self.advice)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InvalidInput(FlowError):
    """What was given cannot be used as it is; the remedy says what to change."""

    code = "INVALID_ARGUMENT"
    status = 400


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field of a submission."""

    field: str
    message: str


class InvalidSubmission(InvalidInput):
    """A submitted form with every problem at once; ``problems`` names each field."""

    code = "INVALID_SUBMISSION"
    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "; ".join(f"{p.field}: {p.message}" for p in problems), remedy=_("Correct the fields named and send it again.")
        )
        self.problems = tuple(problems)


class NotFound(FlowError):
    """No such thing, or it is not for the one who asks."""

    code = "NOT_FOUND"
    status = 404


class Forbidden(FlowError):
    """The actor's roles do not allow this."""

    code = "FORBIDDEN"
    status = 403


class Conflict(FlowError):
    """The thing is not in the state that the move needs, mostly because somebody else was first."""

    code = "CONFLICT"
    status = 409


class TooOften(FlowError):
    """It failed so often that the next attempt has to wait; ``seconds`` says how long."""

    code = "TOO_OFTEN"
    status = 429

    def __init__(self, seconds: int) -> None:
        number = seconds
        if seconds > SECONDS_SAID:
            number = math.ceil(seconds / 60)
            remedy = ngettext("Wait {number} minute and try again.", "Wait {number} minutes and try again.", number)
        else:
            remedy = ngettext("Wait {number} second and try again.", "Wait {number} seconds and try again.", number)
        super().__init__(_("This failed too often in a short time."), remedy=remedy.format(number=number))
        self.seconds = seconds


class Busy(FlowError):
    """The database did not answer in time; the same call may succeed later."""

    code = "BUSY"
    status = 503
    seconds = 5
    """After how many it may be tried again."""


class Collided(Busy):
    """Two transactions stood in each other's way and this one was rolled back: retrying it is safe."""


@dataclass(frozen=True)
class Finding:
    """What a check reports about a resource before it runs.

    ``severity`` is ``"error"`` (blocks the deployment) or ``"warning"``; ``element_id`` is empty if the whole file is
    meant.
    """

    severity: str
    rule: str
    resource: str
    element_id: str
    message: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.resource}: {self.element_id}" if self.element_id else self.resource
        return f"{where}: {self.message} {self.remedy} [{self.rule}]"


class DeploymentRejected(InvalidInput):
    """The resources cannot be deployed; ``findings`` says per element what is wrong and what to do."""

    code = "DEPLOYMENT_REJECTED"

    def __init__(self, findings: Sequence[Finding]) -> None:
        blocking = [f for f in findings if f.severity == "error"]
        super().__init__(" ".join(str(f) for f in blocking), remedy=_("Correct the elements named and deploy again."))
        self.findings = tuple(findings)
