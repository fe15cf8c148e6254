"""The pages speak Dutch and English completely; what models say stays Dutch, and says so."""

from __future__ import annotations

import ast
import html
import re
import runpy
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from jinja2 import Environment, nodes
from variants import examples

from inburgering_flow import i18n, model
from inburgering_flow.app import create_app
from inburgering_flow.errors import NotFound
from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.batches import MIGRATE, SUSPEND
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.model.runtime import IN_WORDS
from inburgering_flow.platform import Platform
from inburgering_flow.services.new_files import ENDINGS
from inburgering_flow.settings import Settings, meanings
from inburgering_flow.web import display
from web.conftest import Browser, draft, held, said, start_case

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "inburgering_flow"
TEMPLATES = sorted(SOURCE.rglob("*.html"))
SHOWN_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-saved", "data-failed", "data-nothing",
                    "data-deployed", "data-error", "data-warning")  # fmt: skip
Login = Callable[[str], Browser]
tool = runpy.run_path(str(ROOT / "tools" / "messages.py"))
marked, stored = cache(tool["extracted"]), tool["stored"]
CATALOGUES = sorted(tool["CATALOGUES"])


# -- the catalogues ------------------------------------------------------------------------------------------------


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|\{\w+(?:![rs])?(?::[^}]*)?\}", text))


def as_tuple(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


@pytest.mark.parametrize("language", CATALOGUES)
def test_each_marked_sentence_is_translated_and_no_catalogue_holds_anything_else(language: str) -> None:
    wanted = {m.id for m in marked()[language] if m.id}
    found = {m.id: m for m in stored(language) if m.id}

    assert sorted(map(str, wanted - set(found))) == [], "run make messages, then translate"
    assert sorted(map(str, set(found) - wanted)) == [], "no longer marked: run make messages"
    assert [m.id for m in found.values() if not all(as_tuple(m.string))] == []
    assert [m.id for m in found.values() if m.fuzzy] == []
    assert not stored(language).obsolete


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_has_the_placeholders_of_its_sentence(language: str) -> None:
    for message in stored(language):
        if message.id:
            wanted = placeholders(as_tuple(message.id)[-1])
            assert [placeholders(s) for s in as_tuple(message.string)] == [wanted] * len(as_tuple(message.string)), (
                message.id
            )


def test_each_setting_has_a_meaning_which_waits_for_its_dutch() -> None:
    wanted = {message.id for message in marked()["nl"]}

    assert set(meanings()) == {field.name for field in fields(Settings)}
    assert set(meanings().values()) <= wanted


def test_beheer_says_in_dutch_what_each_setting_means(law: Platform, as_user: Login) -> None:
    dutch = {str(m.id): str(m.string) for m in stored("nl")}

    page = html.unescape(said(as_user("bram").get("/beheer").text))

    assert [name for name, meaning in meanings().items() if dutch[meaning] not in page] == []
    assert [name for name, meaning in meanings().items() if meaning in page] == []


def test_the_states_and_moves_of_each_life_cycle_have_words() -> None:
    modules = [import_module(found.name) for found in iter_modules(model.__path__, f"{model.__name__}.")]
    cycles = [table for m in modules for name, table in vars(m).items() if name.endswith("_MOVES")]

    assert cycles
    assert {word for table in cycles for (before, move), after in table.items() for word in (before, move, after)} == set(IN_WORDS)


# -- nothing is shown that is not marked ---------------------------------------------------------------------------


def unmarked_text(template: str) -> list[str]:
    """Return the words of a template that are neither marked, nor markup, nor code."""
    text = re.sub(r"\{%-? *trans\b.*?endtrans *-?%\}", " ", template, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", text, flags=re.DOTALL)
    shown = [v for name in SHOWN_ATTRIBUTES for v in re.findall(rf'\s{name}="([^"]*)"', text)]
    shown.append(re.sub(r"<[^>]*>", " ", text))
    return [word for part in shown for word in re.findall(r"[^\W\d_]{2,}", part)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_template_shows_no_word_that_is_not_marked(path: Path) -> None:
    assert unmarked_text(path.read_text()) == []


CODE = {"late", "soft", "problem", "checked", "selected", "radio", "checkbox", "date", "text", "veld_", "\\u003c"}


def unmarked_strings(node: nodes.Node, *, shown: bool = False) -> Iterator[str]:
    """Yield the strings in a template's expressions that would be shown as they are."""
    if isinstance(node, nodes.Call | nodes.Compare | nodes.Getattr | nodes.Getitem | nodes.Test):
        # An argument of _() is marked, and what is compared or looked up is a code; filters of a call come around it.
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        sentence = re.search(r"[a-z]", node.value) if shown else re.search(r"[A-Z][a-z]|[a-z] [a-z]", node.value)
        if sentence and node.value not in CODE:
            yield node.value
    for child in node.iter_child_nodes():
        if isinstance(node, nodes.Pair) and child is node.key:
            continue
        yield from unmarked_strings(child, shown=shown or isinstance(node, nodes.Output))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_an_expression_of_a_template_shows_no_string_that_is_not_marked(path: Path) -> None:
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(path.read_text())

    assert list(unmarked_strings(tree)) == []


def sentences(path: Path) -> Iterator[str]:
    """Yield the strings of a module that are not marked and read as Dutch."""
    tree = ast.parse(path.read_text())
    marks = {"_", "N_", "ngettext"}
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in marks:
            skipped.update(id(n) for n in ast.walk(node))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            skipped.add(id(node.body[0].value))  # type: ignore[attr-defined]  # the docstring
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in skipped:
            continue
        if " " in node.value and set(words(node.value)) & DUTCH:
            yield node.value


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


@pytest.mark.parametrize("path", sorted((SOURCE / "web").rglob("*.py")), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_module_of_the_pages_holds_no_dutch_sentence_that_is_not_marked(path: Path) -> None:
    assert list(sentences(path)) == []


# -- each page in English ------------------------------------------------------------------------------------------

DUTCH = frozenset(words(
    "de het een van voor niet met wordt worden werd uw nog dag dagen sinds bij naar deze dit dat geen zijn heeft kan "
    "zaak zaken taak persoon eigenaar fase versie versies storing storingen uitleg regie logboek processen naam rol "
    "rollen vraag dossier uiterlijk dossiernummer toestand tonen laat alle loopt klaar gestopt einde stap notitie "
    "notities gegevens documenten bericht versturen waarde bron lijst inloggen uitloggen wachtwoord locatie "
    "bewaren controleren klaarzetten bewerken downloaden toewijzen oppakken afronden teruggeven zoeken openen sluiten "
    "toetsen mijn werk niemand bekend verplicht ja nee vandaag maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "januari februari maart mei juni juli augustus oktober klantmanager consulent handhaver regievoerder procesontwerper "
    "functioneel beheerder beleidsadviseur taalaanbieder begeleider wie wat wanneer reden plannen deelname"
))  # fmt: skip


class Outside(HTMLParser):
    """Collects what a reader sees or hears outside elements that are marked as Dutch."""

    VOID = frozenset(words("area base br col embed hr img input link meta source track wbr"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.language = ""
        self.said: list[str] = []

    @property
    def silent(self) -> bool:
        return any(hidden for _tag, hidden in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        dutch = tag != "html" and given.get("lang") == "nl"
        if not (dutch or self.silent):
            self.said.extend(given[a] or "" for a in SHOWN_ATTRIBUTES if a in given)
        if tag not in self.VOID:
            self.open.append((tag, dutch or tag in ("script", "style")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(data)


def giveaways(html: str) -> list[str]:
    page = Outside()
    page.feed(html)
    assert page.language == "en"
    # An error names roles as accounts have them, people have their names, and a value to be typed is in quotes.
    said = [
        re.sub("|".join([*(name for name, _role in ACCOUNTS.values()), *ROLES, "“.*?”"]), "", text)
        for text in page.said
    ]
    return [text.strip() for text in said if set(words(text)) & DUTCH]


def in_english(browser: Browser) -> Browser:
    browser.post("/taal", {"taal": "en", "terug": "/"})
    return browser


def test_no_page_in_english_says_a_dutch_word_of_its_own_to_any_role(law: Platform, as_user: Login) -> None:
    case, other = start_case(law), start_case(law, "D-2", owner=None, in_coa=True)
    definition = law.services.deployments.newest("process")[0].key
    tasks = [t.key for t in law.tasks(state="CREATED")]
    project = law.services.projects.create("Voorbeeld", SYSTEM)
    files = [law.services.project_files.add(project, kind, "Example", SYSTEM) for kind in ENDINGS]
    law.services.project_files.delete(project, files.pop(), SYSTEM)

    for place, username in enumerate(sorted(ACCOUNTS)):
        browser = in_english(as_user(username))
        browser.post(f"/taken/{tasks[0]}/oppakken")
        pages = (
            "/", "/taken", "/taken?lijst=mijn", "/taken?lijst=alle&late=1", "/zaken", "/zaken?toestand=COMPLETED",
            f"/zaken/{case}", f"/zaken/{other}", "/zaken/nieuw", "/zaken/overnemen?instroomFase=leerroute", "/zaken/overnemen/bestand", "/regie", "/regie/zaken?te_laat=1", "/processen", f"/processen/{definition}",
            "/ontwerpen", f"/ontwerpen/{project}", *(f"/ontwerpen/{project}/bestand/{file}" for file in files), "/uitproberen", "/uitproberen/beslissing", "/storingen", "/inzicht", "/beheer", "/bulkbewerkingen", f"/bulkbewerkingen/bekijken?soort={SUSPEND}&zaken={case}", f"/bulkbewerkingen/bekijken?soort={MIGRATE}&versie={definition}&naar={definition}", f"/zaken/{case}/persoon", f"/zaken/{case}/opnieuw", f"/zaken/{case}/melden", f"/zaken/{case}/melden/burger.zienswijze", "/middelen", "/middelen/spuk/2026", "/pagina/spuk", "/pagina/cijfers", "/accounts", "/logboek", "/uitleg",
            "/regie/waarborgen", "/uitleg/begrippen", "/uitleg/begrippen?zoek=zzz", "/uitleg/handleiding", "/uitleg/regels", "/uitleg/regels/boeteBasis?datum=2021-01-01", "/uitleg/regels/pipTermijnen", "/pagina/te-controleren", "/uitleg?datum=2026-10-10&lengte=P10W", "/uitleg?datum=x", "/bestaat-niet", *(f"/taken/{t}" for t in tasks),
        )  # fmt: skip
        for path in pages[place % examples(3, 1) :: examples(3, 1)]:
            assert giveaways(browser.get(path).text) == [], (username, path)


def test_what_goes_wrong_is_told_in_english_too(law: Platform, as_user: Login) -> None:
    start_case(law, owner=None)
    key = next(t.key for t in law.tasks(state="CREATED") if t.element_id == "taak_intake_plannen")
    karin, kees, hans = (in_english(as_user(name)) for name in ("karin", "kees", "hans"))

    kees.post(f"/taken/{key}/oppakken")
    assert "The task is yours." in kees.get(f"/taken/{key}").text
    wrong = kees.post(f"/taken/{key}/afronden", {"veld_afspraakPlaats": ""})
    assert "Fill in “" in wrong.text
    second = karin.post(f"/taken/{key}/afronden", {"veld_afspraakPlaats": "x"})
    assert second.status_code == 409
    assert "Somebody else was first" in second.text
    assert "There is no such task, or it is not for you." in hans.get(f"/taken/{key}").text
    assert "hans may not do this." in hans.get("/zaken/nieuw").text
    missing = karin.post("/zaken/nieuw", {"voornamen": "V"})
    assert "Fill in the last name." in missing.text
    assert giveaways(missing.text) == []
    karin.csrf = "wrong"
    expired = karin.post("/zaken/nieuw", {})
    assert "This page is too old" in expired.text


def test_a_designer_reads_findings_in_the_language_of_the_page(law: Platform, as_user: Login) -> None:
    diagram = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'
    piet = as_user("piet")

    address = draft(law)
    dutch = piet.post(address, held(diagram)).json["findings"]
    english = in_english(piet).post(address, held(diagram)).json["findings"]

    assert [f["message"] for f in dutch] == ["Geen proces in het bestand is uitvoerbaar."]
    assert [f["message"] for f in english] == ["No process in the file is marked executable."]
    assert [f["rule"] for f in dutch] == [f["rule"] for f in english] == ["not-executable"]


def test_a_task_that_the_model_names_in_english_is_shown_so(law: Platform, as_user: Login) -> None:
    start_case(law, in_coa=True)
    carla = as_user("carla")
    key = next(t.key for t in law.tasks(state="CREATED") if t.element_id == "taak_deelname_vragen")

    assert "<h1>Deelname vragen</h1>" in carla.get(f"/taken/{key}").text
    in_english(carla).post(f"/taken/{key}/oppakken")
    page = carla.get(f"/taken/{key}").text
    assert "<h1>Ask for participation</h1>" in page
    assert "carla took up a task: Ask for participation" in page


def test_dates_and_distances_are_written_as_each_language_does(law: Platform) -> None:
    due = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    app = create_app(law.services)
    with app.test_request_context():
        for language, said in {
            "nl": ("maandag 28 december 2026", "nog 2 dagen", "1.234"),
            "en": ("Monday 28 December 2026", "2 days left", "1,234"),
        }.items():
            with i18n.speaking(language):
                assert (display.day("2026-12-28"), display.away(due), display.number(1234)) == said


# -- choosing ------------------------------------------------------------------------------------------------------


def test_the_language_can_be_chosen_before_the_login_and_survives_the_logout(law: Platform) -> None:
    browser = Browser(create_app(law.services).test_client())
    page = browser.get("/inloggen").text
    assert '<html lang="nl">' in page
    assert 'value="en" lang="en">English</button>' in page

    answer = browser.post("/taal", {"taal": "en", "terug": "/inloggen?next=/taken"})
    assert answer.headers["Location"] == "/inloggen?next=/taken"
    browser.get("/inloggen")
    browser.post("/inloggen", {"username": "karin", "password": "demo"})
    assert "My work" in browser.get("/").text
    browser.post("/uitloggen")

    page = browser.get("/inloggen").text
    assert "Log in" in page
    assert 'value="nl" lang="nl">Nederlands</button>' in page


@pytest.mark.parametrize("unknown", ["xx", "", "../en", "en.po"])
def test_a_language_that_there_is_not_becomes_dutch(law: Platform, unknown: str) -> None:
    browser = Browser(create_app(law.services).test_client())
    browser.get("/inloggen")

    browser.post("/taal", {"taal": unknown, "terug": "/inloggen"})
    assert '<html lang="nl">' in browser.get("/inloggen").text
    browser.client.set_cookie("taal", unknown)
    assert '<html lang="nl">' in browser.get("/inloggen").text


@pytest.mark.parametrize(
    "target",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/\t/elsewhere.example", "", "x"],
)
def test_the_switch_never_leads_to_another_site(law: Platform, target: str) -> None:
    browser = Browser(create_app(law.services).test_client())
    browser.get("/inloggen")

    assert browser.post("/taal", {"taal": "en", "terug": target}).headers["Location"] == "/"


def test_after_a_refused_form_the_switch_leads_to_the_page_of_the_form(law: Platform, as_user: Login) -> None:
    start_case(law)
    key = next(t.key for t in law.tasks(state="CREATED") if t.element_id == "taak_intake_plannen")
    karin = as_user("karin")
    karin.post(f"/taken/{key}/oppakken")

    page = karin.client.post(
        f"/taken/{key}/afronden", data={"csrf_token": karin.csrf}, headers={"Referer": f"http://localhost/taken/{key}"}
    )

    assert page.status_code == 422
    assert f'name="terug" value="/taken/{key}"' in page.text


def test_outside_a_request_everything_speaks_english_whatever_a_request_spoke(law: Platform, as_user: Login) -> None:
    as_user("karin").get("/taken")

    with pytest.raises(NotFound, match="There is no process instance 1"):
        law.instance(1)
