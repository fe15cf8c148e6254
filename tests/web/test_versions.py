"""Versions on their page: who, when and why, what differs between two, one taken back, one thrown away, one given a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from diagrams import Diagram

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from web.conftest import Browser, said

Login = Callable[[str], Browser]
PIET, KARIN = Actor("piet", ("procesontwerper",), table=ROLES), Actor("karin", ("klantmanager",), table=ROLES)
NOBODY = '<zeebe:assignmentDefinition candidateGroups="niemand"/>'
WHY = "de taak heet voortaan anders"


def drawn(*tasks: str, extension: str = NOBODY) -> bytes:
    diagram = Diagram("proef").start()
    for task in tasks:
        diagram.user(task, extension)
    return diagram.end().path("start", *tasks, "end").xml().encode()


def deploy(law: Platform, content: bytes, why: str = "", name: str = "proef.bpmn") -> int:
    return law.services.deployments.deploy([Resource(name, content)], PIET, reason=why)[0].key


def test_the_page_says_who_when_and_why_and_how_many_cases_run(law: Platform, as_user: Login) -> None:
    first = deploy(law, drawn("a"))
    for _ in range(6):
        law.start("proef")
    second = deploy(law, drawn("a", "b"), WHY)
    law.start("proef")
    page = said(as_user("piet").get(f"/processen/{second}/versies").text)

    assert "piet" in page
    assert WHY in page
    assert "minder dan vijf" in page  # piet sees no cases: of seven, one alone would tell the other six
    assert "minder dan vijf" not in said(as_user("bram").get(f"/processen/{first}/versies").text)
    exactly = law.services.versions.of(first, SYSTEM)
    assert [(v.number, v.running, v.is_newest) for v in exactly.versions] == [(2, 1, True), (1, 6, False)]
    assert as_user("karin").get(f"/processen/{second}/versies").status_code == 403
    assert as_user("piet").get("/processen/1/versies").status_code == 404


def test_two_versions_are_compared_in_words_and_as_marks(law: Platform, as_user: Login) -> None:
    old = deploy(law, drawn("a"))
    new = deploy(law, drawn("a", "b", extension='<zeebe:assignmentDefinition candidateGroups="jurist"/>'), WHY)
    piet = as_user("piet")
    page = said(piet.get(f"/processen/vergelijken?oud={old}&nieuw={new}").text)

    assert "Voor welke rol: van <del>niemand</del> naar <ins>jurist</ins>" in page
    assert "pijl <b>a → b</b>" in page
    marks = piet.get(f"/processen/vergelijken/nieuw?oud={old}&nieuw={new}").json["differences"]
    assert (marks["b"]["text"], marks["a"]["text"]) == ("nieuw", "gewijzigd")
    before = piet.get(f"/processen/vergelijken/oud?oud={old}&nieuw={new}").json["differences"]
    assert set(before) == {"a", "a_end"}
    other = next(d for d in law.services.deployments.newest("process") if d.id == "brede-intake")
    assert piet.get(f"/processen/vergelijken?oud={other.key}&nieuw={new}").status_code == 400
    assert piet.get(f"/processen/vergelijken?oud=x&nieuw={new}").status_code == 400
    assert as_user("karin").get(f"/processen/vergelijken?oud={old}&nieuw={new}").status_code == 403


def test_a_changed_cell_is_told_in_a_sentence_and_in_the_table(law: Platform, as_user: Login) -> None:
    row = next(d for d in law.services.deployments.newest("decision") if d.id == "pipBasis")
    name, content = law.services.deployments.resource_of(row.key)
    changed = content.replace(b"Tien weken na de kennisgeving van DUO.", b"Anders.")
    new = next(d.key for d in law.services.deployments.deploy([Resource(name, changed)], PIET) if d.id == "pipBasis")
    page = said(as_user("piet").get(f"/processen/vergelijken?oud={row.key}&nieuw={new}").text)

    sentence = 'Regel 6, <b>grond</b>: van <del>"Tien weken na de kennisgeving van DUO."</del> naar <ins>"Anders."</ins>'
    assert sentence in page.replace("&#34;", '"')
    assert "6 regels zijn hetzelfde gebleven." in page


def test_every_shipped_decision_and_form_has_its_versions_page(law: Platform, as_user: Login) -> None:
    piet = as_user("piet")
    for kind in ("decision", "form"):
        row = law.services.deployments.newest(kind)[0]
        assert piet.get(f"/processen/{row.key}/versies").status_code == 200


def test_an_older_version_comes_back_as_a_new_one_with_a_reason(law: Platform, as_user: Login) -> None:
    old = deploy(law, drawn("a"))
    deploy(law, drawn("a", "b"), WHY)
    piet = as_user("piet")
    piet.get(f"/processen/{old}/versies")

    assert piet.post(f"/processen/{old}/terugzetten", {"reden": "zo"}).status_code == 400
    assert piet.post(f"/processen/{old}/terugzetten", {"reden": "de nieuwe taak bleek niet nodig"}).status_code == 302

    newest = law.services.versions.of(old, SYSTEM).versions[0]
    assert (newest.number, newest.reason, newest.deployed_by) == (3, "de nieuwe taak bleek niet nodig", "piet")
    assert law.services.versions.compared(old, newest.key, SYSTEM).content.is_same
    assert [t.element_id for t in law.tasks(instance=law.start("proef"))] == ["a"]
    with pytest.raises(Conflict):
        law.services.versions.restore(newest.key, "nog een keer dezelfde versie", PIET)
    with pytest.raises(Forbidden):
        law.services.versions.restore(old, "dat mag zij niet doen", KARIN)


def test_an_older_version_keeps_the_data_dictionary_that_it_had(law: Platform) -> None:
    def given(type: str, *tasks: str) -> int:
        data = Resource("map/gegevens.json", f'[{{"name": "x", "type": "{type}"}}]'.encode())
        return law.services.deployments.deploy([Resource("map/proef.bpmn", drawn(*tasks)), data], PIET)[0].key

    old = given("string", "a")
    new = given("date", "a")
    found = law.services.versions.compared(old, new, SYSTEM)
    assert found.content.is_same
    assert found.dictionary.of("changed") == ["x"]

    back = law.services.versions.restore(old, "het bleek toch tekst te zijn", PIET)[0]

    assert law.context.catalog.process(back.key).types == {"x": "string"}


def test_where_a_second_person_approves_taking_back_is_a_proposal(law: Platform) -> None:
    old = deploy(law, drawn("a"))
    deploy(law, drawn("a", "b"), WHY)
    law.context.settings = replace(law.context.settings, four_eyes=True, demo=False)

    assert law.services.versions.restore(old, "de nieuwe taak bleek niet nodig", PIET) == []
    assert law.services.proposals.waiting(PIET)[0].reason == "de nieuwe taak bleek niet nodig"
    assert law.services.versions.of(old, SYSTEM).versions[0].number == 2


def test_only_a_version_that_nobody_uses_is_thrown_away(law: Platform, as_user: Login) -> None:
    first, second, third = (deploy(law, drawn("a", *more)) for more in ((), ("b",), ("c",)))
    piet = as_user("piet")
    piet.get(f"/processen/{first}/versies")
    with pytest.raises(Conflict, match="in force"):
        law.services.versions.delete(third, PIET)
    assert "nu in gebruik" in said(piet.get(f"/processen/{first}/versies").text)

    assert piet.post(f"/processen/{second}/weggooien").status_code == 302
    assert [v.number for v in law.services.versions.of(first, SYSTEM).versions] == [3, 1]

    deploy(law, drawn("a"), name="anders.bpmn")
    key = law.start("proef")
    newest = law.services.versions.of(first, SYSTEM).versions[0]
    law.cancel(key)
    deploy(law, drawn("d"))
    refused = piet.post(f"/processen/{newest.key}/weggooien")
    assert refused.status_code == 409
    assert "die worden bewaard" in said(refused.text)
    with pytest.raises(Forbidden):
        law.services.versions.delete(first, KARIN)


def test_a_version_that_a_process_in_force_calls_by_its_tag_stays(law: Platform) -> None:
    tag = b'<bpmn:extensionElements><zeebe:versionTag value="v1"/></bpmn:extensionElements><bpmn:startEvent'
    old = deploy(law, drawn("a").replace(b"<bpmn:startEvent", tag, 1))
    deploy(law, drawn("a", "b"))
    calls = Diagram("beller").start().call("c", "proef", attributes='bindingType="versionTag" versionTag="v1"').end()
    law.deploy_content("beller.bpmn", calls.path("start", "c", "end").xml())

    with pytest.raises(Conflict, match="beller uses this version"):
        law.services.versions.delete(old, PIET)


def test_the_only_version_goes_when_no_process_needs_it(law: Platform, as_user: Login) -> None:
    only = deploy(law, drawn("a"))
    piet = as_user("piet")
    piet.get(f"/processen/{only}/versies")

    assert piet.post(f"/processen/{only}/weggooien").location.endswith("/processen")

    assert "proef" not in {d.id for d in law.services.deployments.newest("process")}
    assert deploy(law, drawn("a")) != only


def test_a_version_gets_a_name(law: Platform, as_user: Login) -> None:
    key = deploy(law, drawn("a"))
    piet = as_user("piet")
    piet.get(f"/processen/{key}/versies")
    piet.post(f"/processen/{key}/naam", {"naam": "Zoals  bij de start van 2027"})

    assert "Versie 1: Zoals bij de start van 2027" in said(piet.get(f"/processen/{key}/versies").text)
    with pytest.raises(InvalidInput):
        law.services.versions.name(key, "x" * 65, PIET)
    with pytest.raises(Forbidden):
        law.services.versions.name(key, "x", KARIN)
