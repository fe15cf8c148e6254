"""The chain of the audit log as values: what a line is, what binds it to the one before, what is wrong with a row of lines.

Lines stand in a few lanes, each a chain of its own, so that transactions that end at the same moment rarely wait for each other.
In a lane each line has a number without gaps and a mark: HMAC-SHA256, with a key that is never in the database, over the mark of
the line before it and everything that the line says. The head of a lane is its newest number and mark, marked itself: cutting
off the newest lines leaves a head that nobody without the key can make.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inburgering_flow.i18n import N_

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

LANES = 8
BEGIN, SEAL, ACCEPT = "log.begin", "log.seal", "log.accept"
SETTLED = timedelta(hours=1)  # how much older than the line before it a line may be: a long step says when it began

CHANGED = N_("Line {number} of lane {lane} (key {key}, {moment}) was changed after it was written, or made without the key.")
REMOVED = N_("Lines {first} to {last} of lane {lane} were removed; the line after them cannot be checked.")
INSERTED = N_("Line {number} of lane {lane} (key {key}, {moment}) was inserted by somebody without the key.")
BACK_DATED = N_(
    "Line {number} of lane {lane} (key {key}) was back-dated: it says {moment}, the line before it {before}, "
    "and its mark does not fit."
)
CLOCK = N_("Line {number} of lane {lane} (key {key}) says {moment}, and the line before it {before}: the clock was set back.")
CUT = N_("The newest lines of lane {lane}, {first} to {last}, were cut off.")
WAS_CUT = N_(
    "When line {number} of lane {lane} (key {key}, {moment}) was written, the newest lines before it had been cut off, "
    "or the end of the lane had been changed."
)
OLD = N_("Lines from before the chain began (there were {lines}) were changed, removed or inserted.")
OLD_DAY = N_("Lines of {day}, from before the chain began, do not fit the seal of that day.")
NO_BEGIN = N_("{lines} lines stand outside the chain, though the log began with it: they were inserted.")
SEALED = N_("Line {number} of lane {lane} is not the one that the seal of {day} knows: lines were written anew.")
ANCHOR_FALSE = N_(
    "Line {line} of the anchor was not made with the key of this database: the anchor was changed, or is of another database."
)
ANCHOR_NONE = N_("There is no anchor at {path}: nothing was anchored yet, or it was taken away.")
ANCHOR_CUT = N_(
    "The anchor of {moment} knows lane {lane} up to line {number}, but the log ends at line {last}: "
    "its newest lines were cut off."
)
ANCHOR_OLDER = N_(
    "The anchor of {moment} knows lane {lane} up to line {number}, but the log ends, unbroken, at line {last}: "
    "this database is an older state, such as a restored backup. What was logged after line {last} is lost."
)
ANCHOR_OTHER = N_(
    "Line {number} of lane {lane} is not the one that the anchor saw on {moment}: lines were written anew, as after a restored "
    "older backup, or the log was resealed by somebody with the key."
)
ACCEPTED = N_("On {moment} somebody declared that an older state was restored; what was anchored before is not compared.")
HEAD = N_("The end of lane {lane}, at line {number}, was resealed without the key.")


def derived_key(secret: str, purpose: str) -> bytes:
    """Return a key of its own for one purpose, from which neither the secret nor another key can be found."""
    return hmac.new(secret.encode(), f"audit log: {purpose}".encode(), hashlib.sha256).digest()


@dataclass(frozen=True)
class Line:
    """A line as it is stored; ``detail`` is the JSON text."""

    key: int
    tenant_id: str
    moment: datetime
    actor: str
    action: str
    root_key: int | None
    subject_key: int | None
    detail: str | None


@dataclass(frozen=True)
class Placed:
    """A line in its place."""

    lane: int
    number: int
    mark: str
    line: Line


@dataclass(frozen=True)
class Head:
    """The end of a lane: its newest line's number and mark (0 and empty before the first), and the mark of both."""

    lane: int
    number: int = 0
    mark: str = ""
    seal: str = ""


@dataclass(frozen=True)
class Fault:
    """Something wrong with the log, or (``is_remark``) something that an auditor should know.

    ``says`` is a sentence with names in braces, whose values are ``about``.
    """

    kind: str
    says: str
    about: Mapping[str, object]
    is_remark: bool = False

    def __str__(self) -> str:
        return self.says.format(**self.about)


def mark_of(key: bytes, lane: int, number: int, before: str, line: Line) -> str:
    """Return the mark of a line after the line with the mark ``before``."""
    said = (
        before, lane, number, line.key, line.tenant_id, line.moment.astimezone(UTC).isoformat(timespec="microseconds"),
        line.actor, line.action, line.root_key, line.subject_key, line.detail,
    )  # fmt: skip
    return _hmac(key, said)


def seal_of(key: bytes, lane: int, number: int, mark: str) -> str:
    """Return the mark of a head."""
    return _hmac(key, ("head", lane, number, mark))


def is_whole(key: bytes, head: Head) -> bool:
    """Tell whether a head is what this key made; a lane without lines has none."""
    if (head.number, head.mark, head.seal) == (0, "", ""):
        return True
    return _equal(head.seal, seal_of(key, head.lane, head.number, head.mark))


def place(key: bytes, head: Head, lines: Iterable[Line]) -> tuple[list[Placed], Head]:
    """Return lines in the places after a head, and the new head.

    A head that somebody without the key has changed is followed in a way that shows for ever.
    """
    number, before = head.number, head.mark if is_whole(key, head) else _cut(head.mark)
    placed = []
    for line in lines:
        number += 1
        before = mark_of(key, head.lane, number, before, line)
        placed.append(Placed(head.lane, number, before, line))
    return placed, Head(head.lane, number, before, seal_of(key, head.lane, number, before))


def faults(key: bytes, head: Head, lines: Iterable[Placed], *, after: tuple[int, str] = (0, "")) -> Iterator[Fault]:
    """Say what is wrong with the lines of a lane, in the order of their numbers, that follow the number and mark ``after``."""
    (number, before), moment = after, None
    for placed in lines:
        if placed.number > max(head.number, number + 1):
            yield Fault("inserted", INSERTED, _which(placed))
        elif placed.number != number + 1:  # what it follows is gone, so its own mark cannot be checked
            yield Fault("removed", REMOVED, {"lane": head.lane, "first": number + 1, "last": placed.number - 1})
        elif not _equal(placed.mark, mark_of(key, head.lane, placed.number, before, placed.line)):
            yield _wrong(key, head, placed, before, moment)
        elif moment is not None and placed.line.moment < moment - SETTLED:
            yield Fault("clock", CLOCK, {**_which(placed), "before": _said(moment)}, is_remark=True)
        number, before, moment = placed.number, placed.mark, placed.line.moment
    if head.number > number:
        yield Fault("cut", CUT, {"lane": head.lane, "first": number + 1, "last": head.number})
    if not is_whole(key, head) or head.number < number or (head.number == number and head.mark != before):
        yield Fault("resealed", HEAD, {"lane": head.lane, "number": head.number})


def _wrong(key: bytes, head: Head, placed: Placed, before: str, moment: datetime | None) -> Fault:
    about = _which(placed)
    if _equal(placed.mark, mark_of(key, head.lane, placed.number, _cut(before), placed.line)):
        return Fault("cut", WAS_CUT, about)
    if placed.number > head.number:
        return Fault("inserted", INSERTED, about)
    if moment is not None and placed.line.moment < moment - SETTLED:
        return Fault("back-dated", BACK_DATED, {**about, "before": _said(moment)})
    return Fault("changed", CHANGED, about)


def _cut(mark: str) -> str:
    return f"cut:{mark}"  # never a mark itself


def _equal(one: str | None, other: str) -> bool:
    return hmac.compare_digest((one or "").encode(), other.encode())


# -- anchors: what the ends of the lanes were, kept outside the database -------------------------------------------------


@dataclass(frozen=True)
class Anchor:
    """What the lanes ended in at a moment; ``is_accepted`` where somebody declared that an older state was restored."""

    moment: str
    heads: Mapping[int, tuple[int, str]]
    is_accepted: bool = False


def anchor_text(key: bytes, anchor: Anchor) -> str:
    """Return an anchor as one line of text that only the key's holder can make."""
    ends = " ".join(f"{lane}:{number}:{mark}" for lane, (number, mark) in sorted(anchor.heads.items()))
    said = " ".join(filter(None, (anchor.moment, "restored" if anchor.is_accepted else "log", ends)))
    return f"{said} {_hmac(key, ('anchor', said))}"


def read_anchor(key: bytes, text: str) -> Anchor | None:
    """Return the anchor that a line of text stands for; None if it was not made with this key."""
    said, _space, mark = text.strip().rpartition(" ")
    if not _equal(mark, _hmac(key, ("anchor", said))):
        return None
    moment, kind, *ends = said.split(" ")
    parts = (end.split(":") for end in ends)
    return Anchor(moment, {int(lane): (int(number), mark) for lane, number, mark in parts}, kind == "restored")


def digest_of(key: bytes, lines: Iterable[Line]) -> tuple[int, str]:
    """Return how many lines there are, and one mark over all of them: for those from before there was a chain."""
    count, mark = 0, ""
    for line in lines:
        count, mark = count + 1, mark_of(key, -1, count, mark, line)
    return count, mark


def _which(placed: Placed) -> dict[str, object]:
    return {
        "lane": placed.lane, "number": placed.number, "key": placed.line.key, "moment": _said(placed.line.moment),
    }  # fmt: skip


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="seconds")


def _hmac(key: bytes, said: tuple[object, ...]) -> str:
    return hmac.digest(key, _encode(said).encode("utf-8", "surrogatepass"), "sha256").hex()
