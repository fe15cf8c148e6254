"""The editors speak Dutch on a Dutch page: what they show around what a designer wrote, with each kind of element selected."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from variants import ALL

from browser.steps import Pages, new_file, opened, picture

EDITORS = Path(__file__).parent / "editors"
STAYS = {
    "diagrams": {
        "BPMN", "Script", "kafka", "mail",  # what they are called in Dutch too, and examples of values
        "resultVariable", "paymentMethod", "order-items", "shipping-process", '= "shipping-" + tenantId', "order-not-found",
    },
    "tables": {
        "string", "boolean", "number", "dateTime", "dayTimeDuration", "yearMonthDuration",  # types of FEEL
    },
    "forms": set(),
}  # fmt: skip
"""What is the same in both languages."""
KINDS = {"diagrams": "bpmn", "tables": "dmn", "forms": "form"}


def said(page: Any, editor: str) -> dict[str, str]:
    """Return what an editor shows, by where it was seen first."""
    page.evaluate((EDITORS / "words.js").read_text(encoding="utf-8"))
    return {text: where for text, where in page.evaluate((EDITORS / f"{editor}.js").read_text(encoding="utf-8")) if isinstance(text, str)}


@pytest.mark.skipif(not ALL, reason="long: each kind of element, in both languages")
@pytest.mark.parametrize("editor", KINDS)
def test_nothing_that_an_editor_says_in_english_is_said_on_a_dutch_page(address: str, page_of: Pages, editor: str) -> None:
    found = []
    for window, language in ((1, "nl"), (2, "en")):
        page = page_of("piet", 1500, window)
        if language == "en":
            page.get_by_role("button", name="English").click()
            page.wait_for_load_state()
        page.goto(f"{address}/ontwerpen")
        page.fill("#naam", f"Woorden {language}")
        page.locator("form:has(#naam) button").click()
        page.select_option("#soort", KINDS[editor])
        page.fill("#naam", "eigen")
        page.locator("form:has(#soort) button").click()
        opened(page)
        found.append(said(page, editor))
        picture(page, f"woorden-{editor}-{language}")
    dutch, english = found
    assert len(english) > 100, "the editor was not looked at"
    left = {text: where for text, where in dutch.items() if text in english and text not in STAYS[editor] and not is_own(text)}
    assert left == {}


def is_own(text: str) -> bool:
    """Tell whether a text is of the project or a template, which are Dutch whoever reads them."""
    return text in ("eigen", "Vraag", "Uitkomst") or re.match(r"\[\s*\{", text) is not None


def test_what_a_designer_adds_to_a_form_begins_in_dutch_and_stays_as_it_is_written(address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "form", "Woorden")
    piet.evaluate(
        """() => { const get = (name) => window.flowForm.get(name);
        const form = get("formFieldRegistry").getAll().find((one) => one.type === "default");
        get("modeling").addFormField({ type: "checkbox" }, form, 0);
        get("modeling").addFormField({ type: "textfield", label: "Button" }, form, 1);
        get("selection").set(get("formFieldRegistry").getAll().find((one) => one.label === "Button")); }"""
    )
    panel = piet.locator(".fjs-properties-container")
    assert panel.locator(".bio-properties-panel-header-type").inner_text() == "Tekstveld".upper()
    assert panel.locator(".bio-properties-panel-header-label").inner_text() == "Button", "what somebody wrote is not put in Dutch"
    assert panel.locator(".bio-properties-panel-group-header-title").all_inner_texts()[:2] == ["Algemeen", "Voorwaarde"]
    assert piet.locator(".fjs-form-container .fjs-form-field-label").all_inner_texts()[:2] == ["Vinkje", "Button"]
    assert '"label": "Vinkje"' in piet.evaluate("() => JSON.stringify(window.flowForm.saveSchema(), null, 1)")
    assert piet.locator(".fjs-palette-group-title").all_inner_texts()[0] == "Vragen"
