"""What one page hides no other page tells; what is counted is counted whole."""

from __future__ import annotations

from collections.abc import Callable

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import case_lists
from inburgering_flow.services.disclosure import hidden_in_table, hide_small
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
RITA = Actor("rita", ("regievoerder",), table=ROLES)


def newest(law: Platform, name: str = "inburgering") -> int:
    return next(d.key for d in law.services.deployments.newest("process") if d.id == name)


def test_small_counts_at_elements_are_hidden_from_who_cannot_open_the_cases(law: Platform, as_user: Login) -> None:
    start_case(law)
    key = newest(law)
    for role in ("beleidsadviseur", "procesontwerper", "functioneel-beheerder", "auditor"):
        marks = law.services.diagram_marks.of_definition(key, Actor("x", (role,), table=ROLES))
        assert marks["active"], "where something is, is no secret"
        assert set(marks["active"].values()) == {"<5"}, role
    assert set(law.services.diagram_marks.of_definition(key, RITA)["active"].values()) == {1}


def test_a_hidden_count_is_found_neither_from_its_row_nor_from_its_column() -> None:
    counts = {("1", "a"): 9, ("2", "a"): 1, ("1", "b"): 20, ("2", "b"): 30}
    assert hidden_in_table(counts) == set(counts)
    assert hidden_in_table({("1", "a"): 9, ("2", "a"): 8}) == frozenset()


def test_two_hidden_ones_are_not_both_told_by_a_small_sum() -> None:
    assert [c.count for c in hide_small({"a": 30, "b": 9, "c": 1, "d": 1})] == [30, None, None, None]


def test_the_board_counts_all_cases_and_pages_through_them(law: Platform, as_user: Login, monkeypatch) -> None:
    monkeypatch.setattr(case_lists, "SIZE", 2)
    keys = {start_case(law, f"D-{number}", owner="karin" if number else None) for number in range(5)}
    board, seen = law.services.case_lists.board(RITA), set()
    assert (board.total, board.page.total, sum(board.owners.values())) == (5, 5, 5)
    for _page in range(3):
        seen |= {r.case.key for r in board.page}
        if board.page.following is None:
            break
        board = law.services.case_lists.board(RITA, start=board.page.following)
    assert seen == keys
    assert [r.case.business_key for r in law.services.case_lists.board(RITA, owner="").page] == ["D-0"]
    for name, count in board.phases.items():
        assert law.services.case_lists.board(RITA, phase=name).page.total == count
    assert "van 5." in as_user("rita").get("/regie").text


def test_zaken_says_how_many_there_are_and_pages(law: Platform, as_user: Login, monkeypatch) -> None:
    monkeypatch.setattr(case_lists, "SIZE", 2)
    keys = {start_case(law, f"D-{number}") for number in range(5)}
    page, seen = law.services.case_lists.search(RITA), set()
    assert page.count == 5
    for _page in range(3):
        seen |= {r.case.key for r in page.rows}
        if page.before is None:
            break
        page = law.services.case_lists.search(RITA, before=page.before)
    assert seen == keys
    assert "5 zaken" in as_user("rita").get("/zaken").text
