"""Where four eyes are required, what one designer proposes another approves; until then nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest

from inburgering_flow.errors import Conflict, Forbidden
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from web.conftest import Browser

Login = Callable[[str], Browser]
DIAGRAM = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">
<bpmn:process id="nieuw" isExecutable="true"><bpmn:startEvent id="begin"><bpmn:outgoing>f</bpmn:outgoing></bpmn:startEvent>
<bpmn:endEvent id="einde"><bpmn:incoming>f</bpmn:incoming></bpmn:endEvent>
<bpmn:sequenceFlow id="f" sourceRef="begin" targetRef="einde"/></bpmn:process></bpmn:definitions>"""
PIET, PAULA = Actor("piet", ("procesontwerper",), table=ROLES), Actor("paula", ("procesontwerper",), table=ROLES)


def deployed(law: Platform) -> set[str]:
    return {row.id for row in law.services.deployments.newest("process")}


@pytest.fixture
def strict(law: Platform) -> Platform:
    law.context.settings = replace(law.context.settings, four_eyes=True, demo=False)
    law.services.accounts.save("paula", display_name="Paula", password="een lang wachtwoord", roles=("procesontwerper",))
    law.services.accounts.save("piet", display_name="Piet", password="een lang wachtwoord", roles=("procesontwerper",))
    return law


@pytest.fixture
def login(strict: Platform, as_user: Login) -> Login:
    def enter(username: str) -> Browser:
        import web.conftest as conftest

        conftest.PASSWORD, before = "een lang wachtwoord", conftest.PASSWORD
        try:
            return as_user(username)
        finally:
            conftest.PASSWORD = before

    return enter


def test_one_designer_proposes_and_another_approves_on_the_page(strict: Platform, login: Login) -> None:
    piet, paula = login("piet"), login("paula")

    answer = piet.post("/processen", {"bestanden": (BytesIO(DIAGRAM), "nieuw.bpmn"), "reden": "nieuw proces voor de proef"})
    assert answer.status_code == 302
    assert "nieuw" not in deployed(strict)
    own = piet.get("/processen").text
    assert "U stelde dit zelf voor" in own
    assert "Goedkeuren en klaarzetten" not in own

    key = strict.services.proposals.waiting(PAULA)[0].key
    assert f"/processen/voorstel/{key}" in paula.get("/processen").text
    assert "Goedkeuren en klaarzetten" in paula.get(f"/processen/voorstel/{key}").text
    assert "Goedkeuren en klaarzetten" not in piet.get(f"/processen/voorstel/{key}").text
    assert paula.get(f"/processen/voorstel/{key}/0").data == DIAGRAM
    paula.post(f"/processen/voorstel/{key}/goedkeuren")
    assert "nieuw" in deployed(strict)
    assert "Wacht op goedkeuring" not in paula.get("/processen").text


def test_who_proposed_cannot_approve_and_nobody_deploys_alone(strict: Platform) -> None:
    key = strict.services.proposals.propose([Resource("nieuw.bpmn", DIAGRAM)], PIET)

    with pytest.raises(Forbidden):
        strict.services.proposals.approve(key, PIET)
    with pytest.raises(Forbidden):
        strict.services.deployments.deploy([Resource("nieuw.bpmn", DIAGRAM)], PIET)
    with pytest.raises(Forbidden):
        strict.services.proposals.approve(key, Actor("karin", ("klantmanager",), table=ROLES))
    assert "nieuw" not in deployed(strict)


def test_a_proposal_is_decided_on_once(strict: Platform) -> None:
    key = strict.services.proposals.propose([Resource("nieuw.bpmn", DIAGRAM)], PIET)
    strict.services.proposals.reject(key, PAULA)

    with pytest.raises(Conflict):
        strict.services.proposals.approve(key, PAULA)
    assert "nieuw" not in deployed(strict)
    assert strict.services.proposals.waiting(PAULA) == []


def test_the_program_itself_deploys_without_a_second_person(strict: Platform) -> None:
    assert [d.id for d in strict.deploy_content("nieuw.bpmn", DIAGRAM)] == ["nieuw"]
