"""Whoever approves sees picture, differences, findings and what it does to running cases; a rehearsal begins from there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from diagrams import Diagram

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from web.conftest import Browser, said

Login = Callable[[str], Browser]
PAULA = Actor("paula", ("procesontwerper",), table=ROLES)
NOBODY = '<zeebe:assignmentDefinition candidateGroups="niemand"/>'
WHY = "de eerste taak heet anders"


def drawn(first: str) -> bytes:
    return Diagram("proef").start().user(first, NOBODY).user("b", NOBODY).end().path("start", first, "b", "end").xml().encode()


def proposed(law: Platform, *more: Resource) -> int:
    law.deploy_content("proef.bpmn", drawn("a").decode())
    for number in range(6):
        law.start("proef", business_key=f"PROEF-{number}")
    data = Resource("gegevens.json", b'[{"name": "sleutel", "type": "string"}]')
    return law.services.proposals.propose([Resource("proef.bpmn", drawn("nieuw")), data, *more], PAULA, reason=WHY)


def test_the_approver_sees_what_differs_and_begins_a_rehearsal(law: Platform, as_user: Login) -> None:
    key = proposed(law)
    piet = as_user("piet")
    page = said(piet.get(f"/processen/voorstel/{key}").text)

    assert WHY in page
    assert "verandert versie 1" in page
    assert "pijl <b>nieuw → b</b>" in page
    assert "Er lopen zaken in een oudere versie" in page
    assert "<bpmn" not in page
    assert "Verschillen in de gegevens van" in page
    marks = piet.get(f"/processen/voorstel/{key}/tekens/0/nieuw/proef").json["differences"]
    assert marks["nieuw"]["kind"] == "added"
    assert piet.get(f"/processen/voorstel/{key}/tekens/9/nieuw/proef").status_code == 404

    asked = said(piet.get(f"/processen/voorstel/{key}/proef").text)
    assert "Voorgesteld: zelfde plaats." in asked
    source = law.services.rehearsals.sources(SYSTEM, resources=law.services.proposals.resources(key, PAULA))[0]
    field = f"stap_{source.plan.source_key}_{source.plan.target_key}_a"
    answer = piet.post(f"/processen/voorstel/{key}/proef", {field: "nieuw", "eenmalig": "x" * 20})
    assert answer.status_code == 302
    law.run_due()
    result = said(piet.get(answer.location).text)
    assert "6 van 6 zaken nagekeken" in result
    assert "Kan over" in result
    assert "PROEF-1" not in result
    assert "Proef: 6 van 6 zaken nagekeken" in said(piet.get(f"/processen/voorstel/{key}").text)

    blocked = piet.post(f"/processen/voorstel/{key}/proef", {field: "", "eenmalig": "y" * 20})
    law.run_due()
    assert "Kan niet over" in said(piet.get(blocked.location).text)
    assert as_user("karin").get(f"/processen/voorstel/{key}").status_code == 403
    assert as_user("karin").get(f"/processen/voorstel/{key}/proef").status_code == 403
    assert as_user("karin").get(answer.location).status_code == 403


def test_a_proposal_that_was_decided_on_and_one_that_does_not_fit_any_more(law: Platform, as_user: Login) -> None:
    calls = Diagram("beller").start().call("c", "proef").end().path("start", "c", "end").xml().encode()
    law.context.settings = replace(law.context.settings, four_eyes=True)
    key = proposed(law, Resource("beller.bpmn", calls))
    piet = as_user("piet")
    assert "nieuw" in said(piet.get(f"/processen/voorstel/{key}").text)

    piet.post(f"/processen/voorstel/{key}/goedkeuren")

    assert piet.get(f"/processen/voorstel/{key}").status_code == 404
    newest = law.services.versions.of(law.services.deployments.versions("process", "proef")[0].key, SYSTEM).versions[0]
    assert (newest.number, newest.reason, newest.deployed_by) == (2, WHY, "piet")


def test_cases_of_older_versions_are_rehearsed_from_the_page_of_a_version(law: Platform, as_user: Login) -> None:
    proposed(law)
    target = law.deploy_content("proef.bpmn", drawn("nieuw").decode())[0].key
    bram = as_user("bram")
    assert "op proef" in bram.get(f"/processen/{target}").text
    source = law.services.rehearsals.sources(SYSTEM, target_key=target)[0]
    field = f"stap_{source.plan.source_key}_{target}_a"
    answer = bram.post(f"/processen/{target}/proef", {field: "nieuw", "eenmalig": "z" * 20})
    assert "Stoppen" in bram.get(answer.location).text
    law.run_due()
    page = said(bram.get(answer.location).text)
    assert f"naar={target}" in page
    assert "stap_a=nieuw" in page
    bram.get(answer.location)
    assert bram.post(f"{answer.location}/stoppen").status_code == 409
    assert bram.post(f"/processen/{source.plan.source_key}/proef", {"eenmalig": "q" * 20}).status_code == 422


def test_the_approver_has_the_scenarios_played_on_what_is_proposed(law: Platform, as_user: Login) -> None:
    key = proposed(law)
    piet = as_user("piet")
    assert "Er is geen scenario over wat hier wordt voorgesteld." in said(piet.get(f"/processen/voorstel/{key}").text)
    project = law.services.projects.create("Proef", SYSTEM)
    story = b"naam: %s\nklok: 2026-01-05T09:00:00\nproces: proef\nstappen:\n  - verwacht: {taken: [%s]}\n"
    files = [("nieuw.yaml", story % (b"De nieuwe stap", b"nieuw")), ("oud.yaml", story % (b"De oude stap", b"a")), ("stuk.yaml", b"x: [")]
    law.services.projects.take_in(project, files, SYSTEM)

    assert "2 scenario’s spelen" in said(piet.get(f"/processen/voorstel/{key}").text)
    page = said(piet.post(f"/processen/voorstel/{key}/bewijzen").text)
    assert "1 van 2 scenario’s zijn waar met dit voorstel." in page
    assert page.index("De oude stap") < page.index("De nieuwe stap"), "what fails comes first"
    assert law.services.proposals.waiting(PAULA)[0].key == key


def test_a_decision_is_proven_by_the_scenarios_of_the_processes_that_take_it(law: Platform, as_user: Login) -> None:
    decision = next(d for d in law.services.deployments.newest("decision") if d.id == "boetehoogte")
    name, content = law.services.deployments.resource_of(decision.key)
    key = law.services.proposals.propose([Resource(name, content)], PAULA, reason=WHY)
    page = said(as_user("piet").get(f"/processen/voorstel/{key}").text)
    assert re.search(r"\d+ scenario(’s)? spelen", page)
