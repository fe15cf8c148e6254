"""From text to tokens.

Source: DMN 1.5, 10.3.1.2 (grammar rules 25 to 38 and 60 to 66) and 10.3.1.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inburgering_flow.feel.errors import FeelError, place
from inburgering_flow.i18n import N_, Said

MAX_LENGTH = 200_000

_START = (
    r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_SPACE = r"\s\u0085\u00A0\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF"
_TOKEN = re.compile(
    rf"(?P<space>[{_SPACE}]+|//[^\n\r]*|/\*.*?\*/)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    rf"|(?P<name>[{_START}][{_START}0-9\u00B7\u0300-\u036F\u203F-\u2040]*)"
    r"|(?P<quoted>`[^`]*`)"
    r"|(?P<operator>\.\.|\*\*|<=|>=|!=|->|[-+*/=<>(){}\[\],:.@'])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is number, string, name, quoted, operator or end; ``text`` as written."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens, with one of kind ``end`` last. Raises ``FeelError`` at a character that begins no token."""
    if len(text) > MAX_LENGTH:
        raise FeelError(
            Said(
                N_("The expression is {length:,} characters long; at most {most:,} are read."),
                length=len(text), most=MAX_LENGTH,
            ),
            code="FEEL_LIMIT",
        )  # fmt: skip
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            line, column = place(text, position)
            opens = text[position] == '"'
            sentence = (
                N_("Line {line}, column {column}: a text that is not closed begins nothing that FEEL knows.")
                if opens
                else N_("Line {line}, column {column}: {sign!r} begins nothing that FEEL knows.")
            )
            raise FeelError(
                Said(sentence, line=line, column=column, sign=text[position]),
                text=text,
                position=position,
                expected=Said(N_('a closing "') if opens else N_("a value, a name or an operator")),
            )
        kind = str(found.lastgroup)
        if kind != "space":
            tokens.append(Token(kind, found.group(), position, found.end()))
        position = found.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def unescape(literal: str) -> str:
    r"""Return what a string literal stands for; ``\uD83D\uDC0E`` is one character, and so is ``\U01F40E``."""
    body = literal[1:-1]
    if "\\" not in body:
        return body

    def replace(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) > 1:
            number = int(code[1:], 16)
            return chr(number) if number <= 0x10FFFF else found[0]
        return _PLAIN.get(code, found[0])

    def join(found: re.Match[str]) -> str:
        pair = found[0]
        return chr(0x10000 + ((ord(pair[0]) - 0xD800) << 10) + (ord(pair[1]) - 0xDC00))

    return _PAIR.sub(join, _ESCAPE.sub(replace, body))
