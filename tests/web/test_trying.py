"""The pages on which a designer plays a process: each step, what is said when it cannot be, and that no real case is touched."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from diagrams import Diagram, message_event, timer
from shipped import PASSWORD
from sqlalchemy import func, select, update

from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
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


class Trial:
    """A trial run as a designer sees it."""

    def __init__(self, piet: Browser, project: int, **sent: str) -> None:
        self.piet = piet
        begun = piet.post(f"/ontwerpen/{project}/proefdraaien", {"begin": "2026-03-02T09:00", "veld_bedrag": "250", **sent})
        assert begun.status_code == 302, said(begun.text)
        self.place = begun.headers["Location"]
        self.look()

    def look(self) -> str:
        self.page = said(html.unescape(self.piet.get(self.place).text))
        self.turn = re.search(r'name="beurt" value="(\d+)"', self.page)
        return self.page

    def do(self, what: str, *, status: int = 302, **sent: str) -> str:
        answer = self.piet.post(f"{self.place}/{what}", {"beurt": self.turn[1] if self.turn else "", **sent})
        assert answer.status_code == status, said(answer.text)
        if status != 302:
            return said(html.unescape(answer.text))
        return self.look()

    def complete(self, task: str, *, status: int = 302, **sent: str) -> str:
        return self.do("taak", status=status, **{"taak": task, "de": "1", "door": "jurist-1", **sent})


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
    for what in ("taak", "lijst", "werk", "bericht", "tijd", "terug", "expressie", "bewaren", "weg"):
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
    ("taak", {"taak": "beoordelen", "de": "1", "door": "jurist-1", "veld_bedrag": ""}, "Vul in: Bedrag."),
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


def test_a_run_is_forgotten_after_a_day_and_each_has_five(law: Platform, piet: Browser) -> None:
    project = in_project(law)
    places = [Trial(piet, project).place for _ in range(6)]
    assert [piet.get(place).status_code for place in places] == [404, 200, 200, 200, 200, 200]
    begin = piet.get(f"/ontwerpen/{project}/proefdraaien").text
    assert [place in begin for place in places] == [False, True, True, True, True, True]
    assert law.services.trial_runs.forget() == 0
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.trial_run).values(changed=law.context.real() - timedelta(days=2)))
    assert law.services.trial_runs.forget() == 5
    assert piet.get(places[5]).status_code == 404
