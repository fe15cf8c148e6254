"""Uitleg: what words mean, by which rules is decided, what is still to be verified, and how each role works."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from browser import pictures

from inburgering_flow.app import create_app
from inburgering_flow.dmn.reader import parse_model
from inburgering_flow.dmn.tables import tables
from inburgering_flow.i18n import speaking
from inburgering_flow.inburgering import uitleg
from inburgering_flow.inburgering import verantwoording as law_of
from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.explaining import Word
from inburgering_flow.platform import Platform
from inburgering_flow.web import display
from inburgering_flow.web.designer.spoken import spoken_test
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
ROOT = Path(__file__).parents[2]
OF_ROLE = {role: username for username, (_name, role) in ACCOUNTS.items()}


def english(browser: Browser) -> Browser:
    browser.post("/taal", {"taal": "en", "terug": "/"})
    return browser


# -- words -------------------------------------------------------------------------------------------------------------

NO_WORDS = frozenset((
    "CSV", "URL", "JSON", "BPMN", "DMN", "FEEL", "XML", "HTTP", "ISO", "ID", "PNG", "JPEG", "ZIP", "KB", "MB", "UTF", "SQL",
    "SMTP", "API", "TOTP", "SAML", "OIDC", "IP",
))  # fmt: skip
"""Capitals that designers and administrators use, and that no law and no case knows."""
SHORT = re.compile(r"(?<![\w.+-])[A-Z]{2,}(?![\w-])")


def texts() -> Iterator[tuple[str, str]]:
    """Yield (where, text) of all that staff read: of pages, models, forms and dictionaries."""
    for path in sorted((ROOT / "src" / "inburgering_flow").rglob("*.html")):
        if path.parent.name not in ("designer", "proving"):
            for text in re.findall(r"_\(\s*'([^']*)'", path.read_text()):
                yield path.name, text
    for path in sorted(resource_folder("forms").rglob("*.form")):
        for text in re.findall(r'"(?:label|description|text)": "((?:[^"\\]|\\.)*)"', path.read_text()):
            yield path.name, text
    for path in sorted(resource_folder("processes").rglob("*.bpmn")):
        for text in re.findall(r'<bpmn:userTask [^>]*name="([^"]*)"|<userTask [^>]*name="([^"]*)"', path.read_text()):
            yield path.name, " ".join(text)
    for path in sorted(resource_folder("processes").rglob("gegevens.json")):
        for entry in json.loads(path.read_text()):
            yield path.parent.name, entry["meaning"]


def test_each_abbreviation_that_staff_read_is_explained() -> None:
    known = {form.upper() for word in uitleg.glossary() for form in word.forms}
    unknown = {(name, where) for where, text in texts() for name in SHORT.findall(text) if name not in known | NO_WORDS}

    assert sorted(unknown) == []


def test_a_word_has_a_sentence_in_both_languages_and_a_source_that_is_a_law_that_was_read_or_none() -> None:
    words = uitleg.glossary()
    forms = [form for word in words for form in word.forms]

    assert len(forms) == len(set(forms)), "each is found in one place"
    for word in words:
        for meaning in (word.meaning, word.said("en")[1]):
            assert re.fullmatch(r"[A-Z].*\.", meaning), word.name
        assert word.said("en")[1] != word.meaning


def test_a_word_is_found_in_either_language_by_itself_first(as_user: Login) -> None:
    karin = as_user("karin")

    found = re.findall(r'<dt id="([^"]+)"', karin.get("/uitleg/begrippen?zoek=Bezwaar").text)
    assert found[0] == "bezwaar"
    assert {"verdaging", "beschikking"} <= set(found)
    assert 'id="bezwaar"' in karin.get("/uitleg/begrippen?zoek=objection").text
    assert "Dit woord staat er niet bij." in karin.get("/uitleg/begrippen?zoek=zzz").text
    assert "Bron: Algemene wet bestuursrecht, art. 6:7 en 7:10" in said(karin.get("/uitleg/begrippen").text)
    assert "Asking the municipality in writing" in english(karin).get("/uitleg/begrippen").text


def test_words_of_a_task_and_of_facts_lead_to_what_they_mean(law: Platform, as_user: Login) -> None:
    key = start_case(law)
    task = next(t.key for t in law.tasks(state="CREATED") if t.element_id == "taak_intake_plannen")
    karin = as_user("karin")

    assert '<a href="/uitleg/begrippen#doelgroep">Doelgroep</a>' in karin.get(f"/zaken/{key}/gegevens").text
    assert '<a href="/uitleg/begrippen#brede-intake">' in karin.get(f"/taken/{task}").text


def test_the_longest_form_of_a_word_counts_and_only_whole_words_do(law: Platform) -> None:
    with create_app(law.services).test_request_context("/"):
        assert [word.id for word in display.words_in("De Participatieverklaring, en dan het PIP; geen pipet. Nog een PIP.")] == ["pvt", "pip"]


def test_a_search_looks_at_other_forms_too() -> None:
    assert Word("x", "Leerbaarheidstoets", "Een toets.", also=("LBT",)).fits("lbt")
    assert not Word("x", "Leerbaarheidstoets", "Een toets.").fits("lbt")


# -- rules and amounts ---------------------------------------------------------------------------------------------------


def test_every_table_that_is_deployed_is_shown_with_each_rule_and_its_source(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    listed = karin.get("/uitleg/regels").text
    ids = re.findall(r'href="/uitleg/regels/([^?"]+)', listed)
    shown = {id: unescape(karin.get(f"/uitleg/regels/{id}").text) for id in ids}

    for path in sorted(resource_folder("processes").rglob("*.dmn")):
        model = parse_model(path.read_bytes(), name=path.name)
        for owner, table in tables(model):
            page = next((text for id, text in shown.items() if id in model.elements), None)
            assert page is not None, (path.name, owner.name)
            assert f">{owner.name}</h2>" in page
            for rule in table.rules:
                source = dict(zip(table.annotations, rule.annotations, strict=False)).get("Bron", "").strip()
                assert source in page, (path.name, owner.name, source)


def test_a_rule_stands_apart_on_a_day_on_which_it_does_not_hold(law: Platform) -> None:
    table = next(one for one in law.services.rules_in_force.topic("wettelijkeRente").tables if one.name == "Wettelijke rente")
    later, former = (date(2030, 1, 1), date(2021, 1, 1))

    for day in (later, former, date(2026, 3, 2)):
        assert len(table.holding(day)) + len(table.others(day)) == len(table.rules)
        for rule in table.holding(day):
            assert (rule.since or day) <= day <= (rule.until or day)


def test_amounts_are_euros_and_what_is_unsure_is_marked(as_user: Login) -> None:
    page = said(as_user("hans").get("/uitleg/regels/boeteBasis").text)

    assert "€ 250,00" in page
    assert 'class="unsure">te controleren</span>' in page
    assert "vanaf 1 januari 2022" in page


def test_a_table_that_there_is_not_and_a_day_that_is_none_are_said(as_user: Login) -> None:
    karin = as_user("karin")

    assert karin.get("/uitleg/regels/bestaat-niet").status_code == 404
    assert "Vul een datum in." in karin.get("/uitleg/regels?datum=morgen").text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-", "maakt niet uit"), ('"B1","O"', "“B1” of “O”"), ('not("geen")', "niet “geen”"), ("not(null)", "bekend"), ("null", "niet bekend"),
        ("null, not(1, 2)", "niet bekend of niet 1 of 2"), ("< 10", "minder dan 10"), ("[400..600)", "ten minste 400 en minder dan 600"),
        ('>= date("2022-01-01")', "op of na 1 januari 2022"), ('[date("2022-01-01")..date("2022-12-31")]', "op of na 1 januari 2022 en uiterlijk 31 december 2022"),
        ('some dag in ? satisfies dag >= date("2022-01-01")', "een ervan: op of na 1 januari 2022"),
        ('every x in ? satisfies x > 3 and x < 5', "alle: meer dan 3 en minder dan 5"), ("true", "ja"),
    ],
)  # fmt: skip
def test_tests_of_a_cell_are_said_in_words(text: str, words: str, law: Platform) -> None:
    with create_app(law.services).test_request_context("/"), speaking("nl"):
        assert spoken_test(text, {}).words == words


@pytest.mark.parametrize("text", ["some x in andere satisfies x = 1", "not(null, 1)", "? in [1..2]", "< x * 2"])
def test_a_test_that_words_would_not_make_clearer_stays_a_formula(text: str, law: Platform) -> None:
    with create_app(law.services).test_request_context("/"), speaking("nl"):
        assert (spoken_test(text, {}).words, spoken_test(text, {}).formula) == ("", text)


# -- what is still to be verified ----------------------------------------------------------------------------------------


def test_all_that_is_unsure_stands_on_one_page_with_a_question_and_a_role(law: Platform, as_user: Login) -> None:
    page = said(unescape(as_user("karin").get("/pagina/te-controleren").text))
    files = dict(law.services.deployments.newest_files())
    places = [p for name, content in files.items() for p in law_of.places_in(name, content) if p.certainty == law_of.UNSURE]

    assert len(places) > 50
    for norm in law_of.norms().values():
        if norm.certainty == law_of.UNSURE:
            assert re.fullmatch(r"[A-Z].*[?.]", norm.asked["nl"]), norm.id
            assert norm.asked["en"], norm.id
            assert norm.role in ROLES, norm.id
            assert norm.asked["nl"] in page
    for place in places:
        assert place.name in page, place


def test_articles_are_written_with_the_name_of_their_law() -> None:
    found = law_of.norms()["N-DUO-01"].place

    assert found == "Wet inburgering 2021, art. 24(1), Besluit inburgering 2021, art. 7.2(1)"


# -- the manual ----------------------------------------------------------------------------------------------------------


def test_each_role_has_a_manual_of_five_to_ten_whole_sentences_in_both_languages() -> None:
    manuals = uitleg.manuals()

    assert set(manuals) == set(ROLES)
    for role, steps in manuals.items():
        assert 5 <= len(steps) <= 10, role
        for step in steps:
            assert re.fullmatch(r"[A-Z].*[.?]", step.said["nl"]), (role, step)
            assert re.fullmatch(r"[A-Z].*[.?]", step.said["en"]), (role, step)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_whoever_reads_a_manual_sees_their_own_first_and_each_of_its_pages_opens(role: str, as_user: Login) -> None:
    browser = as_user(OF_ROLE[role])

    page = browser.get("/uitleg/handleiding")
    assert "Zo werkt u met uw rol" in page.text
    for step in uitleg.manuals()[role]:
        assert unescape(step.said["nl"]) in unescape(page.text)
        if step.page:
            assert browser.get(step.page).status_code == 200, step.page
    other = browser.get("/uitleg/handleiding/" + ("auditor" if role != "auditor" else "jurist")).text
    assert "Zo werkt een collega met deze rol." in other
    assert "Naar deze bladzijde" not in other
    assert browser.get("/uitleg/handleiding/bestaat-niet").status_code == 404


def test_each_picture_of_the_manual_is_there_is_asked_for_and_is_small(as_user: Login) -> None:
    there = {path.stem: path for path in uitleg.PICTURES.glob("*.webp")}

    assert set(there) == pictures.named(uitleg.HERE) == set(pictures.WANTED)
    assert all(path.read_bytes()[8:12] == b"WEBP" for path in there.values())
    assert sum(path.stat().st_size for path in there.values()) < 2_000_000
    answer = as_user("karin").get("/uitleg/beeld/werk.webp")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert as_user("karin").get("/uitleg/beeld/geheim.webp").status_code == 404


# -- the calculator ------------------------------------------------------------------------------------------------------


def test_a_length_is_a_number_and_a_word_and_an_old_address_still_works(as_user: Login) -> None:
    karin = as_user("karin")

    for address in ("/uitleg?datum=2026-10-10&aantal=10&eenheid=weken", "/uitleg?datum=2026-10-10&lengte=P10W"):
        page = karin.get(address).text
        assert "maandag 21 december 2026" in page
        assert re.search(r'name="aantal"\s+type="text"\s+value="10"', page)
    assert "Vul een heel aantal in" in karin.get("/uitleg?datum=2026-10-10&aantal=veel").text
    assert "Vul een datum in." in karin.get("/uitleg?datum=x").text
