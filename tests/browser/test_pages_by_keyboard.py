"""Pages beside the main job without a mouse: handing over, absence, own figures, reports, extract, file; dialogs and the menu."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from variants import ALL

from browser.steps import Pages, start_case
from browser.test_keyboard import VISIBLE
from inburgering_flow.platform import Platform

FAR = 90
more = pytest.mark.skipif(not ALL, reason="a second of a browser each; handing over and a figure are walked in the same way")
NAMED = """() => { const e = document.activeElement;
  return (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent || '').trim(); }"""


def reach(page: Any, name: str) -> None:
    """Press Tab until what is called ``name`` has the focus; each stop on the way has to be seen and inside the page."""
    passed = []
    for _ in range(FAR):
        page.keyboard.press("Tab")
        seen, called = page.evaluate(VISIBLE), page.evaluate(NAMED)
        if seen["tag"] == "BODY":
            continue  # past the last: round the page again
        assert seen["outline"] or seen["box"], f"{page.url}: the focus cannot be seen on {called!r}"
        assert seen["inside"], f"{page.url}: the focus is outside the page on {called!r}"
        if called.startswith(name):
            return
        passed.append(called)
    raise AssertionError(f"{page.url}: Tab does not lead to {name!r}, but to {passed}")


def press(page: Any, name: str) -> None:
    """Go to a button, a link or a summary and press Enter."""
    reach(page, name)
    page.keyboard.press("Enter")


def write(page: Any, label: str, text: str) -> None:
    reach(page, label)
    page.keyboard.type(text)


def saved(page: Any, button: str) -> Any:
    """Press a button that gives a file, and return the file."""
    with page.expect_download() as waited:
        press(page, button)
    return waited.value


@pytest.fixture
def tom(law: Platform, page_of: Pages) -> Any:
    law.services.accounts.save("kees", display_name="Kees", password="demo", roles=("klantmanager",))
    start_case(law, "D-1", name="Een")
    return page_of("tom")


def test_a_case_is_handed_over_on_the_board_without_a_mouse(law: Platform, address: str, tom: Any) -> None:
    tom.goto(f"{address}/regie")
    reach(tom, "Kiezen")
    tom.keyboard.press("Space")
    press(tom, "Overdragen")
    tom.wait_for_url("**/lijsten/**")
    write(tom, "Wie wordt de eigenaar?", "Kees")
    press(tom, "Overdragen")

    tom.wait_for_url("**/gedaan/**")
    tom.goto(f"{address}/regie")
    expect(tom.locator("[data-case]")).to_contain_text("kees")


@more
def test_an_absence_is_noted_without_a_mouse(law: Platform, address: str, tom: Any) -> None:
    tom.goto(f"{address}/regie/afwezigheid")
    write(tom, "Voor wie noteert u", "Karin")
    press(tom, "Verder")
    tom.wait_for_url("**wie=karin")
    for label in ("Eerste dag", "Laatste dag"):
        write(tom, label, "03022026")  # in the order of the browser: the second of March
    write(tom, "Wie doet de taken?", "Kees")
    press(tom, "Bewaren")

    expect(tom.locator("[data-row]")).to_contain_text("kees")


def test_a_figure_is_chosen_gets_a_threshold_and_is_taken_away_without_a_mouse(address: str, tom: Any) -> None:
    tom.goto(f"{address}/mijn-cijfers")
    press(tom, "Cijfer kiezen")
    tom.wait_for_url("**/kiezen")
    press(tom, "Kiezen")
    tom.wait_for_url("**/mijn-cijfers*")
    press(tom, "Waarschuwen")
    write(tom, "Wanneer krijgt u bericht?", "als het boven")
    write(tom, "Grens", "3")
    press(tom, "Bewaren")
    expect(tom.locator("main")).to_contain_text("U krijgt bericht boven 3")
    press(tom, "Weghalen")
    expect(tom.locator(".figure-value")).to_have_count(0)


@more
def test_a_figure_is_asked_for_each_week_and_stopped_without_a_mouse(
    law: Platform, address: str, tom: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(law.context, "settings", replace(law.context.settings, reports_folder=str(tmp_path)))
    tom.goto(f"{address}/inzicht")
    press(tom, "Elke week")
    tom.wait_for_url("**/vaste-overzichten/nieuw**")
    write(tom, "Op welke dag?", "woensdag")
    reach(tom, "Naar de map")
    tom.keyboard.press("Space")
    press(tom, "Elke week maken")
    expect(tom.locator("main")).to_contain_text("woensdag")
    press(tom, "Stoppen")
    expect(tom.locator("main")).to_contain_text("door u gestopt")


@more
def test_the_papers_of_a_case_are_made_without_a_mouse(law: Platform, address: str, tom: Any) -> None:
    key = next(i.key for i in law.instances() if i.business_key == "D-1")
    tom.goto(f"{address}/zaken/{key}")
    assert saved(tom, "Dossier als PDF").suggested_filename.endswith(".pdf")
    press(tom, "Inzage voor de persoon")
    tom.wait_for_url("**/inzage")
    write(tom, "Waarom maakt u dit bestand?", "Verzoek om inzage")
    assert saved(tom, "Bestand voor computers").suggested_filename.endswith(".json")


def test_a_dialog_and_the_menu_of_a_phone_close_with_escape_and_give_the_focus_back(address: str, page_of: Pages, law: Platform) -> None:
    karin = page_of("karin", width=360)
    karin.goto(f"{address}/uitleg")
    reach(karin, "Menu")
    karin.keyboard.press("Enter")
    reach(karin, "Taken")
    assert karin.locator("#menu").evaluate("e => e.matches(':popover-open')")
    karin.keyboard.press("Escape")
    assert not karin.locator("#menu").is_visible()
    assert karin.evaluate(NAMED) == "Menu"
    karin.keyboard.press("?")
    expect(karin.locator("dialog#toetsen")).to_be_visible()
    karin.keyboard.press("Escape")
    assert not karin.locator("dialog#toetsen").is_visible()
    assert karin.evaluate(NAMED) == "Menu"
