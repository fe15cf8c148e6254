"""What differs between the databases is in one file: nothing else knows which of them it works on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "inburgering_flow"
HISTORY = SOURCES / "store" / "migrations" / "versions"  # what each released version did to a database stays as it was
NAMED = re.compile(
    r"sqlite|postgres|psycopg|\bpg_|pragma|begin immediate|advisory|on_conflict|clock_timestamp|is_server"
    r"|dialect\.name|drivername|backend_name",
    re.IGNORECASE,
)
SAID = {
    ("settings.py", 'database_url: str = "sqlite:///var/flow.db"'): "what somebody sets, as they write it",
    ("settings.py", "sqlite:///file or postgresql+psycopg://user@host/name"): "the same, on the page of settings",
    ("settings.py", "SQLite's synchronous mode"): "the same",
    ("settings.py", "kept next to the SQLite file"): "the same",
    ("executor/queue.py", "SyncPsycopgConnector"): "Procrastinate's own name; only a server has a queue",
    ("executor/worker.py", "PsycopgConnector"): "the same",
    ("cli.py", "a consistent copy of a SQLite database"): "the help of a command",
}


def named(text: str) -> Iterator[str]:
    """The lines that name a database or something specific to one; comments count, as they age with the code."""
    return (line.strip() for line in text.splitlines() if NAMED.search(line))


def test_only_one_file_tells_the_databases_apart() -> None:
    found = [
        (str(path.relative_to(SOURCES)), line)
        for path in sorted(SOURCES.rglob("*.py"))
        if path != SOURCES / "store" / "dialects.py" and HISTORY not in path.parents
        for line in named(path.read_text())
    ]
    excepted = {(name, said): [f for f in found if f[0] == name and said in f[1]] for name, said in SAID}

    assert [f for f in found if not any(f in lines for lines in excepted.values())] == []
    assert [exception for exception, lines in excepted.items() if not lines] == [], "nobody needs this exception any more"


def test_a_module_that_asks_which_database_it_has_would_be_seen() -> None:
    asking = "if unit.connection.dialect.name == kind:\n    pass\nif unit.is_sqlite:\n    lock = func.pg_advisory_xact_lock(1)\n"

    assert list(named(asking)) == [
        "if unit.connection.dialect.name == kind:", "if unit.is_sqlite:", "lock = func.pg_advisory_xact_lock(1)"
    ]  # fmt: skip
