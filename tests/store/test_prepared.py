"""Prepared statements do what SQLAlchemy's own execution does, inside the same transaction, seen by the same watchers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from diagrams import Diagram, timer
from sqlalchemy import bindparam, delete, insert, select, update

from inburgering_flow.model.audit import LANES
from inburgering_flow.platform import Platform
from inburgering_flow.store import audit
from inburgering_flow.store import tables as t
from inburgering_flow.store.prepared import Prepared, PreparedAmong

COLUMNS = ("key", "moment", "actor", "action", "root_key", "subject_key", "detail")


def entry(key: int) -> dict[str, Any]:
    moment = datetime(2026, 1, 5, 8, 30, 0, 123456, tzinfo=UTC)
    return {"key": key, "moment": moment, "actor": "é'%s", "action": "x", "root_key": None, "subject_key": 7,
            "detail": {"a": [1, None, "b%"]}}  # fmt: skip


def test_what_a_prepared_insert_writes_both_ways_of_reading_return(platform: Platform) -> None:
    some = [t.audit.c[name] for name in COLUMNS]
    with platform.context.db.write() as unit:
        assert Prepared(insert(t.audit), COLUMNS).run(unit, [entry(1), entry(2)]) == 2
        unit.connection.execute(insert(t.audit), [entry(3)])
        query = select(*some).where(t.audit.c.key <= bindparam("most")).order_by(t.audit.c.key)

        prepared = [tuple(row) for row in Prepared(query).rows(unit, {"most": 9})]

        assert prepared == [tuple(row) for row in unit.connection.execute(query, {"most": 9})]
        assert prepared == [tuple(entry(n)[name] for name in COLUMNS) for n in (1, 2, 3)]


def test_fixed_values_of_a_statement_are_kept_and_changed_rows_counted(platform: Platform) -> None:
    change = Prepared(update(t.audit).where(t.audit.c.key == bindparam("b_key")).values(action="y", detail=None))
    remove = Prepared(delete(t.audit).where(t.audit.c.key == bindparam("b_key")))
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.audit), [entry(1), entry(2)])

        assert change.run(unit, [{"b_key": 1}]) == 1
        assert remove.run(unit, [{"b_key": 5}]) == 0

        rows = unit.connection.execute(select(t.audit.c.action, t.audit.c.detail).order_by(t.audit.c.key)).all()
        assert rows == [("y", None), ("x", {"a": [1, None, "b%"]})]


def test_a_prepared_change_is_rolled_back_with_its_unit(platform: Platform) -> None:
    def act() -> None:
        with platform.context.db.write() as unit:
            Prepared(insert(t.audit), COLUMNS).run(unit, [entry(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()

    with platform.context.db.read() as unit:
        assert unit.connection.execute(select(t.audit.c.key)).all() == []


def test_completing_a_task_costs_ten_statements_however_long_the_case_is(
    open_platform: Callable[..., Platform],
) -> None:
    platform = open_platform()
    diagram = Diagram().start().user("a").xor("g", "g_a").end().path("start", "a", "g|klaar", "end").path("g", "a")
    platform.deploy_content("p.bpmn", diagram.xml())
    key = platform.start("p", {"klaar": False})
    for lane in range(LANES):  # the first line of a lane asks for more
        with platform.context.db.write() as unit:
            audit.add(unit, platform.context.audit_key, lane, platform.clock.now(), "anna", "test")
    counts = []
    for _ in range(8):
        task = platform.tasks(state="CREATED", instance=key)[0]
        seen: list[str] = []
        with platform.context.db.watched(lambda sql, parameters, seen=seen: seen.append(sql)):
            platform.complete(task.key, {"klaar": False}, user="anna")
        counts.append(len([s for s in seen if s != "COMMIT"]))

    assert len(set(counts[1:])) == 1
    assert counts[-1] <= 12


def test_closing_a_timer_and_opening_the_next_adds_one_statement_each(platform: Platform) -> None:
    diagram = Diagram().start().end().end("late")
    for name in ("a", "b"):
        diagram.user(name).boundary(f"t{name}", name, timer("timeDuration", "P1D")).path(f"t{name}", "late")
    platform.deploy_content("p.bpmn", diagram.path("start", "a", "b", "end").xml())
    key = platform.start("p")
    seen: list[str] = []

    with platform.context.db.watched(lambda sql, parameters: seen.append(sql)):
        platform.complete(platform.tasks(state="CREATED", instance=key)[0].key, {"x": 1}, user="anna")

    jobs = [s.split()[0] for s in seen if " job " in s or " job\n" in s]
    assert jobs == ["DELETE", "INSERT"], seen


@pytest.mark.parametrize("keys", [[], [3], [2, 1], [1, 2, 3], [9, 1, 8, 2, 7], range(1, 9), [5, 5, 4]], ids=str)
def test_a_query_about_any_number_of_keys_answers_as_one_that_lists_them(platform: Platform, keys: Any) -> None:
    query = select(t.audit.c.key).where(t.audit.c.actor == bindparam("wanted")).order_by(t.audit.c.key)
    among = PreparedAmong(lambda sought: query.where(t.audit.c.key.in_(sought)))
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.audit), [entry(n) for n in range(1, 8)])

        found = [row[0] for row in among.rows(unit, keys, {"wanted": "é'%s"})]

        assert found == [key for key in range(1, 8) if key in keys]
        assert among.rows(unit, keys, {"wanted": "somebody else"}) == []


def test_queries_about_many_numbers_of_keys_are_prepared_a_few_times_only(platform: Platform) -> None:
    made: list[int] = []

    def make(sought: Any) -> Any:
        made.append(len(sought))
        return select(t.audit.c.key).where(t.audit.c.key.in_(sought))

    among = PreparedAmong(make)
    with platform.context.db.read() as unit:
        for number in range(200):
            among.rows(unit, range(number))
    assert made == [1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_more_keys_than_a_database_takes_parameters_are_asked_for_in_parts(platform: Platform) -> None:
    among = PreparedAmong(lambda sought: select(t.audit.c.key).where(t.audit.c.key.in_(sought)).order_by(t.audit.c.key.desc()))
    with platform.context.db.write() as unit:
        unit.connection.execute(insert(t.audit), [entry(n) for n in (1, 2, 39_999, 40_000)])

        found = [row[0] for row in among.rows(unit, range(70_000))]

        assert sorted(found) == [1, 2, 39_999, 40_000]
        assert found.index(40_000) < found.index(39_999), "each part in the order of the query"
