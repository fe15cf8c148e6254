"""Starting a case and handing it over: all of it or nothing, once, and with what belongs to it."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from diagrams import Diagram
from shipped import PASSWORD
from sqlalchemy import select

from inburgering_flow.errors import FlowError, Forbidden, InvalidInput, NotFound
from inburgering_flow.inburgering.demo import LOCATION
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import tables as t
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
GIVEN = {
    "voornamen": "Voorbeeld", "achternaam": "Persoon", "dossiernummer": "D-9", "doelgroep": "gezinsmigrant",
    "kennisgeving": "2026-03-02", "eenmalig": "een",
}  # fmt: skip


def actor_of(law: Platform, username: str) -> Actor:
    return law.services.accounts.actor(law.services.accounts.get(username))


def counts(law: Platform) -> tuple[int, int, int]:
    with law.services.context.db.read() as unit:
        persons, forms = (
            unit.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in ("person", "submission")
        )
    return len(law.services.processes.search("inburgering")), persons, forms


@pytest.mark.parametrize(
    "wrong",
    [
        {"kennisgeving": "morgen"}, {"kennisgeving": "9999-99-99"}, {"kennisgeving": "99999-99-99"}, {"kennisgeving": "20260302"},
        {"kennisgeving": "2026-03-11"}, {"kennisgeving": "1999-12-31"}, {"geboortedatum": "2026-03-11"},
        {"geboortedatum": "1850-01-01"}, {"dossiernummer": "D" * 101},
        {"kennisgeving": "0001-01-01"}, {"kennisgeving": "2026-W10-1"}, {"brpDatum": "gisteren"}, {"doelgroep": "onzin"},
        {"inCoa": "misschien"}, {"inCoa": "ja"}, {"inCoa": "ja", "locatie": "nergens"}, {"dossiernummer": "x" * 2_000},
        {"dossiernummer": ""}, {"achternaam": ""}, {"bsn": "123"},
    ],
)  # fmt: skip
def test_answers_that_do_not_fit_start_nothing(law: Platform, as_user: Login, wrong: dict[str, str]) -> None:
    karin = as_user("karin")
    karin.get("/zaken/nieuw")
    before = counts(law)
    answer = karin.post("/zaken/nieuw", GIVEN | wrong)
    assert answer.status_code == 422
    assert counts(law) == before, "no person stays behind either"
    with pytest.raises(FlowError):
        law.services.case_starts.start("inburgering", GIVEN | wrong, actor_of(law, "karin"))
    assert counts(law) == before


def test_a_day_outside_its_range_is_named_as_the_page_asks_for_it(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    karin.get("/zaken/nieuw")

    page = karin.post("/zaken/nieuw", GIVEN | {"kennisgeving": "2026-03-11"}).text

    assert "“Datum kennisgeving van DUO” mag niet in de toekomst liggen." in page


def test_a_form_that_is_sent_six_times_makes_one_case(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    token = re.search(r'name="eenmalig" value="([^"]+)"', karin.get("/zaken/nieuw").text)[1]  # type: ignore[index]
    to = {karin.post("/zaken/nieuw", GIVEN | {"eenmalig": token}).headers["Location"] for _ in range(6)}
    assert len(to) == 1
    assert counts(law) == (1, 1, 1)
    note = to.pop() + "/notitie"
    for _ in range(3):
        karin.post(note, {"tekst": "gebeld", "eenmalig": "twee"})
    case = law.services.processes.search("inburgering")[0].key
    assert len(law.services.case_file.open(case, actor_of(law, "karin")).notes) == 1


def test_the_same_form_sent_at_once_makes_one_case(law: Platform) -> None:
    made: list[int] = []

    def send() -> None:
        made.append(law.services.case_starts.start("inburgering", GIVEN, actor_of(law, "karin"), once="een"))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


def test_a_token_is_its_owners(law: Platform) -> None:
    first = law.services.case_starts.start("inburgering", GIVEN, actor_of(law, "karin"), once="een")
    other = law.services.case_starts.start("inburgering", GIVEN | {"dossiernummer": "D-10"}, actor_of(law, "rita"), once="twee")
    assert first != other
    same = law.services.case_starts.start("inburgering", GIVEN | {"dossiernummer": "D-11"}, actor_of(law, "rita"), once="een")
    assert same not in (first, other), "a token is of one person"
    law.services.case_file.add_note(same, "gebeld", actor_of(law, "rita"), once="een")
    assert len(law.services.case_file.open(same, actor_of(law, "rita")).notes) == 1, "and of one kind of form"
    with pytest.raises(InvalidInput, match="D-9"):
        law.services.case_starts.start("inburgering", GIVEN, actor_of(law, "karin"), once="drie")
    law.services.clock.advance(days=2)
    assert law.services.submissions.forget() == 4


def test_a_case_handed_over_takes_its_open_tasks_along(law: Platform) -> None:
    case = start_case(law, "D-1", owner="karin")
    task = next(t for t in law.tasks(state="CREATED") if t.root_key == case)
    law.services.user_tasks.claim(task.key, "karin", actor_of(law, "karin"))
    done = law.services.case_leads.hand_over(case, "kees", actor_of(law, "rita"))
    assert (done.taken, done.freed) == (1, 0)
    mine = law.services.task_lists.page(actor_of(law, "kees"), "mijn")
    assert [i.key for i in mine.items] == [task.key]
    assert law.services.task_lists.page(actor_of(law, "karin"), "mijn").items == []

    done = law.services.case_leads.hand_over(case, None, actor_of(law, "rita"))
    assert (done.taken, done.freed) == (0, 1)
    with pytest.raises(InvalidInput, match="cannot lead"):
        law.services.case_leads.hand_over(case, "niemand", actor_of(law, "rita"))
    with pytest.raises(InvalidInput, match="cannot lead"):
        law.services.case_leads.hand_over(case, "hans", actor_of(law, "rita"))
    with pytest.raises(Forbidden):
        law.services.case_leads.hand_over(case, "karin", actor_of(law, "karin"))


def test_what_somebody_claimed_stays_in_their_list_also_in_a_colleagues_case(law: Platform) -> None:
    case = start_case(law, "D-1", owner="karin")
    task = next(t for t in law.tasks(state="CREATED") if t.root_key == case)
    law.services.user_tasks.assign(task.key, "kees", actor_of(law, "rita"))
    kees = actor_of(law, "kees")
    assert [i.key for i in law.services.task_lists.page(kees, "mijn").items] == [task.key]
    assert law.services.task_page.open(task.key, kees).task.assignee == "kees"
    law.services.user_tasks.complete(task.key, {"afspraakDatum": "2026-03-20", "afspraakPlaats": "x"}, user="kees", actor=kees)


def test_a_location_is_one_that_somebody_works_at_and_stays_when_a_case_is_handed_over(law: Platform, as_user: Login) -> None:
    case = start_case(law, "D-1", owner="karin", in_coa=True)
    rita = as_user("rita")
    rita.get(f"/zaken/{case}")
    rita.post(f"/regie/{case}/toewijzen", {"eigenaar": "kees"})
    assert law.services.case_lists.search(actor_of(law, "rita")).rows[0].case.location == LOCATION
    assert rita.post(f"/zaken/{case}/locatie", {"locatie": "nergens"}).status_code == 400
    law.services.accounts.save("cor", password=PASSWORD, roles=("coa-medewerker",), location="Elders")
    assert rita.post(f"/zaken/{case}/locatie", {"locatie": "Elders"}).status_code == 302
    assert law.services.task_lists.page(actor_of(law, "cor"), "rollen").count == 1


def test_a_task_is_given_only_to_who_may_do_it(law: Platform, as_user: Login) -> None:
    case = start_case(law, "D-1", owner="karin")
    task = next(t for t in law.tasks(state="CREATED") if t.root_key == case)
    rita = actor_of(law, "rita")
    assert {a.username for a in law.services.user_tasks.assignable(task.key, rita)} == {"karin", "kees"}
    for other in ("hans", "rita", "niemand", "bram"):
        with pytest.raises(InvalidInput):
            law.services.user_tasks.assign(task.key, other, rita)
    law.services.accounts.set_active("kees", False)
    with pytest.raises(InvalidInput):
        law.services.user_tasks.assign(task.key, "kees", rita)
    law.services.user_tasks.assign(task.key, "karin", rita)
    law.services.accounts.save("karin", roles=("consulent",))
    with pytest.raises(FlowError):
        law.services.user_tasks.complete(task.key, {}, user="karin", actor=actor_of(law, "karin"))
    with pytest.raises(FlowError):
        law.services.task_page.open(task.key, actor_of(law, "karin"))


def test_a_case_that_is_over_waits_for_nothing(law: Platform, as_user: Login) -> None:
    case = start_case(law, "D-1", owner="karin")
    karin = as_user("karin")
    law.services.processes.cancel(case)
    page = karin.get(f"/zaken/{case}").text
    assert "wacht op een bericht" not in page
    assert "gestopt" in page
    assert "Waar hoort deze zaak" not in as_user("rita").get(f"/zaken/{case}").text


BSN = "999990019"


def about(law: Platform, person: int) -> list[tuple[str, str]]:
    """What the log says that was done with a person: who, and what."""
    with law.context.db.read() as unit:
        lines = unit.connection.execute(select(t.audit.c.actor, t.audit.c.action).where(t.audit.c.subject_key == person))
        return [(actor, action) for actor, action in lines if actor != "system"]


def test_who_starts_a_case_does_not_learn_whether_the_person_was_known(law: Platform, as_user: Login) -> None:
    known = law.register_person({"voornamen": "Amal Zohra", "achternaam": "el Hadrami", "bsn": BSN, "straat": "Dorpsweg 1"})
    pages, karin = [], as_user("karin")
    for number, bsn in (("D-20", BSN), ("D-21", "999990020")):
        asked = GIVEN | {"achternaam": "Hadrâmi", "dossiernummer": number, "bsn": bsn, "eenmalig": number}
        pages.append(karin.get(karin.post("/zaken/nieuw", asked).headers["Location"]).text)
    started = {c.business_key: c.person_key for c in law.services.processes.search("inburgering")}

    assert started["D-20"] == known
    assert started["D-21"] not in (known, None)
    flashes = [re.findall(r"De zaak is gestart[^<]*", page) for page in pages]
    assert flashes[0] == flashes[1] != []
    assert "Amal Zohra" in pages[0], "what is kept stays as it is"
    assert about(law, known) == [("karin", "person.link"), ("karin", "person.look")]
    assert [action for _who, action in about(law, started["D-21"] or 0)] == ["person.register", "person.look"]


def test_a_number_with_another_name_is_refused_without_a_word_about_whose_it_is(law: Platform, as_user: Login) -> None:
    known = law.register_person({"voornamen": "Amal", "achternaam": "Hadrami", "bsn": BSN})
    karin = as_user("karin")

    answer = karin.post("/zaken/nieuw", GIVEN | {"bsn": BSN})
    assert answer.status_code == 422
    assert "Dit BSN en deze achternaam passen niet bij elkaar" in answer.text
    assert "Hadrami" not in answer.text
    assert "bestaande" not in answer.text
    assert about(law, known) == [("karin", "refused")], "whoever guesses numbers is found"

    case = start_case(law, "D-22")
    given = {"achternaam": "Persoon", "bsn": BSN, "reden": "nummer stond er verkeerd in"}
    answer = karin.post(f"/zaken/{case}/persoon", given)
    assert "Dit BSN en deze achternaam passen niet bij elkaar" in answer.text
    assert about(law, known) == [("karin", "refused")] * 2


FORM = {
    "id": "aanvraag-start", "type": "default", "schemaVersion": 18,
    "components": [
        {"type": "textfield", "id": "f1", "key": "onderwerp", "label": "Onderwerp", "validate": {"required": True}},
        {"type": "number", "id": "f2", "key": "bedrag", "label": "Bedrag", "validate": {"max": 1000}},
    ],
}  # fmt: skip


def deployed_with_form(law: Platform, schema: Mapping[str, Any] = FORM) -> int:
    d = Diagram("verzoek").node("startEvent", "start", '<zeebe:formDefinition formId="aanvraag-start"/>')
    d.user("beoordelen", '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>').end()
    law.deployments.deploy([
        Resource("verzoek.bpmn", d.path("start", "beoordelen", "end").xml().encode()),
        Resource("aanvraag-start.form", json.dumps(schema).encode()),
    ])  # fmt: skip
    return next(row.key for row in law.deployments.newest("process") if row.id == "verzoek")


def test_a_deployed_process_is_started_with_its_own_form_once_and_by_whoever_may(law: Platform, as_user: Login) -> None:
    key = deployed_with_form(law)
    karin = as_user("karin")
    assert f"/processen/{key}/starten" in karin.get("/zaken/nieuw").text
    page = karin.get(f"/processen/{key}/starten").text
    assert "veld_onderwerp" in page
    assert "Dossiernummer" in page
    wrong = karin.post(f"/processen/{key}/starten", {"veld_bedrag": "2000", "zaaknaam": "V-1", "eenmalig": "een"})
    assert wrong.status_code == 422
    assert 'href="#veld_onderwerp"' in wrong.text
    assert 'href="#veld_bedrag"' in wrong.text
    assert 'value="V-1"' in wrong.text
    sent = {"veld_onderwerp": "Een kast", "veld_bedrag": "250", "zaaknaam": "V-1", "eenmalig": "een"}
    places = {karin.post(f"/processen/{key}/starten", sent).headers["Location"] for _ in range(2)}
    [case] = law.instances("verzoek")
    assert places == {f"/zaken/{case.key}"}
    assert {"onderwerp": "Een kast", "bedrag": 250, "dossiernummer": "V-1"}.items() <= law.instance(case.key).variables.items()
    taken = karin.post(f"/processen/{key}/starten", {**sent, "eenmalig": "twee"})
    assert (taken.status_code, len(law.instances("verzoek"))) == (422, 1)
    for nobody in ("piet", "bram", "hans"):
        browser = as_user(nobody)
        assert browser.get(f"/processen/{key}/starten").status_code == 403
        assert browser.post(f"/processen/{key}/starten", sent).status_code == 403


def test_files_of_a_start_form_become_documents_of_the_case_that_it_starts(law: Platform, as_user: Login) -> None:
    asked = {"type": "filepicker", "id": "f3", "key": "stukken", "label": "Stukken", "multiple": True, "accept": ".pdf"}
    key = deployed_with_form(law, {**FORM, "components": [*FORM["components"], asked]})
    karin = as_user("karin")
    karin.get(f"/processen/{key}/starten")
    given = {"veld_onderwerp": "Een kast", "zaaknaam": "V-2", "eenmalig": "drie"}

    def sent(*names: str) -> dict[str, object]:
        return {**given, "veld_stukken": [(io.BytesIO(name.encode()), name, "application/pdf") for name in names]}

    refused = karin.post(f"/processen/{key}/starten", sent("foto.png"))
    assert (refused.status_code, "kies een bestand van de goede soort (.pdf)" in refused.text) == (422, True)
    again = said(karin.post(f"/processen/{key}/starten/lijst", sent("een.pdf")).text)
    assert "Kies uw bestanden opnieuw: die zijn niet bewaard." in again
    assert law.instances("verzoek") == []
    for _ in range(2):
        assert karin.post(f"/processen/{key}/starten", sent("een.pdf", "twee.pdf")).status_code == 302
    [case] = law.instances("verzoek")
    kept = law.documents(case.key)
    assert [(one.name, one.kind, one.root_key) for one in kept] == [("een.pdf", "bijlage", case.key), ("twee.pdf", "bijlage", case.key)]
    described = law.instance(case.key).variables["stukken"]
    assert [one["documentId"] for one in described] == [str(one.key) for one in kept]
    assert described[0]["metadata"] == {"fileName": "een.pdf", "contentType": "application/pdf", "size": 7}
    assert karin.get(f"/documenten/{kept[0].key}").data == b"een.pdf"


def test_what_the_domain_starts_is_started_on_its_own_page(law: Platform, as_user: Login) -> None:
    keys = {row.id: row.key for row in law.deployments.newest("process")}
    karin = as_user("karin")
    assert karin.get(f"/processen/{keys['inburgering']}/starten").headers["Location"] == "/zaken/nieuw?soort=inburgering"
    assert karin.get(f"/processen/{keys['cijfers']}/starten").status_code == 404
    with pytest.raises(NotFound, match="page of its own"):
        law.services.process_starts.start(keys["inburgering"], lambda _asked: {}, actor_of(law, "karin"))


def test_a_part_of_another_process_is_not_begun_by_hand(law: Platform, as_user: Login) -> None:
    """Else whoever may start cases could begin a fine without a case, a person, or what goes before it."""
    keys = {d.id: d.key for d in law.services.deployments.newest("process")}
    karin = as_user("karin")
    offered = {id for id, key in keys.items() if f"/processen/{key}/starten" in karin.get(f"/processen/{key}").text}
    assert offered <= {"inburgering"}
    for id in ("boeteprocedure", "inning", "leerroute"):
        refused = karin.post(f"/processen/{keys[id]}/starten", {"eenmalig": id})
        assert (refused.status_code, "is een onderdeel van een ander" in refused.text) == (404, True), id
    assert law.instances() == []
