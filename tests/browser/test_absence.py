"""A colleague is away: one says so in the browser, and the deputy finds the task, takes it over and does it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from variants import ALL

from browser.steps import Pages, start_case
from inburgering_flow.clock import legal_day
from inburgering_flow.platform import Platform


@pytest.mark.skipif(not ALL, reason="seconds of a browser; tests/web/test_absence.py asks the same of the pages")
def test_a_colleague_who_is_away_is_stood_in_for(law: Platform, address: str, page_of: Pages) -> None:
    law.services.accounts.save("kees", display_name="Kees", password="demo", roles=("klantmanager",))
    start_case(law, "D-1", name="Een", owner="karin")
    key = next(x.key for x in law.tasks(state="CREATED") if "klantmanager" in x.candidate_groups)
    law.services.user_tasks.claim(key, "karin")
    today = legal_day(law.clock.now()).isoformat()

    karin = page_of("karin")
    karin.goto(f"{address}/")
    karin.click("text=Mijn afwezigheid")
    karin.get_by_label("Eerste dag").fill(today)
    karin.get_by_label("Laatste dag").fill(today)
    karin.get_by_label("Wie doet de taken?").select_option("kees")
    karin.click("text=Bewaren")
    expect(karin.locator("[data-row]")).to_contain_text("kees doet: alle andere taken")

    kees = page_of("kees")
    kees.goto(f"{address}/")
    expect(kees.locator("a.bell")).to_contain_text("1 nieuwe")
    row = kees.locator("tr[data-row]", has_text="karin")
    expect(row).to_contain_text("afwezig tot en met")
    row.locator("a").first.click()
    kees.click("text=Taak overnemen als vervanger")
    expect(kees.locator(".told")).to_contain_text("De taak is van u, als vervanger.")
    kees.wait_for_selector(".flow-form[data-ready]")
    assert next(x.assignee for x in law.tasks() if x.key == key) == "kees"
    kees.click(".told >> text=Terugnemen")
    expect(kees.locator("main")).to_contain_text("De taak is teruggenomen.")
    assert next(x.assignee for x in law.tasks() if x.key == key) == "karin"
