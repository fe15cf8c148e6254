"""The audit log: append-only, each line in its place in a chain (``model/audit``)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, func, insert, not_, or_, select, type_coerce, update

from inburgering_flow.model.audit import LANES, Head, Line, Placed, is_whole, place
from inburgering_flow.model.runtime import DEFAULT_TENANT
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared, PreparedAmong
from inburgering_flow.store.types import among
from inburgering_flow.values import dump_value

_a, _h = t.audit.c, t.audit_head.c
_detail = type_coerce(_a.detail, Text).label("detail")  # as it is stored: the mark is over the text
_LINE = (_a.key, _a.tenant_id, _a.moment, _a.actor, _a.action, _a.root_key, _a.subject_key, _detail)
_insert = Prepared(
    insert(t.audit), ("key", "moment", "actor", "action", "root_key", "subject_key", "detail", "lane", "number", "mark")
)
_head = Prepared(select(_h.lane, _h.number, _h.mark, _h.seal).where(_h.lane == bindparam("b_lane")).with_for_update())
_add_head = Prepared(lambda dialect: dialect.add_new(t.audit_head, "lane"), ("lane", "number", "mark", "seal"))
_move_head = Prepared(
    update(t.audit_head).where(_h.lane == bindparam("b_lane")).values(
        number=bindparam("b_number"), mark=bindparam("b_mark"), seal=bindparam("b_seal")
    )
)  # fmt: skip
_last = Prepared(
    select(_a.number, _a.mark).where(_a.lane == bindparam("b_lane"), _a.number.is_not(None)).order_by(_a.number.desc()).limit(1)
)
_NO_PLACE = or_(_a.number.is_(None), _a.number < 1, _a.lane.is_(None), _a.lane < 0, _a.lane >= LANES)
# Which entries are looks, by the action's name; about persons all are looks except the two that write.
_WRITTEN = ("person.register", "person.correct")


def _looks() -> ColumnElement[bool]:
    action = t.audit.c.action
    return or_(action.like("%.look%"), and_(action.like("person.%"), not_(among(action, _WRITTEN))))


CORRECTED = "variable.correct"
LIST_LOOK, CASE_SEARCH, TASK_SEARCH = "list.look", "case.search", "task.search"
REFUSED, REFUSED_CASE = "refused", "case.look.refused"


def _searches() -> ColumnElement[bool]:
    return _a.action.in_((CASE_SEARCH, TASK_SEARCH))


def _refusals() -> ColumnElement[bool]:
    return _a.action.in_((REFUSED, REFUSED_CASE, "login.failed", "login.throttled", "calendar.throttled"))


def _logins() -> ColumnElement[bool]:
    return _a.action.in_(("login", "login.failed", "login.throttled", "logout", "account.password"))


def _accounts() -> ColumnElement[bool]:
    return _a.action.like("account.%")


def _of_the_log() -> ColumnElement[bool]:
    return _a.action.like("log.%")


def _deeds() -> ColumnElement[bool]:
    return not_(or_(_looks(), _searches(), _refusals(), _logins(), _accounts(), _of_the_log()))


KINDS: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "looks": _looks, "searches": _searches, "deeds": _deeds, "refusals": _refusals, "logins": _logins, "accounts": _accounts,
    "log": _of_the_log,
}  # fmt: skip
"""The kinds of lines that somebody can look for."""


def add(
    unit: Unit, mark: bytes, key: int, moment: datetime, actor: str, action: str, *, root_key: int | None = None,
    subject_key: int | None = None, detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append an entry when the unit commits, in its place in the chain, with the key ``mark``; ``detail`` holds no personal
    data.
    """
    kept = dict(detail) if detail else None
    text = dump_value(kept) if kept else None
    line = Line(key, DEFAULT_TENANT, moment, actor, action, root_key, subject_key, text)
    waiting = next((w for w in unit.last if isinstance(w, _Waiting)), None)
    if waiting is None:
        waiting = _Waiting(unit, mark)
        unit.before_commit(waiting)
    waiting.lines.append((line, kept))


@dataclass
class _Waiting:
    """The lines of a unit that wait for their places: a lane is locked from here to the commit, not for the whole unit."""

    unit: Unit
    mark: bytes
    lines: list[tuple[Line, dict[str, Any] | None]] = field(default_factory=list)

    def __call__(self) -> None:
        head = _locked(self.unit, self.mark, _lane(self.unit, self.lines[0][0].key))
        placed, after = place(self.mark, head, [line for line, _detail in self.lines])
        rows = [
            {"key": p.line.key, "moment": p.line.moment, "actor": p.line.actor, "action": p.line.action,
             "root_key": p.line.root_key, "subject_key": p.line.subject_key, "detail": kept, "lane": p.lane,
             "number": p.number, "mark": p.mark}
            for p, (_line, kept) in zip(placed, self.lines, strict=True)
        ]  # fmt: skip
        with self.unit.at_once():
            _insert.run(self.unit, rows)
            _move_head.run(
                self.unit, [{"b_lane": after.lane, "b_number": after.number, "b_mark": after.mark, "b_seal": after.seal}]
            )


def _lane(unit: Unit, key: int) -> int:
    """Return a lane for a unit: with one writer there is nobody to wait for, so all lines stand in one chain."""
    return 0 if unit.dialect.one_writer else (key ^ (key >> 22)) % LANES


def _locked(unit: Unit, mark: bytes, lane: int) -> Head:
    """Lock a lane and return its head; one that does not fit its lines is returned without a seal, so that it shows."""
    rows = _head.rows(unit, {"b_lane": lane})
    if not rows:
        _add_head.run(unit, [{"lane": lane, "number": 0, "mark": "", "seal": ""}])
        rows = _head.rows(unit, {"b_lane": lane})
    head = Head(*rows[0])
    if head.number and is_whole(mark, head):
        return head
    newest = _last.rows(unit, {"b_lane": lane})
    if newest:
        return Head(lane, newest[0][0], newest[0][1])
    return head if head.number == 0 and not head.seal else Head(lane, 0, "", "cut")


# -- the chain ---------------------------------------------------------------------------------------------------------


def heads(unit: Unit) -> list[Head]:
    """Return the head of each lane, in their order."""
    found = {row.lane: Head(*row) for row in unit.connection.execute(select(_h.lane, _h.number, _h.mark, _h.seal))}
    return [found.get(lane, Head(lane)) for lane in range(LANES)]


def mark_at(unit: Unit, lane: int, number: int) -> str | None:
    """Return the mark of the line with a number, None if there is no such line."""
    return unit.connection.execute(select(_a.mark).where(_a.lane == lane, _a.number == number)).scalar_one_or_none()


def lines(unit: Unit, lane: int, after: int = 0, size: int = 2000) -> Iterator[Placed]:
    """Yield the lines of a lane after a number, in their order, read in portions."""
    while True:
        query = select(_a.number, _a.mark, *_LINE).where(_a.lane == lane, _a.number > after).order_by(_a.number).limit(size)
        rows = unit.connection.execute(query).all()
        for number, mark, *line in rows:
            yield Placed(lane, number, mark, Line(*line))
        if len(rows) < size:
            return
        after = rows[-1].number


def without_place(unit: Unit, size: int = 2000) -> Iterator[Line]:
    """Yield the lines that stand in no lane, in the order of their keys: those from before there was a chain."""
    query = select(*_LINE).where(_NO_PLACE).order_by(_a.key).limit(size)
    rows = unit.connection.execute(query).all()
    while rows:
        for row in rows:
            yield Line(*row)
        rows = unit.connection.execute(query.where(_a.key > rows[-1].key)).all()


def has_without_place(unit: Unit) -> bool:
    """Tell whether there are lines that stand in no lane."""
    return unit.connection.execute(select(_a.key).where(_NO_PLACE).limit(1)).first() is not None


def first_of(unit: Unit, action: str) -> Mapping[str, Any] | None:
    """Return the first line of a kind."""
    row = unit.connection.execute(select(t.audit).where(_a.action == action).order_by(_a.key).limit(1)).first()
    return None if row is None else dict(row._mapping)


def newest_of(unit: Unit, action: str) -> Mapping[str, Any] | None:
    """Return the newest line of a kind, by where it stands: a clock may have been set back since."""
    query = select(t.audit).where(_a.action == action).order_by(_a.key.desc()).limit(1)
    row = unit.connection.execute(query).first()
    return None if row is None else dict(row._mapping)


def newest_several(unit: Unit, action: str, most: int) -> list[Mapping[str, Any]]:
    """Return the newest lines of a kind of which there are few, the newest first."""
    query = select(t.audit).where(_a.action == action).order_by(_a.key.desc()).limit(most)
    return [dict(row._mapping) for row in unit.connection.execute(query)]


def marks_at(unit: Unit, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Return the marks of the lines at these places, each a lane and a number."""
    by_lane: dict[int, list[int]] = {}
    for lane, number in places:
        by_lane.setdefault(lane, []).append(number)
    found: dict[tuple[int, int], str] = {}
    for lane, numbers in by_lane.items():
        query = select(_a.number, _a.mark).where(_a.lane == lane, _a.number.in_(numbers))
        found.update({(lane, row[0]): row[1] for row in unit.connection.execute(query)})
    return found


def all_of(unit: Unit, action: str) -> list[Mapping[str, Any]]:
    """Return every line of a kind of which there are few, the oldest first."""
    rows = unit.connection.execute(select(t.audit).where(_a.action == action).order_by(_a.key))
    return [dict(row._mapping) for row in rows]


def first_moment(unit: Unit) -> datetime | None:
    """Return the moment of the earliest line."""
    return unit.connection.execute(select(_a.moment).order_by(_a.moment).limit(1)).scalar_one_or_none()


def newest_moment(unit: Unit) -> datetime | None:
    """Return the moment of the line written last, whatever it says."""
    query = select(_a.moment).where(_a.lane == 0).order_by(_a.number.desc()).limit(1)
    return unit.connection.execute(query).scalar_one_or_none()


# -- reading -----------------------------------------------------------------------------------------------------------


CASE_KINDS: Mapping[str, tuple[str, ...]] = {
    "tasks": ("task.%",), "facts": ("variable.%", "person.correct", "decision.again", "timer.recompute"),
    "documents": ("document.%",), "messages": ("message.%",), "notes": ("case.note",),
}  # fmt: skip
"""What can be looked for in the history of a case, by what its actions begin with; the rest is the ``course`` of the case."""


def _of_kind(kind: str) -> list[ColumnElement[bool]]:
    if not kind:
        return []
    if kind == "course":
        return [not_(_a.action.like(beginning)) for found in CASE_KINDS.values() for beginning in found]
    return [or_(*(_a.action.like(beginning) for beginning in CASE_KINDS[kind]))]


_of_case = {
    (looks, kind): Prepared(
        select(t.audit)
        .where(
            _a.root_key == bindparam("wanted"), *(() if looks is None else (_looks() if looks else not_(_looks()),)),
            *_of_kind(kind),
        )
        .order_by(_a.key.desc())
        .limit(bindparam("most")).offset(bindparam("start"))
    )
    for looks in (None, True, False)
    for kind in ("", "course", *CASE_KINDS)
}  # fmt: skip


def of_case(
    unit: Unit, root_key: int, most: int = 500, *, start: int = 0, looks: bool | None = None, kind: str = ""
) -> list[Mapping[str, Any]]:
    """Return the entries of a case from a place on, newest first; ``looks`` True gives only looks, False only what was done,
    and of that one ``kind``: a name of ``CASE_KINDS`` or ``course``.
    """
    rows = _of_case[looks, kind].rows(unit, {"wanted": root_key, "most": most, "start": start})
    return [dict(zip(_a.keys(), row, strict=True)) for row in rows]


_newest_about = PreparedAmong(
    lambda sought: select(t.audit)
    .where(_a.subject_key == bindparam("wanted"), _a.action.in_(sought))
    .order_by(_a.key.desc())
    .limit(1)
)


def newest_about(unit: Unit, subject_key: int, actions: Collection[str]) -> Mapping[str, Any] | None:
    """Return the newest line about a task or other subject that has one of these actions."""
    rows = _newest_about.rows(unit, actions, {"wanted": subject_key})
    return dict(zip(_a.keys(), rows[0], strict=True)) if rows else None


def corrections(unit: Unit, root_key: int) -> list[Mapping[str, Any]]:
    """Return what was corrected in a case, newest first: ``subject_key`` is the instance, ``detail`` has name, before, after."""
    query = select(_a.subject_key, _a.detail).where(_a.root_key == root_key, _a.action == CORRECTED).order_by(_a.key.desc())
    return [dict(row._mapping) for row in unit.connection.execute(query)]


def counts_of_case(unit: Unit, root_key: int, *, looks: bool, kind: str = "") -> dict[int | None, int]:
    """Return how many entries a case has about each subject; ``looks`` True counts only looks, False only what was done, and
    of that one ``kind``.
    """
    wanted = [_looks() if looks else not_(_looks()), *_of_kind(kind)]
    query = select(_a.subject_key, func.count()).where(_a.root_key == root_key, *wanted).group_by(_a.subject_key)
    return {row[0]: row[1] for row in unit.connection.execute(query)}


def gave_reason(unit: Unit, root_key: int, actor: str, since: datetime) -> bool:
    """Tell whether somebody has opened a case with a reason since a moment."""
    a = t.audit.c
    query = select(a.key).where(
        a.root_key == root_key, a.actor == actor, a.action == "case.look.reason", a.moment >= since
    )
    return unit.connection.execute(query.limit(1)).first() is not None


@dataclass(frozen=True)
class Wanted:
    """Which lines are looked for; what is empty does not matter."""

    person: int | None = None
    case: int | None = None
    words: tuple[str, ...] = ()
    """Hashes of words that somebody searched for, and keys of cases that a search found."""
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""
    kind: str = ""
    before: int | None = None
    """Only lines with a smaller key: the next page."""


def found(unit: Unit, wanted: Wanted, most: int = 200) -> list[Mapping[str, Any]]:
    """Return the lines that are looked for, newest first."""
    query = select(t.audit).order_by(_a.key.desc()).limit(most)
    about = _about(wanted)
    if about:
        query = query.where(or_(*about))
    if wanted.who:
        query = query.where(_a.actor == wanted.who)
    if wanted.since is not None:
        query = query.where(_a.moment >= wanted.since)
    if wanted.until is not None:
        query = query.where(_a.moment < wanted.until)
    if wanted.kind:
        query = query.where(KINDS[wanted.kind]())
    if wanted.before is not None:
        query = query.where(_a.key < wanted.before)
    return [dict(row._mapping) for row in unit.connection.execute(query)]


def _about(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return what makes a line one about a person or case: it names them, or it is a search that found or meant them."""
    about: list[ColumnElement[bool]] = []
    texts = list(wanted.words)
    detail = type_coerce(_a.detail, Text)
    if wanted.person is not None:
        roots = select(t.process_instance.c.key).where(t.process_instance.c.person_key == wanted.person)
        about += [_a.subject_key == wanted.person, _a.root_key.in_(roots)]
        found = roots.where(detail.like('%"' + cast(t.process_instance.c.key, Text) + '"%'))  # keys are digits
        about.append(and_(_searches(), found.exists()))
    if wanted.case is not None:
        about += [_a.subject_key == wanted.case, _a.root_key == wanted.case]
        texts.append(str(wanted.case))
    if texts:
        about.append(and_(_searches(), or_(*(detail.contains(f'"{text}"', autoescape=True) for text in texts))))
    return about


def root_of(unit: Unit, key: int) -> int | None:
    """Return the case that an instance, task or document with this key belongs to, None if there is no such thing."""
    for table in (t.process_instance, t.user_task, t.document):
        root: int | None = unit.connection.execute(select(table.c.root_key).where(table.c.key == key)).scalar_one_or_none()
        if root is not None:
            return root
    return None


# -- seals of the days before there was a chain ------------------------------------------------------------------------


@dataclass(frozen=True)
class SealRow:
    """The seal of one day: how many entries it had, and the hash over them and the seal before."""

    day: date
    entries: int
    seal: str


def seals(unit: Unit) -> list[SealRow]:
    """Return every seal, oldest first."""
    query = select(t.audit_seal).order_by(t.audit_seal.c.day)
    return [SealRow(**row._mapping) for row in unit.connection.execute(query)]
