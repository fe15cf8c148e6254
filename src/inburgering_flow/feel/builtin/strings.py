"""Functions on strings; positions count code points from 1.

Source: DMN 1.5, table 77.
"""

from __future__ import annotations

import base64
import re
import uuid as uuid_module
from decimal import Decimal
from typing import Any

from inburgering_flow.feel.builtin.signature import Row, with_run
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.operators import whole
from inburgering_flow.feel.regex import pattern
from inburgering_flow.i18n import N_


def _substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    begin = whole(start)
    if begin == 0:
        raise NullError(N_("'start position' is 0; positions count from 1 or from -1 backwards"))
    begin = begin - 1 if begin > 0 else len(text) + begin
    if begin < 0 or begin >= max(len(text), 1):
        raise NullError(N_("'start position' lies outside the string"))
    if length is None:
        return text[begin:]
    if length < 1:
        raise NullError(N_("'length' is less than 1"))
    return text[begin : begin + whole(length)]


def _before(text: str, match: str) -> str:
    head, mark, _ = text.partition(match) if match else ("", "", "")
    return head if mark else ""


def _after(text: str, match: str) -> str:
    if not match:
        return text
    _, mark, tail = text.partition(match)
    return tail if mark else ""


def _matches(text: str, regex: str, flags: str | None = None) -> bool:
    return pattern(regex, flags or "").matches(text)


def _replace(run: Any, text: str, regex: str, replacement: str, flags: str | None = None) -> str:
    compiled = pattern(regex, flags or "")
    if compiled.matches_empty():
        raise NullError(N_("the pattern matches the empty string"))
    parts = [replacement] if "q" in (flags or "") else _replacement(replacement, compiled.groups)
    made: list[str] = []
    begin = size = 0
    for found in compiled.occurrences(text):
        filled = "".join((found[part] or "") if isinstance(part, int) else part for part in parts)
        made += (text[begin : found.start()], filled)
        begin = found.end()
        size += len(filled)
        if size > run.limits.characters:
            run.sized_text(size)
    return "".join((*made, text[begin:]))


def _replacement(text: str, groups: int) -> list[str | int]:
    parts: list[str | int] = []
    index = 0
    while index < len(text):
        char = text[index]
        if char == "\\":
            if index + 1 >= len(text) or text[index + 1] not in "\\$":
                raise NullError(N_("the replacement has a lone backslash"))
            parts.append(text[index + 1])
            index += 2
        elif char == "$":
            digits = re.compile("[0-9]+").match(text, index + 1)
            if not digits:
                raise NullError(N_("the replacement has a lone $"))
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
    parts: list[str] = []
    begin = 0
    for found in pattern(delimiter).occurrences(text):
        if found.end() == found.start():
            continue
        parts.append(text[begin : found.start()])
        begin = found.end()
    return [*parts, text[begin:]]


def _extract(text: str, regex: str) -> list[str]:
    return [found[0] for found in pattern(regex).occurrences(text)]


def _join(run: Any, items: list[Any], delimiter: str | None = None, prefix: str = "", suffix: str = "") -> str:
    parts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in parts):
        raise NullError(N_("the list contains something other than strings"), "INVALID_TYPE")
    run.sized_text(sum(map(len, parts)) + len(parts) * len(delimiter or ""))
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
    ("replace", "input: string, pattern: string, replacement: string, flags: string?=", with_run(_replace)),
    ("split", "string: string, delimiter: string", _split),
    ("extract", "string: string, pattern: string", _extract),
    ("string join", "list: list, delimiter: string?=", with_run(_join)),
    ("string join", "list: list, delimiter: string?, prefix: string, suffix: string", with_run(_join)),
    ("trim", "string: string", lambda text: text.strip()),
    ("is blank", "string: string", _is_blank),
    ("to base64", "value: string", _to_base64),
    ("uuid", "", lambda: str(uuid_module.uuid4())),
]
