"""Measures what cases cost by their number, on PostgreSQL: rows, bytes, indexes, each page, a completion, a start, a sweep.

Run: python bench/scale.py [--cases 10000 100000 …] [--sample FILE]. The cases are those of a simulated municipality,
multiplied in the database (``multiply.py``); docs/scale.md says what is a copy and what is not. Buffers are blocks of 8 kB
that the server looked at, wherever they were; they do not move with what else the machine does, as times do.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from measuring import head
from multiply import Load, multiply, now_of, take_in
from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from postgres import PostgresServer
from web.conftest import Browser

from inburgering_flow.app import create_app
from inburgering_flow.clock import ManualClock
from inburgering_flow.executor.embedded import run_due
from inburgering_flow.inburgering.simulation.run import FIRST_DAY, Simulation, clock, progress, settings_of
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

PASSWORD = "een-lang-wachtwoord-om-te-meten"
WHO = {
    "klantmanager": ("klantmanager-1", ("klantmanager",)),
    "teammanager": ("teammanager-1", ("teammanager",)),
    "functioneel-beheerder": ("beheerder-1", ("functioneel-beheerder",)),
}
SEARCH = "search for "
AT_ONCE = 200  # pieces of due work, as the embedded executor
MOST_SECONDS = 60.0  # that a page may take before it is given up
NO_PAGES = {"static", "access.healthz", "access.readyz", "access.metrics", "access.logout", "entry.template", "entry.refused",
            "bulk.outlook"}  # fmt: skip
LOADING = {"shared_buffers": "4GB", "max_wal_size": "16GB", "checkpoint_timeout": "1h", "autovacuum": "off",
           "full_page_writes": "off",
           "max_parallel_maintenance_workers": "1", "shared_preload_libraries": "pg_stat_statements", "jit": "off"}  # fmt: skip


@dataclass
class Cost:
    """What something cost: seconds (median), statements, buffers, rows that came back, and what is greatest of it."""

    seconds: float
    statements: int = 0
    buffers: int = 0
    worst: str = ""
    worst_buffers: int = 0
    said: str = ""


@dataclass
class Found:
    """What was measured at one number of cases."""

    cases: int
    rows: dict[str, int] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    indexes: dict[str, int] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)


def simulated(file: Path, newcomers: int, days: int, idle: int = 10) -> Path:
    """Play a municipality into a file as long as newcomers arrive, then some days on which staff do nothing: so work is open."""
    with Platform.open(settings_=settings_of(file), clock=clock()) as platform:
        simulation = Simulation(platform, newcomers=newcomers, days=days * 3 // 2, seed=1)  # they arrive in two thirds of a run
        try:
            simulation.run(days - idle, progress)
            simulation.staff.work = lambda _today: iter(())  # type: ignore[method-assign]
            for number in range(days - idle, days):
                simulation.day(FIRST_DAY + timedelta(days=number))
        finally:
            simulation.close()
    return file


@contextmanager
def server() -> Iterator[PostgresServer]:
    """Start a server for loading: no WAL for tables that are filled in the transaction that emptied them."""
    with tempfile.TemporaryDirectory() as folder:
        found = PostgresServer(Path(folder))
        found.start()
        try:
            configure(found, **LOADING, wal_level="minimal", max_wal_senders="0")
            yield found
        finally:
            found.stop()


def configure(found: PostgresServer, **values: str) -> None:
    """Give the server other settings and start it again."""
    with psycopg.connect(f"host=127.0.0.1 port={found.port} user=flow dbname=postgres", autocommit=True) as connection:
        for name, value in values.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("CHECKPOINT")
    found.restart()


def opened(url: str, sample: Path) -> Platform:
    """Open the platform on what was loaded, at the moment at which the sample ends."""
    secret = (sample.parent / "secret.key").read_text().strip()
    chosen = Settings(database_url=url, secret=secret, password_memory=64, four_eyes=False)
    return Platform.open(url, settings_=chosen, clock=ManualClock(now_of(url)))


class Meter:
    """Counts the statements and buffers of what happens in a block, from the server's own account of them."""

    def __init__(self, url: str, platform: Platform) -> None:
        self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self.until: float | None = None
        event.listen(platform.context.db.engine, "before_cursor_execute", self._stop)

    def _stop(self, *_: object) -> None:
        if self.until is not None and time.monotonic() > self.until:
            raise TimeoutError("given up")

    def close(self) -> None:
        self.connection.close()

    def wal(self) -> int:
        """Return how many bytes of WAL the server has written."""
        row = self.connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
        assert row is not None
        return int(row[0])

    def of(self, do: Callable[[], Any], rounds: int = 3) -> Cost:
        """Do something some times; what it cost in the last one, and the median of its seconds."""
        times: list[float] = []
        for _ in range(rounds):
            self.connection.execute("SELECT pg_stat_statements_reset()")
            self.until = time.monotonic() + MOST_SECONDS
            before = time.perf_counter()
            try:
                said = do()
            except TimeoutError:
                said = f"given up after {MOST_SECONDS:.0f} s"
            self.until = None
            times.append(time.perf_counter() - before)
            if times[-1] > 10:
                break
        rows = self.connection.execute("""
            SELECT calls, shared_blks_hit + shared_blks_read + temp_blks_read + temp_blks_written AS buffers, query
            FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
            WHERE query NOT LIKE '%pg_stat_statements%' AND toplevel ORDER BY buffers DESC""").fetchall()
        work = [row for row in rows if not str(row[2]).upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "SET"))]
        worst = work[0] if work else (0, 0, "")
        return Cost(statistics.median(times), int(sum(r[0] for r in work)), int(sum(r[1] for r in work)),
                    " ".join(str(worst[2]).split())[:3000], int(worst[1]), str(said or ""))  # fmt: skip


def sizes(url: str, found: Found) -> None:
    """Measure each table and index of what was loaded."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for name, rows, size in connection.execute(
            "SELECT relname, reltuples, pg_table_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ):
            found.rows[name], found.tables[name] = max(int(rows), 0), size
        for table, name, size in connection.execute(
            "SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index"
            " JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'public'::regnamespace"
        ):
            found.indexes[f"{table}.{name}"] = size


def logged_in(platform: Platform, role: str) -> Browser:
    """Return the browser of somebody with a role."""
    username, roles = WHO[role]
    platform.services.accounts.save(username, display_name=username, password=PASSWORD, roles=roles)
    browser = Browser(create_app(platform.services).test_client())
    browser.get("/inloggen")
    answer = browser.post("/inloggen", {"username": username, "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return browser


def addresses(platform: Platform, url: str) -> list[str]:
    """Return every page that lists something, and a case, a person's part, a task, with searches and filters."""
    rules = create_app(platform.services).url_map.iter_rules()
    plain = sorted(r.rule for r in rules if "GET" in (r.methods or ()) and not r.arguments and r.endpoint not in NO_PAGES)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        mine, task = connection.execute(
            "SELECT r.key, u.key FROM process_instance r"
            " JOIN user_task u ON u.root_key = r.key AND u.state = 'CREATED' AND u.candidate_group = 'klantmanager'"
            " WHERE r.key = r.root_key AND r.owner = 'klantmanager-1' ORDER BY u.key LIMIT 1"
        ).fetchone() or (0, 0)
        number = connection.execute(  # a long one: a number of the sample begins those of all its copies
            "SELECT business_key FROM process_instance WHERE key = root_key ORDER BY length(business_key) DESC, key LIMIT 1"
        ).fetchone() or ("",)
        word = connection.execute(
            "SELECT word FROM search_word WHERE kind = 'person' AND length(word) > 3"
            " GROUP BY word ORDER BY count(*), word LIMIT 1"
        ).fetchone() or ("",)
    return [
        *plain, "/taken?lijst=alle", "/regie?vanaf=500", "/regie?eigenaar=klantmanager-1",
        *(f"/zaken/{mine}{page}" for page in ("", "/tijdlijn", "/gegevens", "/diagram")), f"/zaken/diagram/{mine}",
        f"/taken/{task}",
        "/zaken?toestand=alle", f"{SEARCH}{number[0]}", f"{SEARCH}{word[0]}", f"{SEARCH}verzonnen",
    ]  # fmt: skip


def look(browser: Browser, address: str) -> int:
    """Open a page, or look for something; return the status."""
    sought = address.removeprefix(SEARCH)
    answer = browser.get(address) if sought == address else browser.post("/zaken", {"zoek": sought})
    return answer.status_code


def measure(url: str, sample: Path, cases: int, say: Callable[[str], None] = print, *, rounds: int = 3) -> Found:
    """Measure what was loaded."""
    found = Found(cases)
    sizes(url, found)
    with opened(url, sample) as platform:
        meter = Meter(url, platform)
        pages = addresses(platform, url)
        for role in WHO:
            browser = logged_in(platform, role)

            for address in pages:
                look(browser, address)  # what is compiled and read once
                cost = meter.of(partial(look, browser, address), rounds)
                if cost.said not in ("403", "404", "302"):
                    found.costs[f"{role} {address}"] = cost
                    if cost.said != "200":
                        say(f"       {role} {address}: {cost.said}")
        _work(platform, url, meter, found)
        meter.close()
    return found


class Work:
    """What changes cases: a task that many cases have open, and new cases."""

    def __init__(self, platform: Platform, url: str) -> None:
        self.platform = platform
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            self.tasks = iter(connection.execute(
                "SELECT key FROM user_task WHERE state = 'CREATED' AND assignee IS NULL AND element_id ="
                " (SELECT element_id FROM user_task WHERE state = 'CREATED' AND candidate_group = 'klantmanager'"
                " ORDER BY element_id <> 'taak_voortgangsgesprek', key LIMIT 1) ORDER BY key DESC LIMIT 40"
            ).fetchall())  # fmt: skip

    def claim_and_complete(self) -> None:
        """Do a task; in a real case the talk of its progress."""
        key = next(self.tasks)[0]
        self.platform.claim(key, user="klantmanager-1")
        self.platform.complete(key, {}, user="klantmanager-1")

    def start(self) -> None:
        """Begin a case, with its person and what is due at once."""
        number = f"M-{self.platform.context.keys.next()}"
        person = self.platform.register_person({"voornamen": "Amina", "achternaam": "Nour"})
        told = self.platform.clock.now().date().isoformat()
        values = {"dossiernummer": number, "doelgroep": "gezinsmigrant", "kennisgeving": told, "brpDatum": None, "inCoa": False}
        self.platform.start("inburgering", values, owner="klantmanager-1", business_key=number, person=person)
        run_due(self.platform.services.jobs, most=AT_ONCE)


def _work(platform: Platform, url: str, meter: Meter, found: Found) -> None:
    """Measure what changes a case, and the sweep."""
    work = Work(platform, url)
    for name, do, rounds in (("claim + complete", work.claim_and_complete, 15), ("start of a case", work.start, 7)):
        do()
        before = meter.wal()
        cost = meter.of(do, rounds)
        cost.said = f"{(meter.wal() - before) / rounds:.0f} bytes of WAL"
        found.costs[f"engine: {name}"] = cost
    found.costs["engine: jobs.due"] = meter.of(lambda: bool(platform.services.jobs.due()), 15)
    found.costs["engine: sweep with nothing due"] = meter.of(partial(run_due, platform.services.jobs, most=AT_ONCE), 15)
    platform.clock.set(platform.clock.now() + timedelta(days=4))  # type: ignore[attr-defined]
    found.costs["engine: jobs.due, many due"] = meter.of(lambda: bool(platform.services.jobs.due()), 15)


def _of(found: Found, table: str) -> int:
    """Return the bytes of a table's indexes."""
    return sum(size for name, size in found.indexes.items() if name.startswith(f"{table}."))


def tell(all_found: list[Found]) -> None:
    """Print what was measured, side by side."""
    first, last = all_found[0], all_found[-1]
    print("\n       " + f"{'a case':40}" + "".join(f"{f.cases:>24,}" for f in all_found))
    for name in sorted(first.tables, key=lambda n: -last.tables[n] - _of(last, n)):
        parts = [
            f"{f.rows[name] / f.cases:8.2f} {f.tables[name] / f.cases:7.0f} {_of(f, name) / f.cases:7.0f}" for f in all_found
        ]
        if last.tables[name] + _of(last, name) > 20 * last.cases:
            print(f"       {name:40}" + "".join(f"{p:>24}" for p in parts))
    for name in sorted(last.indexes, key=lambda n: -last.indexes[n])[:25]:
        print(f"       index {name:60}" + "".join(f"{f.indexes[name] / f.cases:12.1f}" for f in all_found))
    totals = [(sum(f.tables.values()) + sum(f.indexes.values())) / f.cases for f in all_found]
    print(f"       {'bytes in all':40}" + "".join(f"{v:>24,.0f}" for v in totals))
    print("\n       ms, statements, buffers")
    for name, cost in first.costs.items():
        them = [f.costs[name] for f in all_found if name in f.costs]
        parts = [f"{c.seconds * 1000:8.1f} {c.statements:5} {c.buffers:9}" for c in them]
        grows = them[-1].buffers > 1.5 * max(them[0].buffers, 1)
        print(f"  {'GROWS' if grows else '     '}{name:50}" + "".join(f"{p:>26}" for p in parts) + f"  {cost.said}")
        if grows:
            print(f"            {them[-1].worst_buffers} of them: {them[-1].worst[:200]}")


def load_into(found: PostgresServer, sample: Path, load: Load, say: Callable[[str], None] = print) -> str:
    """Return the URL of a database with so many cases."""
    url = found.new_database()
    take_in(sample, url)
    begun = time.monotonic()

    def told(line: str) -> None:
        say(f"       {time.monotonic() - begun:6.0f} s  {line}")

    multiply(url, load, told)
    return url


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cases", type=int, nargs="+", default=[1_000, 10_000])
    arguments.add_argument("--running", type=float, default=Load(1).running, help="the share of cases that run")
    arguments.add_argument("--whole", type=int, nargs="+", default=[1],
                           help="one copy in so many has its history; one for each --cases")  # fmt: skip
    arguments.add_argument("--sample", type=Path, help="a file of inburgering-flow simulate; without it one is played")
    arguments.add_argument("--newcomers", type=int, default=60)
    arguments.add_argument("--days", type=int, default=700)
    arguments.add_argument("--keep", type=Path, help="write what was measured to this file as JSON")
    arguments.add_argument("--then", help="a command to run on the last database; URL is in its environment")
    given = arguments.parse_args()
    head(f"Cases: {', '.join(f'{n:,}' for n in given.cases)} on PostgreSQL, {given.running:.0%} of them running")
    all_found = []
    with tempfile.TemporaryDirectory() as folder:
        sample = given.sample or simulated(Path(folder) / "sample.db", given.newcomers, given.days)
        for n, cases in enumerate(given.cases):
            with server() as found:
                load = Load(cases, given.running, given.whole[min(n, len(given.whole) - 1)])
                url = load_into(found, sample, load)
                configure(found, wal_level="replica", max_wal_senders="4")
                all_found.append(measure(url, sample, cases))
                if given.keep:
                    given.keep.write_text(json.dumps([asdict(f) for f in all_found]))
                if given.then and n == len(given.cases) - 1:
                    subprocess.run(given.then, shell=True, check=False, env={**os.environ, "URL": url, "BIN": str(found.bin)})
    tell(all_found)


if __name__ == "__main__":
    main()
