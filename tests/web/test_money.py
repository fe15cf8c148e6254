"""Middelen: who keeps the money books on a page, who leads reads, nobody else sees it."""

from __future__ import annotations

from collections.abc import Callable

from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from web.conftest import Browser, said

Login = Callable[[str], Browser]
WHERE = "/middelen/spuk/2026"


def given(kind: str, amount: str, **more: str) -> dict[str, str]:
    return {"soort": kind, "bedrag": amount, "dag": "2026-03-02", "omschrijving": "Taalles", **more}


def test_the_financieel_medewerker_books_and_sees_what_is_left(law: Platform, as_user: Login) -> None:
    fatima = as_user("fatima")
    assert fatima.post(WHERE, given("grant", "100000")).status_code == 302
    assert fatima.post(WHERE, given("obligation", "30.000")).status_code == 422
    assert fatima.post(WHERE, given("obligation", "30000,50", kenmerk="C-12")).status_code == 302
    page = said(fatima.get(WHERE).text)
    assert 'Over <span class=\"amount\">€ 69.999,50</span>' in page
    assert "nog open: € 30.000,50" in page
    key = law.services.ledger.entries("spuk", 2026, law.services.accounts.actor(law.services.accounts.get("fatima"))).rows[0].row.key
    wrong = fatima.post(WHERE, given("invoice", "30000,51", verplichting=str(key)))
    assert (wrong.status_code, "Van deze verplichting is nog € 30.000,50 over." in wrong.text) == (422, True)
    assert fatima.post(f"/middelen/boeking/{key}/ongedaan", {"reden": "dit contract is niet getekend"}).status_code == 302
    assert "€ 100.000,00" in as_user("dirk").get("/middelen").text


def test_a_wrong_answer_stays_on_the_page_and_books_nothing(law: Platform, as_user: Login) -> None:
    fatima = as_user("fatima")
    for answers, text in (
        (given("", "5"), "Kies wat voor boeking het is."), (given("grant", "vijf"), "is geen bedrag in euro"),
        (given("grant", ""), "Vul “Bedrag in euro"), (given("grant", "5", dag="2026-13-01"), "is geen datum"),
        (given("grant", "5", dag="2099-01-01"), "De datum mag niet in de toekomst liggen."),
        (given("invoice", "5", verplichting="C-12"), "Deze verplichting bestaat niet."),
        (given("invoice", "5", verplichting="9" * 30), "Deze verplichting bestaat niet."),
    ):  # fmt: skip
        answer = fatima.post(WHERE, answers)
        assert (answer.status_code, text in answer.text.replace("&#39;", "'")) == (422, True), text
    assert len(law.services.ledger.entries("spuk", 2026, law.services.accounts.actor(law.services.accounts.get("fatima"))).rows) == 0


def test_only_some_read_and_one_role_books(as_user: Login) -> None:
    for name in ("tom", "rita", "dirk"):
        browser = as_user(name)
        assert browser.get("/middelen").status_code == 200
        assert "Nieuwe boeking" not in browser.get(WHERE).text
        assert browser.post(WHERE, given("grant", "5")).status_code == 403
    for name in ("karin", "piet", "aysel", "hans"):
        assert as_user(name).get("/middelen").status_code == 403
    assert as_user("fatima").get("/middelen/bestaat-niet/2026").status_code == 404


def test_the_budget_of_a_large_municipality_can_be_written_down(law: Platform, as_user: Login) -> None:
    fatima = as_user("fatima")

    assert fatima.post(WHERE, given("grant", "123456789,01")).status_code == 302
    assert "€ 123.456.789,01" in fatima.get(WHERE).text


def test_a_year_that_no_budget_has_is_not_found(law: Platform, as_user: Login) -> None:
    assert [as_user("fatima").get(f"/middelen/spuk/{year}").status_code for year in (1999, 2000, 2100, 2101, 9_999_999_999)] == [
        404, 200, 200, 404, 404,
    ]  # fmt: skip


def test_what_the_program_itself_booked_is_said_in_words(law: Platform, as_user: Callable[[str], Browser]) -> None:
    law.services.ledger.post("spuk", "grant", 5_000, SYSTEM, year=2026, day=law.clock.now().date(), description="x")
    page = as_user("fatima").get("/middelen/spuk/2026").text
    assert "het systeem" in page
    assert ">system<" not in "".join(page.split())
    file = as_user("fatima").get("/middelen/spuk/2026/bestand.csv").text
    assert "het systeem" in file
    assert "system" not in file.replace("het systeem", "")
