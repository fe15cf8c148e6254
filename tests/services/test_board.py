"""Regie lists what is due first, and reads no more than its page."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from diagrams import Diagram
from sqlalchemy import text

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import boards as board_service
from inburgering_flow.services import kept_counts
from inburgering_flow.store import boards
from inburgering_flow.store.dialects import SQLITE

DATA = [{"name": name, "type": "date", "term": {"title": name}, "roles": []} for name in ("een", "twee")]


def deploy(platform: Platform, folder: Path) -> None:
    (folder / "zaak").mkdir()
    (folder / "zaak" / "gegevens.json").write_text(json.dumps(DATA))
    (folder / "zaak" / "p.bpmn").write_text(Diagram("p").start().user("a").end().path("start", "a", "end").xml())
    platform.deploy(folder)


def test_what_is_due_first_is_first_and_cases_without_a_term_are_last(platform: Platform, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(board_service, "SIZE", 2)
    deploy(platform, tmp_path)
    platform.deploy_content("w.bpmn", Diagram("w").start().service("s", "werk").end().path("start", "s", "end").xml())
    waiting = [platform.start("w") for _ in range(3)]
    late, soon, same, none = (platform.start("p") for _ in range(4))
    for case, offsets in {late: (30, 2), soon: (1, 40), same: (2, 2)}.items():
        for name, day in zip(("een", "twee"), offsets, strict=True):
            due = (platform.clock.now() + timedelta(days=day)).date().isoformat()
            platform.services.processes.set_variables(case, {name: due})

    shown, start = [], 0
    while start is not None and len(shown) < 10:
        page = platform.services.boards.cases(SYSTEM, start=start).page
        shown.append([row.case.key for row in page])
        start = page.following

    assert shown == [[soon, late], [same, waiting[0]], waiting[1:], [none]]
    assert page.total == 7
    beyond = platform.services.boards.cases(SYSTEM, start=50).page
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

    assert "ix_process_instance_due" in plan, plan
    assert "Sort" not in plan, plan
    assert "ORDER BY" not in plan, plan


def test_what_took_long_to_count_is_shown_for_a_while_with_its_moment_and_the_rows_are_of_now(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(platform, tmp_path)
    lists, seconds = platform.services.boards, [0.0]

    def counting() -> float:
        seconds[0] += 0.5
        return seconds[0]

    platform.start("p")
    assert lists.board(SYSTEM).counted is None
    platform.start("p")
    assert lists.board(SYSTEM).counts.total == 2, "what is counted at once is counted each time"
    monkeypatch.setattr(kept_counts, "SLOW", 0.3)
    monkeypatch.setattr(kept_counts, "running_seconds", counting)
    first = lists.board(SYSTEM)
    assert (first.counts.total, first.counted) == (2, None)
    counted = platform.clock.now()
    platform.clock.advance(minutes=1)
    platform.start("p")
    kept = lists.board(SYSTEM)
    assert (kept.counts.total, kept.counted) == (2, counted)
    assert lists.cases(SYSTEM, owner="").page.total == 3, "what is listed is counted now"
    other = lists.board(Actor("rita", ("regievoerder",), table=ROLES))
    assert (other.counts.total, other.counted) == (3, None), "another role may see other phases"
    seconds[0] += 30
    again = lists.board(SYSTEM)
    assert (again.counts.total, again.counted) == (3, None)
    lists.board(SYSTEM)  # kept again
    platform.clock.advance(days=1)
    assert lists.board(SYSTEM).counted is None, "on another day other cases are late"
