"""Element templates: what is drawn with each of them in the editor runs as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from outside import Server, answering

from browser.steps import Pages, new_file, opened, picture, wait_for
from inburgering_flow.bpmn import element_templates
from inburgering_flow.errors import FlowError
from inburgering_flow.model.outbound import JOB_TYPE, hosts
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services import http_calls

APPEND = """({ after, template, host }) => {
  const get = (name) => window.flowModeler.get(name);
  const registry = get("elementRegistry"), templates = get("elementTemplates");
  const found = templates.getLatest(template)?.[0];
  let shape;
  if (host) {
    const at = registry.get(host);
    const event = get("elementFactory").createShape({ type: "bpmn:BoundaryEvent" });
    shape = get("modeling").createShape(event, { x: at.x + at.width, y: at.y + at.height }, at, { attach: true });
    shape = templates.applyTemplate(shape, found);
  } else {
    shape = get("autoPlace").append(registry.get(after), found ? templates.createElement(found) : get("elementFactory").createShape({ type: template }));
  }
  get("selection").select(shape);
  return shape.id;
}"""
FORM = json.dumps({"id": "proef", "type": "default", "components": [{"type": "textfield", "id": "f", "key": "opmerking", "label": "Opmerking"}]})


@pytest.fixture
def drawn(law: Platform, address: str, page_of: Pages) -> Any:
    """A project with a form, and the editor of a new diagram in it."""
    piet = page_of("piet")
    place = new_file(piet, address, "bpmn", "Proef met sjablonen")
    law.services.projects.take_in(int(place.rsplit("/", 1)[1]), [("proef.form", FORM.encode())], SYSTEM)
    return piet


def fill(page: Any, values: dict[str, str]) -> None:
    """Fill in fields of the panel by their labels."""
    for label, value in values.items():
        entry = page.locator(".bio-properties-panel-entry", has=page.locator(f"label:text-is('{label}')")).first
        field = entry.locator("input, select, textarea, [contenteditable=true]").first
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
            field.press("Tab")


@pytest.fixture
def outside(law: Platform) -> Iterator[Server]:
    """A system elsewhere that this platform may call."""
    with answering() as server:
        handlers = law.context.handlers
        assert isinstance(handlers, dict)
        handlers[JOB_TYPE] = http_calls.handler(hosts(f"private:http://{server.host}"))
        yield server


def test_every_shipped_template_can_be_drawn_deployed_and_done(law: Platform, outside: Server, drawn: Any) -> None:
    page, known = drawn, {t["id"] for t in law.services.projects.element_templates(project_of(drawn), SYSTEM)}
    used: list[str] = []
    assert "sjabloon" not in page.locator("#findings").inner_text(), "the editor's own schema refuses none"

    def append(after: str, template: str, values: dict[str, str], host: str = "") -> str:
        used.append(template)
        id = str(page.evaluate(APPEND, {"after": after, "template": template, "host": host}))
        fill(page, values)
        return id

    first = append("begin", "inburgering-flow.eerste-stap", {
        "Naam van de stap": "Voorstel maken", "Formulier": "proef", "Rol die deze stap doet": "klantmanager"})  # fmt: skip
    assert page.locator("#modeler-properties :text('Toegepast')").count() == 1
    boundary = append("", "inburgering.termijn-bij-stap", {"Wat er is gebeurd": "Te lang gewacht"}, host=first)
    second = append(first, "inburgering-flow.tweede-paar-ogen", {
        "Naam van de stap": "Voorstel controleren", "Formulier": "proef", "Rol die deze stap doet": "klantmanager"})  # fmt: skip
    message = append(second, "inburgering-flow.wacht-op-bericht", {
        "Wat er is gebeurd": "Overdracht ontvangen", "Naam van het bericht": "coa.proef"})  # fmt: skip
    letter = append(message, "inburgering.brief", {
        "Naam van de stap": "Brief sturen", "Welke brief": "brief.begeleiding-start",
        "Gegeven waarin staat wanneer de brief is verstuurd": "begindatum"})  # fmt: skip
    term = append(letter, "inburgering.termijn", {"Wat er is gebeurd": "Termijn voorbij"})
    rest = append(term, "inburgering-flow.rest", {
        "Naam van de stap": "Uren opvragen", "Adres": f"http://{outside.host}/uren",
        "Vraag in het adres": "{nummer: dossiernummer}", "Wat uit het antwoord wordt bewaard": "{uren: response.body.uren}"})  # fmt: skip
    for last in (rest, boundary):
        page.evaluate(APPEND, {"after": last, "template": "bpmn:EndEvent", "host": ""})
    assert set(used) == known, "each shipped template is in this story"

    page.keyboard.press("Control+s")
    wait_for(page, "() => /Opgeslagen om|Alles is opgeslagen/.test(document.querySelector('#save-state').textContent)")
    stored = content(law, page)
    assert re.findall(r'zeebe:modelerTemplate="([^"]+)"', stored), stored
    law.services.projects.deploy(project_of(page), SYSTEM)

    person = law.register_person({"voornamen": "Voor", "achternaam": "Beeld"})
    start = {"dossiernummer": "D-7", "begeleiderOrganisatie": "Vluchtelingenwerk", "begindatum": "2026-03-02", "lengte": "P6W"}
    case = law.start("proef-met-sjablonen", start, person=person, owner="karin")
    [task] = law.tasks(state="CREATED", instance=case)
    law.claim(task.key, user="karin")
    law.complete(task.key, {"opmerking": "a"}, user="karin")
    assert law.instance(case).variables["gedaanDoor"] == "karin"
    [task] = law.tasks(state="CREATED", instance=case)
    with pytest.raises(FlowError):
        law.claim(task.key, user="karin")
    law.claim(task.key, user="kees")
    law.complete(task.key, {"opmerking": "b"}, user="kees")
    law.publish("coa.proef", correlation_key="D-7")
    law.run_due()
    assert [d.title for d in law.documents(case)] == ["Begin van de begeleiding"]
    assert law.instance(case).state == "ACTIVE"
    law.clock.advance(weeks=7)
    law.run_due()
    assert (law.instance(case).state, law.instance(case).incidents) == ("COMPLETED", ())
    assert (outside.asked[0]["path"], str(law.instance(case).variables["uren"])) == ("/uren?nummer=D-7", "12.5")

    late = law.start("proef-met-sjablonen", start | {"dossiernummer": "D-8"}, person=person, owner="karin")
    law.clock.set("2026-06-01T09:00:00+02:00")
    law.run_due()
    assert [e.element_name for e in law.instance(late).elements if e.element_type == "BOUNDARY_EVENT"] == ["Te lang gewacht"]


def content(law: Platform, page: Any) -> str:
    project, path = page.url.split("/ontwerpen/")[1].split("/bestand/")
    return law.services.project_files.read(int(project), path, SYSTEM).content.decode()


def project_of(page: Any) -> int:
    return int(page.url.split("/ontwerpen/")[1].split("/")[0])


def test_a_projects_own_template_is_in_the_menu_and_comes_back_unchanged(law: Platform, address: str, drawn: Any) -> None:
    page, project = drawn, project_of(drawn)
    own = element_templates.of_folders([element_templates.SHIPPED])[0] | {"id": "eigen", "name": "Onze eigen stap"}
    wrong = own | {"id": "stuk", "name": "Stuk", "properties": [{"type": "String", "binding": {"type": "zeebe:input"}}]}
    law.services.projects.take_in(project, [("sjablonen/eigen.json", json.dumps([own, wrong]).encode())], SYSTEM)
    diagram = page.url
    page.goto(f"{address}/ontwerpen/{project}/bestand/sjablonen/eigen.json")
    opened(page)
    findings = page.locator("#findings").inner_text()
    assert 'Een sjabloon kan niet worden gebruikt: Stuk/properties/0/binding: property.binding "zeebe:input" requires name' in findings
    page.goto(diagram)
    opened(page)
    assert "Een sjabloon kan niet worden gebruikt:" in page.locator("#findings").inner_text()
    page.click(".djs-palette [data-action='create']")
    page.locator(".djs-popup-search input").press_sequentially("Onze eigen")
    page.wait_for_selector(".djs-popup-results :text('Onze eigen stap')")
    picture(page, "sjabloon-kiezen")
    page.keyboard.press("Escape")
    page.evaluate(APPEND, {"after": "begin", "template": "eigen", "host": ""})
    page.keyboard.press("Control+s")
    wait_for(page, "() => document.querySelector('#save-state').textContent.startsWith('Opgeslagen om')")
    law.services.projects.take_in(project, [("sjablonen/eigen.json", b"[]")], SYSTEM)  # the template is gone, its mark stays
    page.reload()
    opened(page)
    page.evaluate("() => window.flowModeler.get('modeling').updateProperties(window.flowModeler.get('elementRegistry').get('begin'), { name: 'Anders' })")
    page.keyboard.press("Control+s")
    wait_for(page, "() => document.querySelector('#save-state').textContent.startsWith('Opgeslagen om')")
    assert 'zeebe:modelerTemplate="eigen"' in content(law, page)
    assert 'zeebe:modelerTemplateVersion="1"' in content(law, page)
