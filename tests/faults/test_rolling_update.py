"""An update of nodes at work, one at a time: from the program before the newest schema version, and to one after it."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import threading
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from faults.town import Town
from next_schema import adds, takes_away
from postgres import PostgresServer, until
from variants import ALL

from inburgering_flow.errors import FlowError
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import migrations

pytestmark = pytest.mark.skipif(not ALL, reason="long; tests/store/test_rolling_changes.py holds the rules that this plays")
ROOT = Path(__file__).parents[2]
VERSIONS = "src/inburgering_flow/store/migrations/versions"
CASES = 120

CHANGED = {  # the next program knows the column by its new name only
    "store/tables.py": (
        'Column("state", String(16), nullable=False),  # COMPLETED, ERROR_THROWN', 'Column("outcome", String(16)),  # COMPLETED',
    ),
    "store/jobs.py": ('"element_id", "state", "ended")', '"element_id", "outcome", "ended")'),
    "executor/worker.py": ("UPKEEP_SECONDS = 600.0", "UPKEEP_SECONDS = 1.0"),
}  # fmt: skip


def the_program_before(folder: Path) -> Path:
    """Write the newest program that did not know the newest schema version, out of the history of this repository: whatever the
    file of that version was called when it came.
    """
    newest = f"{VERSIONS}/{migrations.head()}_*.py"

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True).stdout

    try:
        added = git("log", "--diff-filter=A", "--format=%H", "--", newest).split()[-1].decode()
        packed = git("archive", f"{added}^", "src")
    except (OSError, IndexError, subprocess.CalledProcessError):
        pytest.skip("NOT TESTED, an update from the program before: its history is not in this copy of the repository")
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "src"


def the_program_after(folder: Path) -> Path:
    """Write a program with two more schema versions: one that adds, and one that takes away."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "static", "fonts"))
    package = folder / "src" / "inburgering_flow"
    for name, (before, after) in CHANGED.items():
        source = (package / name).read_text()
        assert before in source, name
        (package / name).write_text(source.replace(before, after))
    for name, content in (("9001_adds", adds()), ("9002_takes_away", takes_away(100))):
        (folder / VERSIONS / f"{name}.py").write_text(content)
    return folder / "src"


def version(town: Town) -> str:
    ((found,),) = rows(town, "SELECT version_num FROM alembic_version")
    return str(found)


def rows(town: Town, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(town.url.replace("+psycopg", "")) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]  # the test's own text


def replaced_one_at_a_time(town: Town, source: Path | None) -> None:
    """Let each node be of another program, while there is work; old ones are killed and begin again in between."""
    for place in range(len(town.nodes)):
        if place:
            town.replace(len(town.nodes) - 1)  # of the old program still, on a database that has changed
        old, town.source = town.source, source
        town.replace(place)
        town.source = old if place + 1 < len(town.nodes) else source
        before = town.left()
        until(lambda before=before: town.left() != before, "nothing went on", seconds=30)  # type: ignore[misc]


def test_the_program_before_the_newest_schema_version_is_replaced_while_it_works(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    town = Town(postgres, tmp_path, workers=2, people=2, seed=3, source=the_program_before(tmp_path))
    try:
        assert version(town) == migrations.head(), "this program changed the database while the others worked"
        starting = threading.Thread(target=town.start, args=(CASES, 0.1))
        starting.start()
        replaced_one_at_a_time(town, None)
        starting.join()
        town.settle(60)

        assert town.account(CASES) == []
    finally:
        town.close()


def test_nodes_are_replaced_by_those_of_the_next_version_and_only_then_something_is_taken_away(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    town = Town(postgres, tmp_path, workers=2, people=2, seed=3)
    town.platform.keep_node("command")
    try:
        starting = threading.Thread(target=town.start, args=(CASES, 0.1))
        starting.start()
        until(lambda: town.effects.read_text() != "", "no work was done", seconds=30)
        replaced_one_at_a_time(town, the_program_after(tmp_path))
        starting.join()
        town.settle(60)

        assert version(town) == "9001", "a node of the old program works still: this one"
        assert town.account(CASES) == []
        town.platform.close()
        until(lambda: version(town) == "9002", "nothing was taken away when the last old node had gone", seconds=60)
        found = rows(town, "SELECT outcome, count(*) FROM job_history GROUP BY outcome")
        assert found == [("COMPLETED", CASES * 7)]
        with pytest.raises(FlowError, match="schema version 9002, which this program does not know"):
            Platform.open(town.url, plugins=[], settings_=Settings(secret="t"))
    finally:
        town.close()
