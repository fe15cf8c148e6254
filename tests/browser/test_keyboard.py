"""The keyboard alone: `/` `j` `k` `enter` `c` `?`, the link past the menu, and a focus that is always visible."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from browser.steps import Pages, question, settle, start_case, task_key
from inburgering_flow.platform import Platform

VISIBLE = """() => { const e = document.activeElement, s = getComputedStyle(e.closest('.fjs-input-group') ?? e), r = e.getBoundingClientRect();
  return {tag: e.tagName, text: (e.textContent || e.value || '').trim().slice(0, 40), outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
          box: s.boxShadow !== 'none', inside: r.width > 0 && r.height > 0 && r.left >= 0 && r.right <= innerWidth + 1}; }"""


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


def test_a_list_is_searched_walked_opened_and_claimed_by_letters(law: Platform, address: str, page_of: Pages) -> None:
    for number in ("D-1", "D-2", "D-3"):
        start_case(law, number, name=number, owner=None)
    karin = page_of("karin")
    karin.goto(f"{address}/taken")
    links = karin.locator("tr[data-row] a")
    addresses = [links.nth(n).get_attribute("href") for n in range(3)]
    here = "document.activeElement.getAttribute('href')"

    karin.keyboard.press("/")
    assert karin.evaluate("document.activeElement.id") == "zoek"
    karin.keyboard.type("jk/c?")
    assert karin.input_value("#zoek") == "jk/c?", "letters belong to the field"
    karin.fill("#zoek", "")
    karin.evaluate("document.activeElement.blur()")

    for key, expected in (("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        karin.keyboard.press(key)
        assert karin.evaluate(here) == addresses[expected], (key, expected)
    with karin.expect_navigation():
        karin.keyboard.press("c")
    expect(karin.locator("text=De taak is van u.")).to_be_visible()
    assert [str(t.key) for t in law.tasks(state="CREATED") if t.assignee == "karin"] == [addresses[0].rsplit("/", 1)[1]]
    karin.keyboard.press("j")
    second = karin.evaluate(here)
    with karin.expect_navigation():
        karin.keyboard.press("Enter")
    assert karin.url == address + second


def test_the_question_mark_opens_the_help_and_escape_closes_it(law: Platform, address: str, page_of: Pages) -> None:
    karin = page_of("karin")
    for path in ("/", "/taken", "/zaken", "/uitleg"):
        karin.goto(address + path)
        karin.keyboard.press("?")
        expect(karin.locator("dialog[open] >> text=Toetsen")).to_be_visible()
        karin.keyboard.press("j")
        assert karin.locator("dialog[open]").count() == 1
        karin.keyboard.press("Escape")
        assert karin.locator("dialog[open]").count() == 0


def test_the_first_tab_offers_a_way_past_the_menu(law: Platform, address: str, page_of: Pages) -> None:
    karin = page_of("karin")
    karin.goto(f"{address}/zaken")

    karin.keyboard.press("Tab")
    assert focused(karin) == "Naar de inhoud"
    assert karin.locator(".skip").bounding_box()["x"] >= 0, "it is to be seen when it has the focus"
    karin.keyboard.press("Enter")
    assert karin.evaluate("document.activeElement.id") == "inhoud"
    karin.keyboard.press("Tab")
    assert focused(karin) == "Nieuwe zaak starten"


def test_the_focus_is_always_to_be_seen(law: Platform, address: str, page_of: Pages) -> None:
    case = start_case(law)
    law.claim(task_key(law, "taak_intake_plannen"), user="karin")
    karin, rita = page_of("karin"), page_of("rita")
    for page, path in (
        (karin, "/taken"), (karin, f"/zaken/{case}"), (karin, f"/taken/{task_key(law, 'taak_intake_plannen')}"),
        (karin, "/zaken/nieuw"), (rita, "/regie"), (rita, "/processen"),
    ):  # fmt: skip
        page.goto(address + path)
        settle(page)
        stops = []
        for _ in range(60):
            page.keyboard.press("Tab")
            seen = page.evaluate(VISIBLE)
            if seen["tag"] == "BODY":
                break
            stops.append(seen)
        assert len(stops) > 8, path
        assert [s for s in stops if not (s["outline"] or s["box"])] == [], f"{path}: the focus cannot be seen"
        assert [s for s in stops if not s["inside"]] == [], f"{path}: the focus is outside the page"


def test_a_task_is_completed_without_a_mouse(law: Platform, address: str, page_of: Pages) -> None:
    start_case(law)
    karin = page_of("karin")
    karin.goto(f"{address}/taken")
    karin.keyboard.press("j")
    with karin.expect_navigation():
        karin.keyboard.press("e")
        assert karin.evaluate("document.activeElement.closest('tr') !== null"), "e leads to the task of the row"
        karin.keyboard.press("Enter")
    assert karin.url == f"{address}/taken/{task_key(law, 'taak_intake_plannen')}"
    karin.keyboard.press("c")
    karin.wait_for_selector("text=De taak is van u.")
    karin.wait_for_selector(".flow-form[data-ready]")

    karin.locator("main").focus()
    karin.keyboard.press("e")
    assert focused(karin) == "Afronden"
    karin.locator("main").focus()
    for _ in range(12):
        karin.keyboard.press("Tab")
        if karin.evaluate("document.activeElement.closest('.moment-day') !== null"):
            break
    for part in ("10", "3", "2026"):
        karin.keyboard.type(part)
        karin.keyboard.press("Tab")
    place = question(karin, "Plaats van de afspraak").first
    for _ in range(6):
        if place.evaluate("(e) => e === document.activeElement"):
            break
        karin.keyboard.press("Tab")
    karin.keyboard.type("Stadhuis")
    for _ in range(6):
        karin.keyboard.press("Tab")
        if focused(karin) == "Afronden":
            break
    karin.keyboard.press("Enter")

    karin.wait_for_selector("text=De taak is afgerond.")
    law.run_due()
    case = next(law.instance(i.key) for i in law.instances() if "afspraakPlaats" in law.instance(i.key).variables)
    assert (case.variables["afspraakDatum"], case.variables["afspraakPlaats"]) == ("2026-03-10", "Stadhuis")
