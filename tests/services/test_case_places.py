"""Where a case is and when its first term is over stand with the case: in the step that changes it, and for what ran before."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from diagrams import Diagram, message_event
from sqlalchemy import text, update

from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor, Role
from inburgering_flow.platform import Platform
from inburgering_flow.services import boards as service
from inburgering_flow.services import case_places as register
from inburgering_flow.store import boards
from inburgering_flow.store import tables as t
from inburgering_flow.store.boards import Choice
from inburgering_flow.store.dialects import SQLITE


def deploy(platform: Platform, folder: Path) -> None:
    """Two phases one after the other, with something that a message begins beside them."""
    beside = Diagram().node("startEvent", "bs", body=message_event("m"), isInterrupting="false")
    beside.call("los", "los").end("be").path("bs", "los", "be")
    top = Diagram("zaak").message("m", "brief", '= "k"').start().call("Eerst", "deel").call("Dan", "deel")
    top.end().sub("ernaast", beside, event=True).path("start", "Eerst", "Dan", "end")
    for name, one in {"zaak": top, "deel": Diagram("deel").start().user("a").end().path("start", "a", "end"),
                      "los": Diagram("los").start().user("b").end().path("start", "b", "end")}.items():  # fmt: skip
        (folder / name).mkdir()
        (folder / name / f"{name}.bpmn").write_text(one.xml())
    (folder / "zaak" / "gegevens.json").write_text(
        json.dumps([{"name": "dag", "type": "date", "term": {"title": "Dag"}, "roles": []}])
    )
    platform.deploy(folder)


def places(platform: Platform) -> dict[int, tuple[str | None, bool]]:
    with platform.context.db.read() as unit:
        rows = boards.page(unit, SYSTEM, Choice(), 0, 50)
    return {row.key: (row.phase, row.due is not None) for row in rows}


def columns(platform: Platform, actor: Actor = SYSTEM) -> list[tuple[str, int, int, list[int]]]:
    board = platform.services.boards.board(actor)
    return [(p.name, p.cases, p.late, [c.row.key for c in board.cards[p.name]]) for p in board.counts.phases]


def test_a_case_is_once_on_the_board_in_its_main_phase_whatever_runs_beside_it(platform: Platform, tmp_path: Path) -> None:
    deploy(platform, tmp_path)
    first, second = platform.start("zaak"), platform.start("zaak")
    platform.publish("brief", correlation_key="k")
    platform.complete(platform.tasks(instance=None, state="CREATED")[0].key)
    assert columns(platform) == [("Eerst", 1, 0, [second]), ("Dan", 1, 0, [first])]
    platform.cancel(second)
    assert columns(platform) == [("Dan", 1, 0, [first])]


def test_the_first_term_moves_with_the_register_and_goes_with_it(platform: Platform, tmp_path: Path) -> None:
    deploy(platform, tmp_path)
    key = platform.start("zaak")
    assert places(platform) == {key: ("Eerst", False)}
    day = (platform.clock.now() + timedelta(days=3)).date().isoformat()
    platform.services.processes.set_variables(key, {"dag": day})
    assert places(platform) == {key: ("Eerst", True)}
    assert columns(platform)[0][2] == 0
    platform.clock.advance(days=5)
    assert columns(platform)[0][2] == 1
    assert [row.key for row in platform.services.boards.cases(SYSTEM, is_late=True).page] == [key]
    platform.services.processes.set_variables(key, {"dag": None})
    assert places(platform) == {key: ("Eerst", False)}
    assert platform.services.boards.cases(SYSTEM, is_late=True).page.rows == []


def test_what_an_older_program_left_is_put_right(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "PORTION", 2)
    deploy(platform, tmp_path)
    keys = [platform.start("zaak", {"dag": "2026-03-01"}) for _ in range(5)]
    ended = platform.start("zaak")
    platform.cancel(ended)
    right = places(platform)
    with platform.context.db.write() as unit:
        unit.connection.execute(text("UPDATE process_instance SET phase = NULL, due = NULL"))
        unit.connection.execute(text("UPDATE process_instance SET phase = 'Dan' WHERE key = :key"), {"key": keys[1]})
    newer = register.CasePlaces(platform.context)
    counts = [newer.catch_up() for _ in range(4)]
    assert (counts, places(platform)) == ([2, 2, 1, 0], right)
    assert [len(row[3]) for row in columns(platform)] == [5]


def test_a_case_that_moves_to_a_version_without_its_phase_is_in_another_one_or_in_none(platform: Platform, tmp_path: Path) -> None:
    deploy(platform, tmp_path)
    first, second = platform.start("zaak"), platform.start("zaak")
    other = Diagram("zaak").start().call("Anders", "deel").end().path("start", "Anders", "end")
    renamed = platform.deploy_content("zaak.bpmn", other.xml())[0].key
    platform.migrate(first, renamed, {"Eerst": "Anders"})
    assert {name: keys for name, _n, _late, keys in columns(platform)} == {"Eerst": [second], "Anders": [first]}
    plain = Diagram("zaak").start().user("iets").end().path("start", "iets", "end")
    empty = platform.deploy_content("zaak.bpmn", plain.xml())[0].key
    with platform.context.db.write() as unit:  # as it stands after a move: what was kept is an element of another version
        values = {"key": second, "to": empty}
        unit.connection.execute(text("UPDATE process_instance SET definition_key = :to WHERE key = :key"), values)
    assert {name: keys for name, _n, _late, keys in columns(platform)} == {"": [second], "Anders": [first]}
    register.CasePlaces(platform.context).catch_up()
    assert places(platform)[second] == (None, False)


def test_the_columns_of_a_board_are_ranges_of_an_index(platform: Platform, tmp_path: Path) -> None:
    """However many cases run: nothing but the cards is read, and nothing is sorted but them."""
    deploy(platform, tmp_path)
    platform.start("zaak")
    for _ in range(40):  # with a term each, so that to walk through all terms would cost more
        platform.start("los")
    with platform.context.db.write() as unit:
        others = t.process_instance.c.process_id == "los"
        unit.connection.execute(update(t.process_instance).where(others).values(due=platform.clock.now()))
        if unit.dialect is not SQLITE:
            unit.connection.execute(text("ANALYZE process_instance"))
    with platform.context.db.read() as unit:
        spot = next(one.spot for one in boards.by_phase(unit, SYSTEM, platform.clock.now()) if one.spot[1] == "Eerst")
        if unit.dialect is not SQLITE:
            unit.connection.execute(text("SET LOCAL enable_seqscan = off"))
            unit.connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        for has_term in (True, False):
            query = boards.first_at(SYSTEM, 0, spot, has_term, 6)
            compiled = query.compile(platform.context.db.engine, compile_kwargs={"literal_binds": True})
            explain = "EXPLAIN QUERY PLAN " if unit.dialect is SQLITE else "EXPLAIN "
            plan = "\n".join(str(tuple(row)) for row in unit.connection.execute(text(explain + str(compiled))))
            assert "ix_process_instance_place" in plan, plan
            assert "Sort" not in plan, plan
            assert "ORDER BY" not in plan, plan


def test_a_column_holds_what_is_due_first_and_then_the_oldest(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CARDS", 3)
    deploy(platform, tmp_path)
    late, none, other = (platform.start("zaak") for _ in range(3))
    soon = platform.start("zaak", {"dag": "2026-02-01"})
    platform.services.processes.set_variables(late, {"dag": "2026-01-20"})
    assert columns(platform) == [("Eerst", 4, 0, [late, soon, none])]
    waits = platform.services.boards.board(SYSTEM).cards["Eerst"][2].waits
    assert waits is not None
    assert waits.task is not None
    assert waits.task.element_id == "a"
    assert other not in columns(platform)[0][3]


def test_whoever_has_taken_work_stands_there_with_what_it_takes(platform: Platform, tmp_path: Path) -> None:
    deploy(platform, tmp_path)
    keys = [platform.start("zaak") for _ in range(3)]
    tasks = platform.tasks(state="CREATED")
    for minutes, task in zip((0, 20), tasks, strict=False):
        platform.clock.advance(minutes=minutes)
        platform.complete(task.key, user="karin")
    platform.services.user_tasks.assign(platform.tasks(state="CREATED")[0].key, "karin", SYSTEM)
    platform.services.case_leads.hand_over(keys[0], "tom")
    load = {one.name: (one.cases, one.tasks, round(one.hours * 60)) for one in platform.services.boards.board(SYSTEM).counts.load}
    assert load == {"karin": (0, 1, 20), "tom": (1, 0, 0), "": (2, 2, 40)}


def test_a_phase_that_is_closed_to_the_reader_is_none_for_them(platform: Platform, tmp_path: Path) -> None:
    deploy(platform, tmp_path)
    key = platform.start("zaak")
    table = {"lezer": Role("lezer", permissions.ALL, frozenset((permissions.BOARD,)), hides=frozenset(("deel",)))}
    reader = Actor("lee", ("lezer",), table=table)
    assert columns(platform, reader) == [("", 1, 0, [key])]
    board = platform.services.boards.board(reader)
    assert [(card.row.phase, card.waits) for card in board.cards[""]] == [("", None)]
    assert [row.phase for row in platform.services.boards.cases(reader, phase="").page] == [""]
    assert platform.services.boards.cases(reader, phase="Eerst").page.rows == []
