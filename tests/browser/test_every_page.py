"""Every page as every role that may see it: WCAG 2.2 AA in both colour schemes, 400 % zoom, weight, and a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import variants
from shipped import open_platform

from browser import tour
from browser.conftest import served
from browser.steps import PICTURES
from browser.tour import Visit
from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.services.new_files import ENDINGS

HEAVIEST = 150_000


@pytest.fixture(scope="module")
def visits(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, browser: object, node_modules: Path
) -> Iterator[list[Visit]]:
    import shutil

    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    with open_platform(folder) as law:
        tour.town(law)
        with served(law) as address:
            found = tour.walk(law, browser, address, node_modules, whole=variants.ALL)
            if variants.ALL:
                tour.sheet(PICTURES)
            yield found


FIGURES = ("cohorts", "diagram", "effect", "risk", "mining")
CASE_PAGES = {f"case-{page}" for page in ("taken", "tijdlijn", "documenten", "gegevens", "betalingen", "diagram", "bekeken")}


def test_the_walk_passes_each_kind_of_page_and_each_role(visits: list[Visit]) -> None:
    if variants.ALL:
        assert {v.username for v in visits} == {*ACCOUNTS, "nobody"}
    expected = {
        "absence", "absences", "absence-of", "extract",
        "login", "failure", "words", "manual", "tables", "topic", "unsure", "assured", "work", "tasks", "tasks-mine", "tasks-chosen", "list-done", "task", "task-free", "task-look", "cases", "case", "case-new", "help", "board",
        "figures-steps", "board-cases", "incident-list", *(f"figures-{part}" for part in FIGURES),
        "definitions", "definition", "proving", "proving-cases", "projects", "project", *(f"editor-{kind}" for kind in ENDINGS), *CASE_PAGES, "incidents", "accounts", "log", "figures",
        "operations", "bulk", "bulk-outlook", "bulk-batch", "case-stuck", "person", "reassess", "try", "try-decision", "rule", "rules", "lost",
        "unheard", "notices", "notice", "justification", "money", "money-book", "grant", "cohorts", "kept", "kept-held", "kept-one", "entry", "entry-file", "entry-rows",
        "versions", "definition-compared", "description", "definition-review", "definition-change", "change-version", "rehearse", "rehearsed", "forecasts", "forecast-new", "forecast", "trial", "trial-start", "case-start", "alerts", "alert-choices", "agenda",
        "own-figures", "own-figures-choice", "reports", "report-new",
    }  # fmt: skip
    assert {v.name for v in visits} == expected - (set() if variants.ALL else tour.ALIKE)
    with_task = {v.username for v in visits if v.name == "task"}
    assert with_task >= {"karin", "carla", "hans", "julia", "tom", "fatima", "cees"}


@pytest.mark.skipif(not variants.ALL, reason="pictures are made where every variant runs")
def test_a_contact_sheet_shows_each_kind_of_page_at_each_width_and_in_the_dark(visits: list[Visit]) -> None:
    shown = (PICTURES / "index.html").read_text(encoding="utf-8")
    for name in {visit.name for visit in visits}:
        for kind in (*map(str, tour.WIDTHS), "dark"):
            assert re.search(rf'src="{name}-[a-z]+-{kind}\.png"', shown), (name, kind)


@pytest.mark.parametrize("username", ["nobody", *sorted(ACCOUNTS)])
def test_axe_finds_nothing_in_the_light_and_in_the_dark_scheme(visits: list[Visit], username: str) -> None:
    found = [f"{v}: {line}" for v in visits if v.username == username for line in v.found]

    assert found == [], "\n".join(found)


def test_nothing_large_is_light_in_the_dark_scheme(visits: list[Visit]) -> None:
    assert [f"{v}: {v.white}" for v in visits if v.white] == []


def test_no_page_scrolls_sideways_also_at_400_percent(visits: list[Visit]) -> None:
    assert [f"{v}: {by} pixels at {width}" for v in visits for width, by in v.wide.items() if by > 0] == []


def test_no_page_scrolls_sideways_where_words_are_longer_than_a_line(visits: list[Visit]) -> None:
    assert [f"{v}: {v.bursts} pixels" for v in visits if v.bursts > 0] == []


def test_no_label_is_cut_off_at_any_width(visits: list[Visit]) -> None:
    assert [f"{v}: {v.cut}" for v in visits if v.cut] == []


def test_no_page_without_diagram_or_form_weighs_more_than_150_kb_compressed(visits: list[Visit]) -> None:
    weighed = {str(v): v.weight for v in visits if v.weight}

    assert len(weighed) > (80 if variants.ALL else 30)
    assert {page: weight for page, weight in weighed.items() if weight > HEAVIEST} == {}
