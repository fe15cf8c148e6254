"""The questions of a domain's plain forms: what is wrong with an answer, and the answer as a process takes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from inburgering_flow.i18n import _
from inburgering_flow.model.plugin import StartField

EARLIEST, LATEST = 1900, 2200
LONGEST, LONGEST_STORY = 1_000, 20_000  # characters of an answer; of one that tells a story
_AMOUNT = re.compile(r"\d{1,9}(?:[,.]\d{1,2})?")


def wrong(field: StartField, given: Mapping[str, str], locations: Collection[str]) -> list[str]:
    """Return what is wrong with the answer to a question, one sentence each; nothing where it can be taken."""
    answer, label = given.get(field.name, "").strip(), _(field.label)
    if not answer:
        needed = field.needed_with and given.get(field.needed_with, "") == "ja"
        return [_("Fill in “{label}”.").format(label=label)] if needed else []
    longest = LONGEST_STORY if field.kind == "story" else LONGEST
    if len(answer) > longest:
        return [_("“{label}” is too long.").format(label=label)]
    if field.kind == "choice" and answer not in dict(field.options):
        return [_("“{label}” has no such choice.").format(label=label)]
    if field.kind == "date" and not _is_date(answer):
        return [_("“{label}” is not a date.").format(label=label)]
    if field.kind == "yes" and answer != "ja":
        return [_("“{label}” is ticked or not.").format(label=label)]
    if field.kind == "amount" and not _AMOUNT.fullmatch(answer):
        return [_("“{label}” is not an amount in euros and cents, such as 250 or 37,50.").format(label=label)]
    if field.kind == "number" and not _AMOUNT.fullmatch(answer):
        return [_("“{label}” is not a number with at most two decimals, such as 75 or 74,99.").format(label=label)]
    if field.kind == "year" and not _is_year(answer):
        return [_("“{label}” is not a year, such as 2026.").format(label=label)]
    if field.is_location and answer not in locations:
        return [_("Nobody works at the location that was chosen.")]
    return []


def answer(field: StartField, given: Mapping[str, str]) -> Any:
    """Return what was answered as the process takes it: text, true or false, an exact number; what is empty is null."""
    text = given.get(field.name, "").strip()
    if field.kind == "yes":
        return text == "ja"
    if field.kind in ("amount", "number") and text:
        return Decimal(text.replace(",", "."))
    if field.kind == "year" and text:
        return int(text)
    return text or None


def _is_year(text: str) -> bool:
    return len(text) == len("2026") and text.isascii() and text.isdecimal() and EARLIEST <= int(text) <= LATEST


def _is_date(text: str) -> bool:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return False
    return EARLIEST <= found.year <= LATEST and text == found.isoformat()  # not the week dates of ISO 8601
