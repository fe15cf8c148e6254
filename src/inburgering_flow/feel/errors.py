"""What goes wrong in FEEL: a ``FeelError`` stops evaluation, a ``FeelWarning`` explains a null."""

from __future__ import annotations

from dataclasses import dataclass

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel.hints import hint


def place(text: str, position: int) -> tuple[int, int]:
    """Return line and column, both counted from 1, of a character offset."""
    before = text[:position]
    line = before.count("\n") + 1
    return line, position - (before.rfind("\n") + 1) + 1


class FeelError(InvalidInput):
    """An expression that cannot be read (``FEEL_SYNTAX``) or that grew beyond its limits (``FEEL_LIMIT``).

    ``line`` and ``column`` count from 1; ``expected`` says what would have been right there, and the remedy what may
    have been meant (``==`` for ``=``, a bracket that was not closed).
    """

    code = "FEEL_SYNTAX"

    def __init__(
        self,
        message: str,
        *,
        text: str = "",
        position: int = 0,
        expected: str = "",
        remedy: str = "",
        code: str | None = None,
    ) -> None:
        if not remedy and text and code is None:
            remedy = hint(text, position)
        super().__init__(message, remedy=remedy, code=code)
        self.text = text
        self.position = position
        self.expected = expected
        self.line, self.column = place(text, position)

    @property
    def excerpt(self) -> str:
        """The line in which reading stopped, and below it a caret at the place; empty without a text."""
        if not self.text:
            return ""
        line = self.text.split("\n")[self.line - 1].rstrip("\r")
        at, begin = self.column - 1, max(0, self.column - 81)
        shown = line[begin : begin + 120].replace("\t", " ")
        return f"{shown}\n{' ' * (at - begin)}^"


@dataclass(frozen=True, slots=True)
class FeelWarning:
    """Why an expression became null although it could be read.

    ``position`` is the character offset in ``source``. The message names operators, names and types, never values.
    """

    code: str
    message: str
    position: int = 0
    source: str = ""

    def __str__(self) -> str:
        line, column = place(self.source, self.position)
        return f"{self.message} [{self.code}, line {line}, column {column}]"


class NullError(Exception):
    """Raised inside functions and operators: the result is null and this is the reason."""

    def __init__(self, message: str, code: str = "FUNCTION_INVOCATION_FAILURE") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
