"""The pages of the specifieke uitkering and of the figures: who sees what, what is hidden, and that each file taken is logged."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.cbs import layout
from inburgering_flow.platform import Platform
from inburgering_flow.store import cases
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
FIGURES, GRANT, FILE, CBS = "/pagina/cijfers", "/pagina/spuk", "/pagina/cijfers/cijfers.csv", "/pagina/cijfers/cbs-levering.csv"
PROVISIONAL = {
    "voorlopigGezins": 20, "voorlopigPrognose": 50, "voorlopigTaakstelling": 40, "voorlopigAsiel": 25, "voorlopigAfgerond": 6,
    "voorlopigLandelijkGewicht": 354_325_490, "voorlopigLandelijkBedrag": 350_000_000, "voorlopigOnderwijsroute": None,
    "voorlopigToegekend": 364_134, "voorlopigBekendOp": "2024-09-24", "voorlopigBron": "Beschikking van 24 september 2024",
}  # fmt: skip


def said(html: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())


def actions(law: Platform, action: str) -> list[tuple[str, Any]]:
    with law.context.db.read() as unit:
        rows = unit.connection.exec_driver_sql("SELECT actor, detail FROM audit WHERE action = '" + action + "' ORDER BY key")
        return [(row[0], row[1]) for row in rows]


def do(law: Platform, element: str, answers: dict[str, Any], user: str = "fatima") -> None:
    law.complete(next(t.key for t in law.tasks(state="CREATED") if t.element_id == element), answers, user=user)
    law.run_due()


def account(law: Platform, as_user: Login, *, people: int) -> None:
    """Account for 2025, whose days are over, up to what DUO counts."""
    for number in range(people):
        law.start("inburgering", {"dossiernummer": f"A-{number}", "doelgroep": "asielstatushouder", "kennisgeving": "2025-02-03",
                                  "brpDatum": "2025-03-03", "inCoa": False}, business_key=f"A-{number}")  # fmt: skip
    assert as_user("fatima").post("/zaken/nieuw?soort=verantwoording", {"jaar": "2025"}).status_code == 302
    law.run_due()
    do(law, "taak_voorlopig_invoeren", PROVISIONAL)
    do(law, "taak_cohorten_controleren", {
        "duoGezins": 0, "duoAsielDitJaar": 8, "duoAsielVorigJaar": 0, "duoAsielTweeJaarTerug": 0, "duoAfgerond": 0,
        "duoOnderwijsroute": 0, "cohortenGezien": True, "verschilUitleg": "Een zaak staat nog in het oude systeem.",
    })  # fmt: skip


@pytest.fixture
def law(law: Platform) -> Platform:
    assert isinstance(law.clock, ManualClock)
    law.clock.set("2026-11-27T09:00:00+01:00")
    return law


def test_the_money_permission_begins_a_year_once_and_no_other_role_does(law: Platform, as_user: Login) -> None:
    fatima = as_user("fatima")
    assert "Een jaar beginnen" in fatima.get(GRANT).text
    assert fatima.post("/zaken/nieuw?soort=verantwoording", {"jaar": "26"}).status_code == 422
    assert fatima.post("/zaken/nieuw?soort=verantwoording", {"jaar": "2025"}).status_code == 302
    again = fatima.post("/zaken/nieuw?soort=verantwoording", {"jaar": "2025"})
    assert (again.status_code, "Verantwoording 2025" in again.text) == (422, True)
    for name in ("karin", "rita"):  # they may start cases of an inwoner
        browser = as_user(name)
        assert "Jaar van de uitkering" not in browser.get("/zaken/nieuw?soort=verantwoording").text
        assert "Een jaar beginnen" not in browser.get(GRANT).text
    assert "Dossiernummer" not in fatima.get("/zaken/nieuw").text, "she starts no case of an inwoner"
    assert [i.business_key for i in law.instances("verantwoording")] == ["Verantwoording 2025"]


def test_what_was_counted_stands_beside_what_duo_counts(law: Platform, as_user: Login) -> None:
    account(law, as_user, people=7)
    page = said(as_user("fatima").get(GRANT).text)
    assert "Asielstatushouders, dit jaar gehuisvest 0 7 – 8 1" in page
    assert "Waarom DUO anders telt: Een zaak staat nog in het oude systeem." in page
    assert "€ 364.134,00" in page
    assert "woensdag 30 juni 2027" in page, "the last day of the account"
    assert "Wet inburgering 2021, art. 42" in page


def test_what_is_only_a_reading_of_the_law_is_marked_where_it_counts(law: Platform, as_user: Login) -> None:
    fatima = as_user("fatima")
    for year, marked in (("2027", False), ("2026", True)):
        fatima.post("/zaken/nieuw?soort=verantwoording", {"jaar": year})
        law.run_due()
        page = said(fatima.get(GRANT).text)
        assert ("te controleren of dit het eerste jaar is" in page) is marked, year


def test_who_sees_no_case_gets_no_small_count_and_no_sum_that_tells_one(law: Platform, as_user: Login) -> None:
    account(law, as_user, people=3)
    exact, masked = said(as_user("tom").get(GRANT).text), said(as_user("dirk").get(GRANT).text)
    assert "dit jaar gehuisvest 0 3 – 8 5" in exact
    assert "dit jaar gehuisvest 0 niet getoond" in masked
    assert "eigen berekening" in exact
    assert "eigen berekening" not in masked, "a sum of persons times amounts tells the persons"
    assert "Een zaak staat nog" not in masked
    assert as_user("karin").get(GRANT).status_code == 403


def test_the_list_of_a_year_is_for_who_does_the_money_and_for_others_only_with_a_reason(law: Platform, as_user: Login) -> None:
    account(law, as_user, people=1)
    key = law.instances("verantwoording")[0].key
    listed = next(d for d in law.services.documents.of_case(key) if d.name == "telling-2025-definitief.csv")
    for name in ("karin", "dirk", "piet", "hans", "taco"):
        assert as_user(name).get(f"/documenten/{listed.key}").status_code in (403, 404), name
    assert actions(law, "document.look") == []
    assert [as_user(name).get(f"/documenten/{listed.key}").status_code for name in ("fatima", "tom")] == [200, 200]
    assert [who for who, _detail in actions(law, "document.look")] == ["fatima", "tom"]


def counted(law: Platform, as_user: Login, people: int) -> None:
    law.clock.set("2026-03-09T09:00:00+01:00")  # type: ignore[attr-defined]
    for number in range(people):
        start_case(law, f"D-{number}")
    answer = as_user("dirk").post(FIGURES)
    assert answer.status_code == 302
    law.run_due()


def test_figures_are_counted_when_somebody_asks_and_shown_from_what_was_kept(law: Platform, as_user: Login) -> None:
    assert "Er is nog niet geteld" in as_user("dirk").get(FIGURES).text
    counted(law, as_user, 6)
    page = said(as_user("dirk").get(FIGURES).text)
    assert "Geteld op maandag 9 maart 2026." in page
    assert "PIP vastgesteld Het PIP is verstuurd. CSV Telt: Alle zaken van het cohort. Cohort Basis ja nee 2026 6 0 6" in page
    start_case(law, "D-99")
    assert said(as_user("dirk").get(FIGURES).text) == page, "a new case changes nothing until somebody counts"
    assert "Dagen van vergunning tot koppeling" in page, "what cannot be counted is listed"
    assert as_user("fatima").get(FIGURES).status_code == 403
    with law.context.db.read() as unit:
        owners = [cases.get(unit, i.key).owner for i in law.instances("cijfers")]  # type: ignore[union-attr]
    assert owners == ["dirk"], "no klantmanager sees it among cases of nobody"


def test_the_file_of_figures_hides_what_the_page_hides_and_is_logged(law: Platform, as_user: Login) -> None:
    counted(law, as_user, 4)
    assert "2026 niet getoond" in said(as_user("dirk").get(FIGURES).text)
    answer = as_user("dirk").get(FILE)
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    numbers = {row[3] for row in rows[1:]}
    assert numbers == {"0", "niet getoond"}
    assert {row[3] for row in rows[1:] if row[0] == "PIP vastgesteld"} == {"niet getoond"}
    assert rows[0][0] == "indicator"
    assert all(row[6] for row in rows[1:]), "each row has its definition"
    assert [who for who, detail in actions(law, "export.file") if "cijfers.csv" in str(detail)] == ["dirk"]
    assert as_user("karin").get(FILE).status_code == 403
    one = as_user("dirk").get("/pagina/cijfers/cijfer-pip.csv").get_data().decode("utf-8-sig")
    assert {line.split(";")[0] for line in one.splitlines()[1:]} == {"PIP vastgesteld"}


def test_only_who_sees_every_case_takes_the_delivery_and_it_names_nobody(law: Platform, as_user: Login) -> None:
    counted(law, as_user, 2)
    for name in ("dirk", "fatima", "karin", "piet"):
        assert as_user(name).get(CBS).status_code == 403, name
    answer = as_user("rita").get(CBS)
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == [column for column, _meaning in layout()]
    assert [row[1:4] for row in rows[1:]] == [["2026-03-09", "gezinsmigrant", "2026-03-02"]] * 2
    assert len({row[0] for row in rows[1:]}) == 2
    assert "D-0" not in answer.get_data(as_text=True)
    assert "Persoon" not in answer.get_data(as_text=True)
    assert [who for who, _detail in actions(law, "export.file")] == ["rita"]
    assert "te controleren" in as_user("rita").get(FIGURES).text
    assert "Levering aan het CBS" not in as_user("dirk").get(FIGURES).text


def test_the_pages_cost_as_many_statements_with_many_cases_as_with_few(law: Platform, as_user: Login) -> None:
    def statements(browser: Browser, path: str) -> int:
        made: list[str] = []
        listen = lambda _c, _cur, statement, *_rest: made.append(statement)  # noqa: E731
        event.listen(law.context.db.engine, "before_cursor_execute", listen)
        browser.get(path)
        event.remove(law.context.db.engine, "before_cursor_execute", listen)
        return len(made)

    account(law, as_user, people=1)
    counted(law, as_user, 2)
    dirk = as_user("dirk")
    before = [statements(dirk, path) for path in (GRANT, FIGURES)]
    for number in range(10, 22):
        start_case(law, f"D-{number}")
    assert [statements(dirk, path) for path in (GRANT, FIGURES)] == before


def test_a_page_without_a_button_does_nothing_and_no_other_file_is_given(as_user: Login) -> None:
    tom = as_user("tom")
    assert tom.post(GRANT).status_code == 404
    assert tom.get("/pagina/cijfers/anders.csv").status_code == 404
    assert tom.get("/pagina/anders/cijfers.csv").status_code == 404
    assert tom.post("/pagina/anders").status_code == 404
