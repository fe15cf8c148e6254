"""Platforms on a real SQLite file and, where a server can be started, on a real PostgreSQL."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import variants
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from postgres import NoPostgres, PostgresServer
from somebody import PEOPLE
from walked import Comparison, Walked

from inburgering_flow.clock import ManualClock
from inburgering_flow.platform import Platform
from inburgering_flow.services import Services, figures, kept_counts
from inburgering_flow.store import migrations
from inburgering_flow.store.database import Database
from inburgering_flow.web.templates_of import Templates

WITHOUT = "without PostgreSQL: "
START = "2026-01-05T09:00:00+01:00"

# Each run on a developer's machine draws different examples; the run that gates a merge draws the same ones each time. How fast a machine draws examples says nothing about the program.
UNHURRIED: Any = {"suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("unhurried", **UNHURRIED)
hypothesis.settings.load_profile("unhurried")
hypothesis.settings.register_profile("landing", derandomize=True, **UNHURRIED)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("landing")


class _Compiled(BytecodeCache):
    """The compiled templates of this Python process: the next application of the tests need not compile them again."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket from what is kept for the same source, if anything."""
        kept = self._kept.get(bucket.key + bucket.checksum)
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


# A machine that many tests share stands still now and then; what is counted slowly, and shown again, has its own tests.
kept_counts.SLOW = figures.QUICK = 60.0

_build_of = Rule._compile_builder
_built: dict[tuple[Any, ...], Any] = {}


def _kept_builder(rule: Rule, append_unknown: bool = True) -> Any:
    """Return the function that makes addresses of a route, compiled once for all the applications of the tests: it is handed the
    rule each time, and depends on nothing of it but its text.
    """
    if rule.defaults:
        return _build_of(rule, append_unknown)
    key = rule.rule, tuple(rule._trace), append_unknown
    if key not in _built:
        _built[key] = _build_of(rule, append_unknown)
    return _built[key]


Rule._compile_builder = _kept_builder  # type: ignore[method-assign]
Templates.__init__ = partialmethod(Templates.__init__, bytecode_cache=_Compiled())  # type: ignore[assignment]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Comparison(), "walked")


SAMPLED = {
    "tests/properties/test_random_walks.py": 3, "tests/faults/test_statements.py": 3, "tests/web/test_entry.py": 2,
    "tests/web/test_explaining.py": 3, "tests/web/test_held_lists.py": 2, "tests/web/test_compressing.py": 2,
    "tests/web/test_regular_reports.py": 2, "tests/workbench/test_forecasts.py": 3, "tests/workbench/test_scenarios.py": 3,
    "tests/workbench/test_real_cases.py": 2, "tests/web/test_trying.py": 2, "tests/web/test_proving.py": 2,
    "tests/web/test_insight.py": 2, "tests/web/test_assured.py": 2, "tests/web/test_papers.py": 2, "tests/web/test_http.py": 2,
    "tests/web/test_own_figures.py": 2, "tests/web/test_search.py": 2, "tests/web/test_starting.py": 2,
    "tests/services/test_severities.py": 3, "tests/web/test_lists.py": 2, "tests/web/test_uploads.py": 2,
    "tests/web/test_projects.py": 2, "tests/web/test_reviews.py": 2, "tests/web/test_paging.py": 2,
    "tests/web/test_account_of_a_year.py": 2, "tests/web/test_absence.py": 2, "tests/web/test_forecasting.py": 2,
    "tests/feel/test_limits.py": 2, "tests/engine/test_values.py": 2, "tests/engine/test_reader.py": 2,
    "tests/store/test_released_data.py": 2, "tests/executor/test_queue.py": 2, "tests/web/test_cookies.py": 2,
    "tests/test_doctor.py": 2, "tests/store/test_safe_files.py": 2, "tests/workbench/test_mutants.py": 2,
    "tests/services/test_http_calls.py": 2, "tests/services/test_mails.py": 2,
}  # fmt: skip
"""Files with many tests of one kind, of which ``make test`` runs one in so many; ``make test-all`` runs each."""


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of files with many tests of one kind what only ``make test-all`` runs, unless it was asked for by its file."""
    asked = [one.split("::")[0] for one in config.args]
    if any(one.endswith(".py") for one in asked):
        return
    seen: dict[str, int] = {}
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        seen[path] = seen.get(path, -1) + 1
        if path in SAMPLED and seen[path] % SAMPLED[path]:
            item.add_marker(pytest.mark.skip(reason="one of many of its kind: make test-all runs it"))


def pytest_collection_finish() -> None:
    """Let the search for garbage pass over what stays until the end, eight thousand collected tests among it, and come less often:
    it took a fifth of all the time, and made single tests ten times as slow as they are alone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line, which ``tools/lanes.py`` repeats, that this machine has no PostgreSQL."""
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if WITHOUT in str(one.longrepr)]
    if skipped:
        why = str(skipped[0].longrepr).partition(WITHOUT)[2].rstrip("')")
        terminalreporter.write_line(f"!!!!! {len(skipped)} TESTS WERE NOT RUN: {why}", red=True, bold=True)


@pytest.fixture(scope="session")
def walked(pytestconfig: pytest.Config) -> Walked:
    """What this worker has walked of the shipped models."""
    found: Walked = pytestconfig.pluginmanager.get_plugin("walked").walked
    return found


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test session's own."""
    try:
        server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    except NoPostgres as none:
        pytest.skip(f"{WITHOUT}{none}")
    server.start()
    yield server
    server.stop()


def migrate(url: str) -> None:
    """Make the tables in an empty database."""
    db = Database(url, synchronous="OFF")
    migrations.upgrade(db.engine)
    db.close()


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a folder once per test run, by whichever worker comes first, and give it to all."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder, done = shared / f"once-{name}", shared / f"once-{name}.done"
        with (shared / f"once-{name}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what a failure left
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return make


class Reused:
    """One open database of a worker, which holds again what a prepared one holds each time that it is asked for.

    What is compiled of processes, decisions and statements stays from test to test: they are the same bytes, and nothing
    that is compiled ever changes. Services are made anew, so that none remembers the test before; keys only go up.
    """

    def __init__(self, prepared: Path, folder: Path, open_one: Callable[[Path], Platform]) -> None:
        self.prepared = prepared / "flow.db"
        self.file = folder / "flow.db"
        shutil.copytree(prepared, folder)
        self.platform = open_one(folder)
        self.start = self.platform.clock.now()

    def fresh(self) -> Platform:
        """Return a platform on its first day; the one of the test before must not be used any more."""
        with closing(sqlite3.connect(self.prepared)) as given, closing(sqlite3.connect(self.file)) as file:
            file.execute("PRAGMA synchronous=OFF")
            given.backup(file)
        context = replace(self.platform.context, clock=ManualClock(self.start), on_work=[])
        return Platform(Services(context))


@pytest.fixture(scope="session")
def reused(
    once: Callable[[str, Callable[[Path], None]], Path], tmp_path_factory: pytest.TempPathFactory, walked: Walked
) -> Iterator[Callable[[str, Callable[[Path], None], Callable[[Path], Platform]], Platform]]:
    """Prepare a database once per test run, open it once per worker, and give each test a platform on its content."""
    kept: dict[str, Reused] = {}
    last: list[Reused] = []

    def look() -> None:
        while last:
            walked.look(last.pop().file)  # the one of the test before, whichever database the next test wants

    def fresh(name: str, fill: Callable[[Path], None], open_one: Callable[[Path], Platform]) -> Platform:
        look()
        if name not in kept:
            kept[name] = Reused(once(name, fill), tmp_path_factory.mktemp("reused") / name, open_one)
        last.append(kept[name])
        return kept[name].fresh()

    yield fresh
    look()
    for one in kept.values():
        one.platform.close()


@pytest.fixture(scope="session")
def migrated(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A SQLite file with empty tables; each test works on a copy."""
    return once("migrated", lambda folder: migrate(f"sqlite:///{folder}/flow.db")) / "flow.db"


@pytest.fixture
def make_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Make a database of the kind named, sqlite or postgresql, with empty tables, and return its URL."""
    taken: list[str] = []

    def make(kind: str) -> str:
        if kind == "sqlite":
            shutil.copy(request.getfixturevalue("migrated"), tmp_path / "flow.db")
            return f"sqlite:///{tmp_path}/flow.db"
        taken.append(request.getfixturevalue("postgres").take(migrate))
        return taken[-1]

    yield make
    for url in taken:
        request.getfixturevalue("postgres").give_back(url)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave one database to each test that was to run on both, unless every variant is wanted or the folder is about databases."""
    if variants.ALL:
        return
    leave_out(config, items)
    here, seen = Path(__file__).parent, {item.nodeid for item in items}
    kept, left = [], []
    for item in items:
        found = getattr(item, "callspec", None)
        database = found.params.get("database_url") if found else None
        test, both = variants.on_each(item.nodeid, database)
        about = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        goes = both <= seen and database in variants.DATABASES and database != variants.database_of(test) and about != "store"
        (left if goes else kept).append(item)
    if left:
        items[:] = kept
        config.hook.pytest_deselected(items=left)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, make_database: Callable[[str], str]) -> str:
    """A database of each kind with empty tables."""
    return make_database(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/flow.db"
    return str(request.getfixturevalue("postgres").new_database())


@pytest.fixture
def open_platform(database_url: str) -> Iterator[Callable[..., Platform]]:
    """Open platforms on the test's database; closed at the end."""
    opened: list[Platform] = []

    def open_one(**options: object) -> Platform:
        from inburgering_flow.settings import Settings

        options.setdefault("clock", ManualClock(START))
        options.setdefault("plugins", [PEOPLE])
        # No test cuts the power, and none guesses a password.
        options.setdefault("settings_", Settings(secret="only for tests", synchronous="OFF", password_memory=64))
        platform = Platform.open(database_url, **options)  # type: ignore[arg-type]
        opened.append(platform)
        return platform

    yield open_one
    for platform in opened:
        platform.close()


@pytest.fixture
def platform(open_platform: Callable[..., Platform]) -> Platform:
    return open_platform()
