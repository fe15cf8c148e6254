"""Mutants: what is changed, which scenarios it concerns, and what is said of those that nobody notices."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from variants import ALL

from inburgering_flow.bpmn import reader
from inburgering_flow.feel import evaluate
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.workbench import mutate
from inburgering_flow.workbench.coverage import Walk, walked_flows
from inburgering_flow.workbench.gathering import Gathered, gather
from inburgering_flow.workbench.mutants import chosen, mutants_of
from inburgering_flow.workbench.mutate import KILLED, SURVIVED, UNTOUCHED, Score, score
from inburgering_flow.workbench.slips import later, literal_timer, readable_test, slips
from workbench import models
from workbench.test_scenarios import command

REST = models.STORY.replace("bedrag: 90", "bedrag: 100").replace("klein: true}", "klein: false}").replace("einde: toegekend", "einde: afgewezen")
EXACT = models.STORY.replace("bedrag: 90", "bedrag: 99").replace("  - taak: beoordelen\n    met: {akkoord: true}\n", "  - tot: 2026-03-12T08:59:59+01:00\n  - verwacht: {toestand: ACTIVE}\n  - tot: 2026-03-12T09:00:00+01:00\n").replace("einde: toegekend", "einde: verlopen")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    return gather([models.write(tmp_path_factory.mktemp("mutant") / "model")])


@pytest.fixture(scope="module")
def scored(small: Gathered) -> Score:
    return score(small, processes=1)


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Score:
    folder = models.write(tmp_path_factory.mktemp("meer") / "model")
    models.story(folder, "rest.yaml", REST)
    models.story(folder, "termijn.yaml", EXACT)
    return score(gather([folder]), processes=1)


def states(found: Score) -> dict[tuple[str, str, str], str]:
    return {(v.mutant.kind, v.mutant.element, v.mutant.became): v.state for v in found.verdicts}


def test_each_kind_is_changed_once_at_each_place(small: Gathered) -> None:
    found = mutants_of(small.resources, small.own)

    kinds = {mutant.kind for mutant in found}
    assert kinds == {"condition", "default", "timer", "group", "policy", "input", "output"}
    conditions = [m.became for m in found if m.kind == "condition"]
    assert conditions == [
        "not(akkoord and bedrag < 100)", "akkoord or bedrag < 100", "akkoord and bedrag <= 100", "akkoord and bedrag < 101",
    ]  # fmt: skip
    assert [(m.was, m.became) for m in found if m.kind == "timer"] == [("P10D", "P11D")]


def test_what_the_scenarios_say_is_noticed_and_what_they_leave_open_survives(scored: Score) -> None:
    found = states(scored)

    assert found["condition", "goed_toegekend", "not(akkoord and bedrag < 100)"] == KILLED
    assert found["condition", "goed_toegekend", "akkoord and bedrag <= 100"] == SURVIVED
    assert found["group", "beoordelen", "niemand"] == KILLED
    assert found["timer", "te_laat", "P11D"] == SURVIVED
    assert found["output", "r1", "false"] == KILLED
    assert found["output", "r2", "true"] == UNTOUCHED
    assert found["input", "r1", "<= 100"] == SURVIVED


def test_a_scenario_at_the_boundary_notices_more(scored: Score, more: Score) -> None:
    found = states(more)

    assert found["condition", "goed_toegekend", "akkoord and bedrag <= 100"] == KILLED
    assert found["timer", "te_laat", "P11D"] == KILLED
    assert found["output", "r2", "true"] == KILLED
    assert more.share > scored.share
    assert all(v.by and v.played for v in more.of(KILLED))


def test_only_scenarios_that_come_to_the_place_are_played_and_none_after_the_first_that_notices(more: Score) -> None:
    played = {(v.mutant.kind, v.mutant.became): v.played for v in more.verdicts}

    assert played["timer", "P11D"] <= 3
    assert played["output", "false"] == 1
    assert max(played.values()) <= 3


def test_of_an_entry_all_scenarios_that_look_at_the_table_count_and_of_an_outcome_those_that_hit_the_rule(small: Gathered) -> None:
    entry, outcome = (next(m for m in mutants_of(small.resources, small.own) if m.kind == kind) for kind in ("input", "output"))
    looked, hit = Walk(tables=frozenset(("klein",))), Walk(tables=frozenset(("klein",)), rules=frozenset((("klein", "r1"),)))

    assert [entry.matters_to(walk) for walk in (Walk(), looked, hit)] == [False, True, True]
    assert [outcome.matters_to(walk) for walk in (Walk(), looked, hit)] == [False, False, True]


def test_a_flow_counts_where_both_its_ends_were_entered(small: Gathered) -> None:
    [process] = reader.read(next(r.content for r in small.resources if r.kind == "bpmn"), name="aanvraag.bpmn").processes
    taken = [("aanvraag", "start_opvragen"), ("aanvraag", "opvragen_bepalen"), ("elders", "x")]
    entered = frozenset((("aanvraag", "start"), ("aanvraag", "opvragen")))

    assert walked_flows(taken, entered, {"aanvraag": process}) == {("aanvraag", "start_opvragen")}


def test_the_same_seed_draws_the_same(small: Gathered) -> None:
    found = mutants_of(small.resources, small.own)

    assert chosen(found, 5, 1) == chosen(found, 5, 1)
    assert chosen(found, 5, 1) != chosen(found, 5, 2)
    assert chosen(found, None, 1) == list(range(len(found)))


@pytest.mark.skipif(not ALL, reason="seconds in which other processes start; the command uses them each time that it runs")
def test_several_processes_find_what_one_finds(small: Gathered, scored: Score, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mutate, "ALONE", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert states(score(small, processes=2)) == states(scored)
    assert list(tmp_path.iterdir()) == []


def test_tables_that_the_processes_call_are_changed_too() -> None:
    family = gather([resource_folder("processes") / "leerroute" / "scenarios" / "map-negenendertig-uur.yaml"])

    files = {mutant.resource for mutant in mutants_of(family.resources, family.own)}

    assert {"beslissingen/d08-afschalen.dmn", "leerroute/voortgang.bpmn"} <= files
    assert not any(name.startswith("handhaving/") for name in files)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a <= 10 and b = "x"', ['a < 10 and b = "x"', 'a <= 11 and b = "x"', 'a <= 10 or b = "x"', 'a <= 10 and b != "x"', 'a <= 10 and b = "x~"']),
        ('x > date("2026-02-28")', ['x >= date("2026-02-28")', 'x > date("2026-03-01")']),
        ('duration("P10W")', ['duration("P11W")']),
        ("b1Haalbaar", []),
    ],
)
def test_slips_of_the_pen(text: str, expected: list[str]) -> None:
    assert list(slips(text)) == expected


def test_slips_in_an_entry_of_a_table() -> None:
    assert list(slips("[1..5]", is_fit=readable_test)) == ["[2..5]", "[1..6]", "(1..5]", "[1..5)"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ('"2026-01-01"', "2026-01-02"), ('date("2026-01-01")', "2026-01-02"), ('"2026-01-01T10:00:00+01:00"', "2026-01-02T10:00:00+01:00"),
        ('date and time("2026-01-01T10:00:00")', "2026-01-02T10:00:00"), ('duration("P10D")', "P20D"), ('"P2M"', "P4M"),
    ],
)  # fmt: skip
def test_a_moment_of_any_form_comes_later(moment: str, expected: str) -> None:
    assert str(evaluate(f"({later(moment)})[1]")) == expected


def test_a_written_timer_comes_later() -> None:
    assert [list(literal_timer(text)) for text in ("P10W", "R3/PT1H", "2026-12-31T09:00:00Z", "0 9 * * *")] == [
        ["P11W"], ["R3/PT2H"], ["2027-01-01T09:00:00Z"], [],
    ]  # fmt: skip


def test_the_command_lists_survivors_with_their_element_and_why_it_matters(tmp_path: Path) -> None:
    folder = models.write(tmp_path / "model")

    result = command("mutate", folder, "--processes", "1", "--least", "99", "--junit", tmp_path / "r.xml", "--json", tmp_path / "r.json")

    assert result.exit_code == 1
    assert "survived: aanvraag.bpmn: goed_toegekend (goed → toegekend)" in result.stdout
    assert "akkoord and bedrag < 100  became  akkoord and bedrag <= 100" in result.stdout
    assert "no scenario waits for it to the day" in result.stdout
    assert "at least 99% are wanted" in result.stderr
    data = json.loads((tmp_path / "r.json").read_text())
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()[0]
    assert int(suite.get("tests", "0")) == data["mutants"] == len(data["verdicts"])
    assert suite.get("failures") == str(sum(v["state"] != "killed" for v in data["verdicts"]))


def test_scenarios_that_do_not_come_true_are_mended_first(tmp_path: Path) -> None:
    folder = models.write(tmp_path / "model")
    models.story(folder, "onwaar.yaml", models.STORY.replace("einde: toegekend", "einde: afgewezen"))

    result = command("mutate", folder)

    assert result.exit_code == 1
    assert "1 scenarios do not come true on the model itself: onwaar.yaml." in result.stderr
