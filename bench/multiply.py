"""Multiplies the cases of a sample in PostgreSQL: each row that hangs on a case is copied with shifted keys and moments.

The sample is a file of ``inburgering-flow simulate``. Copied are keys (also inside texts), numbers of cases, names of
klantmanagers, numbers of persons, checksums and moments in columns; dates inside JSON are not shifted, and the marks of the audit
log are those of the sample, so that its chain does not hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Column, LargeBinary, Table, create_engine, insert, select, text

from inburgering_flow.store import migrations
from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import Key, url_of
from inburgering_flow.store.types import Moment

# How a row is tied to its case: the expression for the root, and what has to be joined for it.
_INSTANCE = "LEFT JOIN process_instance i ON i.key = {0}"
ROOTS: dict[str, tuple[str, str]] = dict.fromkeys((
    "process_instance", "element_instance", "user_task", "term", "ledger_entry", "job", "job_history", "subscription", "incident",
    "decision_instance", "retention", "document", "note", "appointment", "alert", "case_fact",
), ("t.root_key", "")) | {
    "variable": ("i.root_key", _INSTANCE.format("t.instance_key")),
    "compensation": ("i.root_key", _INSTANCE.format("t.instance_key")),
    "message_correlation": ("i.root_key", _INSTANCE.format("t.instance_key")),
    "join_arrival": ("coalesce(e.root_key, i.root_key)",
                     _INSTANCE.format("t.scope_key") + " LEFT JOIN element_instance e ON e.key = t.scope_key"),
    "ledger_posting": ("e.root_key", "JOIN ledger_entry e ON e.key = t.entry_key"),
    "user_task_candidate": ("u.root_key", "JOIN user_task u ON u.key = t.task_key"),
    "draft": ("u.root_key", "JOIN user_task u ON u.key = t.task_key"),
    "message": ("i.root_key", "LEFT JOIN process_instance i ON i.business_key = t.correlation_key AND i.key = i.root_key"),
    "person": ("i.root_key", "LEFT JOIN process_instance i ON i.person_key = t.key AND i.key = i.root_key"),
    "person_number": ("i.root_key", "LEFT JOIN process_instance i ON i.person_key = t.person_key AND i.key = i.root_key"),
    "search_word": ("i.root_key",
                    "LEFT JOIN process_instance i ON (i.person_key = t.key OR i.key = t.key) AND i.key = i.root_key"),
    "document_content": ("d.root_key", "JOIN document d ON d.checksum = t.checksum"),
    "audit": ("coalesce(t.root_key, i.root_key, (SELECT r.key FROM sample.roots r WHERE r.number = t.key % {cases}))",
              "LEFT JOIN process_instance i ON i.person_key = t.subject_key AND i.key = i.root_key"),
}  # fmt: skip
"""A line of the log that names no case (looking at a list, a day's seal) is given to one, so that they grow in step."""

FIXED = {"definition_key", "message_id"}  # numbers that stay: of definitions, and texts that only look like keys
PEOPLE = "(SIM-[0-9]{4,}|klantmanager-[0-9]+)"  # what is followed by the copy's number
AT_ONCE = 2  # tables or indexes that are filled side by side
HISTORY = ("variable", "element_instance", "decision_instance", "audit", "job_history", "document_content")


@dataclass(frozen=True)
class Load:
    """How much to make of a sample: ``running`` of all cases have not ended; one copy in ``whole`` has its full history.

    A copy without has every row that lists, sweeps and counts read, and of ``HISTORY`` only what is active. ``letters`` copies
    the bytes of letters as well.
    """

    cases: int
    running: float = 0.41
    whole: int = 1
    letters: bool = False


def take_in(sample: Path, url: str) -> None:
    """Copy a sample's rows into an empty database as they are, and into the schema ``sample`` with the case they belong to."""
    source, target = create_engine(url_of(sample)), create_engine(url)
    migrations.upgrade(target)
    with source.connect() as read, target.begin() as write:
        for table in t.metadata.sorted_tables:
            if table is t.oldest_program:  # the change of the schema has written it
                continue
            rows = [dict(row._mapping) for row in read.execute(select(*table.c))]
            for start in range(0, len(rows), 5_000):
                write.execute(insert(table), rows[start : start + 5_000])
        write.execute(text("CREATE SCHEMA sample"))
        write.execute(text("ANALYZE"))
        write.execute(text(
            "CREATE TABLE sample.roots AS SELECT key, state, row_number() OVER (ORDER BY key) - 1 AS number"
            " FROM process_instance WHERE key = root_key"
        ))  # fmt: skip
        cases = write.execute(text("SELECT count(*) FROM sample.roots")).scalar_one()
        write.execute(text(
            "CREATE TABLE sample.fixed AS"
            " SELECT key FROM definition UNION SELECT key FROM resource UNION SELECT key FROM deployment"
        ))  # fmt: skip
        write.execute(text("""
            CREATE FUNCTION sample.fill(parts text[], keys bigint[], delta bigint, copy text) RETURNS text
            LANGUAGE sql IMMUTABLE AS $$
               SELECT string_agg(
                 replace(p, E'\\x01', copy) || coalesce((CASE WHEN keys[n] < 0 THEN -keys[n] ELSE keys[n] - delta END)::text, ''),
                 '' ORDER BY n
               ) FROM unnest(parts) WITH ORDINALITY AS u(p, n) $$"""))
        for table in t.metadata.sorted_tables:
            if table.name in ROOTS:
                _template(write, table, cases)
    source.dispose()
    target.dispose()


def _template(write: Any, table: Table, cases: int) -> None:
    """Copy a table with the root of each row, and with texts cut where a key stands and marked where a name is."""
    root, joined = ROOTS[table.name]
    write.execute(text(
        f'CREATE TABLE sample."{table.name}" AS SELECT DISTINCT ON ({", ".join(f"t.{_q(c)}" for c in table.primary_key)}) '
        f'{root.format(cases=cases)} AS "$root", t.* FROM "{table.name}" t {joined}'
    ))  # fmt: skip
    for column in _texts(table):
        c = _q(column)
        changed = write.execute(text(
            f"""UPDATE sample."{table.name}" SET {c} = regexp_replace({c}, '{PEOPLE}', E'\\\\1\\x01', 'gi')
                WHERE {c} ~* '{PEOPLE}'"""
        )).rowcount  # fmt: skip
        with_keys = write.execute(text(
            f"""SELECT count(*) FROM sample."{table.name}" WHERE {c} ~ '[0-9]{{18}}' AND length({c}) > 17"""
        )).scalar_one()
        column_info = _Cut(bool(changed), bool(with_keys) and column.name not in ("checksum", "found_by", "mark"))
        _CUTS[table.name, column.name] = column_info
        if not column_info.keys:
            continue
        for end, kind in (("parts", "text"), ("keys", "bigint")):
            write.execute(text(f'ALTER TABLE sample."{table.name}" ADD "${column.name}_{end}" {kind}[]'))
        write.execute(text(f"""
            UPDATE sample."{table.name}" SET "${column.name}_parts" = regexp_split_to_array({c}, '\\y[0-9]{{18}}\\y'),
            "${column.name}_keys" = (
                SELECT array_agg(CASE WHEN m.k IN (SELECT key FROM sample.fixed) THEN -m.k ELSE m.k END ORDER BY m.n)
                FROM (SELECT found[1]::bigint AS k, n
                      FROM regexp_matches({c}, '(\\y[0-9]{{18}}\\y)', 'g') WITH ORDINALITY AS r(found, n)) m
            ) WHERE {c} ~ '\\y[0-9]{{18}}\\y'"""))


@dataclass(frozen=True)
class _Cut:
    names: bool
    keys: bool


_CUTS: dict[tuple[str, str], _Cut] = {}


def _q(column: Column[Any]) -> str:
    return f'"{column.name}"'


def _texts(table: Table) -> Iterator[Column[Any]]:
    for column in table.c:
        if not isinstance(column.type, LargeBinary) and column.type is not Key and _sql_type(column) in ("text", "varchar"):
            yield column


def _sql_type(column: Column[Any]) -> str:
    from sqlalchemy.dialects import postgresql

    found = column.type.compile(dialect=postgresql.dialect()).lower()
    return "varchar" if found.startswith("varchar") else "text" if found.startswith("text") else found.split(" ")[0]


def _value(table: Table, column: Column[Any], load: Load) -> str:
    """Return the SQL of a column of a copy ``c`` of the sample's row ``s``."""
    name, here = column.name, f"s.{_q(column)}"
    if table.name == "audit" and name in ("lane", "number"):
        return "c.copy % 8" if name == "lane" else f"{here} + (c.copy / 8) * (SELECT max(number) FROM sample.audit)"
    if name == "checksum":
        return f"encode(sha256(({here} || s.\"$root\" || '-' || c.copy)::bytea), 'hex')"
    if table.name == "document_content" and name == "content":
        return here if load.letters else "''::bytea"
    if name == "found_by":
        return f"CASE WHEN c.copy = 0 THEN {here} ELSE encode(sha256(({here} || c.copy)::bytea), 'hex') END"
    if name == "message_id":
        return f"{here} || c.named"
    is_key = name == "key" or name.endswith("_key") or name in ("settles", "reverses")
    if _sql_type(column) == "bigint" and is_key and name not in FIXED:
        shifted = f"{here} - c.delta"
        return f"CASE WHEN {here} = 0 THEN 0 ELSE {shifted} END" if table.name == "message_correlation" else shifted
    if isinstance(column.type, Moment):
        return f"CASE WHEN {here} > '9000-01-01' THEN {here} ELSE {here} - c.earlier END"
    if _sql_type(column) == "date":
        return f"{here} - c.days"
    cut = _CUTS.get((table.name, name), _Cut(False, False))
    plain = f"replace({here}, E'\\x01', c.named)" if cut.names else here
    if cut.keys:
        return (
            f'CASE WHEN s."${name}_parts" IS NULL THEN {plain}'
            f' ELSE sample.fill(s."${name}_parts", s."${name}_keys", c.delta, c.named) END'
        )
    return plain


def _active_only(table: Table) -> str:
    """Return the condition on rows of a copy without history."""
    live = "EXISTS (SELECT FROM sample.process_instance i WHERE i.key = s.instance_key AND i.state = 'ACTIVE')"
    return {
        "element_instance": "s.state = 'ACTIVE'",
        "variable": f"(s.name LIKE '$%' OR s.scope_key = s.instance_key) AND {live}",
    }.get(table.name, "false" if table.name in HISTORY and table.name != "document_content" else "true")


def multiply(url: str, load: Load, say: Any = lambda _line: None) -> dict[str, int]:
    """Fill the case tables anew with so many copies; returns the rows of each. The server should not write WAL for it."""
    counts: dict[str, int] = {}
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        run = connection.execute
        _prepare(connection)
        _copies(connection, load)
        tables = [table for table in t.metadata.sorted_tables if table.name in ROOTS]
        tables.sort(key=lambda table: table.name not in HISTORY)  # the large ones first, so that no one is left for the end
        again, foreign = _without_indexes(connection, [table.name for table in tables])
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for table, rows in zip(tables, pool.map(lambda table: _fill(url, table, load, say), tables), strict=True):
                counts[table.name] = rows
            # Before the indexes, which would write each block to note that its rows are there, as this does anyway
            list(pool.map(lambda table: _make(url, [f'VACUUM (ANALYZE) "{table.name}"'], say), tables))
            list(pool.map(lambda statements: _make(url, statements, say), again))
        _make(url, foreign, say)
        say("constraints and indexes")
        _accounts(connection)
        _heads(connection)
        run("TRUNCATE figure")  # they are counted anew, of all copies
        run("VACUUM (ANALYZE)")
    return counts


def _prepare(connection: psycopg.Connection[Any]) -> None:
    connection.execute("SET search_path = public, sample; SET synchronous_commit = off")
    connection.execute("SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'")


def _fill(url: str, table: Table, load: Load, say: Any) -> int:
    """Fill a table with the copies of its rows, on a connection of its own; return how many."""
    columns = ", ".join(_q(c) for c in table.c)
    values = ", ".join(_value(table, c, load) for c in table.c)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection, connection.transaction():
        run = connection.execute
        _prepare(connection)
        run(f'TRUNCATE "{table.name}"')
        kept = _active_only(table)
        run(f'CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT s.*, ({kept}) AS "$kept" FROM sample."{table.name}" s')
        run("ANALYZE kept")
        found = run(
            f'INSERT INTO "{table.name}" ({columns}) SELECT {values}'
            ' FROM sample.copies c JOIN kept s ON s."$root" = c.root WHERE c.is_whole OR s."$kept"'
        )
        say(f"{table.name}: {found.rowcount:,} rows")
        return found.rowcount


def _make(url: str, statements: list[str], say: Any) -> None:
    """Make constraints or indexes of one table, on a connection of its own."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        _prepare(connection)
        for statement in statements:
            connection.execute(statement)
            say(" ".join(statement.split())[:90])


def _copies(connection: psycopg.Connection[Any], load: Load) -> None:
    """Say which case is copied how often, by what its keys and moments are shifted, and what its names end on."""
    run = connection.execute
    run("DROP TABLE IF EXISTS sample.copies")
    found = run(
        "SELECT count(*) FILTER (WHERE state = 'ACTIVE'), count(*) FILTER (WHERE state <> 'ACTIVE') FROM sample.roots"
    ).fetchone()
    assert found is not None
    running, ended = found
    wanted = round(load.cases * (load.running if ended else 1)) if running else 0
    span = run(
        "SELECT max(key) - min(key) + 1 FROM (SELECT key FROM sample.audit UNION ALL SELECT key FROM sample.element_instance"
        " UNION ALL SELECT key FROM sample.person UNION ALL SELECT key FROM sample.user_task"
        " UNION ALL SELECT key FROM sample.message) k"
    ).fetchone()
    assert span is not None
    run(
        "CREATE TABLE sample.copies"
        " (root bigint, copy int, delta bigint, earlier interval, days int, named text, is_whole bool)"
    )  # fmt: skip
    for is_running, count, number in ((True, running, wanted), (False, ended, load.cases - wanted)):
        if not count:
            continue
        # A copy of running cases is some seconds earlier, so that no two moments are equal; of ended ones up to four years.
        years = "0" if is_running else "(n % 5) * 365"
        run(f"""
            INSERT INTO sample.copies
            SELECT key, n, n::bigint * {span[0]}, make_interval(days => {years}, secs => n), {years},
                   CASE WHEN n = 0 THEN '' ELSE '-' || n END, n % {load.whole} = 0
            FROM generate_series(0, {math.ceil(number / count) - 1}) n,
                 (SELECT key, row_number() OVER (ORDER BY key) - 1 AS place
                  FROM sample.roots WHERE (state = 'ACTIVE') = {is_running}) r
            WHERE n * {count} + place < {number} ORDER BY n, place""")
    run("ANALYZE sample.copies")


def _without_indexes(connection: psycopg.Connection[Any], names: list[str]) -> tuple[list[list[str]], list[str]]:
    """Drop constraints and indexes; return the statements that make them anew: of each table, then the foreign keys."""
    run = connection.execute
    constraints = run(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype FROM pg_constraint"
        " WHERE contype IN ('p', 'u', 'f') AND conrelid::regclass::text = ANY(%s)"
        " ORDER BY array_position('{p,u,f}'::text[], contype::text)",
        (names,),
    ).fetchall()
    for table, name, _definition, _kind in reversed(constraints):
        run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    indexes = run(
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)", (names,)
    ).fetchall()
    for _table, name, _definition in indexes:
        run(f'DROP INDEX "{name}"')
    again: dict[str, list[str]] = {name: [] for name in names}
    foreign: list[str] = []
    for table, name, definition, kind in constraints:
        (foreign if kind == "f" else again[table]).append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for table, _name, definition in indexes:
        again[table].append(definition)
    return list(again.values()), foreign


def _accounts(connection: psycopg.Connection[Any]) -> None:
    """Give each copy of running cases klantmanagers of its own; all others work for everybody."""
    columns = ", ".join(_q(c) for c in t.account.c if c.name not in ("username", "display_name"))
    connection.execute(f"""
        INSERT INTO account (username, display_name, {columns})
        SELECT username || named, display_name || named, {columns} FROM account,
          (SELECT DISTINCT c.named FROM sample.copies c JOIN sample.roots r ON r.key = c.root
           WHERE r.state = 'ACTIVE' AND c.copy > 0) n
        WHERE username ~ '^klantmanager-[0-9]+$'""")


def _heads(connection: psycopg.Connection[Any]) -> None:
    """Let new lines of the log follow the newest of each lane; the seal is left out, as nobody but the program can make one."""
    connection.execute("DELETE FROM audit_head")
    connection.execute("""
        INSERT INTO audit_head (lane, number, mark, seal)
        SELECT DISTINCT ON (lane) lane, number, mark, '' FROM audit WHERE lane IS NOT NULL ORDER BY lane, number DESC""")


def now_of(url: str) -> datetime:
    """Return a moment after the last one of the sample, before anything more is due."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT max(moment) + interval '2 days' FROM sample.audit").fetchone()
    assert found is not None
    moment = found[0]
    assert isinstance(moment, datetime)
    return moment
