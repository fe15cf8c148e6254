"""A designer's files in the browser: what is drawn is saved, by one window at a time, and never lost."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from variants import ALL

from browser.steps import Pages, new_file, opened, picture, wait_for
from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform

RENAME = """(name) => {
  const m = window.flowModeler, begin = m.get("elementRegistry").get("begin");
  m.get("modeling").updateProperties(begin, { name });
}"""
APPEND = """(type) => {
  const get = (n) => window.flowModeler.get(n);
  get("autoPlace").append(get("elementRegistry").get("begin"), get("elementFactory").createShape({ type }));
}"""


def saved(page: Any) -> None:
    page.wait_for_selector("#save-state:has-text('Opgeslagen om')", timeout=20_000)


def content(law: Platform, page: Any) -> str:
    project, path = page.url.split("/ontwerpen/")[1].split("/bestand/")
    return law.services.project_files.read(int(project), path, SYSTEM).content.decode()


def test_what_is_drawn_is_saved_by_itself_and_marked_where_it_is_wrong(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "bpmn", "Aanvraag")
    before = content(law, piet)
    assert piet.locator("#save-state").inner_text() == "Alles is opgeslagen"
    piet.wait_for_timeout(2500)
    assert content(law, piet) == before, "to look at a file changes nothing"

    piet.evaluate(APPEND, "bpmn:ServiceTask")
    piet.wait_for_selector(".finding-badge-error")
    saved(piet)
    assert "serviceTask" in content(law, piet)
    assert "\r" not in content(law, piet)
    badge = piet.locator(".finding-badge-error").first
    assert piet.locator("#findings li").first.inner_text().startswith("Fout")
    badge.click()
    assert len(piet.evaluate("() => window.flowModeler.get('selection').get()")) == 1
    picture(piet, "ontwerpen-bevinding")
    for words in ("Taak toevoegen", "Verbinden met een ander element", "Verwijderen"):
        assert piet.locator(f".djs-context-pad [title='{words}']").count() == 1, words
    assert "Algemeen" in piet.locator("#modeler-properties").inner_text()
    piet.keyboard.press("Control+s")
    piet.wait_for_selector("#save-state:has-text('Alles is opgeslagen')")


def test_work_that_the_server_did_not_take_stays_in_the_browser_and_comes_back(
    law: Platform, address: str, page_of: Pages
) -> None:
    piet = page_of("piet")
    new_file(piet, address, "bpmn", "Aanvraag")
    piet.route("**/opslaan/**", lambda route: route.abort())
    piet.evaluate(RENAME, "Niet verloren")
    piet.wait_for_selector("#save-state:has-text('Niet opgeslagen')", timeout=20_000)
    assert "Niet verloren" not in content(law, piet)
    warned: list[str] = []
    piet.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    piet.mouse.click(700, 500)  # browsers warn of leaving only where somebody has touched the page
    piet.unroute("**/opslaan/**")
    piet.reload()
    assert warned == ["beforeunload"]
    opened(piet)
    said = piet.locator("#kept-work p").inner_text()
    assert said.startswith("In deze browser staat werk van"), said
    piet.click("button:has-text('Terughalen')")
    saved(piet)
    assert "Niet verloren" in content(law, piet)
    piet.reload()
    opened(piet)
    assert not piet.locator("#kept-work").is_visible(), "what is saved is not offered again"


@pytest.mark.skipif(not ALL, reason="seconds of two windows; that a lock is told and taken over is shown at the pages (test_projects.py)")
def test_a_second_window_looks_takes_over_and_the_first_keeps_its_work_as_a_copy(
    law: Platform, address: str, page_of: Pages
) -> None:
    first = page_of("piet")
    new_file(first, address, "bpmn", "Aanvraag")
    law.services.accounts.save("paula", display_name="Paula", password=PASSWORD, roles=("procesontwerper",))
    second = page_of("paula")
    second.goto(first.url)
    opened(second)
    assert second.locator("#locked p").inner_text() == "piet heeft dit bestand open. U kunt het bekijken, of overnemen."
    assert second.locator("#save").is_disabled()
    second.click("button:has-text('Overnemen')")
    second.wait_for_selector("#save:enabled")
    second.evaluate(RENAME, "Van paula")
    saved(second)

    first.evaluate(RENAME, "Van piet")
    first.wait_for_selector("#locked:not([hidden])", timeout=20_000)
    assert "paula heeft dit bestand van u overgenomen." in first.locator("#locked p").inner_text()
    assert "Van paula" in content(law, first)
    with first.expect_navigation():
        first.click("button:has-text('Mijn werk als kopie bewaren')")
    opened(first)
    assert first.url.rsplit("/", 1)[1].startswith("kopie-van-aanvraag")
    assert "Van piet" in content(law, first)
    picture(first, "ontwerpen-kopie")


def test_a_table_is_edited_and_saved(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "dmn", "Hoogte")
    assert piet.locator("#findings a[href$='/table-gap']").count() == 1
    piet.click("td.add-rule, .add-rule")
    cell = piet.locator(".tjs-container tbody td.input-cell").first
    cell.click()
    piet.keyboard.type('"ja"')
    piet.locator(".tjs-container tbody td.output-cell").first.click()
    piet.keyboard.type('"hoog"')
    piet.locator("#save").focus()
    saved(piet)
    wait_for(piet, "() => document.querySelector('#save-state').textContent.startsWith('Opgeslagen')")
    piet.click("#save")
    piet.wait_for_timeout(300)
    assert '"hoog"' in content(law, piet)
    assert '"ja"' in content(law, piet)
    piet.get_by_role("tab", name="Samenhang").click()
    piet.locator("[data-element-id=hoogte]").first.click()
    panel = piet.locator("#tables-properties")
    panel.get_by_text("Algemeen", exact=True).click()
    panel.locator("input[name=id]").fill("hoogte-van-de-vergoeding")
    picture(piet, "ontwerpen-tabel")
    wait_for(piet, "() => document.querySelector('#save-state').textContent.startsWith('Opgeslagen')")
    piet.click("#save")
    piet.wait_for_timeout(500)
    assert '<decision id="hoogte-van-de-vergoeding"' in content(law, piet), "what a diagram calls it by can be chosen"


@pytest.mark.skipif(not ALL, reason="a designer's first hour does it too, on the way")
def test_a_form_is_edited_and_saved(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "form", "Aanvraag invullen")
    piet.evaluate("""() => {
      const editor = window.flowForm, field = editor.get("formFieldRegistry").getAll().find((f) => f.key === "antwoord");
      editor.get("modeling").editFormField(field, "label", "Hoeveel?");
    }""")
    saved(piet)
    assert "Hoeveel?" in content(law, piet)
    picture(piet, "ontwerpen-formulier")


@pytest.mark.parametrize(("kind", "typed"), [("scenario", "stappen"), *([("data", "[]"), ("letter", "//")] if ALL else [])])
def test_texts_are_edited_and_saved(law: Platform, address: str, page_of: Pages, kind: str, typed: str) -> None:
    piet = page_of("piet")
    new_file(piet, address, kind, "Tekst")
    if kind == "scenario":
        piet.get_by_role("tab", name="Tekst").click()
    piet.click(".cm-content")
    piet.keyboard.press("Control+End")
    piet.keyboard.type("# erbij")
    saved(piet)
    assert "# erbij" in content(law, piet)
    assert typed in content(law, piet)


@pytest.mark.skipif(not ALL, reason="the layout is a library's; a file that is looked at stays as it is in the tests above")
def test_a_diagram_without_a_drawing_is_laid_out_and_stays_so_until_somebody_changes_it(
    law: Platform, address: str, page_of: Pages
) -> None:
    bare = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:x">
      <process id="kaal" isExecutable="true"><startEvent id="begin"><outgoing>f</outgoing></startEvent>
      <sequenceFlow id="f" sourceRef="begin" targetRef="taak"/><task id="taak" name="Doen"><incoming>f</incoming></task>
      </process></definitions>"""
    project = law.services.projects.create("Proef", SYSTEM)
    law.services.projects.take_in(project, [("kaal.bpmn", bare.encode())], SYSTEM)
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen/{project}/bestand/kaal.bpmn")
    opened(piet)
    assert piet.locator("[data-element-id=taak]").count() >= 1
    piet.wait_for_timeout(2500 if ALL else 200)
    assert content(law, piet) == bare
    piet.evaluate(RENAME, "Start")
    saved(piet)
    assert "BPMNShape" in content(law, piet)


def test_a_file_that_cannot_be_drawn_says_why_and_is_not_touched(law: Platform, address: str, page_of: Pages) -> None:
    project = law.services.projects.create("Proef", SYSTEM)
    sent = [("stuk.bpmn", b"<geen diagram"), ("stuk.form", b"{"), ("stuk.dmn", b"<x/>")]
    law.services.projects.take_in(project, sent, SYSTEM)
    piet = page_of("piet")
    for path, text in sent:
        piet.goto(f"{address}/ontwerpen/{project}/bestand/{path}")
        piet.wait_for_selector("#findings li")
        assert "Dit bestand kan niet worden getekend" in piet.locator("#findings").inner_text()
        assert content(law, piet) == text.decode()


SENDS = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:x"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><bpmn:message id="m" name="vraag" />
  <bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="begin" />
  <bpmn:intermediateThrowEvent id="stuur" name="Sturen"><bpmn:messageEventDefinition id="b" messageRef="m" /></bpmn:intermediateThrowEvent>
  </bpmn:process><bpmndi:BPMNDiagram id="t"><bpmndi:BPMNPlane id="v" bpmnElement="p">
  <bpmndi:BPMNShape id="s1" bpmnElement="begin"><dc:Bounds x="100" y="100" width="36" height="36" /></bpmndi:BPMNShape>
  <bpmndi:BPMNShape id="s2" bpmnElement="stuur"><dc:Bounds x="200" y="100" width="36" height="36" /></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"""
DICTIONARY = b'[{"name": "zaaknummer", "type": "string", "meaning": "Nummer van de zaak", "category": "none"}]'


@pytest.mark.skipif(not ALL, reason="seconds; names are completed in the conditions of the first hour too")
def test_the_key_of_a_sent_message_is_completed_from_the_data_dictionary(law: Platform, address: str, page_of: Pages) -> None:
    project = law.services.projects.create("Proef", SYSTEM)
    law.services.projects.take_in(project, [("a/stuur.bpmn", SENDS.encode()), ("a/gegevens.json", DICTIONARY)], SYSTEM)
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen/{project}/bestand/a/stuur.bpmn")
    opened(piet)
    piet.evaluate("() => window.flowModeler.get('selection').select(window.flowModeler.get('elementRegistry').get('stuur'))")
    group = piet.locator("[data-group-id=group-sending]")
    group.locator(".bio-properties-panel-group-header").click()
    field = group.locator(".cm-content")
    field.click()
    piet.keyboard.type("zaak")
    piet.keyboard.press("Control+Space")
    piet.locator(".cm-tooltip-autocomplete li:has-text('zaaknummer')").click()
    picture(piet, "ontwerpen-aanvullen")
    for _second in range(20):  # what was typed first is saved by itself too
        saved(piet)
        if '<zeebe:publishMessage correlationKey="=zaaknummer"' in content(law, piet):
            break
        piet.wait_for_timeout(1000)
    else:
        raise AssertionError(content(law, piet))


def test_a_scenario_is_edited_as_a_table_and_what_the_table_does_not_show_stays(
    law: Platform, address: str, page_of: Pages
) -> None:
    project = law.services.projects.create("Proef", SYSTEM)
    story = (
        "naam: Kort # een opmerking\nbron: art. 13\nklok: 2026-03-02T09:00:00+01:00\nproces: kort\n"
        'gegevens: {nummer: "0012", dag: 2026-03-01}\nstappen:\n  - taak: vragen\n    de: 2\n    met: {antwoord: ja}\n'
        "  - verwacht: {taken: [klaar], storingen: 0}\n"
    )
    law.services.projects.take_in(project, [("kort.yaml", story.encode())], SYSTEM)
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen/{project}/bestand/kort.yaml")
    opened(piet)
    assert piet.get_by_label("Gegevens bij het begin").input_value() == 'nummer: "0012", dag: 2026-03-01'
    assert content(law, piet) == story, "to look at it changes nothing"

    piet.get_by_label("Stap 1: Door").fill("karin")
    piet.get_by_label("Stap 1: Waarden").fill("antwoord: nee, bedrag: 12.50")
    piet.get_by_label("Stap 2: Waarden").focus()
    piet.click("button:has-text('Stap toevoegen')")
    piet.get_by_label("Stap 3: Wat", exact=True).select_option("tot")
    piet.get_by_label("Stap 3: Wie of wat").fill("2026-04-01T09:00:00+02:00")
    piet.get_by_label("Stap 3: Omhoog").click()
    saved(piet)
    picture(piet, "ontwerpen-scenario")
    text = content(law, piet)
    steps = yaml.safe_load(text)["stappen"]
    assert steps[0] == {"taak": "vragen", "de": 2, "met": {"antwoord": "nee", "bedrag": 12.5}, "door": "karin"}
    assert [next(iter(step)) for step in steps] == ["taak", "tot", "verwacht"]
    assert "# een opmerking" in text
    assert "bron: art. 13" in text

    piet.get_by_label("Stap 1: Waarden").fill("antwoord: [")
    piet.get_by_label("Stap 1: Door").focus()
    assert piet.get_by_label("Stap 1: Waarden").get_attribute("aria-invalid") == "true"
    assert content(law, piet) == text
    piet.get_by_role("tab", name="Tekst").click()
    assert "antwoord: nee" in piet.locator(".cm-content").inner_text()
