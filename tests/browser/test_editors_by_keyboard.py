"""Each editor by the keyboard alone: something is drawn, filled in or typed, and saved, without a mouse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from variants import ALL

from browser.steps import Pages, new_file, opened, wait_for
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform

LONG = pytest.mark.skipif(not ALL, reason="seconds for each editor; the one that has most ways of its own is used here each time")


def reach(page: Any, wanted: str, most: int = 120) -> None:
    """Press Tab until what has the focus is wanted."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", wanted):
            return
    raise AssertionError(f"Tab does not come to {wanted}; it stands at " + page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


def saved(law: Platform, page: Any, text: str) -> str:
    """Save by the keyboard and return the only file of the project as soon as it says so."""
    page.keyboard.press("Control+s")
    [(project, _count)] = law.services.projects.every(SYSTEM)
    for _round in range(40):
        page.wait_for_timeout(250)
        [(_path, content)] = law.services.projects.contents(project.key, SYSTEM)
        if text in content.decode():
            return content.decode()
    raise AssertionError(f"{text} is not in what was saved: {content.decode()}")


def test_a_diagram_is_drawn(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "bpmn", "Met toetsen")
    reach(piet, "#modeler-canvas svg")
    piet.keyboard.press("Control+f")
    piet.keyboard.type("Begin")
    piet.wait_for_selector(".djs-search-results .djs-search-result")
    piet.keyboard.press("Enter")
    wait_for(piet, "() => window.flowModeler.get('selection').get().length === 1 && !window.flowModeler.get('searchPad').isOpen()")
    wait_for(piet, "() => document.activeElement?.closest('#modeler-canvas svg')")
    piet.keyboard.press("a")
    piet.wait_for_selector(".djs-popup .djs-popup-search input")
    piet.keyboard.type("gebruikerstaak")
    wait_for(piet, "() => document.querySelectorAll('.djs-popup .entry').length < 10")
    piet.keyboard.press("Enter")
    piet.wait_for_selector(".djs-direct-editing-content")
    piet.keyboard.type("Iets doen")
    piet.keyboard.press("Enter")

    found = saved(law, piet, 'name="Iets doen"')

    assert "<bpmn:userTask" in found
    assert 'sourceRef="begin"' in found


@LONG
def test_a_table_gets_a_rule(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "dmn", "Soort")
    reach(piet, "button[aria-label='Regel toevoegen'], button[title='Regel toevoegen']")
    piet.keyboard.press("Enter")
    piet.wait_for_selector("td.input-cell")
    reach(piet, "td.input-cell .cm-content, td.input-cell [contenteditable]")
    piet.keyboard.type('"fiets"')
    reach(piet, "td.output-cell .cm-content, td.output-cell [contenteditable]")
    piet.keyboard.type('"klein"')

    found = saved(law, piet, "klein")

    assert found.count("<rule ") == 1
    assert '"fiets"' in found or "&#34;fiets&#34;" in found


@LONG
def test_a_form_gets_a_field(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "form", "Vraag")
    reach(piet, ".fjs-palette-field[data-field-type=number]")
    piet.keyboard.press("Enter")
    piet.wait_for_selector(".fjs-form-field-number")

    found = json.loads(saved(law, piet, '"number"'))

    assert [one["type"] for one in found["components"]] == ["textfield", "number"]


@LONG
@pytest.mark.parametrize(("kind", "text"), [("letter", "Beste mevrouw"), ("data", '{"naam": "bedrag"}')])
def test_a_text_is_typed(law: Platform, address: str, page_of: Pages, kind: str, text: str) -> None:
    piet = page_of("piet")
    new_file(piet, address, kind, "Tekst")
    opened(piet)
    reach(piet, ".cm-content")
    piet.keyboard.press("Control+a")
    piet.keyboard.type(text)

    assert text.split('"')[0] in saved(law, piet, text.split('"')[-2] if '"' in text else text)


@LONG
def test_who_does_not_know_the_keys_finds_them_at_the_editor(address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "bpmn", "Toetsen")

    reach(piet, "details.keys > summary")
    piet.keyboard.press("Enter")

    said = piet.locator("details.keys").inner_text()
    assert "Ctrl + F" in said
    assert "N" in said
