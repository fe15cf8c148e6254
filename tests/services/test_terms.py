"""The register of terms: each last day that a variable has held, when it was moved, kept or ended, and who is late."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from diagrams import Diagram

from inburgering_flow import Platform
from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.termijnen import wettelijke_termijn
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.services.term_entries import Term, data_terms, faults
from inburgering_flow.services.terms import ShownTerm
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t

ZONE = ZoneInfo("Europe/Amsterdam")
DATA: list[dict[str, Any]] = [
    {"name": "uiterlijk", "type": "date", "roles": [],
     "term": {"title": "Besluiten", "until": ["besloten"], "starts": "gemeld", "length": "lengte", "ground": "waarom",
              "decides": "teammanager", "missed": "Niets.", "norm": "N-1"}},
    {"name": "reactie", "type": "date", "roles": [], "term": {"title": "Reageren", "whose": "de inwoner", "in": ["p"]}},
    {"name": "einde", "type": "date", "roles": [], "term": {"title": "Traject", "first_day_after": True}},
]  # fmt: skip


def opened(folder: Path) -> Platform:
    clock = ManualClock("2026-10-12T09:00:00+02:00")
    platform = Platform.open(f"sqlite:///{folder}/flow.db", clock=clock, settings_=Settings(secret="only for tests"), plugins=[])
    platform.context.explanations["termijn"] = wettelijke_termijn  # type: ignore[index]
    return platform


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    (tmp_path / "zaak").mkdir()
    (tmp_path / "zaak" / "gegevens.json").write_text(json.dumps(DATA))
    for name in ("p", "q"):
        task = Diagram(name).start().user("a").end().path("start", "a", "end")
        (tmp_path / "zaak" / f"{name}.bpmn").write_text(task.xml())
    with opened(tmp_path) as found:
        found.deploy(tmp_path)
        yield found


def shown(platform: Platform, key: int) -> list[ShownTerm]:
    return platform.services.terms.of_case(key, SYSTEM)


def days(platform: Platform, key: int) -> list[tuple[str, str, str, list[str]]]:
    """Title, last day, state, and the days before."""

    def last(moment: Any) -> str:
        return str((moment.astimezone(ZONE)).replace(tzinfo=None))[:10]

    return [(x.term.title, last(x.row.due), x.row.state, [last(b.due) for b in x.before]) for x in shown(platform, key)]


def test_a_term_begins_with_the_case_and_is_moved_by_another_day(platform: Platform) -> None:
    key = platform.start("p", {"uiterlijk": "2026-12-19"})
    assert days(platform, key) == [("Besluiten", "2026-12-20", "OURS", [])]  # the moment at which the 19th is over
    platform.services.processes.set_variables(key, {"uiterlijk": "2026-12-21", "iets": 1})
    platform.services.processes.set_variables(key, {"uiterlijk": "2026-12-21"})
    assert days(platform, key) == [("Besluiten", "2026-12-22", "OURS", ["2026-12-20"])]
    [before] = shown(platform, key)[0].before
    assert (before.state, before.over) == ("MOVED", platform.clock.now())


def test_a_term_ends_when_what_it_is_for_is_done_when_its_day_is_taken_away_and_with_its_process(platform: Platform) -> None:
    kept, gone, over = (platform.start("p", {"uiterlijk": "2026-12-19"}) for _ in range(3))
    platform.services.processes.set_variables(kept, {"besloten": "2026-11-01"})
    platform.services.processes.set_variables(gone, {"uiterlijk": None})
    platform.complete(platform.tasks(instance=over)[0].key)
    assert [days(platform, key)[0][2] for key in (kept, gone, over)] == ["KEPT", "ENDED", "ENDED"]
    platform.services.processes.set_variables(kept, {"uiterlijk": "2027-01-01"})
    assert days(platform, kept)[0][2:] == ("OURS", ["2026-12-20"])
    at_once = platform.start("p", {"uiterlijk": "2026-12-19", "besloten": "2026-10-12"})
    assert days(platform, at_once) == [("Besluiten", "2026-12-20", "KEPT", [])]


def test_the_same_day_written_once_more_after_it_was_kept_begins_no_new_term(platform: Platform) -> None:
    key = platform.start("p", {"uiterlijk": "2026-10-19"})
    platform.services.processes.set_variables(key, {"besloten": "2026-10-12"})
    platform.clock.set("2026-12-01T09:00:00+01:00")
    platform.services.processes.set_variables(key, {"uiterlijk": "2026-10-19", "besloten": "2026-10-12"})
    assert days(platform, key) == [("Besluiten", "2026-10-20", "KEPT", [])]
    platform.services.processes.set_variables(key, {"uiterlijk": "2026-10-19"})
    assert days(platform, key) == [("Besluiten", "2026-10-20", "KEPT", [])]
    assert shown(platform, key)[0].row.over < shown(platform, key)[0].row.due


def test_a_copy_that_only_one_element_has_is_no_term_of_the_case(platform: Platform, tmp_path: Path) -> None:
    copy = (
        '<zeebe:ioMapping><zeebe:input source="=uiterlijk" target="uiterlijk"/><zeebe:output source="=1" target="iets"/>'
        "</zeebe:ioMapping>"
    )
    calls = Diagram("r").start().call("b", "p", copy).user("a").end().path("start", "b", "a", "end")
    (tmp_path / "zaak" / "r.bpmn").write_text(calls.xml())
    platform.deploy(tmp_path / "zaak")
    key = platform.start("r", {"uiterlijk": "2026-12-19"})
    platform.services.processes.set_variables(key, {"uiterlijk": "2026-12-21"})  # the called process still has the old day
    for _ in range(2):
        platform.complete(platform.tasks(instance=key, state="CREATED")[0].key)
    of_the_call, of_the_case = sorted(days(platform, key))
    assert of_the_call == ("Besluiten", "2026-12-20", "ENDED", [])
    assert of_the_case == ("Besluiten", "2026-12-22", "ENDED", ["2026-12-20"])


def test_it_says_what_the_term_starts_with_how_long_it_is_and_that_a_free_day_moved_it(platform: Platform) -> None:
    given = {"uiterlijk": "2026-12-21", "gemeld": "2026-10-10", "lengte": "P10W", "waarom": "Tien weken na de melding."}
    [one] = shown(platform, platform.start("p", given))
    assert (str(one.row.starts), one.row.length, one.row.ground) == ("2026-10-10", "P10W", "Tien weken na de melding.")
    assert "zaterdag" in one.moved_on
    [other] = shown(platform, platform.start("p", {**given, "uiterlijk": "2026-12-22"}))
    assert other.moved_on == ""
    [wrong] = shown(platform, platform.start("p", {**given, "gemeld": "ooit", "lengte": 5}))
    assert (wrong.row.starts, wrong.moved_on) == (None, "")


def test_a_variable_that_holds_the_first_day_after_and_one_that_is_another_processes(platform: Platform) -> None:
    key = platform.start("q", {"einde": "2029-03-13", "reactie": "2026-11-01"})
    assert days(platform, key) == [("Traject", "2029-03-13", "OURS", [])]  # over when the 13th begins
    assert days(platform, platform.start("p", {"reactie": "niets"})) == []


def test_only_the_organisations_own_terms_make_a_case_late(platform: Platform) -> None:
    theirs = platform.start("p", {"reactie": "2026-10-13"})
    ours = platform.start("p", {"uiterlijk": "2026-10-13"})
    platform.clock.set("2026-10-13T23:59:00+02:00")
    assert platform.services.boards.board(SYSTEM).counts.late == 0
    platform.clock.set("2026-10-14T00:00:00+02:00")
    board = platform.services.boards.cases(SYSTEM)
    assert (board.counts.late, [row.case.key for row in board.page]) == (1, [ours, theirs])
    assert [x.is_late for key in (theirs, ours) for x in shown(platform, key)] == [False, True]


def test_a_task_that_is_late_does_not_make_a_case_late(platform: Platform) -> None:
    key = platform.start("p")
    platform.services.user_tasks.update(platform.tasks(instance=key)[0].key, due="2026-10-01T00:00:00+02:00", actor=SYSTEM)
    assert platform.services.boards.board(SYSTEM).counts.late == 0


def test_terms_that_ran_before_there_was_a_register_are_taken_up_once(platform: Platform, tmp_path: Path) -> None:
    key, over = (platform.start("p", {"uiterlijk": "2026-12-19"}) for _ in range(2))
    platform.complete(platform.tasks(instance=over)[0].key)
    with platform.context.db.write() as unit:
        unit.connection.execute(t.term.delete())
    platform.close()
    with opened(tmp_path) as again:
        again.run_due()
        for work in again.services.upkeep:
            work()
        assert days(again, key) == [("Besluiten", "2026-12-20", "OURS", [])]
        assert days(again, over) == []
        assert again.services.steps.register.catch_up() == 0


def test_a_case_that_is_deleted_leaves_nothing_in_the_register(platform: Platform) -> None:
    key = platform.start("p", {"uiterlijk": "2026-12-19"})
    platform.services.processes.cancel(key)
    platform.services.deletions.delete(key, SYSTEM)
    with platform.context.db.read() as unit:
        assert unit.connection.execute(t.term.select()).all() == []


@pytest.mark.parametrize(
    "term",
    [
        "tekst", {}, {"title": ""}, {"title": "x", "lengte": "P1D"}, {"title": "x", "until": "y"}, {"title": "x", "norm": 1},
        {"title": "x", "starts": "1 +"}, {"title": "x", "first_day_after": "ja"}, {"title": "x", "in": [1]},
        {"title": "x", "in": 5}, [{"title": "x", "in": [{}]}, {"title": "y", "in": ["p"]}],
    ],
)  # fmt: skip
def test_what_is_no_term_is_told_and_left_out(term: Any) -> None:
    entry = {"name": "d", "type": "date", "term": term}
    assert list(faults(entry))
    assert data_terms(json.dumps([entry]).encode(), "p") == {}


def test_what_is_a_term_is_read() -> None:
    assert list(faults({"name": "d", "type": "string", "term": {"title": "x"}}))
    assert list(faults({"name": "d", "type": "date"})) == []
    one, other = {"title": "x", "in": ["p"]}, {"title": "y", "in": ["q"]}
    content = json.dumps([{"name": "d", "type": "date", "term": [one, other]}]).encode()
    assert [data_terms(content, process) for process in ("p", "q", "r")] == [
        {"d": Term("x", within=("p",))}, {"d": Term("y", within=("q",))}, {}
    ]  # fmt: skip
    assert list(faults({"name": "d", "type": "date", "term": [one, one]}))
    assert list(faults({"name": "d", "type": "date", "term": [one, {"title": "z"}]}))
