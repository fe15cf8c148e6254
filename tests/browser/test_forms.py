"""Forms with more than plain questions, filled in by a person: dates, lists, files, one question asked in two ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from browser.steps import Pages, log_in, picture, wait_for
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables

PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t">
  <bpmn:process id="alles" name="Alles" isExecutable="true">
    <bpmn:extensionElements><zeebe:userTaskForm id="formulier_1">{form}</zeebe:userTaskForm></bpmn:extensionElements>
    <bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="taak"/>
    <bpmn:userTask id="taak" name="Alles invullen"><bpmn:extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="klantmanager"/>
      <zeebe:formDefinition formKey="camunda-forms:bpmn:formulier_1"/></bpmn:extensionElements></bpmn:userTask>
  </bpmn:process>
</bpmn:definitions>"""
FORM = {"type": "default", "id": "alles", "components": [
    {"type": "datetime", "id": "d", "key": "dag", "subtype": "date", "dateLabel": "Welke dag"},
    {"type": "datetime", "id": "m", "key": "moment", "subtype": "datetime", "dateLabel": "Wanneer", "timeLabel": "hoe laat",
     "timeSerializingFormat": "utc_offset", "timeInterval": 1},
    {"type": "checkbox", "id": "k", "key": "anders", "label": "Anders"},
    {"type": "select", "id": "t1", "key": "taal", "label": "Taal", "values": [{"label": "Turks", "value": "tr"}],
     "conditional": {"hide": "=anders"}},
    {"type": "textfield", "id": "t2", "key": "taal", "label": "Welke taal", "conditional": {"hide": "=not(anders)"}},
    {"type": "dynamiclist", "id": "l", "path": "gezin", "label": "Gezin", "components": [
        {"type": "textfield", "id": "n", "key": "naam", "label": "Naam van gezinslid"}]},
    {"type": "filepicker", "id": "f", "key": "stukken", "label": "Stukken", "multiple": True, "accept": ".txt"},
    {"type": "documentPreview", "id": "p", "dataSource": "=stukken", "label": "Wat er al is"},
]}  # fmt: skip


@pytest.fixture
def task(law: Platform, address: str) -> str:
    """The address of a task that karin has taken."""
    law.deploy_content("alles/alles.bpmn", PROCESS.format(form=json.dumps(FORM)))
    key = law.start("alles", {}, person=law.register_person({"voornamen": "Voorbeeld", "achternaam": "Zaak"}), owner="karin")
    law.run_due()
    found = next(t.key for t in law.tasks(instance=key))
    law.services.user_tasks.claim(found, "karin")
    return f"{address}/taken/{found}"


def moment(page: Any, label: str, **parts: str) -> None:
    group = page.locator("fieldset.moment", has=page.locator(f"legend:has-text('{label}')"))
    for name, text in parts.items():
        group.locator(f".moment-{name} input").fill(text)


def variables(law: Platform) -> dict[str, Any]:
    return next(found.variables for i in law.instances() if (found := law.instance(i.key)).variables.get("taal"))


def test_all_kinds_of_answers_arrive_and_files_become_documents_of_the_case(
    law: Platform, task: str, page_of: Pages, tmp_path: Path
) -> None:
    karin = page_of("karin")
    karin.goto(task)
    karin.wait_for_selector(".flow-form[data-ready]")
    moment(karin, "Welke dag", day="1", month="2", year="2026")
    moment(karin, "Wanneer", day="2", month="7", year="2026", time="9:05")
    karin.get_by_label("Anders").first.check()
    karin.locator(".flow-form").get_by_label("Welke taal").fill("Tigrinya")
    karin.click("text=Nog een toevoegen")
    for index, name in enumerate(("Anna", "Bram")):
        karin.locator(".flow-form").get_by_label("Naam van gezinslid").nth(index).fill(name)
    karin.locator(".fjs-repeat-row-remove").first.click()
    for name in ("een.txt", "twee.txt"):
        (tmp_path / name).write_text(f"inhoud van {name}")
    karin.set_input_files(".flow-form input[type=file]", [tmp_path / "een.txt", tmp_path / "twee.txt"])
    wait_for(karin, "() => document.querySelector('.fjs-filepicker-container').textContent.includes('2 bestanden gekozen')")
    picture(karin, "taak-alles")

    karin.click("button:has-text('Afronden')")
    karin.wait_for_selector("text=De taak is afgerond.")

    found = variables(law)
    assert (found["dag"], found["moment"]) == ("2026-02-01", "2026-07-02T09:05+02:00")
    assert (found["taal"], found["gezin"]) == ("Tigrinya", [{"naam": "Bram"}])
    assert [d["metadata"]["fileName"] for d in found["stukken"]] == ["een.txt", "twee.txt"]
    key = int(found["stukken"][1]["documentId"])
    assert law.services.documents.content(key)[1] == b"inhoud van twee.txt"
    assert {d.name for d in law.documents(law.services.documents.describe(key).root_key)} == {"een.txt", "twee.txt"}


@pytest.mark.parametrize("locale", ["nl-NL", "en-US"])
def test_a_day_is_kept_as_typed_or_refused_whatever_the_browser_speaks(
    law: Platform, task: str, browser: Any, locale: str
) -> None:
    from browser.steps import log_in

    context = browser.new_context(locale=locale)
    page = context.new_page()
    log_in(page, task.rpartition("/taken/")[0], "karin")
    page.goto(task)
    page.wait_for_selector(".flow-form[data-ready]")
    moment(page, "Welke dag", day="31", month="2", year="2026")
    page.locator("fieldset.moment").first.locator(".moment-year input").blur()
    page.wait_for_selector(".fjs-form-field-error:has-text('Vul een datum in die bestaat: dag, maand en jaar.')")
    page.click("button:has-text('Afronden')")
    page.wait_for_selector(".summary a:has-text('“Welke dag”: vul een datum in die bestaat: dag, maand en jaar.')")
    page.wait_for_selector(".flow-form[data-ready]")
    day = page.locator("fieldset.moment").first
    assert [day.locator("input").nth(n).input_value() for n in range(3)] == ["31", "2", "2026"], "what was typed is lost"

    moment(page, "Welke dag", day="10-12-2026")
    assert [day.locator("input").nth(n).input_value() for n in range(3)] == ["10", "12", "2026"]
    page.locator(".flow-form").get_by_label("Taal").select_option("Turks") if page.locator(".flow-form select").count() else (
        page.locator(".fjs-form-field-select input").click(), page.click("text=Turks"))
    page.click("button:has-text('Afronden')")
    page.wait_for_selector("text=De taak is afgerond.")
    assert variables(law)["dag"] == "2026-12-10"
    context.close()


def test_without_javascript_a_list_grows_and_shrinks_and_nothing_that_was_typed_is_lost(
    law: Platform, task: str, browser: Any
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, task.partition("/taken")[0], "karin")
    page.goto(task)
    page.get_by_label("Welke taal").fill("Tigrinya")
    page.get_by_label("Anders").check()
    page.get_by_label("Naam van gezinslid").fill("Anna")

    page.get_by_role("button", name="Gezin toevoegen").press("Enter")
    page.locator("[id='veld_gezin.1.naam']:focus").wait_for()
    page.keyboard.type("Bram")
    page.get_by_role("button", name="Gezin toevoegen").click()
    page.locator("[id='veld_gezin.2.naam']:focus").wait_for()
    page.keyboard.type("Chris")
    assert page.get_by_label("Welke taal").input_value() == "Tigrinya"
    assert drafts_of(law) == []
    page.get_by_role("button", name="Gezin 2 verwijderen").click()
    page.locator("[id='veld_gezin']:focus").wait_for()

    page.click("button:has-text('Concept bewaren')")
    page.get_by_text("Uw concept is bewaard.").wait_for()
    assert [field.input_value() for field in page.get_by_label("Naam van gezinslid").all()] == ["Anna", "Chris"]
    page.get_by_label("Naam van gezinslid").last.press("Enter")  # completes, as in a form without lists
    page.get_by_text("De taak is afgerond.").wait_for()
    page.context.close()
    assert variables(law)["gezin"] == [{"naam": "Anna"}, {"naam": "Chris"}]


def drafts_of(law: Platform) -> list[Any]:
    with law.context.db.read() as unit:
        return list(unit.connection.execute(select(tables.draft)))
