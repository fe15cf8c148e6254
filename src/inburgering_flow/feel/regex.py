"""XPath regular expressions that cannot run away.

A pattern is read by the grammar of XML Schema with XPath's additions and rewritten for RE2, which takes time in
proportion to the text whatever the pattern. Back-references are beyond RE2: those patterns go to Python's ``re``,
which can take exponential time, and are therefore tried on short texts only.

Source: XPath functions 3.1, 5.6 (named by DMN 1.5, table 77); XML Schema 1.1 part 2, appendix G.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from inburgering_flow import clock
from inburgering_flow.feel import charsets
from inburgering_flow.feel.charsets import CharSet
from inburgering_flow.feel.errors import FeelError, NullError
from inburgering_flow.i18n import N_, Said

MAX_PATTERN = 1_000
MAX_REPEAT = 1_000
MAX_NESTING = 50
MAX_SECONDS = 2.0
MAX_BACKTRACKING = 1e8
"""Steps that a pattern with back-references may take: k repetitions cost about n to the power k + 2 on n characters."""
RISKY_BACKTRACKING = 20
"""Characters of a text where a repetition contains a repetition, which can double the work with every character."""
SURROGATE = re.compile("[\ud800-\udfff]")
SURROGATES: CharSet = ((0xD800, 0xDFFF),)
_SPACES = " \t\n\r"


def _wrong(why: str, **parts: object) -> NullError:
    return NullError(N_("the pattern is not a regular expression of XPath: {why}"), why=Said(why, **parts))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; ``groups`` counts its groups, ``limit`` is how long a text may be (None: any length)."""

    compiled: Any
    groups: int
    limit: int | None

    def matches(self, text: str) -> bool:
        """Say whether the pattern occurs anywhere in a text; raises ``NullError`` for a text it is not tried on."""
        self._admit(text)
        return self.compiled.search(text) is not None

    def matches_empty(self) -> bool:
        """Say whether the pattern matches a text of length zero."""
        return self.compiled.search("") is not None

    def occurrences(self, text: str) -> Iterator[Any]:
        """Yield every match from left to right, as objects with ``start()``, ``end()`` and ``[group]``.

        Raises ``NullError`` for a text it is not tried on, ``FeelError`` (``FEEL_LIMIT``) if it takes too long.
        """
        self._admit(text)
        deadline = clock.monotonic() + MAX_SECONDS
        for count, match in enumerate(self.compiled.finditer(text)):
            yield match
            if count % 32 == 0 and clock.monotonic() > deadline:
                raise FeelError(
                    Said(N_("A regular expression took longer than {seconds:g} seconds."), seconds=MAX_SECONDS),
                    code="FEEL_LIMIT",
                    remedy=Said(N_("Simplify the pattern or shorten the text.")),
                )

    def _admit(self, text: str) -> None:
        """Refuse a text on which the pattern is not tried."""
        if self.limit is not None and len(text) > self.limit:
            raise NullError(
                N_("the text is longer than the {most} characters on which a pattern with back-references is tried"),
                "OUT_OF_RANGE", most=self.limit,
            )  # fmt: skip
        if not text.isascii() and SURROGATE.search(text):
            raise NullError(N_("the text contains half of a character"))


@lru_cache(maxsize=512)
def pattern(text: str, flags: str = "") -> Pattern:
    """Return a pattern compiled with the flags ``s m i x q``; raises ``NullError``, saying what is wrong with it."""
    if len(text) > MAX_PATTERN:
        raise NullError(N_("the pattern is longer than {most} characters"), "OUT_OF_RANGE", most=MAX_PATTERN)
    for flag in flags:
        if flag not in "smixq":
            raise NullError(N_("there is no flag {flag!r}"), flag=flag)
    reader = _Reader(text, flags)
    written = reader.literally() if "q" in flags else reader.read()
    try:
        if reader.refers_back:
            limit = RISKY_BACKTRACKING if reader.risky else int(MAX_BACKTRACKING ** (1 / (reader.repeats + 2)))
            return Pattern(re.compile(written), reader.opened, limit)
        return Pattern(re2.compile(written, _options()), reader.opened, None)
    except (re.error, re2.error, OverflowError, RecursionError, UnicodeEncodeError):
        raise NullError(N_("the pattern is too large"), "OUT_OF_RANGE") from None


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    return options


class _Reader:
    """Reads a pattern of XPath and writes it as RE2 and Python understand it."""

    def __init__(self, text: str, flags: str) -> None:
        self.text = _without_spaces(text) if "x" in flags and "q" not in flags else text
        self.index = 0
        self.no_case = "i" in flags
        self.lines = "m" in flags
        self.dot_all = "s" in flags
        self.opened = 0
        self.closed: set[int] = set()
        self.depth = 0
        self.refers_back = bool(re.search(r"(?<!\\)(?:\\\\)*\\[1-9]", self.text)) and "q" not in flags
        self.repeats = 0
        self.risky = False

    def read(self) -> str:
        """Return the pattern in the other notation; raises ``NullError``."""
        written, _ = self._alternatives()
        if self.index < len(self.text):
            raise _wrong(N_("')' closes nothing"))
        return written

    def literally(self) -> str:
        """Return a pattern for the text as it is (flag ``q``)."""
        return "".join(self._set(self._one(ord(char))) for char in self.text)

    @property
    def char(self) -> str:
        return self.text[self.index : self.index + 1]

    def _alternatives(self) -> tuple[str, bool]:
        """Return alternatives and whether something in them repeats."""
        branches: list[str] = []
        repeating = False
        while True:
            pieces: list[str] = []
            while self.char and self.char not in "|)":
                piece, repeats = self._piece()
                pieces.append(piece)
                repeating = repeating or repeats
            branches.append("".join(pieces))
            if self.char != "|":
                return "|".join(branches), repeating or len(branches) > 1
            self.index += 1

    def _piece(self) -> tuple[str, bool]:
        atom, inside = self._atom()
        quantity = self._quantifier()
        if quantity:
            self.repeats += 1
            self.risky = self.risky or inside
            return f"(?:{atom}){quantity}", True
        return atom, inside

    def _quantifier(self) -> str:
        found = self.char
        if found and found in "?*+":
            self.index += 1
        elif found == "{":
            match = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}").match(self.text, self.index)
            if match is None:
                raise _wrong(N_("'{' is followed by no quantity"))
            if any(len(part or "") > 6 or int(part or 0) > MAX_REPEAT for part in match.group(1, 3)):
                sentence = N_("the pattern repeats something more than {most} times")
                raise NullError(sentence, "OUT_OF_RANGE", most=MAX_REPEAT)
            if match[3] and int(match[3]) < int(match[1]):
                raise _wrong(N_("a quantity runs downwards"))
            self.index = match.end()
            found = match[0]
        else:
            return ""
        if self.char == "?":
            self.index += 1
            found += "?"
        return found

    def _atom(self) -> tuple[str, bool]:
        char = self.char
        if char == "(":
            return self._group()
        self.index += 1
        if char == "[":
            return self._set(self._class()), False
        if char == "\\":
            return self._escape(), False
        if char == ".":
            return self._set(charsets.EVERYTHING if self.dot_all else charsets.complement(((10, 10), (13, 13)))), False
        if char == "^":
            return ("(?m:^)" if self.lines else "\\A"), False
        if char == "$":
            return ("(?m:$)" if self.lines else "\\Z" if self.refers_back else "\\z"), False
        if char in "?*+{}]":
            raise _wrong(N_("{sign!r} is used where it has no meaning"), sign=char)
        return self._set(self._one(ord(char))), False

    def _group(self) -> tuple[str, bool]:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise NullError(N_("the pattern is nested too deeply"), "OUT_OF_RANGE")
        self.index += 1
        number = 0
        if self.char == "?":
            if not self.text.startswith("?:", self.index):
                raise _wrong(N_("'(?' is followed by no ':'"))
            self.index += 2
        else:
            self.opened += 1
            number = self.opened
        inner, repeats = self._alternatives()
        if self.char != ")":
            raise _wrong(N_("a bracket is not closed"))
        self.index += 1
        self.depth -= 1
        if number:
            self.closed.add(number)
        return f"({inner})" if number else f"(?:{inner})", repeats

    # ─── characters ───

    def _one(self, code: int) -> CharSet:
        return charsets.variants(code, code) if self.no_case else ((code, code),)

    def _escape(self) -> str:
        char = self.char
        if char and char in "123456789":
            return self._reference()
        found = self._escaped()
        return self._set(self._one(found) if isinstance(found, int) else found)

    def _reference(self) -> str:
        digits = re.compile("[0-9]+").match(self.text, self.index)
        assert digits is not None
        number = digits[0][:3]
        while len(number) > 1 and int(number) > self.opened:
            number = number[:-1]
        if int(number) not in self.closed:
            raise _wrong(N_("there is no group {number} before the back-reference"), number=number)
        self.index += len(number)
        return f"(?i:\\{number})" if self.no_case else f"(?:\\{number})"

    def _escaped(self) -> int | CharSet:
        """Read what follows a backslash: one character or a set."""
        char = self.char
        self.index += 1
        if char in ("n", "r", "t"):
            return {"n": 10, "r": 13, "t": 9}[char]
        if char and char in "\\|.?*+(){}[]^-$":
            return ord(char)
        if char in ("p", "P"):
            found = self._property()
            return charsets.complement(found) if char == "P" else found
        base = {"s": charsets.SPACES, "i": charsets.NAME_START, "c": charsets.NAME_PART}.get(char.lower())
        if char.lower() == "d":
            base = charsets.category("Nd")
        if char.lower() == "w":
            base = charsets.word()
        if not char or base is None:
            raise _wrong(N_("there is no escape '{escape}'"), escape=f"\\{char}")
        return base if char.islower() else charsets.complement(base)

    def _property(self) -> CharSet:
        end = self.text.find("}", self.index)
        if self.char != "{" or end < 0:
            raise _wrong(N_("'\\p' is followed by no '{'"))
        name = self.text[self.index + 1 : end]
        self.index = end + 1
        found = charsets.category(name) if len(name) <= 2 else charsets.block(name)
        if found is None:
            raise _wrong(N_("there is no category or block {name!r}"), name=name[:40])
        return found

    def _class(self) -> CharSet:
        """Read a class in square brackets, after its opening; ``[a-z-[aeiou]]`` subtracts."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise NullError(N_("the pattern is nested too deeply"), "OUT_OF_RANGE")
        negative = self.char == "^"
        self.index += negative
        parts: list[CharSet] = []
        minus = charsets.NOTHING
        while self.char != "]" or not parts:
            if not self.char or self.char == "]":
                raise _wrong(N_("a class is empty or not closed"))
            if parts and self.text.startswith("-[", self.index):
                self.index += 2
                minus = self._class()
                if self.char != "]":
                    raise _wrong(N_("a subtraction does not end its class"))
                break
            parts.append(self._part(bool(parts)))
        self.index += 1
        self.depth -= 1
        chars = charsets.union(parts)
        return charsets.without(charsets.complement(chars) if negative else chars, minus)

    def _part(self, later: bool) -> CharSet:
        char = self.char
        if char == "-" and later and not self.text.startswith("-]", self.index):
            raise _wrong(N_("'-' is used between two parts of a class"))
        first = self._single()
        if not isinstance(first, int):
            return first
        following = self.text[self.index + 1 : self.index + 2]
        if self.char == "-" and following not in ("]", "[", ""):
            self.index += 1
            last = self._single()
            if not isinstance(last, int) or last < first:
                raise _wrong(N_("a range in a class runs downwards or ends in a set"))
            return charsets.variants(first, last) if self.no_case else ((first, last),)
        return self._one(first)

    def _single(self) -> int | CharSet:
        char = self.char
        self.index += 1
        if char == "\\":
            return self._escaped()
        if char == "[":
            raise _wrong(N_("'[' is used in a class"))
        return ord(char)

    def _set(self, chars: CharSet) -> str:
        """Write a set of characters."""
        if not self.refers_back and any(last >= 0xD800 and first <= 0xDFFF for first, last in chars):
            chars = charsets.without(chars, SURROGATES)
        if not chars:
            return "[^\\x00-\\x{10FFFF}]" if not self.refers_back else "[^\\x00-\\U0010ffff]"
        if len(chars) == 1 and chars[0][0] == chars[0][1]:
            return self._code(chars[0][0])
        return "[" + "".join(self._code(a) if a == b else f"{self._code(a)}-{self._code(b)}" for a, b in chars) + "]"

    def _code(self, code: int) -> str:
        char = chr(code)
        if char.isascii() and char.isalnum():
            return char
        return f"\\U{code:08x}" if self.refers_back else f"\\x{{{code:x}}}"


def _without_spaces(text: str) -> str:
    """Take out white space that is not in a class (flag ``x``)."""
    kept: list[str] = []
    depth = 0
    index = 0
    while index < len(text):
        char = text[index]
        if char == "\\" and text[index + 1 : index + 2] not in ("", *_SPACES):
            kept.append(text[index : index + 2])
            index += 2
            continue
        depth += (char == "[") - (char == "]" and depth > 0)
        if depth or char not in _SPACES:
            kept.append(char)
        index += 1
    return "".join(kept)
