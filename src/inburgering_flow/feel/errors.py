"""What goes wrong in FEEL: a ``FeelError`` stops evaluation, a ``FeelWarning`` explains a null."""

from __future__ import annotations

from dataclasses import dataclass

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel.hints import hint
from inburgering_flow.i18n import N_, Said

TOO_DEEP = Said(N_("The expression or a value in it is nested too deeply."))
LESS_DEEP = Said(N_("Check that the recursion ends, or split the expression."))
"""Where Python's own limit of nesting is met, and what to do about it."""


HEADED = "{what}: {why}"
"""A reason with what it is about in front."""


def sentence(fragment: str) -> str:
    """Return a reason as a sentence that stands by itself."""
    head = fragment[:1].upper() + fragment[1:]
    return head if head.endswith((".", "!", "?")) else head + "."


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
        message: str | Said,
        *,
        text: str = "",
        position: int = 0,
        expected: str | Said = "",
        remedy: str | Said = "",
        code: str | None = None,
    ) -> None:
        if not remedy and text and code is None:
            remedy = hint(text, position)
        super().__init__(message, remedy=remedy, code=code)
        self.text = text
        self.position = position
        self.wanted = expected
        self.line, self.column = place(text, position)

    @property
    def expected(self) -> str:
        """What would have been right at the place."""
        return str(self.wanted)

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

    ``position`` is the character offset in ``source``. It is put into words only where somebody reads it: evaluation may
    warn at each of a million items. The message names operators, names and types, never values.
    """

    code: str
    said: Said
    position: int = 0
    source: str = ""

    @property
    def message(self) -> str:
        """The reason in the language of who reads it now."""
        return str(self.said)

    @property
    def sentence(self) -> str:
        """The reason as a sentence that stands by itself; what it is about in front of it stays as it is written."""
        if self.said.sentence == HEADED:
            return HEADED.format(what=self.said.parts["what"], why=sentence(str(self.said.parts["why"])))
        return sentence(self.message)

    def __str__(self) -> str:
        line, column = place(self.source, self.position)
        return f"{self.message} [{self.code}, line {line}, column {column}]"


class NullError(Exception):
    """Raised inside functions and operators: the result is null and this is the reason, with what is filled in."""

    def __init__(self, said: str | Said, code: str = "FUNCTION_INVOCATION_FAILURE", **parts: object) -> None:
        self.said = said if isinstance(said, Said) else Said(said, **parts)
        self.code = code

    @property
    def message(self) -> str:
        """The reason in the language of who reads it now."""
        return str(self.said)

    def __str__(self) -> str:
        return self.message
