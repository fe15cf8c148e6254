"""What a lint rule is: its check, its severity, and its page in two languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from inburgering_flow.errors import Finding

ERROR, WARNING = "error", "warning"


class Fault(NamedTuple):
    """What a check found at one element (empty: the whole file).

    ``severity`` is given only where it differs from the rule's, ``resource`` only where several files were checked.
    """

    element_id: str
    message: str
    remedy: str
    severity: str = ""
    resource: str = ""


@dataclass(frozen=True)
class Page:
    """What a reader is told about a rule, in one language."""

    what: str
    why: str
    mend: str


@dataclass(frozen=True)
class Rule:
    """One rule of the lint.

    ``check`` gets what the reader of its language has read and yields faults. Where ``protects`` is set, its errors
    keep out what the engine could not run, would run differently from what is drawn, or would lose data by: nobody can
    lower them. ``wrong`` and ``right`` are the example; both are in the rule's fixtures.
    """

    id: str
    severity: str
    check: Callable[..., Iterable[Fault]]
    nl: Page
    en: Page
    wrong: str
    right: str
    protects: bool = False

    def page(self, language: str) -> Page:
        """The text for a reader of a language."""
        return self.en if language == "en" else self.nl


def findings(rules: Iterable[Rule], resource: str, *read: object) -> list[Finding]:
    """Return what these rules find in what was read from a resource, each thing once."""
    found: dict[Finding, None] = {}
    for rule in rules:
        for element_id, message, remedy, severity, other in rule.check(*read):
            found[Finding(severity or rule.severity, rule.id, other or resource, element_id, message, remedy)] = None
    return list(found)


def is_sound(found: Iterable[Finding]) -> bool:
    """Tell whether none of the findings is an error."""
    return all(one.severity != ERROR for one in found)

