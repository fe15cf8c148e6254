"""What cannot be undone is seen before the last button: what is sent to whom, with its letter; nothing happens before."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable

import pytest
from diagrams import Diagram

from inburgering_flow.inburgering import brieven
from inburgering_flow.platform import Platform
from inburgering_flow.services.tasks import IRREVERSIBLE, Unconfirmed
from inburgering_flow.values import dump_value
from web.conftest import Browser, said
from web.test_forms_know import task_of
from web.test_previews import asked, text_of

Login = Callable[[str], Browser]


def sent(page: str, button: str) -> tuple[str, list[tuple[str, str]]]:
    """Return where a form of a page is sent by its button, and what is sent along."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if button in f)
    fields = [(n, html.unescape(v)) for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)]
    pressed = re.search(rf'<button[^>]*formaction="([^"]*)"[^>]*>\s*{button}', form)
    where = pressed or re.search(r'action="([^"]*)"', form)
    return where[1], [one for one in fields if one[0] != "csrf_token"]  # type: ignore[index]


def test_the_last_button_comes_after_what_it_does(law: Platform, as_user: Login) -> None:
    key, task = asked(law)
    tom = as_user("tom")
    tom.get(f"/taken/{task}")

    answer = tom.post(f"/taken/{task}/afronden", {"form_json": dump_value({"bioBesluit": "vaststellen"})})

    page = said(answer.text)
    assert answer.status_code == 200
    assert "Dit kunt u niet ongedaan maken" in page
    assert "Het advies gaat naar de inwoner, die het aan DUO kan laten zien." in page
    assert "De brief <b>Advies over bijzondere omstandigheden</b> gaat naar Voorbeeld Advies." in page
    assert law.services.documents.of_case(key) == []
    assert task_of(law, "taak_advies_vaststellen") == task, "nothing has happened"
    where, fields = sent(answer.text, "Bekijken")
    assert "VOORBEELD: deze brief is niet verstuurd" in text_of(tom.post(where, dict(fields)).data)

    where, fields = sent(answer.text, "Ja, definitief afronden")
    assert tom.post(where, dict(fields)).status_code == 302
    law.run_due()
    assert len(law.services.documents.of_case(key)) == 1


def test_who_goes_back_finds_what_was_filled_in(law: Platform, as_user: Login) -> None:
    _key, task = asked(law)
    tom = as_user("tom")
    tom.get(f"/taken/{task}")
    answer = tom.post(f"/taken/{task}/afronden", {"form_json": dump_value({"bioBesluit": "vaststellen"})})
    where, fields = sent(answer.text, "Terug en aanpassen")
    assert tom.post(where, dict(fields)).status_code == 302
    detail = law.services.task_page.open(task, law.services.accounts.actor(law.services.accounts.get("tom")))
    assert detail.draft["bioBesluit"] == "vaststellen"
    assert detail.task.state == "CREATED"


def test_wrong_answers_are_said_before_anything_is_summed_up(law: Platform, as_user: Login) -> None:
    _key, task = asked(law)
    tom = as_user("tom")
    tom.get(f"/taken/{task}")
    answer = tom.post(f"/taken/{task}/afronden", {"form_json": "{}"})
    assert answer.status_code == 422
    assert "Niet alles is goed ingevuld" in answer.text


def test_a_program_that_completes_is_not_asked(law: Platform) -> None:
    _key, task = asked(law)
    with pytest.raises(Unconfirmed):
        law.services.user_tasks.complete(task, {"bioBesluit": "vaststellen"}, user="tom", confirmed=False)
    law.complete(task, {"bioBesluit": "vaststellen"}, user="tom")


def test_what_the_system_does_and_who_is_next_is_said_and_files_are_asked_for_again(law: Platform, as_user: Login) -> None:
    own = f'<zeebe:properties><zeebe:property name="{IRREVERSIBLE}" value="Het gaat nu echt weg."/></zeebe:properties>'
    group = '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>'
    form = '<zeebe:formDefinition formId="met-bestand"/>'
    diagram = Diagram("weg").start().user("versturen", group + form + own).both("samen").service("melden", "duo.pip-melden")
    diagram.user("nabellen", group).end().path("start", "versturen", "samen", "melden", "end").path("samen", "nabellen", "end")
    schema = {"id": "met-bestand", "type": "default", "schemaVersion": 16, "components": [
        {"type": "textfield", "key": "reden", "label": "Reden", "id": "a"}, {"type": "filepicker", "key": "stuk", "label": "Stuk", "id": "b"}]}
    law.deploy_content("met-bestand.form", dump_value(schema))
    law.deploy_content("weg.bpmn", diagram.xml())
    law.start("weg", owner="karin")
    task, karin = task_of(law, "versturen"), as_user("karin")
    karin.post(f"/taken/{task}/oppakken")
    karin.get(f"/taken/{task}")

    page = karin.post(f"/taken/{task}/afronden", {"veld_reden": "af", "veld_stuk": (io.BytesIO(b"%PDF-1.7"), "stuk.pdf")}).text

    read = said(page)
    assert "Het gaat nu echt weg." in read
    assert "Er gaat niet meteen een brief uit." in read
    assert "Daarna doet het systeem vanzelf: melden." in read
    assert "De volgende taak is: nabellen, voor klantmanager" in read
    assert '<input id="bestand_1" type="file" name="veld_stuk" multiple required>' in read
    assert "<dt>Reden</dt> <dd> af </dd>" in read
    where, fields = sent(page, "Ja, definitief afronden")
    done = karin.post(where, {**dict(fields), "veld_stuk": (io.BytesIO(b"%PDF-1.7"), "stuk.pdf")})
    assert done.status_code == 302


def test_each_shipped_task_that_sends_a_decision_says_what_it_brings_about(law: Platform) -> None:
    """A decision of the law that goes out at once, and by whose task: none without its sentence, in Dutch and English."""
    decisions = {f"brief.{letter.template}" for letter in brieven.LETTERS if letter.is_decision}
    lacking, found = [], 0
    for definition in law.services.deployments.newest("process"):
        elements = law.context.catalog.process(definition.key).elements
        for element in elements.values():
            if element.kind != "userTask" or not decisions & set(_sends(elements, element.id)):
                continue
            found += 1
            if not {IRREVERSIBLE, f"{IRREVERSIBLE}.en"} <= element.properties.keys():
                lacking.append((definition.id, element.id))
    assert lacking == []
    assert found >= 8


def _sends(elements: dict, begin: str) -> list[str]:
    """Return the job types that follow a task before anybody is asked anything."""
    found, seen, waiting = [], set(), [flow.target for flow in elements[begin].outgoing]
    while waiting:
        at = elements[waiting.pop()]
        if at.id in seen or at.kind in ("userTask", "receiveTask", "intermediateCatchEvent", "callActivity"):
            continue
        seen.add(at.id)
        if at.job_type is not None:
            found.append(at.job_type.source)
        waiting += [flow.target for flow in at.outgoing]
    return found
