"""The chain of the audit log: its beginning, a seal per day, the anchor outside the database, and the check of all of it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import InvalidInput
from inburgering_flow.model import audit as chain
from inburgering_flow.model.audit import ACCEPT, BEGIN, SEAL, SETTLED, Anchor, Fault, Head, Line, Placed
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.context import Context
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.store import anchors, audit
from inburgering_flow.store.database import Unit
from inburgering_flow.values import load_value

log = logging.getLogger(__name__)
SHOWN_DAYS = 14
WHOLE, ENDS_FIT, BROKEN = "whole", "ends fit", "broken"
SEALING = 0x10C  # number of the lock under which nodes begin or seal, one at a time
Expected = dict[int, dict[int, list[tuple[str, Fault]]]]  # lane → number → marks, and what is said of another one


@dataclass(frozen=True)
class SealedDay:
    """A day whose lines were sealed, the mark of the line that did, and what a check said of it: WHOLE where each of its lines
    was read, ENDS_FIT where only its end was compared with the seal, or BROKEN.
    """

    day: str
    mark: str
    state: str


def _sealed(line: Mapping[str, Any]) -> tuple[str, Mapping[int, tuple[int, str]]]:
    """Return the day of a seal and where each lane ended; nothing of one that was changed."""
    try:
        detail = line["detail"]
        return str(detail["day"]), {int(lane): (int(number), str(mark)) for lane, (number, mark) in detail["ends"].items()}
    except (TypeError, KeyError, ValueError, AttributeError):
        return "", {}


def _is_within(
    fault: Fault, before: Mapping[int, tuple[int, str]], ends: Mapping[int, tuple[int, str]]
) -> bool:
    lane, number = fault.about.get("lane"), fault.about.get("number", fault.about.get("first"))
    if not isinstance(lane, int) or not isinstance(number, int) or lane not in ends:
        return False
    return before.get(lane, (0, ""))[0] < number <= ends[lane][0]


class AuditChain:
    """Use cases about the chain of the audit log."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._warned = ""

    def begin(self) -> None:
        """Let the chain begin with one line over all lines from before it, if there are any; safe to repeat."""
        with self.context.db.read() as unit:
            if any(h.number for h in audit.heads(unit)) or not audit.has_without_place(unit):
                return
        with self.context.db.write() as unit:
            unit.dialect.hold(unit.connection, SEALING)
            if any(h.number for h in audit.heads(unit)):
                return
            count, digest = chain.digest_of(self.context.audit_key, audit.without_place(unit))
            seals = hashlib.sha256("".join(row.seal for row in audit.seals(unit)).encode()).hexdigest()
            self.context.log(unit, SYSTEM.username, BEGIN, detail={"lines": count, "digest": digest, "seals": seals})

    def seal(self) -> int:
        """Write a line that seals all lines of the days that are over; return 1, or 0 if there was nothing to seal.

        The line holds where each lane ended, and is a line of the chain itself. Lines that come later, though they say an
        earlier moment because a clock was set back, stand after the seal and break nothing. Safe to run at any time and by
        several nodes.
        """
        today = legal_day(self.context.clock.now() - SETTLED)
        day = today - timedelta(days=1)
        with self.context.db.read() as unit:
            if not self._is_to_seal(unit, day, today):
                return 0
        with self.context.db.write() as unit:
            unit.dialect.hold(unit.connection, SEALING)
            if not self._is_to_seal(unit, day, today):
                return 0
            ends = {str(h.lane): [h.number, h.mark] for h in audit.heads(unit) if h.number}
            self.context.log(unit, SYSTEM.username, SEAL, detail={"day": day.isoformat(), "ends": ends})
        return 1

    @staticmethod
    def _is_to_seal(unit: Unit, day: date, today: date) -> bool:
        """Tell whether a day was not sealed yet and there is something to seal; a seal of the future is another clock's."""
        before = audit.newest_of(unit, SEAL)
        written = sum(h.number for h in audit.heads(unit))
        if before is None:
            first = audit.first_moment(unit)
            return first is not None and legal_day(first) < today
        sealed = date.fromisoformat(before["detail"]["day"])
        known = sum(int(number) for number, _mark in before["detail"]["ends"].values())
        return (sealed < day or sealed > today) and written > known + 1

    # -- the anchor ------------------------------------------------------------------------------------------------

    @property
    def anchor_path(self) -> Path | None:
        """The file outside the database, if the settings name one."""
        named = self.context.settings.audit_anchor
        return Path(named) if named else None

    def anchor_line(self, *, is_accepted: bool = False) -> str:
        """Return where the log ends now, as a line of text to be kept outside the database."""
        with self.context.db.read() as unit:
            ends = {h.lane: (h.number, h.mark) for h in audit.heads(unit) if h.number}
        moment = self.context.clock.now().isoformat(timespec="seconds")
        return chain.anchor_text(self.context.audit_key, Anchor(moment, ends, is_accepted))

    def anchor(self) -> int:
        """Add where the log ends to the anchor, if the settings name a file; return 1 if something was added, else 0.

        What contradicts the newest anchor (a restored backup, lines cut off) is told in the program's log; it stays in the
        file, and ``check`` says it from then on. Trouble with the file is told too, and the program goes on. Safe to repeat.
        """
        path = self.anchor_path
        if path is None:
            return 0
        try:
            before = anchors.last(path)
            known = chain.read_anchor(self.context.audit_key, before) if before else None
            self._warn(known)
            line = self.anchor_line()
            now = chain.read_anchor(self.context.audit_key, line)
            if now is None or (known is not None and known.heads == now.heads):
                return 0
            anchors.append(path, line)
        except InvalidInput as error:
            log.error("%s", error)
            return 0
        return 1

    def _warn(self, known: Anchor | None) -> None:
        expected: Expected = defaultdict(lambda: defaultdict(list))
        if known is not None:
            self._expect(expected, known)
        with self.context.db.read() as unit:
            said = ""
            for head in audit.heads(unit):
                for number, wanted in expected[head.lane].items():
                    found = audit.mark_at(unit, head.lane, number)
                    said = said or next((str(self._meant(f, head)) for m, f in wanted if m != found), "")
        if said and said != self._warned:
            log.error("audit log: %s", said)
        self._warned = said

    def accept(self, reason: str, actor: Actor = SYSTEM) -> str:
        """Declare that an older state of the database was restored on purpose: the log and the anchor keep that it was said,
        and what was anchored before is not compared any more. Return the anchor's line.

        Only for the program itself: it is done at the machine. Raises InvalidInput without a reason.
        """
        actor.require("log.accept")  # no role has it
        why = checked_reason(reason)
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, ACCEPT, detail={"reason": why})
        line = self.anchor_line(is_accepted=True)
        if self.anchor_path is not None:
            anchors.append(self.anchor_path, line)
        return line

    # -- checking --------------------------------------------------------------------------------------------------

    def check(self, newest: int | None = None, *, anchor: Path | None = None, since_anchor: bool = False) -> list[Fault]:
        """Return what is wrong with the log, and remarks; nothing means that no line was changed.

        ``newest`` limits the check to about that many lines, without the anchor: for a page whose cost must not grow with the
        log. ``anchor`` is compared instead of the settings' file. With ``since_anchor`` only lines after the newest anchor are
        read, where the log still agrees with it; a line before it that was changed in place is found by the whole check only.
        """
        key, found = self.context.audit_key, list[Fault]()
        with self.context.db.read() as unit:
            heads = audit.heads(unit)
            expected: Expected = defaultdict(lambda: defaultdict(list))
            anchored = self._anchored(unit, anchor or self.anchor_path) if since_anchor and newest is None else {}
            if newest is None:
                if not anchored:
                    found.extend(self._old_lines(unit))
                self._expect_seals(unit, expected)
                found.extend(self._expect_anchors(anchor or self.anchor_path, expected))
            in_use = sum(1 for h in heads if h.number) or 1
            for head in heads:
                start = max(head.number - newest // in_use, 0) if newest is not None else anchored.get(head.lane, 0)
                before = audit.mark_at(unit, head.lane, start) if start else ""
                since = {n: marks for n, marks in expected[head.lane].items() if n > start or not anchored}
                lines = self._compared(audit.lines(unit, head.lane, start), head, since, found, start)
                found.extend(chain.faults(key, head, lines, after=(start, before or "")))
        return found

    def sealed_days(self, found: Sequence[Fault], newest: int, most: int = SHOWN_DAYS) -> list[SealedDay]:
        """Return the days that were sealed last, the newest first; ``found`` is what ``check`` says of about so many ``newest``
        lines. A day of which lines are older than those was compared with its seal only.
        """
        with self.context.db.read() as unit:
            heads = {head.lane: head.number for head in audit.heads(unit)}
            lines = audit.newest_several(unit, SEAL, most + 1)
            days = [(line, day, ends) for line in lines for day, ends in [_sealed(line)]]
            marks = audit.marks_at(unit, {(lane, number) for _l, _d, ends in days for lane, (number, _m) in ends.items()})
        in_use = sum(1 for number in heads.values() if number) or 1
        shown = []
        for place, (line, day, ends) in enumerate(days[:most]):
            before = days[place + 1][2] if place + 1 < len(days) else {}
            is_sound = all(marks.get((lane, number)) == mark for lane, (number, mark) in ends.items()) and bool(ends)
            is_hit = any(_is_within(fault, before, ends) for fault in found if not fault.is_remark)
            is_read = all(heads.get(lane, 0) - newest // in_use <= before.get(lane, (0, ""))[0] for lane in ends)
            state = BROKEN if is_hit or not is_sound else WHOLE if is_read else ENDS_FIT
            shown.append(SealedDay(day, str(line["mark"]), state))
        return shown

    def _anchored(self, unit: Unit, path: Path | None) -> Mapping[int, int]:
        """Return where each lane ended at the newest anchor, if the log agrees with it; else nothing."""
        text = anchors.last(path) if path is not None else ""
        known = chain.read_anchor(self.context.audit_key, text) if text else None
        if known is None or any(audit.mark_at(unit, lane, number) != mark for lane, (number, mark) in known.heads.items()):
            return {}
        return {lane: number for lane, (number, _mark) in known.heads.items()}

    @staticmethod
    def _meant(finding: Fault, head: Head) -> Fault:
        """Return what it means that an anchor knows a line which the log has not, or has another one."""
        if finding.kind != "anchor" or finding.about["number"] <= head.number:  # type: ignore[operator]
            return finding
        return Fault("older", chain.ANCHOR_OLDER, {**finding.about, "last": head.number})

    def _compared(
        self, lines: Iterable[Placed], head: Head, expected: Mapping[int, list[tuple[str, Fault]]], found: list[Fault],
        start: int,
    ) -> Iterator[Placed]:
        """Yield lines, and add to ``found`` the first that seals, and the first that the anchor, know otherwise."""
        wrong: dict[str, Fault] = {}
        left, last = dict(expected), start
        for placed in lines:
            last = placed.number
            for mark, finding in left.pop(placed.number, ()):
                if mark != placed.mark:
                    wrong.setdefault(finding.kind, finding)
            yield placed
        is_whole = chain.is_whole(self.context.audit_key, head) and head.number == last
        for number in sorted(left):
            for _mark, finding in left[number]:
                if finding.kind == "anchor" and number > last:
                    said = chain.ANCHOR_OLDER if is_whole else chain.ANCHOR_CUT
                    kind = "older" if is_whole else "cut"
                    wrong.setdefault("anchor", Fault(kind, said, {**finding.about, "last": last}))
                else:
                    wrong.setdefault(finding.kind, finding)
        found.extend(wrong.values())

    def _expect_seals(self, unit: Unit, expected: Expected) -> None:
        for line in audit.all_of(unit, SEAL):
            day, ends = _sealed(line)  # nothing of a line that was changed: the chain says which
            for lane, (number, mark) in ends.items():
                about = {"lane": lane, "number": number, "day": day}
                expected[lane][number].append((mark, Fault("resealed", chain.SEALED, about)))

    def _expect_anchors(self, path: Path | None, expected: Expected) -> Iterator[Fault]:
        if path is None:
            return
        texts = anchors.read(path)
        if not texts:
            yield Fault("anchor", chain.ANCHOR_NONE, {"path": path})
        known: list[Anchor] = []
        for number, text in enumerate(texts, 1):
            anchor = chain.read_anchor(self.context.audit_key, text)
            if anchor is None:
                yield Fault("anchor", chain.ANCHOR_FALSE, {"line": number})
                continue
            if anchor.is_accepted:
                yield Fault("accepted", chain.ACCEPTED, {"moment": anchor.moment}, is_remark=True)
                known = []
            known.append(anchor)
        for anchor in known:
            self._expect(expected, anchor)

    @staticmethod
    def _expect(expected: Expected, anchor: Anchor) -> None:
        for lane, (number, mark) in anchor.heads.items():
            about = {"lane": lane, "number": number, "moment": anchor.moment}
            there = expected[lane][number]
            if all(m != mark or f.kind != "anchor" for m, f in there):  # a lane at rest is anchored many times
                there.append((mark, Fault("anchor", chain.ANCHOR_OTHER, about)))

    # -- lines from before there was a chain -------------------------------------------------------------------------

    def _old_lines(self, unit: Unit) -> Iterator[Fault]:
        first = audit.first_of(unit, BEGIN)
        count, digest = chain.digest_of(self.context.audit_key, audit.without_place(unit))
        if first is None:
            if count:
                yield Fault("inserted", chain.NO_BEGIN, {"lines": count})
            return
        detail = first["detail"] or {}
        seals = audit.seals(unit)
        bound = hashlib.sha256("".join(row.seal for row in seals).encode()).hexdigest()
        if (count, digest) == (detail.get("lines"), detail.get("digest")):
            if bound != detail.get("seals"):
                yield Fault("resealed", chain.OLD_DAY, {"day": ", ".join(str(row.day) for row in seals[-1:])})
            return
        yield Fault("changed", chain.OLD, {"lines": detail.get("lines")})
        by_day: dict[date, list[Line]] = defaultdict(list)
        for line in audit.without_place(unit):
            by_day[legal_day(line.moment)].append(line)
        before = ""
        for row in seals:
            if _old_seal(before, by_day[row.day]) != row.seal:
                yield Fault("changed", chain.OLD_DAY, {"day": row.day})
            before = row.seal


def _old_seal(before: str, lines: list[Line]) -> str:
    """Return the seal of a day as it was made before there was a chain."""
    digest = hashlib.sha256(before.encode())
    for line in lines:
        entry = {**line.__dict__, "detail": None if line.detail is None else load_value(line.detail)}
        digest.update(json.dumps(entry, sort_keys=True, default=str, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()
