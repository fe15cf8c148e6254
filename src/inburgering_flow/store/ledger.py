"""The rows of the ledger: entries, each with postings in cents whose sum is zero. Nothing is ever changed or deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, or_, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.instances import tenant_of

entry, posting = t.ledger_entry, t.ledger_posting


@dataclass(frozen=True)
class EntryRow:
    """One entry: what happened on ``day`` with the money of a budget in a year, and who wrote it down when.

    ``settles`` names the entry of the obligation that an invoice or a release is for, ``reverses`` the entry that this one
    undoes.
    """

    key: int
    budget: str
    year: int
    kind: str
    cents: int
    day: date
    description: str
    reference: str
    entered: datetime
    entered_by: str
    root_key: int | None = None
    settles: int | None = None
    reverses: int | None = None


COLUMNS = [entry.c[name] for name in EntryRow.__dataclass_fields__]


def hold(unit: Unit, budget: str, year: int) -> None:
    """Let any other unit that writes to the same budget and year wait for this one to end."""
    digest = hashlib.blake2b(f"{year} {budget}".encode(), digest_size=8, person=b"ledger").digest()
    unit.dialect.hold(unit.connection, int.from_bytes(digest, signed=True))


def add(unit: Unit, row: EntryRow, postings: Sequence[tuple[str, int]]) -> None:
    """Add an entry with its postings: (account, cents). Raises ValueError where they do not sum to zero."""
    if sum(cents for _account, cents in postings) != 0:
        raise ValueError(f"The postings of entry {row.key} do not sum to zero: {postings}")
    unit.connection.execute(insert(entry).values(tenant_id=tenant_of(row.root_key)), vars(row))
    unit.connection.execute(
        insert(posting), [{"entry_key": row.key, "account": account, "cents": cents} for account, cents in postings]
    )


def get(unit: Unit, key: int) -> EntryRow | None:
    """Return an entry."""
    row = unit.connection.execute(select(*COLUMNS).where(entry.c.key == key)).first()
    return None if row is None else EntryRow(**row._mapping)


def postings(unit: Unit, key: int) -> list[tuple[str, int]]:
    """Return the postings of an entry."""
    query = select(posting.c.account, posting.c.cents).where(posting.c.entry_key == key).order_by(posting.c.account)
    return [(row[0], row[1]) for row in unit.connection.execute(query)]


def reversed_by(unit: Unit, key: int) -> int | None:
    """Return the entry that undoes another one, if there is one."""
    return unit.connection.execute(select(entry.c.key).where(entry.c.reverses == key)).scalar_one_or_none()


def settled(unit: Unit, key: int) -> int:
    """Return how many cents of an obligation invoices and releases have taken, without those that were undone."""
    undone = select(entry.c.reverses).where(entry.c.reverses.is_not(None))
    query = select(func.coalesce(func.sum(entry.c.cents), 0)).where(
        entry.c.settles == key, entry.c.reverses.is_(None), entry.c.key.not_in(undone)
    )
    return int(unit.connection.execute(query).scalar_one())


def undone_among(unit: Unit, keys: Collection[int]) -> set[int]:
    """Return which of these entries another one has undone."""
    if not keys:
        return set()
    return set(unit.connection.execute(select(entry.c.reverses).where(entry.c.reverses.in_(list(keys)))).scalars())


def settled_of(unit: Unit, keys: Collection[int]) -> dict[int, int]:
    """Return what ``settled`` does, of each of these obligations of which something was taken."""
    if not keys:
        return {}
    undone = select(entry.c.reverses).where(entry.c.reverses.is_not(None))
    query = (
        select(entry.c.settles, func.sum(entry.c.cents))
        .where(entry.c.settles.in_(list(keys)), entry.c.reverses.is_(None), entry.c.key.not_in(undone))
        .group_by(entry.c.settles)
    )
    return {row[0]: int(row[1]) for row in unit.connection.execute(query)}


def obligations(unit: Unit, budget: str, year: int, kind: str, most: int) -> list[EntryRow]:
    """Return the entries of a kind of a budget in a year, the newest first."""
    here = (entry.c.budget == budget, entry.c.year == year, entry.c.kind == kind)
    rows = unit.connection.execute(select(*COLUMNS).where(*here).order_by(entry.c.key.desc()).limit(most))
    return [EntryRow(**row._mapping) for row in rows]


def balances(unit: Unit) -> dict[tuple[str, int], dict[str, int]]:
    """Return the sum of each account per budget and year."""
    query = (
        select(entry.c.budget, entry.c.year, posting.c.account, func.sum(posting.c.cents))
        .join(posting, posting.c.entry_key == entry.c.key)
        .group_by(entry.c.budget, entry.c.year, posting.c.account)
    )
    found: dict[tuple[str, int], dict[str, int]] = {}
    for budget, year, account, cents in unit.connection.execute(query):
        found.setdefault((budget, year), {})[account] = int(cents)
    return found


@dataclass(frozen=True)
class Moved:
    """What entries of a time moved to an account of a case. ``begun`` is when the case began, None of one that is gone;
    ``is_first`` tells that no entry of before that time was on that account.
    """

    root_key: int
    begun: datetime | None
    account: str
    cents: int
    is_first: bool


def moved(unit: Unit, begin: datetime, end: datetime, accounts: Collection[str], *, of_persons: bool) -> list[Moved]:
    """Return what the entries for cases that were made from one moment until another moved on these accounts; ``of_persons``
    without cases that are about nobody, such as the account of a year.
    """
    case, before, there = t.process_instance.c, entry.alias("before"), posting.alias("there")
    earlier = (
        select(before.c.key)
        .join(there, there.c.entry_key == before.c.key)
        .where(before.c.root_key == entry.c.root_key, before.c.entered < begin, there.c.account == posting.c.account)
        .exists()
    )
    query = (
        select(entry.c.root_key, case.start, posting.c.account, func.sum(posting.c.cents), ~earlier)
        .join(posting, posting.c.entry_key == entry.c.key)
        .outerjoin(t.process_instance, case.key == entry.c.root_key)
        .where(entry.c.root_key.is_not(None), entry.c.entered >= begin, entry.c.entered < end)
        .where(posting.c.account.in_(list(accounts)))
        .group_by(entry.c.root_key, case.start, posting.c.account)
    )
    if of_persons:
        query = query.where(or_(case.key.is_(None), case.person_key.is_not(None)))
    rows = unit.connection.execute(query)
    return [Moved(key, begun, account, int(cents), bool(first)) for key, begun, account, cents, first in rows]


def sums(unit: Unit, budget: str, year: int) -> dict[str, int]:
    """Return the sum of each kind of entry of a budget in a year, without what was undone and what undoes it."""
    undone = select(entry.c.reverses).where(entry.c.reverses.is_not(None))
    query = (
        select(entry.c.kind, func.sum(entry.c.cents))
        .where(entry.c.budget == budget, entry.c.year == year, entry.c.reverses.is_(None), entry.c.key.not_in(undone))
        .group_by(entry.c.kind)
    )
    return {kind: int(cents) for kind, cents in unit.connection.execute(query)}


def page(unit: Unit, budget: str, year: int, start: int, size: int) -> tuple[list[EntryRow], int]:
    """Return entries of a budget in a year, the newest first, and how many there are."""
    here = (entry.c.budget == budget, entry.c.year == year)
    total = int(unit.connection.execute(select(func.count()).where(*here)).scalar_one())
    query = select(*COLUMNS).where(*here).order_by(entry.c.key.desc()).offset(start).limit(size)
    return [EntryRow(**row._mapping) for row in unit.connection.execute(query)], total


def of_case(unit: Unit, root_key: int, start: int, size: int) -> tuple[list[EntryRow], int]:
    """Return entries that are for a case, the newest first, and how many there are."""
    total = int(unit.connection.execute(select(func.count()).where(entry.c.root_key == root_key)).scalar_one())
    query = select(*COLUMNS).where(entry.c.root_key == root_key).order_by(entry.c.key.desc()).offset(start).limit(size)
    return [EntryRow(**row._mapping) for row in unit.connection.execute(query)], total
