"""The pages on which a designer plays a process: each step, what is said when it cannot be, and that no real case is touched."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from decisions import decision, file, table
from diagrams import Diagram, message_event, timer
from shipped import PASSWORD
from sqlalchemy import func, select, update
from variants import ALL

from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services import trial_runs
from inburgering_flow.store import tables as t
from web.conftest import Browser, said

Login = Callable[[str], Browser]
FORM = {
    "id": "vraag", "type": "default", "schemaVersion": 18,
    "components": [{"type": "number", "id": "f1", "key": "bedrag", "label": "Bedrag", "validate": {"required": True}}],
}  # fmt: skip



@pytest.fixture
def piet(as_user: Login) -> Browser:
    return as_user("piet")


def in_project(law: Platform, folder: str = "") -> int:
    d = Diagram("klein-proces").message("brief", "burger.brief")
    d.node("startEvent", "start", '<zeebe:formDefinition formId="vraag"/>')
    d.user("beoordelen", '<zeebe:formDefinition formId="vraag"/><zeebe:assignmentDefinition candidateGroups="jurist"/>')
    d.xor("groot", default="groot_halen").end("klaar").service("halen", "elders.halen").end("gehaald")
    d.user("wachten", '<zeebe:assignmentDefinition candidateGroups="jurist"/>')
    d.boundary("brief_kwam", "wachten", message_event("brief")).end("antwoord")
    d.boundary("te_laat", "wachten", timer("timeDuration", "P10D")).end("verlopen")
    d.path("start", "beoordelen", "groot|bedrag < 100", "klaar").path("groot", "halen", "wachten", "gehaald")
    d.path("brief_kwam", "antwoord").path("te_laat", "verlopen")
    key = law.services.projects.create("Proefproject", SYSTEM)
    law.services.projects.take_in(key, [("klein.bpmn", d.xml().encode()), ("vraag.form", json.dumps(FORM).encode())], SYSTEM, folder=folder)
    return key


def rows(law: Platform) -> dict[str, int]:
    """Return how many rows each table has, but for what is kept of trial runs themselves and of who did something."""
    own = {"trial_run", "audit", "submission", "session", "project_file", "project_file_version"}
    with law.context.db.read() as unit:
        return {
            table.name: unit.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in t.metadata.sorted_tables if table.name not in own
        }  # fmt: skip


CONDITION = "<bpmn:conditionalEventDefinition><bpmn:condition>= {text}</bpmn:condition></bpmn:conditionalEventDefinition>"
PAPERS = {
    "id": "stukken", "type": "default", "schemaVersion": 18,
    "components": [{"type": "filepicker", "id": "f1", "key": "bewijs", "label": "Bewijs", "multiple": True, "accept": ".pdf,.png",
                    "validate": {"required": True}}],
}  # fmt: skip


def with_everything(law: Platform) -> int:
    """A project whose process begins in five ways, asks for files, leaves things to others and waits for a condition."""
    d = Diagram("melding").message("brief", "melding.binnen", key="= nummer")
    d.definitions.append('<bpmn:signal id="sirene" name="melding.alarm"/>')
    d.node("startEvent", "balie", '<zeebe:formDefinition formId="stukken"/>').start("brief_kwam", message_event("brief"))
    d.start("elk_kwartaal", timer("timeCycle", "R/P3M")).start("alarm", '<bpmn:signalEventDefinition signalRef="sirene"/>')
    d.start("te_heet", CONDITION.format(text="graden &gt; 30"))
    d.node("businessRuleTask", "bepalen", '<zeebe:calledDecision decisionId="klein" resultVariable="klein"/>')
    d.service("opzoeken", "elders.opzoeken").call("onderzoeken", "onderzoek")
    d.user("stukken_geven", '<zeebe:formDefinition formId="stukken"/>')
    d.node("intermediateCatchEvent", "betaald_genoeg", body=CONDITION.format(text="betaald &gt;= 100")).end("klaar")
    for begin in ("balie", "brief_kwam", "elk_kwartaal", "alarm", "te_heet"):
        d.path(begin, "bepalen")
    d.path("bepalen", "opzoeken", "onderzoeken", "stukken_geven", "betaald_genoeg", "klaar")
    called = Diagram("onderzoek").start("o_start").user("onderzoek_doen").end("o_klaar").path("o_start", "onderzoek_doen", "o_klaar")
    little = file(decision("klein", table(["bedrag"], [["< 100", "true"], [">= 100", "false"]])))
    files = {"melding.bpmn": d.xml(), "onderzoek.bpmn": called.xml(), "klein.dmn": little, "stukken.form": json.dumps(PAPERS)}
    key = law.services.projects.create("Meldingen", SYSTEM)
    law.services.projects.take_in(key, [(name, text.encode()) for name, text in files.items()], SYSTEM)
    return key


class Trial:
    """A trial run as a designer sees it."""

    def __init__(self, piet: Browser, project: int, **sent: Any) -> None:
        self.piet = piet
        begun = piet.post(f"/ontwerpen/{project}/proefdraaien", {"begin": "2026-03-02T09:00", "veld_bedrag": "250", **sent})
        assert begun.status_code == 302, said(begun.text)
        self.place = begun.headers["Location"]
        self.look()

    def look(self) -> str:
        self.page = said(html.unescape(self.piet.get(self.place).text))
        self.turn = re.search(r'name="beurt" value="(\d+)"', self.page)
        return self.page

    def do(self, what: str, *, status: int = 302, **sent: Any) -> str:
        answer = self.piet.post(f"{self.place}/{what}", {"beurt": self.turn[1] if self.turn else "", **sent})
        assert answer.status_code == status, said(answer.text)
        if status != 302:
            return said(html.unescape(answer.text))
        return self.look()

    def complete(self, task: str, *, status: int = 302, **sent: Any) -> str:
        return self.do("taak", status=status, **{"taak": task, "de": "1", "door": "jurist-1", **sent})


@pytest.mark.skipif(not ALL, reason="seconds of a sandbox; the first hour of a designer in the browser does the same")
def test_a_run_goes_step_by_step_and_back_and_becomes_scenarios_that_come_true(law: Platform, piet: Browser) -> None:
    project = in_project(law)
    before = rows(law)
    trial = Trial(piet, project)
    assert "Verzin alle antwoorden." in trial.page
    trial.complete("beoordelen", veld_bedrag="250")
    assert "Soort werk: elders.halen." in trial.page
    trial.do("werk", werk="elders.halen", de="1", hoe="met", met='{"sleutel": "K-1"}')
    assert "burger.brief" in trial.page
    assert "sleutel" in trial.page
    trial.do("tijd", dagen="3")
    trial.do("tijd", tot="2026-03-12T08:00:00+00:00")
    assert "De zaak is klaar." in trial.page
    kept = trial.do("bewaren", naam="Wie niets stuurt, is te laat")
    assert "Het is gespeeld en het klopt." in kept
    trial.do("terug", over="3")
    trial.do("bericht", wacht="0", met='{"tekst": "ja"}')
    assert "De zaak is klaar." in trial.page
    trial.do("bewaren", naam="Wie schrijft, is op tijd")
    trial.do("terug", over="0")
    trial.complete("beoordelen", veld_bedrag="20")
    assert "De zaak is klaar." in trial.page
    stories = [path for path, _content in law.services.projects.contents(project, SYSTEM) if path.endswith(".yaml")]
    assert stories == ["scenarios/wie-niets-stuurt-is-te-laat.yaml", "scenarios/wie-schrijft-is-op-tijd.yaml"]
    proved = piet.post(f"/ontwerpen/{project}/bewijzen")
    assert "klopt niet</strong>" not in proved.text
    assert rows(law) == before


def test_another_process_plays_the_run_again_and_stands_where_it_stood(law: Platform, piet: Browser) -> None:
    trial = Trial(piet, in_project(law))
    trial.complete("beoordelen", veld_bedrag="250")
    page = trial.look()
    piet.client.application.extensions["trial runs"].close()
    assert without_tokens(trial.look()) == without_tokens(page)


def without_tokens(page: str) -> str:
    return re.sub(r'(csrf_token" value|content|nonce)="[^"]+"', "", page)


def test_nobody_sees_or_plays_the_run_of_a_colleague(law: Platform, piet: Browser, as_user: Login) -> None:
    trial = Trial(piet, in_project(law))
    law.services.accounts.save("paula", display_name="Paula", password=PASSWORD, roles=("procesontwerper",))
    paula = as_user("paula")
    assert paula.get(trial.place).status_code == 404
    sent = {"beurt": "0", "over": "0", "dagen": "1", "naam": "x", "expressie": "1"}
    assert paula.get(f"{trial.place}/documenten/1").status_code == 404
    for what in ("taak", "lijst", "werk", "bericht", "nabootsen", "tijd", "terug", "expressie", "bewaren", "weg"):
        assert paula.post(f"{trial.place}/{what}", sent).status_code == 404, what
    for name in ("karin", "bram"):
        assert as_user(name).get(trial.place).status_code == 403
    assert trial.look()


def test_what_was_sent_twice_or_from_an_old_page_is_done_once(law: Platform, piet: Browser) -> None:
    trial = Trial(piet, in_project(law))
    old = trial.turn
    trial.complete("beoordelen", veld_bedrag="250")
    trial.turn = old
    refused = trial.do("tijd", status=409, dagen="1")
    assert "De proef is verder gegaan sinds deze bladzijde werd getoond." in refused
    trial.do("terug", status=409, over="0")
    assert trial.look().count("gedaan door") == 1


REFUSED = [
    ("taak", {"taak": "beoordelen", "de": "1", "door": "jurist-1", "veld_bedrag": ""}, "Vul “Bedrag” in."),
    ("taak", {"taak": "beoordelen", "de": "1", "door": "klantmanager-1", "veld_bedrag": "1"}, "klantmanager krijgt hem niet."),
    ("taak", {"taak": "beoordelen", "de": "1", "door": "niemand-1", "veld_bedrag": "1"}, "Kies wie de taak doet."),
    ("taak", {"taak": "weg", "de": "1", "door": "jurist-1", "veld_bedrag": "1"}, "Deze taak staat niet (meer) open."),
    ("werk", {"werk": "elders.halen", "hoe": "met", "met": "geen json"}, "geen JSON"),
    ("werk", {"werk": "elders.halen", "hoe": "fout"}, "Een BPMN-fout heeft een code."),
    ("werk", {"werk": "elders.halen", "hoe": "met"}, "verwacht was open werk elders.halen"),
    ("bericht", {"wacht": "7"}, "Hierop wordt niet (meer) gewacht."),
    ("tijd", {"dagen": "0"}, "Zoveel dagen kunnen niet verstrijken."),
    ("tijd", {"tot": "gisteren"}, "Dit is geen moment."),
    ("tijd", {"tot": "2020-01-01T00:00:00+00:00"}, "De tijd gaat alleen vooruit"),
    ("bewaren", {"naam": ""}, "Het scenario heeft nog geen naam."),
    ("expressie", {"expressie": "1 +"}, "1 +"),
]  # fmt: skip
"""What is sent where, and what is said of it; first at a page on which the task is open, and the turn is the first."""


def test_what_cannot_be_done_is_said_and_changes_nothing(law: Platform, piet: Browser) -> None:
    trial = Trial(piet, in_project(law))
    for what, sent, told in REFUSED:
        answer = piet.post(f"{trial.place}/{what}", {"beurt": "0", **sent})
        assert answer.status_code in (200, 400, 409, 422), (what, sent)
        assert told in said(html.unescape(answer.text)), (what, sent)
        assert 'name="beurt" value="0"' in trial.look(), (what, sent)


def test_work_that_fails_is_tried_again_and_becomes_an_incident_in_words(law: Platform, piet: Browser) -> None:
    trial = Trial(piet, in_project(law, "toeslag"))
    trial.complete("beoordelen", veld_bedrag="250")
    for _ in range(3):
        trial.do("werk", werk="elders.halen", hoe="storing", storing="de bank antwoordt niet")
    assert "Een stap staat stil" in trial.page
    assert "de bank antwoordt niet" in trial.page
    kept = trial.do("bewaren", naam="De bank antwoordt niet")
    assert "'toeslag/scenarios/de-bank-antwoordt-niet.yaml'. Het is gespeeld en het klopt." in kept


BEGUN = [
    ("tijd:elk_kwartaal", {"bootst:beslissingen:klein": "true"}, "doordat het tijd was: elk_kwartaal."),
    ("bericht:melding.binnen", {"sleutel": "M-7", "gegevens": '{"bedrag": 9, "nummer": "M-7"}'}, "door het bericht “melding.binnen”."),
    ("signaal:melding.alarm", {"gegevens": '{"bedrag": 9}'}, "door het signaal “melding.alarm”."),
    ("voorwaarde:te_heet", {"gegevens": '{"bedrag": 9, "graden": 31}'}, "doordat een voorwaarde waar werd: te_heet."),
]  # fmt: skip
"""What begins a run, what is filled in, and how its page says it; all of them begin a case in tests/workbench/test_beginnings.py too."""


@pytest.mark.parametrize(("begins", "sent", "said_of_it"), BEGUN if ALL else BEGUN[:2])
def test_a_run_begins_by_each_event_and_is_kept_with_it(
    law: Platform, piet: Browser, begins: str, sent: dict[str, str], said_of_it: str
) -> None:
    project = with_everything(law)
    page = said(html.unescape(piet.get(f"/ontwerpen/{project}/proefdraaien").text))
    assert f'value="melding:{begins}"' in page
    trial = Trial(piet, project, proces=f"melding:{begins}", **sent)
    assert f"De zaak is begonnen {said_of_it}" in trial.page
    assert "Soort werk: elders.opzoeken." in trial.page
    assert "Het is gespeeld en het klopt." in trial.do("bewaren", naam="Een begin")
    [text] = [content for path, content in law.services.projects.contents(project, SYSTEM) if path.endswith(".yaml")]
    assert f"begint: {{{begins.replace(':', ': ')}" in text.decode()
    assert "klein: true" in text.decode()


def test_what_does_not_begin_a_run_is_said(law: Platform, piet: Browser) -> None:
    project = with_everything(law)
    sent = {"proces": "melding:voorwaarde:te_heet", "gegevens": '{"graden": 3}', "begin": "2026-03-02T09:00"}
    refused = piet.post(f"/ontwerpen/{project}/proefdraaien", sent)
    assert refused.status_code == 422
    assert "kijk of de voorwaarde waar is" in said(refused.text)
    assert law.services.trial_runs.own(piet_of(law)) == []


def piet_of(law: Platform) -> Any:
    return law.services.accounts.actor(law.services.accounts.get("piet"))


def test_a_run_with_files_conditions_and_answers_for_others_touches_no_row_of_a_case(law: Platform, piet: Browser) -> None:
    project = with_everything(law)
    before = rows(law)
    start = f"/ontwerpen/{project}/proefdraaien"
    assert 'type="file"' not in piet.get(start).text
    nothing = piet.post(start, {"proces": "melding", "begin": "2026-03-02T09:00"})
    assert (nothing.status_code, "Kies een bestand bij “Bewijs”." in nothing.text) == (422, True)
    trial = Trial(piet, project, proces="melding", veld_bewijs="voorbeeld.pdf", gegevens='{"bedrag": 9}')
    letter = re.search(rf'href="({trial.place}/documenten/\d+)"', trial.page)
    assert letter is not None
    assert piet.get(letter[1]).data.startswith(b"%PDF")
    assert "voorbeeld.pdf" in piet.get(letter[1]).headers["Content-Disposition"]

    trial.do("nabootsen", wie="processen:onderzoek", antwoord='{"gevonden": "niets"}')
    assert "Vanaf hier nagebootst: onderzoek" in trial.page
    trial.do("nabootsen", wie="werk:elders.opzoeken", antwoord='{"adres": "Dam 1"}')
    assert "stukken_geven" in trial.page
    assert "Dam 1" in trial.page
    trial.do("terug", over="1")
    assert "Vanaf hier nagebootst: elders.opzoeken" not in trial.page
    assert "Soort werk: elders.opzoeken." in trial.page
    trial.do("werk", werk="elders.opzoeken", de="1", hoe="met", met="{}")

    wrong = trial.complete("stukken_geven", status=422, veld_bewijs="voorbeeld.txt")
    assert "kies een bestand van de goede soort (.pdf, .png)" in wrong
    assert re.search(r'name="veld_bewijs" value="voorbeeld.txt" checked', wrong)
    assert "Een proef neemt geen echte bestanden aan." in trial.complete(
        "stukken_geven", status=422, form_json='{"bewijs": "files::paspoort.pdf"}'
    )
    trial.complete("stukken_geven", form_json='{"bewijs": "files::voorbeeld.pdf/voorbeeld.png"}')
    assert trial.page.count(f"{trial.place}/documenten/") == 3

    assert "betaald >= 100" in trial.page
    assert "Er verandert niets." in trial.do("bericht", status=400, wacht="0")
    trial.do("bericht", wacht="0", met='{"betaald": 99}')
    assert "De zaak loopt." in trial.page
    trial.do("bericht", wacht="0", met='{"betaald": 100}')
    assert "Gegevens veranderd: betaald" in trial.page
    assert "De zaak is klaar." in trial.page
    assert "Het is gespeeld en het klopt." in trial.do("bewaren", naam="Alles wat kan")
    [text] = [content for path, content in law.services.projects.contents(project, SYSTEM) if path.endswith(".yaml")]
    assert "$bestand: [voorbeeld.pdf, voorbeeld.png]" in text.decode()
    assert "nabootsen:" in text.decode()
    assert rows(law) == before


def test_a_called_process_that_is_not_there_is_imitated_from_the_beginning(law: Platform, piet: Browser) -> None:
    project = with_everything(law)
    law.services.project_files.delete(project, "onderzoek.bpmn", SYSTEM)
    sent = {"proces": "melding:signaal:melding.alarm", "gegevens": '{"bedrag": 9}'}
    trial = Trial(piet, project, **{**sent, "bootst:processen:onderzoek": '{"gevonden": "niets"}', "bootst:werk:elders.opzoeken": '{"b": 1}'})
    assert "Nagebootst: elders.opzoeken, onderzoek." in trial.page
    assert "stukken_geven" in trial.page
    piet.client.application.extensions["trial runs"].close()
    assert "stukken_geven" in trial.look()


IMITATED_WRONG = [
    ({"wie": "processen:inburgering", "antwoord": "{}"}, "Dit kan niet worden nagebootst."),
    ({"wie": "beslissingen:klein", "antwoord": ""}, "De beslissing heeft nog geen uitkomst."),
    ({"wie": "beslissingen:klein", "antwoord": "jaja"}, "geen JSON"),
    ({"wie": "processen:onderzoek", "antwoord": "3"}, "geen JSON-object"),
    ({"wie": "processen:onderzoek", "antwoord": "{}", "fout": "x"}, "Alleen werk eindigt met een BPMN-fout."),
]  # fmt: skip


def test_what_cannot_be_imitated_is_said(law: Platform, piet: Browser) -> None:
    trial = Trial(piet, with_everything(law), proces="melding:signaal:melding.alarm", gegevens='{"bedrag": 9}')
    for sent, told in IMITATED_WRONG:
        assert told in trial.do("nabootsen", status=400, **sent), sent
    trial.do("nabootsen", wie="werk:elders.opzoeken", antwoord="{}", fout="weg")
    assert "Een stap staat stil" in trial.page
    trial.do("terug", over="0")
    trial.do("werk", werk="elders.opzoeken", de="1", hoe="met", met="{}")
    begun = trial.do("nabootsen", status=400, wie="processen:onderzoek", antwoord="{}")
    assert "Het proces onderzoek is in deze proef al begonnen" in begun


@pytest.mark.skipif(not ALL, reason="seconds of a sandbox; the tests around it try the same page")
def test_a_deployed_process_is_tried_with_the_questions_of_the_domain_about_somebody_who_does_not_exist(
    law: Platform, piet: Browser
) -> None:
    before = rows(law)
    key = next(row.key for row in law.services.deployments.newest("process") if row.id == "inburgering")
    page = piet.get(f"/processen/{key}/proefdraaien")
    assert "Datum kennisgeving van DUO" in page.text
    empty = piet.post(f"/processen/{key}/proefdraaien", {"proces": "inburgering"})
    assert (empty.status_code, "Vul de doelgroep in." in empty.text) == (422, True)
    given = {"dossiernummer": "P-1", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02", "persoon": "ja",
             "begin": "2026-03-02T09:00", "proces": "inburgering"}  # fmt: skip
    begun = piet.post(f"/processen/{key}/proefdraaien", given)
    assert begun.status_code == 302, said(begun.text)
    page = said(piet.get(begun.headers["Location"]).text)
    assert "De zaak loopt." in page
    kept = piet.post(f"{begun.headers['Location']}/bewaren", {"naam": "Een begin"})
    assert kept.headers["Content-Disposition"].endswith("een-begin.yaml")
    assert "voornamen" in kept.text
    assert rows(law) == before


def test_a_run_is_forgotten_after_a_day_and_each_has_a_few(law: Platform, piet: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trial_runs.MOST == 5
    monkeypatch.setattr(trial_runs, "MOST", 2)  # each run is a sandbox of a second
    project = in_project(law)
    places = [Trial(piet, project).place for _ in range(3)]
    assert [piet.get(place).status_code for place in places] == [404, 200, 200]
    begin = piet.get(f"/ontwerpen/{project}/proefdraaien").text
    assert [place in begin for place in places] == [False, True, True]
    assert law.services.trial_runs.forget() == 0
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.trial_run).values(changed=law.context.real() - timedelta(days=2)))
    assert law.services.trial_runs.forget() == 2
    assert piet.get(places[2]).status_code == 404
