"""What goes wrong with decision models."""

from __future__ import annotations

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import FeelError


class DmnFileError(InvalidInput):
    """A file that is not a decision model, or refers to something that does not exist."""

    code = "DMN_FILE"


class DmnError(InvalidInput):
    """A decision that cannot be evaluated; ``decision`` is its name, ``reason`` why."""

    code = "DMN_EVALUATION"

    def __init__(self, decision: str, reason: str, *, remedy: str = "", code: str | None = None) -> None:
        super().__init__(f"Decision {decision!r}: {reason}", remedy=remedy, code=code)
        self.decision = decision
        self.reason = reason


def not_feel(owner: str, error: FeelError, text: str) -> DmnError:
    """Return the error of a decision whose expression cannot be read."""
    return DmnError(owner, f"{error.message} In: {text[:200]}", remedy=error.remedy, code=error.code)
