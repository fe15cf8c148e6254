"""The pages on which a designer plays a process: each step, what is said when it cannot be, and that no real case is touched."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from diagrams import Diagram, message_event, timer
from sqlalchemy import func, select

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


def in_project(law: Platform) -> int:
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
    law.services.projects.take_in(key, [("klein.bpmn", d.xml().encode()), ("vraag.form", json.dumps(FORM).encode())], SYSTEM)
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
