"""What pages read about cases, always within what the actor sees."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, insert, or_, select, union

from inburgering_flow.model.permissions import Actor
from inburgering_flow.store import case_facts, people, searching
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.searching import Sought
from inburgering_flow.store.types import constant, running
from inburgering_flow.store.visibility import Sight, parts, visible, visible_to, who

root = t.process_instance.alias("root")


@dataclass(frozen=True)
class CaseItem:
    """A row of a list of cases."""

    key: int
    process_id: str
    business_key: str
    state: str
    start: datetime
    end: datetime | None
    owner: str | None
    location: str | None
    person_key: int | None
    has_incident: bool


@dataclass(frozen=True)
class PlacedCase(CaseItem):
    """A row of a list that says where its cases are; its phase may be closed to the reader."""

    definition_key: int
    phase: str | None
    """The element of the main phase; None where the process has no phases."""
    due: datetime | None
    """When the first running term of the organisation itself is over."""

    def shown(self, has_incident: bool) -> CaseItem:
        """Return what of it is for whoever sees the case; an incident may be in a process that it called."""
        known = {name: getattr(self, name) for name in CaseItem.__dataclass_fields__}
        return CaseItem(**{**known, "has_incident": has_incident})


RUNNING = "RUNNING"
CASE_ITEM: list[Any] = [root.c[n] for n in CaseItem.__dataclass_fields__]
PLACED: list[Any] = [root.c[n] for n in PlacedCase.__dataclass_fields__]


def sees(unit: Unit, actor: Actor, root_key: int) -> bool:
    """Tell whether the actor sees a case."""
    return bool(_sees(Sight.of(actor)).rows(unit, {"wanted": root_key, **who(actor)}))


def seen(unit: Unit, actor: Actor, root_keys: Sequence[int]) -> set[int]:
    """Return which of these cases the actor sees."""
    if not root_keys:
        return set()
    given = {"wanted": sorted(set(root_keys)), **who(actor)}
    return set(unit.connection.execute(_seen(Sight.of(actor)), given).scalars())


@lru_cache(maxsize=256)
def _seen(sight: Sight) -> Select[Any]:
    return select(root.c.key).where(root.c.key.in_(bindparam("wanted", expanding=True)), visible(sight, root))


@lru_cache(maxsize=256)
def _sees(sight: Sight) -> Prepared:
    return Prepared(select(root.c.key).where(root.c.key == bindparam("wanted"), visible(sight, root)))


_get = Prepared(select(*CASE_ITEM).where(root.c.key == bindparam("wanted"), root.c.parent_key.is_(None)))


def get(unit: Unit, root_key: int) -> CaseItem | None:
    """Return one case."""
    rows = _get.rows(unit, {"wanted": root_key})
    return CaseItem(*rows[0]) if rows else None


def several(unit: Unit, root_keys: Collection[int]) -> dict[int, CaseItem]:
    """Return cases by key."""
    query = select(*CASE_ITEM).where(root.c.key.in_(sorted(root_keys)), root.c.parent_key.is_(None))
    return {row.key: CaseItem(**row._mapping) for row in unit.connection.execute(query)} if root_keys else {}


def by_name(unit: Unit, business_key: str) -> CaseItem | None:
    """Return the newest case with a name."""
    query = select(*CASE_ITEM).where(root.c.business_key == business_key, root.c.parent_key.is_(None))
    row = unit.connection.execute(query.order_by(root.c.key.desc()).limit(1)).first()
    return None if row is None else CaseItem(**row._mapping)


COUNT_LIMIT = 10_000
ORDERS: Mapping[str, ColumnElement[Any]] = {
    "case": func.lower(root.c.business_key), "person": people.ordered_by_name(root.c.person_key), "owner": root.c.owner,
    "location": root.c.location, "process": root.c.process_id, "start": root.c.start, "end": root.c.end, "due": root.c.due,
    "phase": root.c.phase,
}  # fmt: skip
"""What a list can be sorted by, if it has at most ``COUNT_LIMIT`` cases."""
_FILTERS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "facts": lambda v: and_(*case_facts.conditions(root.c.key, v)),
    "process_id": lambda v: root.c.process_id == v, "owner": lambda v: root.c.owner == v,
    "unowned": lambda _v: or_(root.c.owner.is_(None), root.c.owner == ""), "location": lambda v: root.c.location == v,
    "since": lambda v: root.c.start >= v, "until": lambda v: root.c.start < v, "keys": root.c.key.in_,
}  # fmt: skip


def ranges(
    actor: Actor, state: str, dossier: str, sought: Sought | None, filters: Mapping[str, Any] | None = None
) -> list[Select[Any]]:
    """Return the queries for the keys of the cases that the actor sees and that fit, in no order: one for each range of an index
    where what they see has such ``parts``, so that a list costs what they have; a case may be in several. ``filters`` are
    those that have a value.
    """
    query = select(root.c.key).where(root.c.parent_key.is_(None))
    if state == RUNNING:
        query = query.where(running(root.c.state))
    elif state:
        query = query.where(root.c.state == state)
    if dossier:
        query = query.where(root.c.business_key == dossier)
    if sought is not None:
        query = query.where(root.c.key.in_(searching.cases(sought)))
    for name, value in (filters or {}).items():
        if value not in (None, "", False, ()):
            query = query.where(_FILTERS[name](value))
    seen = parts(Sight.of(actor), root) if sought is None and not dossier else None
    if seen is None:
        return [query.where(visible_to(actor, root))]
    given = {name: value for name, value in who(actor).items() if value is not None}
    return [query.where(part).params(**given) for part in seen]


def _keys(found: Sequence[Select[Any]], most: int, *order: Any) -> Select[Any]:
    """Return the query for keys of these ranges, the first so many of each."""
    some = [select(one.order_by(*order).limit(most).subquery()) for one in found]
    return select((union(*some) if len(some) > 1 else some[0]).subquery())


def sorted_page(
    unit: Unit, actor: Actor, by: str, start: int, most: int, *, state: str, sought: Sought | None, is_descending: bool,
    filters: Mapping[str, Any],
) -> list[PlacedCase]:  # fmt: skip
    """Return one page of at most ``COUNT_LIMIT`` cases by a name in ``ORDERS``, from the one at ``start``; what has nothing
    there comes last.
    """
    query = select(*PLACED).where(root.c.key.in_(_keys(ranges(actor, state, "", sought, filters), COUNT_LIMIT)))
    order = ORDERS[by]
    last = [order.is_(None), order.desc() if is_descending else order.asc(), root.c.key.desc()]
    rows = unit.connection.execute(query.order_by(*last).limit(most).offset(start))
    return [PlacedCase(**row._mapping) for row in rows]


def search(
    unit: Unit, actor: Actor, *, state: str = "", dossier: str = "", sought: Sought | None = None, before: int | None = None,
    most: int = 100, filters: Mapping[str, Any] | None = None,
) -> list[PlacedCase]:  # fmt: skip
    """Return cases that the actor sees, newest first; ``state`` RUNNING means those that have not ended.

    ``before`` is the key of the last one on the page before.
    """
    found = ranges(actor, state, dossier, sought, filters)
    if before is not None:
        found = [one.where(root.c.key < before) for one in found]
    # With something sought the order is not an index's: start from what fits, not from the newest case.
    order = root.c.key.desc() if sought is None else func.coalesce(root.c.key, root.c.key).desc()
    query = select(*PLACED).where(root.c.key.in_(_keys(found, most, order))).order_by(root.c.key.desc()).limit(most)
    return [PlacedCase(**row._mapping) for row in unit.connection.execute(query)]


def count(
    unit: Unit, actor: Actor, *, state: str, sought: Sought | None, limit: int, filters: Mapping[str, Any] | None = None
) -> int:  # fmt: skip
    """Count the cases that the actor sees, up to one beyond ``limit``."""
    found = _keys(ranges(actor, state, "", sought, filters), limit + 1).subquery()
    return min(limit + 1, int(unit.connection.execute(select(func.count()).select_from(found)).scalar_one()))


def names(unit: Unit, root_keys: Sequence[int]) -> dict[int, str]:
    """Return the names of cases by key."""
    query = select(root.c.key, root.c.business_key).where(root.c.key.in_(list(root_keys)))
    return {row[0]: row[1] for row in unit.connection.execute(query)}


def endings(unit: Unit, root_keys: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Return (definition, id of the end event reached last) of each case that has completed."""
    e, i = t.element_instance, t.process_instance
    last = (
        select(func.max(e.c.key))
        .join(i, i.c.key == e.c.instance_key)
        .where(e.c.instance_key.in_(list(root_keys)), i.c.state == "COMPLETED", e.c.element_type == "END_EVENT")
        .group_by(e.c.instance_key)
    )
    query = select(e.c.instance_key, i.c.definition_key, e.c.element_id).join(i, i.c.key == e.c.instance_key)
    return {row[0]: (row[1], row[2]) for row in unit.connection.execute(query.where(e.c.key.in_(last)))}


def is_named(unit: Unit, name: str) -> bool:
    """Tell whether a case has this name; a unit that asks for the same name waits for this one to end."""
    digest = hashlib.blake2b(name.encode(), digest_size=8, person=b"named").digest()
    unit.dialect.hold(unit.connection, int.from_bytes(digest, signed=True))
    query = select(root.c.key).where(root.c.business_key == name, root.c.parent_key.is_(None))
    return unit.connection.execute(query.limit(1)).first() is not None


def keys_of(unit: Unit, sought: Sought, most: int = 50) -> list[int]:
    """Return the newest cases that somebody could mean, whoever sees them."""
    query = select(root.c.key).where(root.c.key.in_(searching.cases(sought)))
    return list(unit.connection.execute(query.order_by(root.c.key.desc()).limit(most)).scalars())


def active_calls(unit: Unit, root_keys: Sequence[int]) -> list[tuple[int, int, str, int | None]]:
    """Return (root, definition, element id, definition that was called) of each active call activity in these cases."""
    e, i, called = t.element_instance, t.process_instance, t.process_instance.alias("called")
    query = (
        select(e.c.root_key, i.c.definition_key, e.c.element_id, called.c.definition_key)
        .join(i, i.c.key == e.c.instance_key)
        .outerjoin(called, (called.c.parent_element_key == e.c.key) & (called.c.root_key == e.c.root_key))
        .where(
            i.c.root_key.in_(list(root_keys)), running(i.c.state), e.c.state == constant("ACTIVE"),
            e.c.element_type == "CALL_ACTIVITY",
        )
    )  # fmt: skip
    return [tuple(row) for row in unit.connection.execute(query)]


def counts_by_element(unit: Unit, definition_key: int) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many tokens and how many active incidents there are at each element of a definition."""
    e, i, x = t.element_instance, t.process_instance, t.incident
    active = (
        select(e.c.element_id, func.count())
        .join(i, i.c.key == e.c.instance_key)
        .where(i.c.definition_key == definition_key, running(i.c.state), e.c.state == constant("ACTIVE"))
        .group_by(e.c.element_id)
    )
    broken = (
        select(x.c.element_id, func.count())
        .where(x.c.definition_key == definition_key, x.c.state == constant("ACTIVE"))
        .group_by(x.c.element_id)
    )
    return (
        {row[0]: row[1] for row in unit.connection.execute(active)},
        {row[0]: row[1] for row in unit.connection.execute(broken)},
    )


def add_note(
    unit: Unit, key: int, root_key: int, author: str, moment: datetime, text: str, family: str, *, task_key: int | None = None,
    addressee: str | None = None,
) -> None:  # fmt: skip
    """Insert a note; ``family`` is the family of processes that it is about, empty for the whole case, ``addressee`` who got the
    task with it.
    """
    row = {
        "key": key, "root_key": root_key, "author": author, "created": moment, "text": text, "family": family,
        "task_key": task_key, "addressee": addressee,
    }  # fmt: skip
    unit.connection.execute(insert(t.note), row)


_c, _i = t.message_correlation.c, t.process_instance.c
_messages = Prepared(
    select(_c.correlated, t.message.c.name, _c.instance_key)
    .join(t.message, t.message.c.key == _c.message_key)
    .join(t.process_instance, _i.key == _c.instance_key)
    .where(_i.root_key == bindparam("wanted"))
)
_notes = Prepared(select(t.note).where(t.note.c.root_key == bindparam("wanted")).order_by(t.note.c.key.desc()))


def messages(unit: Unit, root_key: int) -> list[tuple[datetime, str, int]]:
    """Return (moment, name, instance) of the messages that instances of a case received."""
    return [(row[0], row[1], row[2]) for row in _messages.rows(unit, {"wanted": root_key})]


def notes(unit: Unit, root_key: int) -> list[Mapping[str, Any]]:
    """Return the notes of a case, newest first."""
    return [dict(zip(t.note.c.keys(), row, strict=True)) for row in _notes.rows(unit, {"wanted": root_key})]
