"""The pages of Inzicht: each figure with its meaning, its drawing, a table and a file, and the same cells in all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from xml.etree import ElementTree

import pytest

from inburgering_flow.analysis.lateness import Share
from inburgering_flow.platform import Platform
from inburgering_flow.services.insight import Grid
from inburgering_flow.services.outlooks import Outlook
from inburgering_flow.web.insight.tables import TERMS, table
from inburgering_flow.web.insight.views import PARTS
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]


@pytest.fixture
def town(law: Platform) -> Platform:
    """A few cases with a task that was done, and a month and a half later."""
    for number in range(3):
        start_case(law, f"D-{number}", in_coa=number == 0)
    law.run_until(law.clock.now() + timedelta(days=120))  # terms pass, and a month after them
    law.services.figures.keep()
    return law


@pytest.mark.parametrize("part", [name for name in PARTS if name != "nu"])
def test_each_part_opens_says_what_it_means_and_when_it_was_counted(town: Platform, as_user: Login, part: str) -> None:
    for who in ("tom", "dirk"):
        page = as_user(who).get(f"/inzicht/{part}")
        assert page.status_code == 200, page.text
        assert "Wat staat hier?" in page.text
        assert "Geteld op" in page.text
        assert "style=" not in page.text


def test_who_sees_no_names_sees_no_cell_under_five_on_the_page_or_in_the_file(town: Platform, as_user: Login) -> None:
    exact, hidden = (as_user(who) for who in ("tom", "dirk"))

    assert "Er lopen nu 3 zaken." in said(exact.get("/inzicht").text)
    assert "minder dan 5 zaken" in said(hidden.get("/inzicht").text)
    file = hidden.get("/inzicht/nu/fasen.csv").text
    assert "niet getoond" in file
    assert not re.search(r";[1-4];", file)
    assert re.search(r";[1-4];", exact.get("/inzicht/nu/fasen.csv").text)
    workbook = exact.get("/inzicht/nu/fasen.xlsx")
    assert workbook.data[:2] == b"PK"
    closed = said(hidden.get("/inzicht/cohorten").text)
    assert "uit de totalen alleen was al af te leiden" in closed
    with town.context.db.read() as unit:
        lines = unit.connection.exec_driver_sql("SELECT detail FROM audit WHERE action = 'export.file'").scalars().all()
    assert any("inzicht-fasen.csv" in one for one in lines), "who took a file stands in the log"


def test_a_drawing_is_a_picture_with_words_that_say_what_it_shows(town: Platform, as_user: Login) -> None:
    page = as_user("tom").get("/inzicht").text + as_user("tom").get("/inzicht/termijnen").text
    drawings = [ElementTree.fromstring(one) for one in re.findall(r"<svg viewBox.*?</svg>", page, re.DOTALL)]

    assert drawings
    for one in drawings:
        label = one.attrib["aria-label"]
        assert one.attrib["role"] == "img"
        for text in one.iter("text"):
            assert text.text is not None
            assert text.text.rstrip("…") in label
        assert not any({"style", "fill"} & set(part.attrib) for part in one.iter())


def test_bars_of_one_name_in_two_processes_are_told_apart_by_the_process() -> None:
    rows = [(process, name, 1, 2, 3, 4, 50) for process, name in (("Intake", "Advies"), ("PIP", "Advies"), ("PIP", "Besluit"))]

    drawn = table(TERMS, Grid(rows, datetime(2026, 3, 2, 9, tzinfo=UTC)))

    assert [bar.label for bar in drawn.bars] == ["Advies (Intake)", "Advies (PIP)", "Besluit"]


def test_a_count_leads_to_the_cases_for_who_may_see_them(town: Platform, as_user: Login) -> None:
    assert "/regie/zaken?fase=" in as_user("tom").get("/inzicht").text
    assert "/regie/zaken?fase=" not in as_user("dirk").get("/inzicht").text
    diagram = as_user("tom").get("/inzicht/diagram?proces=inburgering")
    assert "data-marks" in diagram.text
    assert "/regie/zaken?stap=" not in as_user("dirk").get("/inzicht/diagram?proces=inburgering").text
    for page, address in (("/inzicht", r"fase"), ("/inzicht/diagram?proces=inburgering", r"stap")):
        rows = re.findall(rf'<a href="(/regie/zaken\?{address}=[^"]+)">.*?</td>\s*<td[^>]*>\s*(\d+)\s*</td>', as_user("tom").get(page).text, re.DOTALL)
        assert rows, page
        for link, count in rows:
            assert as_user("tom").get(unescape(link)).text.count("<tr data-row") == int(count), link
    assert as_user("tom").get("/regie/zaken?stap=inburgering/nergens").status_code == 404


def test_an_address_that_names_nothing_is_told_so(town: Platform, as_user: Login) -> None:
    tom = as_user("tom")
    assert tom.get("/inzicht/onzin").status_code == 404
    assert tom.get("/inzicht/nu/onzin.csv").status_code == 404
    assert tom.get("/inzicht/nu/fasen.pdf").status_code == 404
    assert tom.get("/inzicht/duur?periode=9999&proces=onzin&stap=x/y").status_code == 200
    assert tom.get("/inzicht/verloop?stap=x/y").status_code == 200
    assert as_user("bram").get("/inzicht/geld").status_code == 403


def test_the_cost_of_the_first_page_does_not_grow_with_cases(law: Platform, as_user: Login) -> None:
    from sqlalchemy import event

    tom, heard = as_user("tom"), []
    event.listen(law.context.db.engine, "before_cursor_execute", lambda *given: heard.append(given[2]))
    counts = []
    for many in (2, 6):
        for number in range(many):
            start_case(law, f"D-{many}-{number}")
        tom.get("/inzicht")
        heard.clear()
        assert tom.get("/inzicht").status_code == 200
        counts.append(len(heard))
    assert counts[0] == counts[1]


def test_an_event_log_comes_as_a_file_and_a_wrong_question_is_answered_in_words(town: Platform, as_user: Login) -> None:
    tom = as_user("tom")
    assert "Bestand maken" in tom.get("/inzicht/procesanalyse").text
    days = {"van": "2026-01-01", "tot": "2027-01-01"}
    for form, begin in (("ocel", b'{"objectTypes"'), ("xes", b"<?xml")):
        file = tom.post("/inzicht/procesanalyse", {"soort": form, **days})
        assert file.status_code == 200
        assert file.data.startswith(begin)
        assert "attachment" in file.headers["Content-Disposition"]
        assert b"D-0" not in file.data
    wrong = tom.post("/inzicht/procesanalyse", {"soort": "xes", "van": "2020-01-01", "tot": "2020-02-01"})
    assert (wrong.status_code, "begon geen zaak die u ziet" in wrong.text) == (422, True)
    assert tom.post("/inzicht/procesanalyse", {"soort": "xes", "van": "gisteren", "tot": ""}).status_code == 422
    assert as_user("dirk").post("/inzicht/procesanalyse", {"soort": "xes", **days}).status_code == 403
    assert "Procesanalyse" not in as_user("dirk").get("/inzicht").text


def test_a_change_is_compared_on_a_page_and_what_cannot_be_is_said(town: Platform, as_user: Login) -> None:
    dirk = as_user("dirk")
    assert "Wat deed een wijziging" in dirk.get("/inzicht/vergelijken").text
    days = "van_1=2026-01-01&tot_1=2026-02-01&van_2=2026-02-02&tot_2=2027-01-01"
    assert "er valt niets te vergelijken" in dirk.get(f"/inzicht/vergelijken?proces=inburgering&{days}").text
    same = dirk.get("/inzicht/vergelijken?proces=inburgering&voor=1&na=1")
    assert (same.status_code, "twee keer dezelfde versie" in same.text) == (422, True)
    assert dirk.get("/inzicht/vergelijken?proces=inburgering&voor=x&na=1").status_code == 422
    assert dirk.get("/inzicht/vergelijken?proces=inburgering&van_1=gisteren").status_code == 422


def test_what_is_at_risk_is_a_page_for_who_leads(town: Platform, as_user: Login) -> None:
    assert "Dreigt te laat" in as_user("tom").get("/inzicht/dreigt").text
    assert as_user("dirk").get("/inzicht/dreigt").status_code == 403
    assert "/inzicht/dreigt" not in as_user("dirk").get("/inzicht").text


@pytest.mark.parametrize(("cause", "sentence"), [
    ("queue", "Wacht tot iemand dit oppakt:"), ("step", "Is opgepakt en nog niet klaar:"), ("time", "Wacht op een datum:"),
    ("partner", "Wacht op een bericht van buiten:"), ("system", "Het systeem is bezig met:"),
])  # fmt: skip
def test_a_case_and_regie_say_what_will_probably_be_late_and_why(
    law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch, cause: str, sentence: str
) -> None:
    key = start_case(law)
    task = next(t for t in law.tasks(state="CREATED") if t.root_key == key)
    share: Share | None = Share(14, 20)

    def told(keys: list[int], _actor: object) -> dict[int, Outlook]:
        due = law.clock.now() + timedelta(days=3)
        return {one: Outlook(one, "PIP", due, share, cause, task.definition_key, task.element_id, task.name) for one in keys}

    monkeypatch.setattr(law.services.outlooks, "of_cases", told)
    tom = as_user("tom")
    case = said(tom.get(f"/zaken/{key}").text)
    assert "Waarschijnlijk te laat: 7 van de 10 zaken" in case
    assert sentence in case
    assert "Waarschijnlijk te laat: 7 van de 10" in said(tom.get("/regie").text)
    share = None
    assert "is niet te zeggen" in said(tom.get(f"/zaken/{key}").text)
    assert "Waarschijnlijk te laat" not in tom.get("/regie").text
