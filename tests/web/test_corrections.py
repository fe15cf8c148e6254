"""A wrong fact is corrected on the page of the case, with a reason; then the stopped step goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import select

from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.corrections import read_fact
from inburgering_flow.store import audit
from inburgering_flow.store import tables as t
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
KARIN = Actor("karin", ("klantmanager",), table=ROLES)


def stopped_case(law: Platform) -> int:
    """A case that DUO's message in an unknown form has stopped."""
    from inburgering_flow.inburgering.demo import Story

    story = Story(law)
    story.play(4, story.with_incident)
    law.clock.set(story.now)
    law.run_due()
    return story.key


def test_a_wrong_date_is_mended_and_the_stopped_step_goes_on(law: Platform, as_user: Login) -> None:
    key = stopped_case(law)
    incident = next(x for x in law.services.case_file.open(key, KARIN).incidents)
    fact = next(f for f in law.services.case_file.open(key, KARIN).variables if f.name == "termijnEinde")
    karin = as_user("karin")
    page = karin.get(f"/zaken/{key}").text
    assert "Een stap staat stil" in page

    refused = karin.post(f"/zaken/{key}/gegeven", {"gegeven": f"{fact.instance_key}:termijnEinde", "waarde": "31-12-2029",
                                                  "reden": "stond verkeerd in het bericht"})  # fmt: skip
    assert refused.status_code == 400
    assert "2026-12-31" in refused.text
    for instance in {f.instance_key for f in law.services.case_file.open(key, KARIN).variables if f.name == "termijnEinde"}:
        karin.post(f"/zaken/{key}/gegeven", {"gegeven": f"{instance}:termijnEinde", "waarde": "2029-12-31",
                                             "reden": "stond verkeerd in het bericht"})  # fmt: skip
    karin.post(f"/zaken/{key}/storing/{incident.key}")

    assert law.services.case_file.open(key, KARIN).incidents == []
    assert "Een stap staat stil" not in karin.get(f"/zaken/{key}").text
    with law.context.db.read() as unit:
        entry = next(e for e in audit.of_case(unit, key) if e["action"] == "variable.correct")
    assert entry["detail"] == {
        "name": "termijnEinde", "reason": "stond verkeerd in het bericht", "before": "31-12-2029", "after": "2029-12-31",
    }  # fmt: skip


def test_a_fact_that_is_not_the_readers_or_without_reason_is_not_mended(law: Platform) -> None:
    key = start_case(law, owner="karin")

    with pytest.raises(InvalidInput):
        law.services.corrections.fact(key, "doelgroep", "asielstatushouder", reason="", actor=KARIN)
    with pytest.raises(Forbidden):
        law.services.corrections.fact(key, "doelgroep", "x", reason="een goede reden", actor=Actor("hans", ("handhaver",), table=ROLES))
    with pytest.raises(Forbidden):
        law.services.corrections.fact(key, "doelgroep", "x", reason="een goede reden", actor=Actor("ander", ("klantmanager",), table=ROLES))
    assert law.instance(key).variables["doelgroep"] == "gezinsmigrant"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("2026-12-31", "date", "2026-12-31"), ("12,5", "number", Decimal("12.5")), ("ja", "boolean", True), ("", "date", None),
     ("nee", "boolean", False), ("twee woorden", "string", "twee woorden"), ("09:30", "time", "09:30:00")],
)  # fmt: skip
def test_a_typed_text_becomes_a_value_of_the_declared_type(text: str, kind: str, value: object) -> None:
    assert read_fact(text, kind) == value


@pytest.mark.parametrize(("text", "kind"), [("31-12-2026", "date"), ("twaalf", "number"), ("NaN", "number"), ("1e999999999", "date"),
                                            ("misschien", "boolean")])  # fmt: skip
def test_what_does_not_fit_the_type_is_refused_with_an_example(text: str, kind: str) -> None:
    with pytest.raises(InvalidInput, match="like"):
        read_fact(text, kind)


def test_the_data_of_a_person_are_changed_with_a_reason_and_the_bsn_stays(law: Platform, as_user: Login) -> None:
    person = law.register_person({"voornamen": "Voorbeeld", "achternaam": "Oudenaam", "bsn": "999990019"})
    key = law.start("inburgering", {"dossiernummer": "D-9", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02",
                                    "brpDatum": None, "inCoa": False}, person=person, owner="karin")  # fmt: skip
    karin = as_user("karin")
    form = {"voornamen": "Voorbeeld", "achternaam": "Nieuwenaam", "woonplaats": "Voorbeeldstad", "reden": "nieuwe naam na huwelijk"}

    assert karin.post(f"/zaken/{key}/persoon", {**form, "reden": ""}).status_code == 422
    assert karin.post(f"/zaken/{key}/persoon", {**form, "bsn": "123456789"}).status_code == 422
    assert karin.post(f"/zaken/{key}/persoon", form).status_code == 302

    assert "Nieuwenaam" in karin.get(f"/zaken/{key}").text
    assert law.services.people.find(bsn="999990019") == person
    assert as_user("hans").get(f"/zaken/{key}/persoon").status_code == 403


def test_somebody_elses_person_is_not_changed_through_an_own_case(law: Platform) -> None:
    key = start_case(law, owner="karin")
    other = law.register_person({"voornamen": "Voorbeeld", "achternaam": "Ander"})

    with pytest.raises(Forbidden):
        law.services.people.correct(other, {"achternaam": "Vals"}, reason="een goede reden", root_key=key, actor=KARIN)


def test_what_was_computed_from_a_wrong_fact_and_stays_is_named(law: Platform, as_user: Login) -> None:
    from diagrams import Diagram

    inner = Diagram("binnen").start().user("in").end().path("start", "in", "end")
    law.deploy_content("binnen.bpmn", inner.xml())
    dated = '<zeebe:taskSchedule dueDate="=dag"/><zeebe:assignmentDefinition candidateGroups="klantmanager"/>'
    outer = Diagram("buiten").start().both("split").user("nakijken", dated).call("roep", "binnen").both("join").end()
    law.deploy_content("buiten.bpmn", outer.path("start", "split", "nakijken", "join", "end").path("split", "roep", "join").xml())
    key = law.start("buiten", {"dag": "2026-05-01"}, owner="karin", business_key="B-1")

    left = law.services.corrections.fact(key, "dag", "2026-06-01", reason="stond verkeerd in het bericht", actor=KARIN)

    assert (left.decisions, left.tasks, left.copies) == ((), ("nakijken",), ("binnen",))
    page = as_user("karin")
    page.get(f"/zaken/{key}")
    asked = {"gegeven": f"{key}:dag", "waarde": "2026-07-01", "reden": "stond verkeerd in het bericht"}
    answer = page.post(f"/zaken/{key}/gegeven", asked)
    assert answer.headers["Location"].endswith(f"/zaken/{key}/opnieuw")
    shown = said(page.get(f"/zaken/{key}/opnieuw").text)
    assert "Uit dit gegeven was al iets berekend." in shown
    assert "Taak: <span lang=\"nl\">nakijken" in shown or "Taak: nakijken" in shown


def test_a_correction_keeps_what_the_fact_was_and_became_and_shows_it_to_who_may_see_it(law: Platform, as_user: Login) -> None:
    key = start_case(law)
    law.services.corrections.fact(key, "doelgroep", "asielstatushouder", reason="verkeerd overgenomen uit de brief", actor=KARIN)

    with law.context.db.read() as unit:
        [line] = unit.connection.execute(select(t.audit.c.detail).where(t.audit.c.action == "variable.correct")).scalars()
    assert (line["before"], line["after"]) == ("gezinsmigrant", "asielstatushouder")
    assert "was gezinsmigrant, is nu asielstatushouder" in said(as_user("karin").get(f"/zaken/{key}").text)
    assert "gezinsmigrant" not in as_user("aysel").get("/logboek").text


def test_a_correction_that_no_form_would_take_is_refused(law: Platform) -> None:
    from diagrams import Diagram

    form = {"type": "default", "id": "f", "components": [
        {"type": "number", "id": "n", "key": "uren", "label": "Uren", "validate": {"min": 1, "max": 40, "required": True}},
        {"type": "select", "id": "s", "key": "route", "label": "Route", "values": [{"label": "B1", "value": "B1"}]},
    ]}  # fmt: skip
    law.deploy_content("f.form", json.dumps(form))
    law.deploy_content("p.bpmn", Diagram().start().user("a", '<zeebe:formDefinition formId="f"/>').path("start", "a").xml())
    key = law.start("p", {"uren": 5, "route": "B1", "vrij": "x"}, owner="karin")
    correct = partial(law.services.corrections.fact, key, reason="een goede reden hiervoor", actor=KARIN)

    for name, wrong in (("uren", "41"), ("route", "Z")):
        with pytest.raises(InvalidInput):
            correct(name, wrong)
    for name, right in (("uren", "40"), ("route", "B1"), ("vrij", "alles"), ("uren", "")):
        correct(name, right)
    assert law.instance(key).variables["uren"] is None


def test_a_number_names_one_case_whatever_way_it_begins_and_is_not_corrected(law: Platform, as_user: Login) -> None:
    """Two cases with one number got each other's messages: a death told of one closed the other."""
    key = start_case(law, "D-11")
    for process in ("inburgering", "voorinburgering"):
        with pytest.raises(InvalidInput, match="There is a case D-11 already"):
            law.start(process, {"dossiernummer": "D-11", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02"})
        with pytest.raises(InvalidInput, match="There is a case D-11 already"):
            law.start(process, {"doelgroep": "gezinsmigrant"}, business_key="D-11")
    start_case(law, "D-12")

    instances = {f.instance_key for f in law.services.case_file.open(key, KARIN).variables if f.name == "dossiernummer"}
    assert instances
    karin = as_user("karin")
    for instance in instances:
        sent = {"gegeven": f"{instance}:dossiernummer", "waarde": "D-12", "reden": "het nummer was verkeerd getypt"}
        refused = karin.post(f"/zaken/{key}/gegeven", sent)
        assert refused.status_code == 400
        assert "naam van de zaak" in refused.text
    law.cancel(key)
    with pytest.raises(InvalidInput, match="There is a case D-11 already"):
        start_case(law, "D-11")
