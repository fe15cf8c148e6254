"""Enforcement through the pages: each role acts in its own browser, and the test moves the clock."""

from __future__ import annotations

from typing import Any

import pytest
import variants
from playwright.sync_api import expect

from browser.steps import (
    Pages,
    choose,
    claim,
    date,
    fill,
    finish,
    notice,
    picture,
    question,
    start_case,
    task_key,
    until,
)
from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.platform import Platform

ADDRESS = {"straat": "Voorbeeldlaan 1", "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}


def ends(law: Platform, key: int) -> set[str]:
    """Return every end event reached in the case and in what it called."""
    family = [law.instance(i.key) for i in law.instances() if i.root_key == key]
    return {e.element_id for i in family for e in i.elements if e.element_type == "END_EVENT"}


def twice_absent(law: Platform, address: str, karin: Any) -> None:
    """Play two invitations and two no-shows, and say that there was no good reason."""
    for day, after in (("2026-01-27", "2026-02-02"), ("2026-02-10", "2026-02-17")):
        claim(karin, address, "Intake plannen")
        date(karin, "Datum van de afspraak", day)
        fill(karin, "Plaats van de afspraak", "Stadhuis")
        finish(karin, law)
        until(law, f"{after}T15:00:00+01:00")  # the term of the call is over
        claim(karin, address, "Intakegesprek voeren")
        choose(karin, "Is de persoon verschenen?", "Nee")
        assert question(karin, "Leeftijd in jaren").count() == 0, "nobody asks the age of who did not come"
        finish(karin, law)
    claim(karin, address, "Oorzaak onderzoeken")
    choose(karin, "Is het de schuld van de persoon?", "Ja")
    fill(karin, "Wat is de oorzaak?", "Geen reden gegeven.")
    finish(karin, law)


def release(law: Platform, address: str, julia: Any) -> None:
    """Let the jurist release a letter that holds something te controleren."""
    claim(julia, address, "Tekst vrijgeven")
    choose(julia, "Mag de brief uit?", "Ja, vrijgeven")
    fill(julia, "Wat heeft u gecontroleerd?", "De termijn is redelijk.")
    finish(julia, law)


def report(law: Platform, address: str, page: Any) -> None:
    until(law, "2026-03-04T00:00:00+01:00")
    claim(page, address, "Rapport opmaken")
    fill(page, "Waar? (als dat nodig is)", "Stadhuis")
    fill(page, "Wat is er gebeurd, en waar?", "Twee keer niet verschenen op de brede intake.")
    finish(page, law)


def decide(page: Any, amount: str) -> None:
    choose(page, "Besluit", "Boete")
    fill(page, "Bedrag in euro", amount)
    fill(page, "Motivering", "Er is geen goede reden.")


def test_a_fine_is_decided_by_somebody_else_than_the_reporter(law: Platform, address: str, page_of: Pages) -> None:
    assert isinstance(law.clock, ManualClock)
    law.clock.set("2026-01-16T09:00:00+01:00")
    # Henk may report and may decide, so only the separation of duties prevents him.
    law.services.accounts.save("henk", display_name="Henk Handig", password=PASSWORD, roles=("handhaver", "teammanager"))
    key = start_case(law, "D-8", name="Afspraak", **ADDRESS)
    karin, henk, tom, fatima = page_of("karin"), page_of("henk"), page_of("tom"), page_of("fatima")
    julia = page_of("julia")

    twice_absent(law, address, karin)
    karin.goto(f"{address}/zaken/{key}/documenten")
    expect(karin.locator(".list a:text-is('Waarschuwing en tweede oproep brede intake')")).to_be_visible()
    report(law, address, henk)
    release(law, address, julia)
    karin.reload()
    expect(karin.locator(".list a:text-is('Voornemen en uitnodiging zienswijze')")).to_be_visible()

    until(law, "2026-03-18T23:00:00+01:00")
    henk.goto(f"{address}/taken?lijst=rollen")
    assert henk.locator("table >> text=Over de boete beslissen").count() == 0, "the days for a view still run"
    until(law, "2026-03-19T00:00:00+01:00")
    claim(julia, address, "Verwijt en draagkracht beoordelen")
    expect(julia.locator("text=De persoon heeft geen zienswijze gegeven.")).to_be_visible()
    choose(julia, "Hoe groot is het verwijt?", "Gewoon: geen opzet en geen grove schuld")
    fill(julia, "Kan de persoon een boete betalen?", "Heeft werk en geen schulden.")
    finish(julia, law)
    decision = task_key(law, "taak_boete_besluiten")
    henk.goto(f"{address}/taken/{decision}")
    expect(henk.locator("text=Een collega moet deze taak doen.")).to_be_visible()
    assert henk.locator("text=Taak oppakken").count() == 0
    picture(henk, "handhaving-rapporteur-geweigerd")
    refused = henk.evaluate(
        """async (url) => { const token = document.querySelector('meta[name="csrf-token"]').content;
          const answer = await fetch(url, {method: 'POST', headers: {'X-CSRFToken': token}}); return answer.text(); }""",
        f"/taken/{decision}/oppakken",
    )
    assert "U deed een eerdere stap die hier wordt beoordeeld; een collega moet dit doen." in refused
    assert law.tasks(element_id="taak_boete_besluiten", state="CREATED")[0].assignee is None

    claim(tom, address, "Over de boete beslissen")
    expect(tom.locator("aside >> text=woensdag 3 juni 2026").first).to_be_visible()
    assert tom.locator("dt:text-is('Boete voorstel') + dd").inner_text().startswith("250")
    expect(tom.locator("text=Voorstel van de tabel: 250 euro. Ten hoogste: 250 euro.")).to_be_visible()
    decide(tom, "800")
    fill(tom, "Waarom wijkt u af van het voorstel?", "Ik wil een hogere boete.")
    tom.click("button:has-text('Afronden')")
    tom.click(".summary a:has-text('het getal is ten hoogste 250')")
    assert tom.evaluate("document.activeElement.type") in ("number", "text")
    tom.wait_for_selector(".flow-form[data-ready]")
    assert question(tom, "Motivering").input_value() == "Er is geen goede reden."
    fill(tom, "Bedrag in euro", "250")
    picture(tom, "handhaving-besluit")
    finish(tom, law)

    karin.reload()
    expect(karin.locator(".list a:text-is('Boetebeschikking')")).to_be_visible()
    with karin.expect_download() as download:
        karin.click(".list a:text-is('Boetebeschikking')")
    assert download.value.path().read_bytes().startswith(b"%PDF")
    claim(fatima, address, "Inning starten")
    assert question(fatima, "Betalingskenmerk uit de brief").input_value().startswith("D-8-B")
    question(fatima, "De boete staat klaar om te innen, met dit kenmerk").check()
    finish(fatima, law)
    assert "einde_boete_opgelegd" in ends(law, key)


@pytest.mark.skipif(not variants.ALL, reason="make test plays this story as a scenario (zienswijze-op-tijd); make test-all in a browser too")
def test_a_view_of_the_person_goes_to_the_jurist_and_ends_without_a_fine(
    law: Platform, address: str, page_of: Pages
) -> None:
    assert isinstance(law.clock, ManualClock)
    law.clock.set("2026-01-16T09:00:00+01:00")
    key = start_case(law, "D-9", name="Zienswijze", **ADDRESS)
    karin, hans, julia, tom = page_of("karin"), page_of("hans"), page_of("julia"), page_of("tom")

    twice_absent(law, address, karin)
    report(law, address, hans)
    release(law, address, julia)
    until(law, "2026-03-18T12:00:00+01:00")
    notice(karin, address, key, "burger.zienswijze", "Ik was in het ziekenhuis.")
    karin.wait_for_selector("text=De melding is bewaard en verwerkt in deze zaak.")
    until(law, "2026-03-19T00:00:00+01:00")

    hans.goto(f"{address}/taken?lijst=rollen")
    assert hans.locator("table >> text=Verwijt en draagkracht beoordelen").count() == 0
    claim(julia, address, "Verwijt en draagkracht beoordelen")
    expect(julia.locator("text=Zienswijzen: 2026-03-18: Ik was in het ziekenhuis.")).to_be_visible()
    expect(julia.locator("aside >> text=Ik was in het ziekenhuis.").first).to_be_visible()
    fill(julia, "Uw oordeel over de zienswijze", "De verklaring klopt.")
    choose(julia, "Hoe groot is het verwijt?", "Geen verwijt")
    fill(julia, "Kan de persoon een boete betalen?", "Geen vragen over gesteld.")
    finish(julia, law)
    claim(tom, address, "Over de boete beslissen")
    choose(tom, "Besluit", "Geen boete")
    assert question(tom, "Bedrag in euro").count() == 0
    fill(tom, "Motivering", "U had een goede reden.")
    finish(tom, law)

    karin.goto(f"{address}/zaken/{key}/documenten")
    expect(karin.locator(".list a:text-is('Mededeling: geen boete')")).to_be_visible()
    assert "einde_geen_boete" in ends(law, key)


@pytest.mark.skipif(not variants.ALL, reason="make test plays this route in tests/normen and as a scenario; make test-all in a browser too")
def test_the_fine_route_of_an_asylum_status_holder_goes_to_the_jurist(
    law: Platform, address: str, page_of: Pages
) -> None:
    assert isinstance(law.clock, ManualClock)
    law.clock.set("2026-01-16T09:00:00+01:00")
    key = start_case(law, "D-11", "asielstatushouder", name="Status", **ADDRESS)
    karin, hans, julia = page_of("karin"), page_of("hans"), page_of("julia")

    twice_absent(law, address, karin)
    hans.goto(f"{address}/taken?lijst=alle")
    assert hans.locator("table").count() == 0, "the reporter has nothing to do here"
    karin.goto(f"{address}/zaken/{key}/documenten")
    assert karin.locator(".list a:text-is('Waarschuwing')").count() == 0
    claim(julia, address, "Boete beoordelen")
    choose(julia, "Oordeel", "Geen boete")
    fill(julia, "Motivering", "Geen bewezen en blijvende onwil.")
    picture(julia, "handhaving-jurist")
    finish(julia, law)

    assert "einde_geen_boete_jurist" in ends(law, key)
    until(law, "2026-06-01T09:00:00+02:00")
    assert {d.title for d in law.documents(key)} == {"Uitnodiging brede intake", "Waarschuwing en tweede oproep brede intake"}, "no intention, no fine"
