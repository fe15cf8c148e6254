"""A designer tries an expression and a decision with the keyboard alone; the results can be read by everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from variants import ALL

from browser.steps import Pages, log_in, picture, settle
from browser.tour import WIDTHS, look

VALUES = '{"bedrag": 250, "groep": "asiel", "regels": [{"prijs": 10}, {"prijs": 20}]}'
DECIDED = '{"overtreding": "pip", "verwijtbaarheid": "normaal", "overtredingDatum": "2026-03-04", "besluitDag": "2026-04-20"}'
EXPRESSIONS = {
    "try-result": 'if bedrag > 250 and groep = "asiel" then sum(regels.prijs) else bedrag * 1.21',
    "try-fault": "for regel in regels return regel.prys * 2",
    "try-syntax": "bedrag == 250",
}


def test_an_expression_is_tried_by_keyboard_alone(address: str, page_of: Pages) -> None:
    piet: Any = page_of("piet")
    piet.goto(f"{address}/uitproberen")
    piet.focus("#expressie")
    piet.keyboard.type("bedrg + 1")
    piet.keyboard.press("Tab")
    assert piet.evaluate("document.activeElement.id") == "waarden"
    piet.keyboard.type('{"bedrag": 250}')
    piet.keyboard.press("Tab")
    with piet.expect_navigation():
        piet.keyboard.press("Enter")

    assert "Bedoelt u 'bedrag'?" in piet.inner_text(".notice.problem")
    assert piet.input_value("#expressie") == "bedrg + 1"


@pytest.mark.skipif(not ALL, reason="seconds; axe looks at these pages before anything is asked (test_every_page.py)")
def test_results_have_no_accessibility_fault_and_never_scroll_sideways(
    browser: Any, address: str, node_modules: Path
) -> None:
    axe = (node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(bypass_csp=True, locale="nl-NL")
    page = context.new_page()
    log_in(page, address, "piet")
    found: list[str] = []
    wide: list[str] = []

    def judge(name: str) -> None:
        settle(page)
        found.extend(f"{name}: {line}" for scheme in ("dark", "light") for line in look(page, axe, scheme))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            by = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            wide.extend([f"{name}: {by} at {width}"] if by > 0 else [])
            picture(page, f"{name}-{width}")
        page.set_viewport_size({"width": 1280, "height": 900})

    for name, text in EXPRESSIONS.items():
        page.goto(f"{address}/uitproberen")
        page.fill("#expressie", text)
        page.fill("#waarden", VALUES)
        page.click("form.card button.primary")
        judge(name)
    page.goto(f"{address}/uitproberen/beslissing")
    page.select_option("#beslissing", "boetehoogte")
    page.fill("#waarden", DECIDED)
    page.click("form.card button.primary")
    page.locator("details summary").first.click()
    judge("try-decided")
    context.close()

    assert found == []
    assert wide == []
