"""Files that are made every week, and what became of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, tuple_, update

from inburgering_flow.model.regular_reports import RegularReport, ReportRun
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

R, N = t.regular_report.c, t.report_run.c
COLUMNS: list[Any] = [R[field.name] for field in fields(RegularReport)]
RUN: list[Any] = [N[field.name] for field in fields(ReportRun)]


def add(unit: Unit, row: RegularReport) -> None:
    """Insert one."""
    unit.connection.execute(insert(t.regular_report), dict(vars(row)))


def of(unit: Unit, owner: str) -> list[RegularReport]:
    """Return those of somebody, the newest first."""
    query = select(*COLUMNS).where(R.owner == owner).order_by(R.key.desc())
    return [RegularReport(**row._mapping) for row in unit.connection.execute(query)]


def several(unit: Unit, keys: Collection[int]) -> dict[int, RegularReport]:
    """Return those with these keys, by key."""
    if not keys:
        return {}
    rows = unit.connection.execute(select(*COLUMNS).where(R.key.in_(sorted(keys))))
    return {row.key: RegularReport(**row._mapping) for row in rows}


def first_due(unit: Unit, now: datetime) -> RegularReport | None:
    """Return the one that has been due longest."""
    query = select(*COLUMNS).where(R.stopped.is_(None), R.next <= now).order_by(R.next, R.key).limit(1)
    row = unit.connection.execute(query).first()
    return None if row is None else RegularReport(**row._mapping)


def take(unit: Unit, row: RegularReport, following: datetime) -> bool:
    """Say when a report is due again; return False where another node has."""
    same = (R.key == row.key, R.next == row.next, R.stopped.is_(None))
    return unit.connection.execute(update(t.regular_report).where(*same).values(next=following)).rowcount == 1


def stop(unit: Unit, key: int, reason: str, now: datetime) -> bool:
    """Say that a report is made no longer; return False where it had stopped."""
    running = (R.key == key, R.stopped.is_(None))
    return unit.connection.execute(update(t.regular_report).where(*running).values(stopped=now, reason=reason)).rowcount == 1


def latest_runs(unit: Unit, keys: Collection[int]) -> dict[int, ReportRun]:
    """Return the last run of each of these reports that has one."""
    if not keys:
        return {}
    newest = (
        select(N.report_key, func.max(N.period).label("period")).where(N.report_key.in_(sorted(keys)))
        .group_by(N.report_key).subquery()
    )  # fmt: skip
    query = select(*RUN).join(newest, (newest.c.report_key == N.report_key) & (newest.c.period == N.period))
    return {row.report_key: ReportRun(**row._mapping) for row in unit.connection.execute(query)}


def first_open(unit: Unit, now: datetime) -> ReportRun | None:
    """Return a run that has to be tried again, or whose node has ended."""
    query = select(*RUN).where(N.ended.is_(None), N.due <= now).order_by(N.due, N.report_key).limit(1)
    row = unit.connection.execute(query).first()
    return None if row is None else ReportRun(**row._mapping)


def begin(unit: Unit, row: ReportRun) -> bool:
    """Insert a run, unless there is one of its week; tell whether it was inserted."""
    added = unit.dialect.add_unless_taken(t.report_run).returning(N.report_key)
    return unit.connection.execute(added, dict(vars(row))).first() is not None


def change(unit: Unit, row: ReportRun, **values: Any) -> bool:
    """Change a run; return False where another node has taken it over, or it is over."""
    same = (N.report_key == row.report_key, N.period == row.period, N.tried == row.tried, N.ended.is_(None))
    return unit.connection.execute(update(t.report_run).where(*same).values(**values)).rowcount == 1


def forget_runs(unit: Unit, before: date, most: int) -> int:
    """Delete up to ``most`` runs of weeks before a day that are over; return how many."""
    place = tuple_(N.report_key, N.period)
    old = select(N.report_key, N.period).where(N.ended.is_not(None), N.period < before).limit(most)
    return unit.connection.execute(delete(t.report_run).where(place.in_(old))).rowcount


def forget_stopped(unit: Unit, before: datetime, most: int) -> int:
    """Delete up to ``most`` reports that stopped before a moment; return how many."""
    old = select(R.key).where(R.stopped.is_not(None), R.stopped < before).limit(most).scalar_subquery()
    return unit.connection.execute(delete(t.regular_report).where(R.key.in_(old))).rowcount
