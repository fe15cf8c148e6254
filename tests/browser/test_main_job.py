"""The whole main job through the pages, as each role in turn, in a real browser; the test moves the clock."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from variants import ALL

from browser.steps import Pages, choose, claim, date, fill, finish, new_file, partner, picture, question, shows
from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.demo import LOCATION
from inburgering_flow.platform import Platform


def test_a_newcomer_goes_from_the_reception_centre_to_ingeburgerd(law: Platform, address: str, page_of: Pages) -> None:
    assert isinstance(law.clock, ManualClock)
    karin, carla, tom = page_of("karin"), page_of("carla"), page_of("tom")

    karin.goto(f"{address}/zaken/nieuw")
    for name, value in {
        "voornamen": "Voorbeeld", "achternaam": "Nieuwkomer", "bsn": "999990019", "dossiernummer": "D-2026-1",
        "kennisgeving": "2026-03-02", "straat": "Voorbeeldlaan 1", "postcode": "1234 AB", "woonplaats": "Voorbeeldstad",
    }.items():  # fmt: skip
        karin.fill(f"#{name}", value)
    karin.select_option("#doelgroep", "asielstatushouder")
    karin.select_option("#locatie", LOCATION)
    karin.check("[name=inCoa]")
    karin.click("button:has-text('Zaak starten')")
    karin.wait_for_selector("text=De zaak is gestart.")
    key = int(karin.url.rsplit("/", 1)[1])
    law.run_due()

    claim(carla, address, "Deelname vragen")
    choose(carla, "Wil de bewoner meedoen?", "Ja")
    date(carla, "Datum van het antwoord", "2026-03-02")
    picture(carla, "taak-coa")
    finish(carla, law)
    claim(carla, address, "Programma volgen")
    fill(carla, "Gevolgde uren Nederlands", "121")
    fill(carla, "Gevolgde uren kennis van Nederland", "24")
    finish(carla, law)

    partner(karin, address, key, "coa.uitstroom", "2026-03-02", law)
    claim(karin, address, "Overdrachtsgesprek voeren")
    date(karin, "Datum van het gesprek", "2026-03-02")
    finish(karin, law)
    claim(karin, address, "Intake plannen")
    date(karin, "Datum van de afspraak", "2026-03-10")
    fill(karin, "Plaats van de afspraak", "Stadhuis")
    finish(karin, law)
    law.clock.advance(days=8)
    claim(karin, address, "Intakegesprek voeren")
    choose(karin, "Is de persoon verschenen?", "Ja")
    question(karin, "Ik heb gezegd dat de persoon alleen mag praten").first.check()
    fill(karin, "Leeftijd in jaren", "31")
    finish(karin, law)
    partner(karin, address, key, "duo.SS131", "B1-route haalbaar", law)
    claim(karin, address, "Verslag maken")
    for subject in ("Opleiding en werk", "Persoonlijke omstandigheden", "Lichamelijke en psychische", "Taalniveau",
                    "Mogelijkheden voor werk", "Zelfredzaamheid"):  # fmt: skip
        fill(karin, subject, "Besproken.")
    choose(karin, "Is er een kind", "Nee")
    choose(karin, "Heeft de persoon het verslag gezien?", "Ja")
    finish(karin, law)

    claim(karin, address, "PIP opstellen")
    expect(karin.locator("aside >> text=maandag 11 mei 2026").first).to_be_visible()
    choose(karin, "Leerroute", "B1-route")
    choose(karin, "Niveau", "B1")
    fill(karin, "Waarom niet de onderwijsroute?", "Heeft geen wens om te studeren.")
    fill(karin, "Waarom niet de Z-route?", "De toets zegt dat B1 haalbaar is.")
    fill(karin, "Uren participatieverklaring", "12")
    fill(karin, "Welke begeleiding krijgt de persoon?", "Een vast contact, elke maand een gesprek.")
    fill(karin, "Hoeveel tijd voor PVT en MAP?", "Een dagdeel per week.")
    fill(karin, "Hoeveel tijd voor de leerroute?", "Drie dagdelen per week.")
    fill(karin, "Hoeveel voortgangsgesprekken?", "6")
    picture(karin, "taak-pip")
    finish(karin, law)
    claim(tom, address, "PIP ondertekenen")
    choose(tom, "Stelt u dit PIP vast?", "Ja")
    finish(tom, law)
    partner(karin, address, key, "duo.SS102", "2029-03-13", law)

    claim(karin, address, "Aanbod regelen")
    fill(karin, "Naam van de taalschool", "Voorbeeldschool")
    date(karin, "Begin van de lessen", "2026-04-01")
    finish(karin, law)
    claim(karin, address, "Voortgangsgesprek voeren")
    choose(karin, "Hoe verder?", "Alle onderdelen zijn klaar")
    fill(karin, "Gevolgde lesuren Nederlands (NT2) tot nu toe", "600")
    choose(karin, "Zijn alle examenonderdelen gehaald?", "Ja")
    picture(karin, "taak-voortgang")
    finish(karin, law)
    partner(karin, address, key, "duo.SS106", "", law)
    claim(karin, address, "Inburgering afronden")
    fill(karin, "Wat is afgerond of gestopt?", "Gefeliciteerd.")
    finish(karin, law)

    assert law.instance(key).state == "COMPLETED"
    assert "einde_ingeburgerd" in [e.element_id for e in law.instance(key).elements]
    assert [d.title for d in law.documents(key)] == ["Uitnodiging brede intake", "Verslag brede intake", "PIP-beschikking",
                                                       "Dossier gesloten"]  # fmt: skip


def test_a_draft_typed_in_the_browser_form_is_there_again(law: Platform, address: str, page_of: Pages) -> None:
    person = law.register_person({"voornamen": "Voorbeeld", "achternaam": "Concept"})
    law.start("inburgering", {"dossiernummer": "D-1", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02",
                              "brpDatum": None, "inCoa": False}, person=person, owner="karin")  # fmt: skip
    karin = page_of("karin")
    claim(karin, address, "Intake plannen")
    fill(karin, "Plaats van de afspraak", "Nog niet klaar")
    karin.click("button:has-text('Concept bewaren')")
    karin.wait_for_selector("text=Uw concept is bewaard.")
    karin.wait_for_selector(".flow-form[data-ready]")

    assert karin.get_by_label("Plaats van de afspraak").first.input_value() == "Nog niet klaar"


def test_the_diagram_of_a_case_shows_its_token(law: Platform, address: str, page_of: Pages) -> None:
    person = law.register_person({"voornamen": "Voorbeeld", "achternaam": "Diagram"})
    key = law.start("inburgering", {"dossiernummer": "D-1", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02",
                                    "brpDatum": None, "inCoa": False}, person=person, owner="karin")  # fmt: skip
    karin = page_of("karin")
    karin.goto(f"{address}/zaken/{key}/diagram")
    karin.wait_for_selector(".diagram[data-ready]")

    shows(karin, "[data-element-id=roep_brede_intake].flow-active", 1)
    karin.click("text=Dezelfde feiten als lijst")
    expect(karin.locator("details >> text=Brede intake").first).to_be_visible()
    picture(karin, "zaak")


@pytest.mark.skipif(not ALL, reason="a designer's first hour draws and deploys too; this compares the file to the byte")
def test_a_diagram_drawn_in_the_modeler_deploys_and_runs_unchanged(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    project = new_file(piet, address, "bpmn", "Nieuw proces")
    piet.evaluate(
        """() => {
          const m = window.flowModeler, get = (n) => m.get(n);
          const start = get("elementRegistry").get("begin");
          const task = get("autoPlace").append(start, get("elementFactory").createShape({ type: "bpmn:UserTask" }));
          get("modeling").updateProperties(task, { name: "Vraag stellen", id: "taak_vraag" });
          const end = get("autoPlace").append(task, get("elementFactory").createShape({ type: "bpmn:EndEvent" }));
          get("modeling").updateProperties(end, { name: "Klaar", id: "einde" });
        }"""
    )
    piet.wait_for_selector("#findings a[href$='/hulp/regels/task-group']")  # a warning: the task is for nobody
    picture(piet, "ontwerpen")
    saved = piet.evaluate("async () => (await window.flowModeler.saveXML({format: true})).xml")
    piet.wait_for_selector("#save-state:has-text('Opgeslagen om')")  # by itself
    piet.goto(project)
    piet.fill("#reden", "Het eerste ontwerp is af.")
    piet.click("button:has-text('Klaarzetten wat veranderd is')")
    piet.wait_for_selector("text=nieuw-proces versie 1 is klaargezet.")

    definition = next(d for d in law.services.deployments.newest("process") if d.id == "nieuw-proces")
    stored = law.services.deployments.resource_of(definition.key)[1]
    assert stored.decode().replace("\r\n", "\n") == saved
    key = law.start("nieuw-proces")
    law.complete(law.tasks(state="CREATED", instance=key)[0].key, {}, user="karin")
    assert law.instance(key).state == "COMPLETED"
