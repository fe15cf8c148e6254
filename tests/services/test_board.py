"""Regie lists what is due first, and reads no more than its page."""

from __future__ import annotations

from datetime import timedelta

from diagrams import Diagram
from sqlalchemy import text, update

from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services import case_lists
from inburgering_flow.store import boards
from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import SQLITE


def test_what_is_due_first_is_first_and_cases_without_a_task_are_last(platform: Platform, monkeypatch) -> None:
    monkeypatch.setattr(case_lists, "SIZE", 2)
    both = Diagram("p").start().both("en").user("a").user("b").end().path("start", "en", "a", "end").path("en", "b", "end")
    platform.deploy_content("p.bpmn", both.xml())
    platform.deploy_content("w.bpmn", Diagram("w").start().service("s", "werk").end().path("start", "s", "end").xml())
    waiting = [platform.start("w") for _ in range(3)]
    late, soon, same, none = (platform.start("p") for _ in range(4))
    days = {late: (30, 2), soon: (1, 40), same: (2, 2)}
    with platform.context.db.write() as unit:
        for case, offsets in days.items():
            for task, day in zip(platform.tasks(instance=case, state="CREATED"), offsets, strict=True):
                due = platform.clock.now() + timedelta(days=day)
                unit.connection.execute(update(t.user_task).where(t.user_task.c.key == task.key).values(due=due, sort_due=due))

    shown, start = [], 0
    while start is not None and len(shown) < 10:
        page = platform.services.case_lists.board(SYSTEM, start=start).page
        shown.append([row.case.key for row in page])
        start = page.following

    assert shown == [[soon, late], [same, none], waiting[:2], waiting[2:]]
    assert page.total == 7
    beyond = platform.services.case_lists.board(SYSTEM, start=50).page
    assert (beyond.rows, beyond.previous) == ([], 5)


def test_a_page_is_read_in_the_order_of_an_index(platform: Platform) -> None:
    """However many cases run: nothing is sorted, so reading stops where the page is full."""
    query = boards.due_first(SYSTEM).limit(50)
    with platform.context.db.read() as unit:
        if unit.dialect is not SQLITE:
            unit.connection.execute(text("SET LOCAL enable_seqscan = off"))
            unit.connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        explain = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN "
        compiled = query.compile(platform.context.db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(str(tuple(row)) for row in unit.connection.execute(text(explain + str(compiled))))

    assert "ix_user_task_open_due" in plan, plan
    assert "Sort" not in plan, plan
    assert "ORDER BY" not in plan, plan
