"""A designer's first hour: draw, save, leave, come back, try, prove, put in force, start, change, compare, rehearse, move."""

from __future__ import annotations

from typing import Any

import pytest
from variants import ALL

from browser.steps import Pages, new_file, opened, picture, settle, shows
from inburgering_flow.platform import Platform

pytestmark = pytest.mark.skipif(not ALL, reason="twenty seconds of two cores; each of its steps has a test of its own")
DRAW = """() => {
  const get = (name) => window.flowModeler.get(name), modeling = get("modeling"), moddle = get("bpmnFactory");
  const append = (from, type, id, name, at) => {
    const shape = modeling.appendShape(from, get("elementFactory").createShape({ type }), at);
    modeling.updateProperties(shape, { id, name });
    return shape;
  };
  const extended = (element, ...values) => {
    const around = element.businessObject.get("extensionElements") ?? moddle.create("bpmn:ExtensionElements", { values: [] });
    const made = values.map(([type, attributes]) => moddle.create(type, attributes));
    modeling.updateProperties(element, { extensionElements: around });
    const kinds = made.map((one) => one.$type);
    const kept = around.get("values").filter((one) => !kinds.includes(one.$type));
    modeling.updateModdleProperties(element, around, { values: [...kept, ...made] });
  };
  const person = (element, form) => extended(element, ["zeebe:UserTask", {}], ["zeebe:FormDefinition", { formId: form }],
    ["zeebe:AssignmentDefinition", { candidateGroups: "klantmanager" }]);
  const begin = get("elementRegistry").get("begin");
  const ask = append(begin, "bpmn:UserTask", "taak_vragen", "Aanvraag opnemen", { x: 330, y: 178 });
  person(ask, "aanvraag-opnemen");
  const decide = append(ask, "bpmn:BusinessRuleTask", "bepaal_soort", "Soort bepalen", { x: 500, y: 178 });
  extended(decide, ["zeebe:CalledDecision", { decisionId: "soort-aanvraag", resultVariable: "soort" }]);
  const choose = append(decide, "bpmn:ExclusiveGateway", "besluit_soort", "Welke soort?", { x: 640, y: 178 });
  const give = append(choose, "bpmn:UserTask", "taak_toekennen", "Toekennen", { x: 780, y: 178 });
  person(give, "aanvraag-opnemen");
  append(give, "bpmn:EndEvent", "einde_toegekend", "Toegekend", { x: 930, y: 178 });
  const refuse = append(choose, "bpmn:UserTask", "taak_afwijzen", "Afwijzen", { x: 780, y: 320 });
  person(refuse, "aanvraag-opnemen");
  append(refuse, "bpmn:EndEvent", "einde_afgewezen", "Afgewezen", { x: 930, y: 320 });
  for (const flow of choose.outgoing) {
    const small = flow.target.id === "taak_toekennen";
    const body = `=soort = "${small ? "klein" : "groot"}"`;
    modeling.updateProperties(flow, {
      name: small ? "klein" : "groot", conditionExpression: moddle.create("bpmn:FormalExpression", { body }),
    });
  }
}"""
RENAME = "() => window.flowModeler.get('modeling').updateProperties(window.flowModeler.get('elementRegistry').get('%s'), %s)"
KEY = """() => {
  const editor = window.flowForm, field = editor.get("formFieldRegistry").getAll().find((one) => one.key === "antwoord");
  editor.get("modeling").editFormField(field, { key: "vraag", label: "Wat is de vraag?" });
}"""


def saved(page: Any) -> None:
    page.wait_for_selector("#save-state:has-text('Opgeslagen om')", timeout=20_000)


def cell(page: Any, row: int, kind: str, text: str) -> None:
    page.locator(f".tjs-container tbody tr:nth-child({row}) td.{kind}-cell").click()
    page.keyboard.type(text)


def answer(page: Any, text: str, button: str) -> None:
    """Answer the only question of the form and send it."""
    page.wait_for_selector(".flow-form[data-ready]")
    page.locator(".flow-form").get_by_label("Wat is de vraag?").fill(text)
    with page.expect_navigation():
        page.click(f"button.primary:has-text('{button}')")


def keep(page: Any, name: str) -> None:
    page.fill("#naam", name)
    with page.expect_navigation():
        page.click("button:has-text('Bewaren in het project')")


def deploy(page: Any, project: str, why: str) -> None:
    page.goto(project)
    page.fill("#reden", why)
    with page.expect_navigation():
        page.click("button.primary:has-text('Klaarzetten wat veranderd is')")


def test_the_first_hour_of_a_designer(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")

    # A form, a table and a diagram of eight elements, drawn in the browser.
    project = new_file(piet, address, "form", "Aanvraag opnemen")
    piet.evaluate(KEY)
    saved(piet)
    new_file(piet, address, "dmn", "Soort aanvraag")
    for row, (given, found) in enumerate((('"fiets"', '"klein"'), ('not("fiets")', '"groot"')), 1):
        piet.locator("td.add-rule").first.click()
        cell(piet, row, "input", given)
        cell(piet, row, "output", found)
    piet.click("#save")
    saved(piet)
    new_file(piet, address, "bpmn", "Vergoeding aanvragen")
    piet.evaluate(DRAW)
    saved(piet)
    piet.wait_for_selector("#findings:has-text('Geen bevindingen.')", timeout=20_000)
    picture(piet, "eerste-uur-getekend")
    editor = piet.url

    # Leave, and come back: nothing is lost.
    piet.goto(f"{address}/taken")
    piet.goto(editor)
    opened(piet)
    shows(piet, "#modeler-canvas [data-element-id^=taak_].djs-shape", 3)

    # Try it, choose otherwise, and keep both ways as scenarios.
    piet.goto(project)
    piet.click("a:has-text('Proefdraaien')")
    with piet.expect_navigation():
        piet.click("button.primary:has-text('Starten')")
    answer(piet, "fiets", "Taak afronden")
    settle(piet)
    shows(piet, "[data-element-id=taak_toekennen].flow-active", 1)
    picture(piet, "eerste-uur-proef")
    run = piet.url
    keep(piet, "Een fiets")
    piet.goto(run)
    with piet.expect_navigation():
        piet.click("button:has-text('Eén stap terug')")
    answer(piet, "auto", "Taak afronden")
    settle(piet)
    shows(piet, "[data-element-id=taak_afwijzen].flow-active", 1)
    keep(piet, "Een auto")
    piet.goto(project)
    with piet.expect_navigation():
        piet.click("button:has-text('Scenario’s spelen')")
    assert piet.locator("ul.counts li").first.inner_text().split() == ["2", "zijn", "waar"]
    picture(piet, "eerste-uur-bewezen")

    # In force; a colleague starts a case and does its first task.
    deploy(piet, project, "Het eerste ontwerp is klaar voor gebruik.")
    assert "vergoeding-aanvragen versie 1 is klaargezet." in piet.locator("main").inner_text()
    karin = page_of("karin")
    first = next(d for d in law.services.deployments.newest("process") if d.id == "vergoeding-aanvragen")
    karin.goto(f"{address}/processen/{first.key}/starten")
    if karin.locator("#zaaknaam").count():
        karin.fill("#zaaknaam", "Z-1")
    with karin.expect_navigation():
        karin.click("button.primary:has-text('Zaak starten')")
    [case] = law.instances("vergoeding-aanvragen")
    task = law.tasks(state="CREATED", instance=case.key)[0].key
    karin.goto(f"{address}/taken/{task}")
    karin.click("text=Taak oppakken")
    answer(karin, "fiets", "Afronden")
    law.run_due()
    assert [t.element_id for t in law.tasks(state="CREATED", instance=case.key)] == ["taak_toekennen"]

    # Changed, put in force again, and compared.
    piet.goto(editor)
    opened(piet)
    piet.evaluate(RENAME % ("taak_toekennen", "{ id: 'taak_vergoeden', name: 'Vergoeden' }"))
    saved(piet)
    deploy(piet, project, "Toekennen heet voortaan vergoeden.")
    second = next(d for d in law.services.deployments.newest("process") if d.id == "vergoeding-aanvragen")
    assert second.version == 2
    piet.goto(f"{address}/processen/vergelijken?oud={first.key}&nieuw={second.key}")
    settle(piet)
    assert "Vergoeden" in piet.locator("main").inner_text()
    shows(piet, "[data-element-id=taak_vergoeden].flow-added", 1)
    picture(piet, "eerste-uur-vergeleken")

    # Rehearsed: what the step has become is suggested, and the case can go over.
    piet.goto(f"{address}/processen/{second.key}/proef")
    with piet.expect_navigation():
        piet.click("button.primary:has-text('De proef beginnen')")
    law.run_due()
    piet.reload()
    assert "1 van 1 zaken nagekeken" in " ".join(piet.locator("main").inner_text().split())
    picture(piet, "eerste-uur-op-proef")

    # Moved, by whoever may; and the task goes on under its new name.
    bram = page_of("bram")
    bram.goto(f"{address}/processen/zaak/{case.key}/versie/{second.key}")
    bram.fill("#reden", "de nieuwe stap heet anders")
    with bram.expect_navigation():
        bram.click("button.primary:has-text('De zaak overzetten')")
    picture(bram, "eerste-uur-overgezet")
    assert law.instances("vergoeding-aanvragen")[0].definition_key == second.key
    [left] = law.tasks(state="CREATED", instance=case.key)
    assert left.element_id == "taak_vergoeden"
    karin.goto(f"{address}/taken/{left.key}")
    karin.click("text=Taak oppakken")
    answer(karin, "klaar", "Afronden")
    law.run_due()
    assert law.instance(case.key).state == "COMPLETED"
