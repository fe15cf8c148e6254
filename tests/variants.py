"""Whether tests run in every variant (``make test-all``) or in the fewest that cover each test once (``make test``)."""

from __future__ import annotations

import os
from zlib import crc32

ALL = os.environ.get("ALL_VARIANTS") == "1"


DATABASES = ("sqlite", "postgresql")


def database_of(test: str) -> str:
    """Return the database on which ``make test`` runs a test that can run on each: PostgreSQL, which costs more, for one in five.
    Always the same one, so that a test that fails fails again.
    """
    return DATABASES[crc32(test.encode()) % 5 == 0]


def on_each(nodeid: str, database: str | None) -> tuple[str, set[str]]:
    """Return the name of a test without its database, and what it is called on each."""
    test = nodeid.replace(database or DATABASES[0], "DATABASE")
    return test, {test.replace("DATABASE", one) for one in DATABASES}


def examples(few: int, many: int) -> int:
    """Return how many examples a property draws."""
    return many if ALL else few
