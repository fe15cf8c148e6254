"""A list in the hands: rows ticked by letter and mouse stay ticked elsewhere, one deed for all, and back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from browser.steps import Pages, settle, start_case
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from inburgering_flow.web.cockpit import views as cockpit


def says(page: Any) -> str:
    return " ".join(page.locator("[data-chosen]").inner_text().split())


def test_rows_stay_ticked_in_another_view_until_something_is_done(law: Platform, address: str, page_of: Pages) -> None:
    for number in ("D-1", "D-2", "D-3"):
        start_case(law, number, name=number, owner=None)
    karin = page_of("karin")
    karin.goto(f"{address}/taken")
    first = karin.locator("tr[data-row] input[name=kies]").nth(0).get_attribute("value")
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.user_task).where(t.user_task.c.key == int(first)).values(priority=80))

    karin.keyboard.press("j")
    karin.keyboard.press("j")
    karin.keyboard.press("x")
    assert says(karin) == "1 gekozen:"
    second = karin.locator("tr[data-row] input[name=kies]").nth(1)
    assert second.is_checked()
    karin.goto(f"{address}/taken?prioriteit=80")
    assert says(karin) == "1 gekozen, 1 op een andere bladzijde:"
    karin.check("thead [data-all] input")
    assert says(karin) == "2 gekozen, 1 op een andere bladzijde:"
    karin.click("text=Niets kiezen")
    assert says(karin) == "Kies rijen in de lijst, en dan:"
    karin.goto(f"{address}/taken")
    expect(karin.locator("input[name=kies]:checked")).to_have_count(0)

    karin.check(f"input[name=kies][value='{first}']")
    karin.goto(f"{address}/taken?volgorde=-dossier")
    karin.check("tr[data-row] >> nth=0 >> input[name=kies]")
    with karin.expect_download() as file:
        karin.click("#samen >> text=Als CSV")
    assert len(file.value.path().read_text("utf-8-sig").splitlines()) == 3, "the ticked rows of both pages"
    assert says(karin).startswith("2 gekozen"), "a file leaves what was chosen as it is"
    karin.click("#samen button[value=claim]")
    expect(karin.locator("h1")).to_have_text("Oppakken")
    expect(karin.locator("tr[data-row]")).to_have_count(2)
    assert len([x for x in law.tasks(state="CREATED") if x.assignee == "karin"]) == 2
    karin.click("text=Terugdraaien")
    expect(karin.locator("h1")).to_have_text("Teruggedraaid: Oppakken")
    assert [x for x in law.tasks(state="CREATED") if x.assignee] == []
    karin.click("text=Terug naar de lijst")
    settle(karin)
    assert karin.url == f"{address}/taken?volgorde=-dossier"
    assert says(karin) == "Kies rijen in de lijst, en dan:", "what was done is not chosen any more"


def test_where_a_row_only_has_a_button_it_is_ticked_and_handed_over_as_elsewhere(
    law: Platform, address: str, page_of: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cockpit, "CHOSEN_IN_A_ROW", 0)
    for number in ("D-1", "D-2"):
        start_case(law, number, name=number)
    tom = page_of("tom")
    tom.goto(f"{address}/regie/zaken")

    tom.check("tr[data-row] >> nth=0 >> input[type=checkbox]")
    assert says(tom) == "1 gekozen:"
    tom.check("thead [data-all] input")
    assert says(tom) == "2 gekozen:"
    tom.click("text=Niets kiezen")
    tom.click("tr[data-row]:has-text('D-2') >> text=Overdragen…")
    expect(tom.locator("h1")).to_have_text("Overdragen")
    expect(tom.locator("main")).to_contain_text("1 zaak")
    tom.click("main button.primary")
    tom.click("text=Terug naar de lijst")
    expect(tom.locator("tr[data-row]:has-text('D-2')")).to_contain_text("nog niemand")
    expect(tom.locator("tr[data-row]:has-text('D-1')")).to_contain_text("karin")
