"""The audit log: append-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

_insert = insert(t.audit)


def add(
    unit: Unit, key: int, moment: datetime, actor: str, action: str, *, root_key: int | None = None,
    subject_key: int | None = None, detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append an entry; ``detail`` holds no personal data."""
    unit.connection.execute(
        _insert,
        {"key": key, "moment": moment, "actor": actor, "action": action, "root_key": root_key,
         "subject_key": subject_key, "detail": dict(detail) if detail else None},
    )  # fmt: skip


def of_case(unit: Unit, root_key: int, most: int = 500) -> list[Mapping[str, Any]]:
    """Return the entries of a case, newest first."""
    query = select(t.audit).where(t.audit.c.root_key == root_key).order_by(t.audit.c.key.desc()).limit(most)
    return [dict(row._mapping) for row in unit.connection.execute(query)]


def recent(unit: Unit, most: int = 200) -> list[Mapping[str, Any]]:
    """Return the newest entries."""
    query = select(t.audit).order_by(t.audit.c.key.desc()).limit(most)
    return [dict(row._mapping) for row in unit.connection.execute(query)]
