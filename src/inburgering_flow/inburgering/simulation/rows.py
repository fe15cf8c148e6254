"""The simulation's own look at its database: read-only and past the platform, so that what judges shares nothing with what acts.

Only for the file that a simulation made itself.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from inburgering_flow.clock import legal_day
from inburgering_flow.store.dialects import read_only


class Case(NamedTuple):
    """A whole case: the key of its root, its dossiernummer, state, owner and begin."""

    key: int
    number: str
    state: str
    owner: str | None
    start: datetime


class Rows:
    """Reads rows; moments come back aware, variables as plain values with decimals."""

    def __init__(self, file: Path) -> None:
        self.connection = read_only(file)

    def close(self) -> None:
        """Give back the file."""
        self.connection.close()

    def all(self, sql: str, *given: Any) -> list[Any]:
        """Return every row of a query."""
        return self.connection.execute(sql, given).fetchall()

    def number(self, sql: str, *given: Any) -> int:
        """Return the one number that a query counts."""
        return int(self.connection.execute(sql, given).fetchone()[0] or 0)

    def cases(self) -> list[Case]:
        """Return every case, the oldest first."""
        query = (
            "SELECT key, business_key, state, owner, start FROM process_instance WHERE key = root_key"
            " AND process_id = 'inburgering' ORDER BY key"
        )
        return [Case(r["key"], r["business_key"], r["state"], r["owner"], moment(r["start"])) for r in self.all(query)]

    def case_number(self, key: int) -> str:
        """Return the dossiernummer of the case that an instance belongs to."""
        query = (
            "SELECT r.business_key FROM process_instance i JOIN process_instance r ON r.key = i.root_key WHERE i.key = ?"
        )
        return str(self.all(query, key)[0]["business_key"])

    def values(self, name: str, process_id: str) -> dict[int, Any]:
        """Return a variable of every instance of a process that holds it, by the key of the instance."""
        query = (
            "SELECT i.key, v.value FROM process_instance i JOIN variable v ON v.scope_key = i.key AND v.name = ?"
            " WHERE i.process_id = ? ORDER BY i.key"
        )
        return {row["key"]: load(row["value"]) for row in self.all(query, name, process_id)}


def load(text: str | None) -> Any:
    """Return the value that a column keeps as JSON."""
    return None if text is None else json.loads(text, parse_float=Decimal)


def moment(text: str) -> datetime:
    """Return the moment that a column keeps as text in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def kept(at: datetime) -> str:
    """Return a moment as columns keep it, to compare with."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def day_of(text: str) -> date:
    """Return the legal day of a moment in a column."""
    return legal_day(moment(text))
