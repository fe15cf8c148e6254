"""What a manager sees: every case by phase, owner and last day; and where cases of a process are, and where they are
stuck.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from browser.steps import Pages, picture, shows, start_case, task_key, until
from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform


def cell(page: Any, number: str, column: str) -> str:
    return page.locator(f"tr:has-text('{number}') td[data-title='{column}']").inner_text()


def count(page: Any, text: str) -> str:
    return page.locator(f".counts li:has-text('{text}') strong").first.inner_text()


def test_the_board_shows_phase_owner_and_days_left_and_what_is_late(
    law: Platform, address: str, page_of: Pages
) -> None:
    law.services.accounts.save("kees", display_name="Kees", password=PASSWORD, roles=("klantmanager",))
    start_case(law, "D-1", name="Eerste")
    rita, kees = page_of("rita"), page_of("kees")

    rita.goto(f"{address}/regie")
    assert (count(rita, "lopende zaken"), count(rita, "te laat")) == ("1", "0")
    assert rita.locator(".column h3").all_inner_texts() == ["Brede intake"]
    assert "nog 70 dagen" in card(rita, "Eerste").inner_text()
    until(law, "2026-05-12T09:00:00+02:00")  # the plan had to be there on 11 May, ten weeks after DUO's notice
    start_case(law, "D-2", name="Tweede")
    rita.reload()

    assert (count(rita, "lopende zaken"), count(rita, "te laat")) == ("2", "1")
    assert "1 dag te laat" in card(rita, "Eerste").inner_text()
    assert "te laat" not in card(rita, "Tweede").inner_text()
    assert "wacht op “Intake plannen”, van klantmanager" in card(rita, "Tweede").inner_text()
    picture(rita, "regie-te-laat")
    rita.click(".counts a:text-is('te laat')")
    expect(rita.locator("tbody tr")).to_have_count(1)

    rita.goto(f"{address}/regie/zaken")
    rita.select_option("[aria-label='Eigenaar van D-2']", "kees")
    rita.locator("tr:has-text('D-2')").get_by_role("button", name="Toewijzen").click()
    rita.wait_for_selector("text=De zaak is toegewezen.")
    assert rita.locator("[aria-label='Eigenaar van D-2']").input_value() == "kees"
    rita.goto(f"{address}/regie")
    load = {row.locator("th").inner_text(): row.locator("td").first.inner_text() for row in rita.locator("tbody tr").all()}
    assert (load["karin"], load["kees"]) == ("1", "1")
    rita.locator("tr:has(th:text-is('kees')) td a").first.click()
    expect(rita.locator("tbody tr")).to_have_count(1)
    kees.goto(f"{address}/zaken")
    assert kees.locator("tbody tr td.kept").first.inner_text() == "D-2"


def test_a_case_is_dragged_to_somebody_and_taken_back_and_ticked_ones_go_along(
    law: Platform, address: str, page_of: Pages
) -> None:
    law.services.accounts.save("kees", display_name="Kees", password=PASSWORD, roles=("klantmanager",))
    for number in ("D-1", "D-2", "D-3"):
        start_case(law, number, name=number)
    rita = page_of("rita")

    def owners() -> dict[str, str | None]:
        return {row.business_key: row.case.owner for row in law.services.case_lists.search(SYSTEM).rows}

    rita.goto(f"{address}/regie")
    assert rita.locator("[data-drop]").is_hidden()
    drag(rita, "D-1", "kees")
    rita.wait_for_selector("text=Gelukt: overdragen.")
    assert owners() == {"D-1": "kees", "D-2": "karin", "D-3": "karin"}
    rita.click("button:text-is('Ongedaan maken')")
    rita.wait_for_selector("text=teruggedraaid")
    assert owners() == {"D-1": "karin", "D-2": "karin", "D-3": "karin"}
    rita.goto(f"{address}/regie")
    for name in ("D-2", "D-3"):
        card(rita, name).locator("input").check()
    drag(rita, "D-3", "kees")
    rita.wait_for_selector("text=Gelukt: overdragen.")
    assert owners() == {"D-1": "karin", "D-2": "kees", "D-3": "kees"}


def card(page: Page, text: str) -> Locator:
    return page.locator(f"[data-case]:has-text('{text}')")


def drag(page: Page, case: str, to: str) -> None:
    card(page, case).locator("p").first.hover()
    page.mouse.down()
    page.mouse.move(300, 300, steps=4)
    page.locator(f"[data-owner={to}]").hover()
    page.locator(f"[data-owner={to}]").hover()  # the second move is what a browser tells the target
    page.mouse.up()


def test_the_diagram_of_a_process_shows_counts_and_incidents(law: Platform, address: str, page_of: Pages) -> None:
    for number in ("D-1", "D-2", "D-3"):
        start_case(law, number, name=number)
    case = next(i for i in law.instances() if i.business_key == "D-1" and i.key == i.root_key)
    task = next(t for t in law.tasks(state="CREATED", instance=case.key) if t.element_id == "taak_intake_plannen")
    law.complete(task.key, {"afspraakDatum": "2026-03-10", "afspraakPlaats": "Stadhuis"}, user="karin")
    law.run_due()
    law.clock.advance(days=8)
    law.run_due()
    law.complete(task_key(law, "taak_intakegesprek"), {"verschenen": True, "rechtAlleenGewezen": True, "leeftijd": 31}, user="karin")
    law.run_due()
    rita, bram = page_of("rita"), page_of("bram")
    assert law.services.incidents.page().rows == []

    # A diagram whose gateway asks for something that nobody gave: a real incident, not a row in a table.
    law.deploy_content("storing.bpmn", BROKEN)
    law.start("storing", business_key="D-4")
    law.run_due()

    rita.goto(f"{address}/processen")
    rita.click("a:has-text('Brede intake')")
    rita.wait_for_selector(".diagram[data-ready]")
    assert rita.locator("[data-container-id=taak_intake_plannen] .flow-badge-active").inner_text() == "2"
    assert rita.locator("tr:has-text('Intake plannen') td").nth(1).inner_text() == "2"
    assert rita.locator(".flow-badge-incident").count() == 0
    picture(rita, "proces-tellingen")

    rita.goto(f"{address}/processen")
    rita.click("a:text-is('Storing')")
    rita.wait_for_selector(".diagram[data-ready]")
    assert rita.locator("[data-container-id=keuze] .flow-badge-incident").inner_text() == "! 1"
    shows(rita, "[data-element-id=keuze].flow-incident", 1)
    assert rita.locator("tr:has-text('Welke dag?') td").nth(2).inner_text() == "1"
    picture(rita, "proces-storing")
    rita.goto(f"{address}/regie")
    assert "storing" in card(rita, "D-4").inner_text()
    bram.goto(f"{address}/storingen")
    assert bram.locator(".card h2").all_inner_texts() == ["storing – Welke dag? keuze"]
    bram.click("text=Opnieuw proberen")
    bram.wait_for_selector("text=De stap is opnieuw begonnen.")
    assert len(law.services.incidents.page().rows) == 1, "what is still wrong comes back"


def test_trouble_in_a_called_process_is_seen_on_the_board_too(law: Platform, address: str, page_of: Pages) -> None:
    law.deploy_content("storing.bpmn", BROKEN)
    law.deploy_content("roept.bpmn", CALLS)
    law.start("roept", business_key="D-5")
    law.run_due()
    rita = page_of("rita")

    rita.goto(f"{address}/regie/zaken")
    assert "storing" in cell(rita, "D-5", "Fase")
    rita.goto(f"{address}/zaken")
    assert "storing" in cell(rita, "D-5", "Fase")


BROKEN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
  id="d" targetNamespace="https://inburgering-flow.example">
  <bpmn:process id="storing" name="Storing" isExecutable="true">
    <bpmn:startEvent id="begin"/><bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="keuze"/>
    <bpmn:exclusiveGateway id="keuze" name="Welke dag?"/>
    <bpmn:sequenceFlow id="f2" sourceRef="keuze" targetRef="einde">
      <bpmn:conditionExpression>=dag = "maandag"</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:endEvent id="einde"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="p"><bpmndi:BPMNPlane id="v" bpmnElement="storing">
    <bpmndi:BPMNShape id="s1" bpmnElement="begin"><dc:Bounds x="100" y="102" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s2" bpmnElement="keuze"><dc:Bounds x="200" y="95" width="50" height="50"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="s3" bpmnElement="einde"><dc:Bounds x="320" y="102" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="e1" bpmnElement="f1"><di:waypoint x="136" y="120"/><di:waypoint x="200" y="120"/></bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="e2" bpmnElement="f2"><di:waypoint x="250" y="120"/><di:waypoint x="320" y="120"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>"""
CALLS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  id="d" targetNamespace="https://inburgering-flow.example">
  <bpmn:process id="roept" name="Roept" isExecutable="true">
    <bpmn:startEvent id="begin"/><bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="roep"/>
    <bpmn:callActivity id="roep" name="Deel"><bpmn:extensionElements>
      <zeebe:calledElement processId="storing" propagateAllChildVariables="false"/></bpmn:extensionElements></bpmn:callActivity>
    <bpmn:sequenceFlow id="f2" sourceRef="roep" targetRef="einde"/><bpmn:endEvent id="einde"/>
  </bpmn:process>
</bpmn:definitions>"""
