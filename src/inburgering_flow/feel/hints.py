"""Advice about the place where reading stopped: signs from other languages, and brackets that were never closed."""

from __future__ import annotations

import re

from inburgering_flow.i18n import N_, Said

_SIGNS = (
    ("==", N_("FEEL compares with a single '='.")),
    ("<>", N_("FEEL writes 'is not' as '!='.")),
    ("&&", N_("FEEL writes 'and'.")),
    ("&", N_("FEEL writes 'and'; texts are joined with '+'.")),
    ("||", N_("FEEL writes 'or'.")),
    ("|", N_("FEEL writes 'or'.")),
    ("!", N_("FEEL writes 'not(…)'.")),
    ("%", N_("FEEL writes 'modulo(a, b)'.")),
    (";", N_("FEEL has no ';'; write one expression.")),
    ("'", N_('Texts are written in double quotes: "…".')),
    ("“", N_('Use plain double quotes: "…".')),
    ("”", N_('Use plain double quotes: "…".')),
    ("„", N_('Use plain double quotes: "…".')),
    ("$", N_("FEEL names variables without '$' or braces.")),
    ("#", N_("FEEL has no '#'; comments begin with //.")),
    (":", N_("'name: value' is only allowed between { and } or between the brackets of a call.")),
    ("]", N_("This ']' closes nothing.")),
    (")", N_("This ')' closes nothing.")),
    ("}", N_("This '}' closes nothing.")),
)
_CLOSED_ELSEWHERE = {")": "(", "]": "[", "}": "{"}
_SKIPPED = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n\r]*|/\*.*?\*/|`[^`]*`', re.DOTALL)


def hint(text: str, position: int) -> str | Said:
    """Return what may help at the place where reading stopped, or an empty text."""
    rest = text[position:]
    if not rest.strip():
        return _unclosed(text)
    for sign, advice in _SIGNS:
        if rest.startswith(sign):
            if sign in _CLOSED_ELSEWHERE and _open(text[:position]):
                return ""
            return Said(advice)
    before = text[:position].rstrip()
    if rest.startswith("=") and before.endswith("="):
        return Said(N_("FEEL compares with a single '='."))
    if rest.startswith(">") and before.endswith("<"):
        return Said(N_("FEEL writes 'is not' as '!='."))
    if rest.startswith('"'):
        return "" if _SKIPPED.match(rest) else Said(N_('The text that begins here has no closing ".'))
    return ""


def _open(text: str) -> list[tuple[str, int]]:
    """Return the brackets that are still open at the end of a text, with their places."""
    plain = _SKIPPED.sub(lambda found: " " * len(found[0]), text)
    waiting: list[tuple[str, int]] = []
    for at, sign in enumerate(plain):
        if sign in "([{":
            waiting.append((sign, at))
        elif sign in ")]}" and waiting:
            waiting.pop()
    return waiting


def _unclosed(text: str) -> str | Said:
    waiting = _open(text)
    if not waiting:
        return ""
    sign, at = waiting[-1]
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return Said(N_("The {sign!r} at line {line}, column {column} is not closed."), sign=sign, line=line, column=column)
