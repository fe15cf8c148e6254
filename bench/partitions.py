"""Tries history partitioned by the year in which a case was closed, on a database that ``scale.py`` has loaded.

Run: python bench/scale.py --cases 100000 --then "python bench/partitions.py [TABLE …]". Nothing of it is in the product.
The tables are copies of ``element_instance`` and ``variable`` of cases that have ended, once as they are and once in partitions,
with the same indexes.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import Any

import psycopg

JOIN = "JOIN public.process_instance i ON i.key = h.instance_key"
SOURCE = {
    "element_instance": ("key", "key", "h.root_key = r.root_key", ""),
    "variable": ("scope_key, name", "scope_key", "i.root_key = r.root_key", JOIN),
}
INSTANCES = 200


def main() -> None:
    with psycopg.connect(os.environ["URL"].replace("+psycopg", ""), autocommit=True) as connection:
        run = connection.execute
        run("SET maintenance_work_mem = '1GB'")
        run("SET max_parallel_workers_per_gather = 0")
        run("DROP SCHEMA IF EXISTS trial CASCADE")
        run("CREATE SCHEMA trial")
        years = [r[0] for r in run("SELECT DISTINCT extract(year FROM ended)::int FROM public.retention ORDER BY 1").fetchall()]
        print(f"       closing years {years[0]} to {years[-1]}, {len(years)} partitions and one for the rest", flush=True)
        for table in sys.argv[1:] or SOURCE:
            _Trial(connection, table, years).run()
        run("DROP SCHEMA trial CASCADE")


class _Trial:
    """One table, as it is and in partitions."""

    def __init__(self, connection: psycopg.Connection[Any], table: str, years: list[int]) -> None:
        self.connection, self.table, self.years = connection, table, years
        self.year = years[0]

    def run(self) -> None:
        for kind in ("plain", "parts"):
            self._fill(kind)
        fullest = f"SELECT closed FROM trial.{self.table}_plain GROUP BY closed ORDER BY count(*) DESC LIMIT 1"
        self.year = (self.connection.execute(fullest).fetchone() or (self.year,))[0]
        wanted = f"SELECT DISTINCT instance_key FROM trial.{self.table}_plain WHERE closed = {self.year} LIMIT {INSTANCES}"
        instances = [row[0] for row in self.connection.execute(wanted).fetchall()]
        for kind in ("plain", "parts"):
            self._read(kind, instances)
            self._write(kind, instances)
        self._remove()

    def _say(self, what: str) -> None:
        print(f"       {self.table} {what}", flush=True)

    def _fill(self, kind: str) -> None:
        run, name, table = self.connection.execute, f"trial.{self.table}_{kind}", self.table
        key, _first, on, joined = SOURCE[table]
        divided = " PARTITION BY RANGE (closed)" if kind == "parts" else ""
        run(f"CREATE TABLE {name} (LIKE public.{table}, closed smallint NOT NULL){divided}")
        if divided:
            for year in self.years:
                run(f"CREATE TABLE trial.{table}_{year} PARTITION OF {name} FOR VALUES FROM ({year}) TO ({year + 1})")
            run(f"CREATE TABLE trial.{table}_rest PARTITION OF {name} DEFAULT")
        seconds = self._timed(
            f"INSERT INTO {name} SELECT h.*, extract(year FROM r.ended)::int"
            f" FROM public.{table} h {joined} JOIN public.retention r ON {on}"
        )
        run(f"ALTER TABLE {name} ADD PRIMARY KEY ({key}{', closed' if divided else ''})")  # without it PostgreSQL refuses
        run(f"CREATE INDEX ON {name} (instance_key)")
        run(f"VACUUM ANALYZE {name}")
        self._say(f"{kind}: filled in {seconds:.1f} s")

    def _read(self, kind: str, instances: list[int]) -> None:
        for which, more in (("without its year", ""), ("with its year", f" AND closed = {self.year}")):
            asked = f"SELECT * FROM trial.{self.table}_{kind} WHERE instance_key"
            found = [self._explained(f"{asked} = {instance}{more}") for instance in instances]
            buffers, ms = (statistics.median(values) for values in zip(*found, strict=True))
            self._say(f"{kind}: reading an instance {which}: {buffers:.0f} buffers, planned and done in {ms:.2f} ms")

    def _write(self, kind: str, instances: list[int]) -> None:
        run, name, first = self.connection.execute, f"trial.{self.table}_{kind}", SOURCE[self.table][1]
        run(f"CREATE TEMP TABLE moved AS SELECT * FROM {name} WHERE instance_key = ANY(ARRAY{instances})")
        run(f"UPDATE moved SET {first} = -{first}")
        other = next(year for year in reversed(self.years) if year != self.year)
        for what, statement in (
            ("inserting", f"INSERT INTO {name} SELECT * FROM moved"),
            ("changing the year of", f"UPDATE {name} SET closed = {other} WHERE instance_key = ANY(ARRAY{instances})"),
        ):
            before, begun = self._wal(), time.perf_counter()
            count = run(statement).rowcount
            seconds = time.perf_counter() - begun
            self._say(f"{kind}: {what} {count:,} rows: {seconds / count * 1e6:.1f} µs and"
                      f" {(self._wal() - before) / count:.0f} bytes of WAL each")  # fmt: skip
        run("DROP TABLE moved")

    def _remove(self) -> None:
        row = self.connection.execute(f"SELECT count(*) FROM trial.{self.table}_plain WHERE closed = {self.year}").fetchone()
        before = self._wal()
        dropped = self._timed(f"DROP TABLE trial.{self.table}_{self.year}")
        between = self._wal()
        deleted = self._timed(f"DELETE FROM trial.{self.table}_plain WHERE closed = {self.year}")
        after = self._wal()
        cleaned = self._timed(f"VACUUM trial.{self.table}_plain")
        self._say(f"a year of {(row or (0,))[0]:,} rows: DROP {dropped * 1000:.0f} ms, {(between - before) / 1e6:.2f} MB of WAL;"
                  f" DELETE {deleted:.1f} s, {(after - between) / 1e6:.0f} MB, and VACUUM {cleaned:.1f} s")  # fmt: skip

    def _timed(self, statement: str) -> float:
        before = time.perf_counter()
        self.connection.execute(statement)
        return time.perf_counter() - before

    def _wal(self) -> int:
        row = self.connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
        assert row is not None
        return int(row[0])

    def _explained(self, statement: str) -> tuple[int, float]:
        row = self.connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}").fetchone()
        assert row is not None
        plan = row[0][0]
        found = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
        return found, plan["Planning Time"] + plan["Execution Time"]


if __name__ == "__main__":
    main()
