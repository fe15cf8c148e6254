"""Functions on strings; positions count code points from 1.

Source: DMN 1.5, table 77.
"""

from __future__ import annotations

import base64
import re
import uuid as uuid_module
from decimal import Decimal
from functools import lru_cache
from typing import Any

from inburgering_flow.feel.builtin.signature import Row
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.operators import whole

MAX_PATTERN = 1_000
MAX_SUBJECT = 20_000
"""Python's ``re`` can take exponential time, so patterns and the texts they are tried on are kept short."""

_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}


def _substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    begin = whole(start)
    if begin == 0:
        raise NullError("'start position' is 0; positions count from 1 or from -1 backwards")
    begin = begin - 1 if begin > 0 else len(text) + begin
    if begin < 0 or begin >= max(len(text), 1):
        raise NullError("'start position' lies outside the string")
    if length is None:
        return text[begin:]
    if length < 1:
        raise NullError("'length' is less than 1")
    return text[begin : begin + whole(length)]


def _before(text: str, match: str) -> str:
    head, mark, _ = text.partition(match) if match else ("", "", "")
    return head if mark else ""


def _after(text: str, match: str) -> str:
    if not match:
        return text
    _, mark, tail = text.partition(match)
    return tail if mark else ""


@lru_cache(maxsize=512)
def pattern(text: str, flags: str) -> re.Pattern[str]:
    """Return an XPath regular expression as Python's; raises ``NullError``.

    Known are the flags ``s m i x q``; in pattern and subject the limits of this module hold. The constructs
    ``\\i \\c \\p{…}`` of XML Schema are translated for the common categories, and so is subtraction.
    """
    if len(text) > MAX_PATTERN:
        raise NullError(f"the pattern is longer than {MAX_PATTERN} characters", "OUT_OF_RANGE")
    number = 0
    for flag in flags:
        if flag in _FLAGS:
            number |= _FLAGS[flag]
        elif flag not in "xq":
            raise NullError(f"there is no flag {flag!r}")
    if "q" in flags:
        text = re.escape(text)
    else:
        text = _translate(text, spaces="x" not in flags)
    try:
        return re.compile(text, number)
    except (re.error, OverflowError, RecursionError):
        raise NullError("the pattern is not a regular expression") from None


_PROPERTY = re.compile(r"\{(\w+)\}")
_CATEGORIES = {
    "L": "[^\\W\\d_]",
    "Lu": "[A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİ]",
    "Ll": "[a-zß-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįı]",
    "N": "[\\d]",
    "Nd": "[\\d]",
    "P": "[!-#%-*,-/:;?@\\[-\\]_{}¡§«¶·»¿‐-‧‰-⁞]",
    "S": "[$+<=>^`|~¢-©¬®-±´¸×÷€]",
    "Z": "[\\s]",
    "Zs": "[ \\u00a0]",
    "IsBasicLatin": "[\\x00-\\x7f]",
}
_NAME_START = "[:A-Z_a-z\\u00C0-\\u02FF\\u0370-\\u1FFF\\u2C00-\\uD7FF]"
_NAME_PART = "[-.0-9:A-Z_a-z\\u00B7\\u00C0-\\u036F\\u0370-\\u1FFF\\u2C00-\\uD7FF]"


def _translate(text: str, *, spaces: bool) -> str:
    """Return an XPath pattern in Python's notation; raises ``NullError`` for what has no counterpart."""
    out: list[str] = []
    index = 0
    while index < len(text):
        char = text[index]
        if char == "[":
            piece, index = _character_class(text, index, spaces, 0)
            out.append(piece)
            continue
        if char == "\\":
            piece, index = _escape(text, index)
            out.append(piece)
            continue
        if char == "(" and text.startswith("(?", index) and not text.startswith("(?:", index):
            raise NullError("the pattern is not a regular expression of XPath")
        if char == "$":
            out.append("(?:$(?!\\n))")
        elif spaces or not char.isspace():
            out.append(char)
        index += 1
    return "".join(out)


def _category(text: str, index: int) -> tuple[str, int]:
    found = _PROPERTY.match(text, index + 2)
    if not found or found[1] not in _CATEGORIES:
        raise NullError("the pattern names a character category that is not known here")
    return _CATEGORIES[found[1]], found.end()


def _escape(text: str, index: int) -> tuple[str, int]:
    """Translate one escape outside a character class."""
    code = text[index + 1 : index + 2]
    if code in ("p", "P"):
        chars, end = _category(text, index)
        return (f"(?:(?!{chars})[\\s\\S])" if code == "P" else chars), end
    if code in ("i", "c", "I", "C"):
        chars = _NAME_START if code in "iI" else _NAME_PART
        return (chars if code in "ic" else f"[^{chars[1:]}"), index + 2
    if code and (code in "nrtdDsSwW\\|.?*+(){}[]^-$" or code in "123456789" or code.isspace()):
        return "\\" + code, index + 2
    raise NullError("the pattern is not a regular expression of XPath")


def _character_class(text: str, index: int, spaces: bool, depth: int) -> tuple[str, int]:
    """Translate ``[…]`` with subtraction (``[a-z-[aeiou]]``); returns the piece and where it ends."""
    if depth > 20:
        raise NullError("the pattern is nested too deeply", "OUT_OF_RANGE")
    out: list[str] = []
    minus = ""
    index += 1
    if text.startswith("^", index):
        out.append("^")
        index += 1
    while index < len(text):
        char = text[index]
        if char == "]":
            if out in ([], ["^"]):
                break
            piece = "[" + "".join(out) + "]"
            return (f"(?:(?!{minus}){piece})" if minus else piece), index + 1
        if text.startswith("-[", index) and out:
            minus, index = _character_class(text, index + 1, spaces, depth + 1)
            if not text.startswith("]", index):
                break
            continue
        if char == "[":
            break
        if char == "\\":
            code = text[index + 1 : index + 2]
            if code in ("p", "i", "c"):
                chars, end = _category(text, index) if code == "p" else _escape(text, index)
                if chars.startswith("[^"):
                    raise NullError("the pattern uses a character category in a way that is not known here")
                out.append(chars[1:-1])
                index = end
                continue
            if not code or code not in "nrtdDsSwW\\|.?*+(){}[]^-$":
                break
            out.append("\\" + code)
            index += 2
            continue
        if spaces or not char.isspace():
            doubled = char == "-" and text.startswith("--", index)
            out.append("\\" + char if char in "&~|" or doubled else char)
        index += 1
    raise NullError("the pattern is not a regular expression of XPath")


RISKY_SUBJECT = 25
WORK = 1e9
_LOOSE = re.compile(r"\.|\\[SWDpPcCiI]|\[\^")


@lru_cache(maxsize=512)
def longest_subject(text: str) -> int:
    """Return how long a text may be on which a pattern is tried, so that backtracking ends in about a second.

    Python's ``re`` backtracks: k open repetitions cost about n to the power k + 1 steps, so n is bounded by that. A
    repetition of a group that holds repetitions or alternatives itself can cost 2 to the power n; it is tried on
    ``RISKY_SUBJECT`` characters at most, unless each round begins with a sign that cannot occur later in the group.
    """
    repeats = 0
    risky = False
    groups: list[tuple[int, bool]] = []
    inside = False
    closed: tuple[int, int] | None = None
    index = 0
    while index < len(text):
        char = text[index]
        if char in "*+{" or (char == "?" and not text.startswith("(?", index - 1)):
            repeats += char in "*+" or (char == "{" and "," in text[index:].partition("}")[0])
            if closed is not None and char != "?":
                risky = risky or not _marked(text[closed[0] + 1 : closed[1]])
            inside = True
        step, following = 1, None
        if char == "\\":
            step = 2
            repeats += text[index + 1 : index + 2].isdigit()
        elif char == "[":
            step = _class_length(text, index)
        elif char == "(":
            groups.append((index, inside))
            inside = False
        elif char == ")" and groups:
            begin, outer = groups.pop()
            following = (begin, index) if inside else None
            inside = inside or outer
        elif char == "|" and groups:
            inside = True
        closed = following
        index += step
    if risky:
        return RISKY_SUBJECT
    return min(MAX_SUBJECT, int(WORK ** (1 / (repeats + 1))))


def _class_length(text: str, index: int) -> int:
    depth, at = 0, index
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "[":
            depth += 1
        elif text[at] == "]":
            depth -= 1
            if depth == 0:
                break
        at += 1
    return at - index + 1


def _marked(group: str) -> bool:
    """Say whether a group begins with a sign, such as the point of a domain, that cannot occur later in it."""
    body = group.removeprefix("?:")
    sign, rest = (body[1:2], body[2:]) if body.startswith("\\") else (body[:1], body[1:])
    if not sign or sign.isalnum() or (sign in "[(.^$" and not body.startswith("\\")):
        return False
    return not _LOOSE.search(rest) and sign not in rest and rest[:1] not in ("*", "+", "?", "{") and "|" not in rest


def _short(text: str, regex: str) -> str:
    limit = longest_subject(regex)
    if len(text) > limit:
        raise NullError(
            f"the text is longer than the {limit:,} characters on which this pattern is tried", "OUT_OF_RANGE"
        )
    return text


def _matches(text: str, regex: str, flags: str | None = None) -> bool:
    return pattern(regex, flags or "").search(_short(text, regex)) is not None


def _replace(text: str, regex: str, replacement: str, flags: str | None = None) -> str:
    compiled = pattern(regex, flags or "")
    if compiled.match("") and "q" not in (flags or ""):
        raise NullError("the pattern matches the empty string")
    parts = [replacement] if "q" in (flags or "") else _replacement(replacement, compiled.groups)

    def fill(found: re.Match[str]) -> str:
        return "".join((found[part] or "") if isinstance(part, int) else part for part in parts)

    return compiled.sub(fill, _short(text, regex))


def _replacement(text: str, groups: int) -> list[str | int]:
    parts: list[str | int] = []
    index = 0
    while index < len(text):
        char = text[index]
        if char == "\\":
            if index + 1 >= len(text) or text[index + 1] not in "\\$":
                raise NullError("the replacement has a lone backslash")
            parts.append(text[index + 1])
            index += 2
        elif char == "$":
            digits = re.compile("[0-9]+").match(text, index + 1)
            if not digits:
                raise NullError("the replacement has a lone $")
            number = digits[0][:4]
            while len(number) > 1 and int(number) > groups:
                number = number[:-1]
            parts.append(int(number) if int(number) <= groups else "")
            index += 1 + len(number)
        else:
            parts.append(char)
            index += 1
    return parts


def _split(text: str, delimiter: str) -> list[str]:
    compiled = pattern(delimiter, "")
    parts: list[str] = []
    begin = 0
    for found in compiled.finditer(_short(text, delimiter)):
        if found.end() == found.start():
            continue
        parts.append(text[begin : found.start()])
        begin = found.end()
    return [*parts, text[begin:]]


def _extract(text: str, regex: str) -> list[str]:
    return [found[0] for found in pattern(regex, "").finditer(_short(text, regex))]


def _join(items: list[Any], delimiter: str | None = None, prefix: str = "", suffix: str = "") -> str:
    parts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in parts):
        raise NullError("the list holds something else than strings", "INVALID_TYPE")
    return prefix + (delimiter or "").join(parts) + suffix


def _is_blank(text: str) -> bool:
    return not text.strip()


def _to_base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


TABLE: list[Row] = [
    ("substring", "string: string, start position: number, length: number?=", _substring),
    ("string length", "string: string", lambda text: Decimal(len(text))),
    ("upper case", "string: string", lambda text: text.upper()),
    ("lower case", "string: string", lambda text: text.lower()),
    ("substring before", "string: string, match: string", _before),
    ("substring after", "string: string, match: string", _after),
    ("contains", "string: string, match: string", lambda text, match: match in text),
    ("starts with", "string: string, match: string", lambda text, match: text.startswith(match)),
    ("ends with", "string: string, match: string", lambda text, match: text.endswith(match)),
    ("matches", "input: string, pattern: string, flags: string?=", _matches),
    ("replace", "input: string, pattern: string, replacement: string, flags: string?=", _replace),
    ("split", "string: string, delimiter: string", _split),
    ("extract", "string: string, pattern: string", _extract),
    ("string join", "list: list, delimiter: string?=", _join),
    ("string join", "list: list, delimiter: string?, prefix: string, suffix: string", _join),
    ("trim", "string: string", lambda text: text.strip()),
    ("is blank", "string: string", _is_blank),
    ("to base64", "value: string", _to_base64),
    ("uuid", "", lambda: str(uuid_module.uuid4())),
]
