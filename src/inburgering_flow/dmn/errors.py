"""What goes wrong with decision models."""

from __future__ import annotations

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import FeelError
from inburgering_flow.i18n import N_, Said


class DmnFileError(InvalidInput):
    """A file that is not a decision model, or refers to something that does not exist."""

    code = "DMN_FILE"


class DmnError(InvalidInput):
    """A decision that cannot be evaluated; ``decision`` is its name, ``reason`` why."""

    code = "DMN_EVALUATION"

    def __init__(self, decision: str, why: str | Said, *, remedy: str | Said = "", code: str | None = None) -> None:
        super().__init__(Said(N_("Decision {name!r}: {why}"), name=decision, why=why), remedy=remedy, code=code)
        self.decision = decision
        self.why = why

    @property
    def reason(self) -> str:
        """Why it cannot be evaluated, in the language of who reads it now."""
        return str(self.why)


def not_feel(owner: str, error: FeelError, text: str) -> DmnError:
    """Return the error of a decision whose expression cannot be read."""
    said = Said(N_("{why} In: {text}"), why=error.said, text=text[:200])
    return DmnError(owner, said, remedy=error.advice, code=error.code)
