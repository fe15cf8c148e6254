"""What goes wrong in a day's work: two at once, twice, too late, and the wrong thing typed. Nothing is lost or done twice."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.steps import Pages, claim, date, fill, log_in, picture, question, start_case, task_key
from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.platform import Platform


def test_of_two_who_complete_one_task_the_second_is_told_and_keeps_what_was_typed(
    law: Platform, address: str, page_of: Pages
) -> None:
    start_case(law)
    here, there = page_of("karin"), page_of("karin", window=2)
    claim(here, address, "Intake plannen")
    there.goto(here.url)
    for page, place in ((here, "Stadhuis"), (there, "Bibliotheek")):
        page.wait_for_selector(".flow-form[data-ready]")
        date(page, "Datum van de afspraak", "2026-03-10")
        fill(page, "Plaats van de afspraak", place)

    # Both press at the same time; neither waits for the other's answer.
    for page in (here, there):
        page.evaluate("setTimeout(() => document.querySelector('form[data-draft-url] button.primary').click(), 50)")
    for page in (here, there):
        page.wait_for_selector(".notice:has-text('De taak is afgerond.'), .notice.problem")

    told = [p.locator(".notice").first.inner_text() for p in (here, there)]
    assert sorted(t.split(":")[0] for t in told) == ["De taak is afgerond.", "Iemand anders was u voor"]
    law.run_due()
    assert [t.element_id for t in law.tasks(state="CREATED")] == ["taak_intakegesprek"]
    winner = "Stadhuis" if told[0].startswith("De taak") else "Bibliotheek"
    assert [d.title for d in law.documents(law.instances()[0].root_key)] == ["Uitnodiging brede intake"]
    places = {i.variables.get("afspraakPlaats") for i in (law.instance(i.key) for i in law.instances())}
    assert winner in places
    assert len(places - {None}) == 1


def test_who_opens_a_task_that_a_colleague_has_just_taken_is_told_in_a_sentence(
    law: Platform, address: str, page_of: Pages
) -> None:
    law.services.accounts.save("kees", display_name="Kees", password=PASSWORD, roles=("klantmanager",))
    start_case(law, owner=None)
    karin, kees = page_of("karin"), page_of("kees")
    for page in (karin, kees):
        page.goto(f"{address}/taken/{task_key(law, 'taak_intake_plannen')}")

    karin.click("text=Taak oppakken")
    kees.click("text=Taak oppakken")

    expect(kees.locator("text=Een collega heeft deze taak al opgepakt.")).to_be_visible()
    expect(kees.locator("text=karin heeft deze taak opgepakt.")).to_be_visible()
    assert kees.locator("form[data-draft-url]").count() == 0


def test_a_double_click_on_complete_completes_once_and_says_so(law: Platform, address: str, page_of: Pages) -> None:
    start_case(law)
    karin = page_of("karin")
    claim(karin, address, "Intake plannen")
    date(karin, "Datum van de afspraak", "2026-03-10")
    fill(karin, "Plaats van de afspraak", "Stadhuis")

    karin.dblclick("button:has-text('Afronden')")
    karin.wait_for_selector("text=De taak is afgerond.")

    assert karin.locator(".notice.problem").count() == 0
    law.run_due()
    assert [t.element_id for t in law.tasks(state="CREATED")] == ["taak_intakegesprek"]


def test_after_an_expired_session_the_draft_is_there_and_the_task_can_be_completed(
    law: Platform, address: str, page_of: Pages
) -> None:
    start_case(law)
    karin = page_of("karin")
    claim(karin, address, "Intake plannen")
    task = karin.url
    date(karin, "Datum van de afspraak", "2026-03-10")
    fill(karin, "Plaats van de afspraak", "Kamer 12")
    karin.wait_for_selector("text=Concept bewaard.")

    karin.context.clear_cookies()
    karin.click("button:has-text('Afronden')")
    expect(karin.locator("text=Uw sessie is verlopen.")).to_be_visible()
    expect(karin.locator("text=Wat u net verstuurde, is niet aangekomen.")).to_be_visible()
    assert [t.element_id for t in law.tasks(state="CREATED")] == ["taak_intake_plannen"]
    log_in(karin, address, "karin")
    karin.goto(task)
    karin.wait_for_selector(".flow-form[data-ready]")
    assert question(karin, "Plaats van de afspraak").first.input_value() == "Kamer 12"
    karin.click("button:has-text('Afronden')")
    karin.wait_for_selector("text=De taak is afgerond.")


def test_what_is_typed_after_the_session_ended_is_not_called_saved(law: Platform, address: str, page_of: Pages) -> None:
    start_case(law)
    karin = page_of("karin")
    claim(karin, address, "Intake plannen")
    karin.context.clear_cookies()

    fill(karin, "Plaats van de afspraak", "Kamer 12")

    karin.wait_for_selector("[data-draft-status]:has-text('Concept niet bewaard.')")
    assert question(karin, "Plaats van de afspraak").first.input_value() == "Kamer 12"


def test_a_wrong_form_shows_a_summary_in_dutch_whose_links_lead_to_the_questions(
    law: Platform, address: str, page_of: Pages
) -> None:
    start_case(law)
    karin = page_of("karin")
    claim(karin, address, "Intake plannen")
    fill(karin, "Plaats van de afspraak", "x" * 201)

    karin.click("button:has-text('Afronden')")
    karin.wait_for_selector(".summary")
    karin.wait_for_selector(".flow-form[data-ready]")

    assert karin.locator(".summary a").all_inner_texts() == [
        "Vul “Datum van de afspraak” in.",
        "“Plaats van de afspraak”: de tekst is te lang. Gebruik hoogstens 200 tekens.",
    ]
    assert karin.evaluate("document.activeElement.className") == "summary", "what went wrong is read first"
    picture(karin, "taak-fout")
    for number, label in enumerate(("Datum van de afspraak", "Plaats van de afspraak")):
        karin.locator(".summary a").nth(number).click()
        focused = karin.evaluate("(document.activeElement.closest('fieldset.moment')?.querySelector('legend') ?? document.activeElement.labels[0]).textContent")
        assert label in focused
    fill(karin, "Plaats van de afspraak", "Stadhuis")
    date(karin, "Datum van de afspraak", "2026-03-10")
    karin.click("button:has-text('Afronden')")
    karin.wait_for_selector("text=De taak is afgerond.")


def test_form_js_itself_complains_in_dutch(
    law: Platform, address: str, page_of: Pages
) -> None:
    start_case(law)
    karin = page_of("karin")
    claim(karin, address, "Intake plannen")
    place = question(karin, "Plaats van de afspraak").first
    place.fill("x" * 201)
    place.blur()
    karin.wait_for_selector(".fjs-form-field-error:has-text('De tekst is te lang. Gebruik hoogstens 200 tekens.')")
    place.fill("")
    place.blur()
    karin.wait_for_selector(".fjs-form-field-error:has-text('Vul dit in.')")


def test_without_javascript_wrong_types_are_told_beside_what_was_typed(
    law: Platform, address: str, browser: object
) -> None:
    start_case(law)
    law.complete(task_key(law, "taak_intake_plannen"), {"afspraakDatum": "2026-03-02", "afspraakPlaats": "Stadhuis"},
                 user="karin")  # fmt: skip
    law.run_due()
    law.clock.advance(hours=8)
    law.run_due()
    page = browser.new_context(java_script_enabled=False).new_page()  # type: ignore[attr-defined]
    log_in(page, address, "karin")
    page.goto(f"{address}/taken/{task_key(law, 'taak_intakegesprek')}")
    page.click("text=Taak oppakken")
    page.get_by_label("Ja", exact=True).check()
    page.get_by_label("Ik heb gezegd dat de persoon alleen mag praten").check()
    page.get_by_label("Leeftijd in jaren").fill("oud genoeg")

    page.click("button:has-text('Afronden')")

    page.click(".summary a:has-text('“Leeftijd in jaren”: vul een getal in, bijvoorbeeld 12 of 1,5.')")
    assert page.url.endswith("#veld_leeftijd")
    assert page.get_by_label("Leeftijd in jaren").input_value() == "oud genoeg"
    page.get_by_label("Leeftijd in jaren").fill("31")
    page.click("button:has-text('Afronden')")
    page.locator("text=De taak is afgerond.").wait_for()
    page.context.close()


def test_what_is_sent_after_the_session_ended_is_back_after_logging_in(law: Platform, address: str, page_of: Pages) -> None:
    start_case(law)
    karin = page_of("karin")
    claim(karin, address, "Intake plannen")
    date(karin, "Datum van de afspraak", "2026-03-10")
    fill(karin, "Plaats van de afspraak", "Kamer 12")
    karin.context.clear_cookies()

    karin.click("button:has-text('Afronden')")
    karin.wait_for_selector("text=Wat u net verstuurde, is niet aangekomen.")
    expect(karin.locator("text=Wat u invulde, staat nog in deze browser.")).to_be_visible()
    picture(karin, "verlopen")
    karin.fill("#username", "karin")
    karin.fill("#password", PASSWORD)
    karin.click("form.card button.primary")

    karin.wait_for_selector(".flow-form[data-ready]")
    expect(karin.locator("text=Wat u eerder invulde en niet aankwam, is teruggezet.")).to_be_visible()
    assert question(karin, "Plaats van de afspraak").first.input_value() == "Kamer 12"
    karin.click("button:has-text('Afronden')")
    karin.wait_for_selector("text=De taak is afgerond.")
    assert [key for key in karin.evaluate("Object.keys(sessionStorage)") if key.startswith("antwoorden")] == []
