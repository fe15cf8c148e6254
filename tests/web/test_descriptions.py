"""The description of a process: all that the model says is in it, in words that a lawyer reads."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from web.conftest import Browser

Login = Callable[[str], Browser]
ID = re.compile(r"\b(?:[a-z]+[a-z0-9]*(?:_[a-z0-9]+)+|[a-z]{2,}[A-Z]\w+|P(?:\d+[YMWD])+T?\w*|PT\d+\w+|D\d\d)\b")
"""What only a machine calls something: snake_case, camelCase, a length of time in ISO 8601, the number of a table."""


def plain(page: str) -> str:
    """Return the text of the description; formulas, and sources as the model quotes them, are no prose."""
    found = re.search(r'<article class="description">.*</article>', page, re.DOTALL)
    assert found is not None
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<code>.*?</code>", " ", found[0]))).split())


def test_every_shipped_process_is_described_whole_and_without_ids(law: Platform, as_user: Login) -> None:
    piet = as_user("piet")
    rows = law.services.deployments.newest("process")
    assert len(rows) > 30
    said_in_words = formulas = 0
    for row in rows:
        page = piet.get(f"/processen/{row.key}/beschrijving")
        assert page.status_code == 200, row.id
        text = plain(page.text)
        process = law.services.context.catalog.process(row.key)
        for element in process.elements.values():
            if element.name and element.kind != "process":
                assert " ".join(element.name.split()) in text, (row.id, element.id)
            if element.properties.get("bron"):
                source = re.sub(r"\bD\d\d\b", "‘[^’]+’", re.escape(" ".join(element.properties["bron"].split())))
                assert re.search(f"Bron: {source}", text), (row.id, element.id)
            if element.called_decision is not None:
                model = law.services.context.catalog.decision(element.called_decision.source)
                assert model.elements[element.called_decision.source].name in text, (row.id, element.id)
            if element.kind == "userTask" and element.candidate_groups is not None and not element.candidate_groups.is_expression:
                title = law.services.context.roles[element.candidate_groups.source.split(",")[0].strip()].title
                assert title in text, (row.id, element.id)
            said_in_words += sum(bool(f.condition) for f in element.outgoing)
        formulas += page.text.count("volgens de formule")
        assert ID.findall(text) == [], row.id
    assert formulas < said_in_words / 3, "most conditions are in words"


@pytest.fixture
def project(law: Platform) -> int:
    key = law.services.projects.create("Proef", SYSTEM)
    folder = resource_folder("processes") / "voorinburgering"
    files = [(p.name, p.read_bytes()) for p in folder.iterdir() if p.suffix in (".bpmn", ".json")]
    law.services.projects.take_in(key, files, SYSTEM)
    return key


def test_a_diagram_of_a_project_is_described_before_it_is_deployed(as_user: Login, project: int) -> None:
    piet = as_user("piet")
    page = piet.get(f"/ontwerpen/{project}/beschrijving/voorinburgering.bpmn")
    assert "Ontwerp dat nog niet is klaargezet." in plain(page.text)
    assert "Handtekening" in page.text
    assert piet.get(f"/ontwerpen/{project}/beschrijving/gegevens.json").status_code == 400
    assert piet.get(f"/ontwerpen/{project}/beschrijving/weg.bpmn").status_code == 404


def test_who_may_not_read_processes_gets_no_description(law: Platform, as_user: Login, project: int) -> None:
    key = law.services.deployments.newest("process")[0].key
    karin = as_user("karin")
    assert karin.get(f"/processen/{key}/beschrijving").status_code == 403
    assert karin.get(f"/ontwerpen/{project}/beschrijving/voorinburgering.bpmn").status_code == 403
