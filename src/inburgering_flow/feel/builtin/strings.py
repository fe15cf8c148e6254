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
    ``\\i \\c \\p{…}`` of XML Schema are translated for the common categories and character subtraction is not.
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
    out: list[str] = []
    index = 0
    in_class = False
    while index < len(text):
        char = text[index]
        if char == "\\" and index + 1 < len(text):
            code = text[index + 1]
            if code in "pP":
                found = re.compile(r"\{(\^?)(\w+)\}").match(text, index + 2)
                if not found or found[2] not in _CATEGORIES:
                    raise NullError("the pattern names a character category that is not known here")
                chars = _CATEGORIES[found[2]]
                if in_class:
                    if code == "P" or chars.startswith("[^"):
                        raise NullError("the pattern uses a character category in a way that is not known here")
                    out.append(chars[1:-1])
                else:
                    out.append(f"(?!{chars})." if code == "P" else chars)
                index = found.end()
                continue
            if code in "ic" and not in_class:
                out.append(_NAME_START if code == "i" else _NAME_PART)
            elif code in "zZAbB":
                raise NullError("the pattern is not a regular expression of XPath")
            else:
                out.append(char + code)
            index += 2
            continue
        if char == "[":
            if in_class:
                raise NullError("the pattern subtracts characters, which is not known here")
            in_class = True
        elif char == "]":
            in_class = False
        elif char == "(" and text.startswith("(?", index) and not text.startswith("(?:", index) and not in_class:
            raise NullError("the pattern is not a regular expression of XPath")
        elif char == "$" and not in_class:
            out.append("(?:$(?!\\n))")
            index += 1
            continue
        elif char.isspace() and not spaces and not in_class:
            index += 1
            continue
        out.append(char)
        index += 1
    return "".join(out)


def _short(text: str) -> str:
    if len(text) > MAX_SUBJECT:
        raise NullError(f"the text is longer than {MAX_SUBJECT:,} characters", "OUT_OF_RANGE")
    return text


def _matches(text: str, regex: str, flags: str | None = None) -> bool:
    return pattern(regex, flags or "").search(_short(text)) is not None


def _replace(text: str, regex: str, replacement: str, flags: str | None = None) -> str:
    compiled = pattern(regex, flags or "")
    if compiled.match("") and "q" not in (flags or ""):
        raise NullError("the pattern matches the empty string")
    parts = [replacement] if "q" in (flags or "") else _replacement(replacement, compiled.groups)

    def fill(found: re.Match[str]) -> str:
        return "".join((found[part] or "") if isinstance(part, int) else part for part in parts)

    return compiled.sub(fill, _short(text))


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
    for found in compiled.finditer(_short(text)):
        if found.end() == found.start():
            continue
        parts.append(text[begin : found.start()])
        begin = found.end()
    return [*parts, text[begin:]]


def _extract(text: str, regex: str) -> list[str]:
    return [found[0] for found in pattern(regex, "").finditer(_short(text))]


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
