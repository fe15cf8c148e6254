"""What a completed task costs over the pages: no statement is written anew for it, whichever of its five requests asks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from diagrams import Diagram
from sqlalchemy.engine import Connection
from sqlalchemy.sql.selectable import Select

from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import resource
from web.conftest import Browser

FORM = {
    "type": "default", "id": "gesprek", "schemaVersion": 16,
    "components": [{"type": "textfield", "id": "c1", "key": "verslag", "label": "Wat is er besproken?"}],
}  # fmt: skip
FOR_KLANTMANAGERS = (
    '<zeebe:formDefinition formId="gesprek"/><zeebe:assignmentDefinition candidateGroups="klantmanager"/>'
)
NAMES = [f"t{n}" for n in range(4)]


def work(browser: Browser) -> None:
    """Claim and complete what the start page shows first, as a browser does: five requests."""
    task = re.search(r'href="(/taken/\d+)"', browser.get("/").text)
    assert task is not None
    assert browser.get(task[1]).status_code == 200
    assert browser.post(f"{task[1]}/oppakken").status_code == 302
    assert "Wat is er besproken?" in browser.get(task[1]).text
    assert browser.post(f"{task[1]}/afronden", {"veld_verslag": "alles"}).status_code == 302
    assert "De taak is afgerond." in browser.get("/").text


def test_the_requests_of_a_completion_write_no_statement_anew(
    law: Platform, as_user: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was made once. SQLAlchemy needs ten times what a database file needs for the statement, a third of the start page."""
    diagram = Diagram("rij").start().end()
    for name in NAMES:
        diagram.user(name, FOR_KLANTMANAGERS)
    law.deployments.deploy([
        resource("rij.bpmn", diagram.path("start", *NAMES, "end").xml()), resource("gesprek.form", json.dumps(FORM)),
    ])  # fmt: skip
    for number in range(3):
        person = law.register_person({"voornamen": "Voorbeeld", "achternaam": f"Persoon{number}"})
        law.start("rij", {"jaar": 2026}, owner="karin", business_key=f"R-{number}", person=person)
    karin = as_user("karin")
    work(karin)
    work(karin)

    written: list[str] = []
    for kind, name in ((Select, "__init__"), (Connection, "execute")):
        before = getattr(kind, name)

        def told(*given: object, _before: Callable[..., object] = before, _name: str = name, **more: object) -> object:
            written.append(_name)
            return _before(*given, **more)

        monkeypatch.setattr(kind, name, told)
    work(karin)

    assert written == []
