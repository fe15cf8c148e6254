"""A process is taken in, tried, gone back in and chosen otherwise, and kept as scenarios that come true: with the keyboard alone."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from decisions import decision, file, table
from diagrams import Diagram, timer
from playwright.sync_api import expect
from variants import ALL

from browser.steps import Pages, opened, picture, settle, wait_for
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform

FORM = {
    "id": "bedrag-vragen", "type": "default", "schemaVersion": 18,
    "components": [{"type": "number", "id": "f1", "key": "bedrag", "label": "Bedrag", "validate": {"required": True}}],
}  # fmt: skip
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def drawn() -> str:
    """Return: ask an amount, decide whether it is little, and have a large one judged within ten days."""
    d = Diagram("toeslag").node("startEvent", "start", '<zeebe:formDefinition formId="bedrag-vragen"/>')
    d.node("businessRuleTask", "bepalen", '<zeebe:calledDecision decisionId="klein" resultVariable="klein"/>')
    d.xor("is_klein", default="is_klein_beoordelen").end("toegekend").end("beoordeeld").end("verlopen")
    d.user("beoordelen", '<zeebe:assignmentDefinition candidateGroups="jurist"/><zeebe:formDefinition formId="bedrag-vragen"/>')
    d.boundary("te_laat", "beoordelen", timer("timeDuration", "P10D"))
    d.path("start", "bepalen", "is_klein|klein", "toegekend").path("is_klein", "beoordelen", "beoordeeld")
    return connected(d.path("te_laat", "verlopen").xml())


def connected(text: str) -> str:
    """Return a diagram in which each element also names its flows, as the layout of the editor needs."""
    root = ElementTree.fromstring(text)
    nodes = {node.get("id"): node for node in root.iter()}
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        for end, kind in (("sourceRef", "outgoing"), ("targetRef", "incoming")):
            place = ElementTree.Element(f"{BPMN}{kind}")
            place.text = flow.get("id")
            node = nodes[flow.get(end)]
            node.insert(len(node.findall(f"{BPMN}extensionElements")), place)
    return ElementTree.tostring(root, encoding="unicode")


def project(law: Platform, schema: dict[str, Any] = FORM) -> int:
    key = law.services.projects.create("Toeslag", SYSTEM)
    little = file(decision("klein", table(["bedrag"], [["< 100", "true"], [">= 100", "false"]])))
    files = [("toeslag.bpmn", drawn()), ("klein.dmn", little), ("bedrag-vragen.form", json.dumps(schema))]
    law.services.projects.take_in(key, [(name, text.encode()) for name, text in files], SYSTEM)
    return key


def reach(page: Any, found: Any) -> None:
    """Go with the tab key to the thing that is found."""
    target = found.first.element_handle()
    page.evaluate("document.activeElement?.blur()")
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => document.activeElement === one", target):
            return
    raise AssertionError(f"the tab key does not come to {found}")


def press(page: Any, words: str, role: str = "button") -> None:
    """Press a button, or follow a link, that says these words; wait until the page that follows has been drawn."""
    reach(page, page.get_by_role(role, name=words, exact=True))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    settle(page)


def fill(page: Any, label: str, text: str) -> None:
    reach(page, page.get_by_label(label))
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


@pytest.mark.skipif(not ALL, reason="long; a designer's first hour tries a process too, with the mouse")
def test_a_process_is_tried_and_kept_as_scenarios_with_the_keyboard(law: Platform, address: str, page_of: Pages) -> None:
    key = project(law)
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen/{key}/bestand/toeslag.bpmn")
    opened(piet)
    piet.evaluate("""() => { const get = (n) => window.flowModeler.get(n);
      get("modeling").updateProperties(get("elementRegistry").get("start"), { name: "Aanvraag" }); }""")
    reach(piet, piet.locator("#try"))
    with piet.expect_navigation():
        piet.keyboard.press("Enter")
    settle(piet)
    assert "Aanvraag" in law.services.project_files.read(key, "toeslag.bpmn", SYSTEM).content.decode(), "it was saved first"

    fill(piet, "Bedrag", "250")
    press(piet, "Starten")
    expect(piet.locator(".djs-element.flow-active[data-element-id=beoordelen]")).to_be_visible()
    expect(piet.locator(".djs-connection.flow-walked[data-element-id=is_klein_beoordelen]")).to_have_count(1)
    expect(piet.get_by_text("Deze taak is voor")).to_have_count(0)
    picture(piet, "proef-taak")
    press(piet, "Laat de tijd verstrijken tot dan")
    expect(piet.get_by_text("De zaak is klaar.")).to_be_visible()
    fill(piet, "Naam: wat gebeurt er in één zin?", "Wie wacht, is te laat")
    press(piet, "Bewaren in het project")
    expect(piet.get_by_text("Het is gespeeld en het klopt.")).to_be_visible()
    press(piet, "Eén stap terug")
    expect(piet.get_by_text("De zaak loopt.")).to_be_visible()
    fill(piet, "Bedrag", "90")
    press(piet, "Taak afronden")
    expect(piet.get_by_text("De zaak is klaar.")).to_be_visible()
    fill(piet, "Naam: wat gebeurt er in één zin?", "Wie op tijd is, wordt beoordeeld")
    press(piet, "Bewaren in het project")
    picture(piet, "proef-klaar")
    press(piet, "Terug naar het project", "link")
    press(piet, "Scenario’s spelen")
    expect(piet.get_by_text("klopt niet", exact=True)).to_have_count(0)
    assert piet.locator("table").first.get_by_text("waar", exact=True).count() == 2


def test_a_form_that_is_not_filled_in_says_so_where_it_is_started_and_no_real_file_is_asked(
    law: Platform, address: str, page_of: Pages
) -> None:
    paper = {"type": "filepicker", "id": "f2", "key": "bewijs", "label": "Bewijs", "multiple": True}
    key = project(law, {**FORM, "components": [*FORM["components"], paper]})
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen/{key}/proefdraaien")
    settle(piet)
    press(piet, "Starten")
    expect(piet.get_by_role("link", name="Vul “Bedrag” in.")).to_be_visible()
    fill(piet, "Bedrag", "250")
    assert piet.locator("input[type=file]").count() == 0
    for name in ("voorbeeld.pdf", "voorbeeld.png"):
        piet.locator(".flow-form").get_by_label(name).check()
    wait_for(piet, "() => document.querySelector('[name=form_json]').value.includes('files::voorbeeld.pdf/voorbeeld.png')")
    assert law.instances("toeslag") == []


def test_tokens_play_along_while_a_large_diagram_is_drawn_in_dutch(law: Platform, address: str, page_of: Pages) -> None:
    key = law.services.projects.create("Intake", SYSTEM)
    drawn = next(row for row in law.deployments.newest("process") if row.id == "brede-intake")
    law.services.projects.take_in(key, [("intake.bpmn", law.deployments.resource_of(drawn.key)[1])], SYSTEM)
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen/{key}/bestand/intake.bpmn")
    opened(piet)
    piet.get_by_text("Naspelen").click()
    piet.locator(".bts-context-pad[title='Laten gebeuren']:visible").first.click()
    piet.locator("[title='Verslag tonen of verbergen']").click()
    expect(piet.locator(".bts-log").get_by_text("Proces begonnen")).to_be_visible()
    picture(piet, "naspelen")
