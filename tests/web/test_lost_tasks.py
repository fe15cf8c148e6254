"""The standing proof that no task is lost: each open task is seen, and can be done, by somebody with an open account."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from diagrams import Diagram
from shipped import PASSWORD

from inburgering_flow.errors import FlowError
from inburgering_flow.inburgering.demo import LOCATION
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import lost_tasks
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.tasks import DutyUnknown
from inburgering_flow.store import audit, cases
from inburgering_flow.store.audit import Wanted
from web.conftest import Browser, start_case
from web.test_costs import counted

Login = Callable[[str], Browser]


def lost(law: Platform) -> dict[str, str]:
    return {x.task.business_key: x.reason for x in law.services.lost_tasks.find()}


def close(law: Platform, *usernames: str) -> None:
    for username in usernames:
        law.services.accounts.set_active(username, False)


def test_a_task_that_somebody_sees_is_not_lost(law: Platform) -> None:
    start_case(law, "D-1", owner="karin")
    start_case(law, "D-2", owner=None)
    start_case(law, "D-3", owner="karin", in_coa=True)
    assert lost(law) == {}


def test_why_a_task_is_lost_is_said(law: Platform, as_user: Login) -> None:
    first = start_case(law, "D-1", owner="karin")
    start_case(law, "D-2", owner="karin", in_coa=True)
    close(law, "karin")
    assert "led by karin" in lost(law)["D-1"]

    law.services.case_leads.hand_over(first, "kees")
    assert "D-1" not in lost(law)
    task = next(t for t in law.tasks(state="CREATED") if t.root_key == first)
    law.services.user_tasks.assign(task.key, "weg")
    assert "weg" in lost(law)["D-1"]
    law.services.user_tasks.assign(task.key, "kees")
    close(law, "kees")
    assert "Nobody with an open account is klantmanager" in lost(law)["D-1"]
    rita = as_user("rita")
    page = rita.get("/regie/kwijt")
    assert "D-1" in page.text
    assert "Niemand met een open account is klantmanager" in page.text
    assert "/regie/kwijt" in rita.get("/regie").text


def test_an_operator_mends_it_by_its_key_without_the_name_or_the_location_of_the_case(law: Platform, as_user: Login) -> None:
    start_case(law, "D-1", owner="karin")
    start_case(law, "D-2", owner="karin", in_coa=True)
    task = next(t for t in law.tasks(state="CREATED") if t.candidate_groups == ("coa-medewerker",))
    law.services.accounts.save("carla", roles=("coa-medewerker",), location="Elders")
    close(law, "karin")

    page, whole = as_user("bram").get("/regie/kwijt").text, as_user("rita").get("/regie/kwijt").text
    for hidden in ("D-1", "D-2", LOCATION):
        assert hidden in whole
        assert hidden not in page
    for said in (str(task.key), str(task.root_key), task.process_id, "Niemand die de taak mag doen, werkt op de locatie van de zaak"):
        assert said in page
    assert f"/zaken/{task.root_key}" not in page
    assert as_user("bram").get(f"/taken/{task.key}").status_code == 404
    assert as_user("dirk").get("/regie/kwijt").status_code == 403
    with law.context.db.read() as unit:
        looks = [(e["actor"], e["detail"]) for e in audit.found(unit, Wanted(kind="looks"), 50) if e["action"] == "list.look"]
    assert looks == [("rita", {"list": "lost", "shown": 3})]


def test_a_location_at_which_nobody_works_hides_no_task(law: Platform) -> None:
    case = start_case(law, "D-1", owner="karin", in_coa=True)
    with law.services.context.db.write() as unit:
        unit.connection.exec_driver_sql("UPDATE process_instance SET location = NULL")
    task = next(t for t in law.tasks(state="CREATED") if t.root_key == case)
    assert task.candidate_groups == ("coa-medewerker",)
    assert "works at the location" in lost(law)["D-1"]
    law.services.case_leads.move(case, LOCATION)
    assert lost(law) == {}


def test_a_task_that_all_who_could_do_it_may_not_do_is_lost(law: Platform) -> None:
    def duty(name: str, value: str) -> str:
        properties = f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'
        return properties + '<zeebe:assignmentDefinition candidateGroups="jurist"/>'

    diagram = Diagram("plicht").start().user("a", duty("uitvoerderIn", "wie")).user("b", duty("nietDoor", "=[wie]")).end()
    law.deploy_content("plicht.bpmn", diagram.path("start", "a", "b", "end").xml())
    law.start("plicht", {"dossiernummer": "D-7"}, owner="karin")
    jurist = next(a.username for a in law.services.accounts.all() if a.roles == ("jurist",))
    task = next(t for t in law.tasks(state="CREATED") if t.process_id == "plicht")
    law.complete(task.key, {}, user=jurist)
    assert "earlier step" in lost(law)["D-7"]
    law.services.accounts.save("jana", password=PASSWORD, roles=("jurist",))
    assert lost(law) == {}


def test_a_duty_that_cannot_be_computed_lets_nobody_do_the_task_and_stops_no_page(law: Platform, as_user: Login) -> None:
    given = '<zeebe:properties><zeebe:property name="nietDoor" value="=assert(x, x = 1)"/></zeebe:properties>'
    given += '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>'
    diagram = Diagram("plicht").start().user("b", given).end()
    law.deploy_content("plicht.bpmn", diagram.path("start", "b", "end").xml())
    for number, x in enumerate((2, 1)):
        law.start("plicht", {"dossiernummer": f"D-{number}", "x": x}, owner="karin")
    assert "cannot be computed" in lost(law)["D-0"]
    assert set(lost(law)) == {"D-0"}, "the other one is looked at all the same"
    task = next(t for t in law.tasks(state="CREATED") if t.process_id == "plicht")
    karin = as_user("karin")
    page = karin.get(f"/taken/{task.key}")
    assert page.status_code == 200
    assert "kan niet worden berekend" in page.text
    assert "Taak oppakken" not in page.text
    for deed in ("oppakken", "afronden"):
        answer = karin.post(f"/taken/{task.key}/{deed}", {})
        assert answer.status_code == 302
        assert "kan niet worden berekend" in karin.get(answer.location).text
    assert law.services.user_tasks.assignable(task.key, law.services.accounts.actor(law.services.accounts.get("carla"))) == []
    with pytest.raises(DutyUnknown):
        law.claim(task.key, user="karin")


@pytest.mark.parametrize("seed", range(3))
def test_looking_at_many_duties_at_once_agrees_with_asking_one_by_one_and_asks_no_more_for_more(
    law: Platform, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def duty(properties: dict[str, str]) -> str:
        given = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in properties.items())
        return f'<zeebe:properties>{given}</zeebe:properties><zeebe:assignmentDefinition candidateGroups="klantmanager,jurist"/>'

    chance = random.Random(seed)
    monkeypatch.setattr(lost_tasks, "AT_ONCE", 5)
    inner = Diagram("in").start().user("a", duty({"uitvoerderIn": "wie"})).user("b", duty({"nietDoor": "=[wie, ook]"})).end()
    law.deploy_content("in.bpmn", inner.path("start", "a", "b", "end").xml())
    law.deploy_content("uit.bpmn", Diagram("uit").start().call("c", "in").end().path("start", "c", "end").xml())
    doers = [a.username for a in law.services.accounts.all() if {"klantmanager", "jurist"} & set(a.roles)]
    for number in range(12):
        case = law.start(chance.choice(["in", "uit"]), {"dossiernummer": f"D-{number}", "ook": chance.choice(doers)},
                         owner=chance.choice([None, *doers]))  # fmt: skip
        law.complete(law.tasks(state="CREATED", instance=case)[0].key, {}, user=chance.choice(doers)) if chance.random() < 0.8 else None
    for name in doers:
        if chance.random() < 0.4:
            law.services.accounts.set_active(name, False)
    actors = [Actor(a.username, a.roles, a.location, table=ROLES) for a in law.services.accounts.all() if a.active]
    with law.services.context.db.read() as unit:
        plainly = set()
        for task in law.tasks(state="CREATED"):
            excluded = law.services.user_tasks.excluded_in(unit, task)
            able = [a for a in actors if may_do(task, a) and cases.sees(unit, a, task.root_key)]
            if not any(a.username not in excluded for a in able):
                plainly.add(task.key)
    found = {x.task.key for x in law.services.lost_tasks.find()}
    assert found == plainly
    assert 0 < len(found) < len(law.tasks(state="CREATED"))


def test_looking_asks_the_database_no_more_often_for_more_tasks(law: Platform) -> None:
    def duty(name: str, value: str) -> str:
        properties = f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'
        return properties + '<zeebe:assignmentDefinition candidateGroups="jurist"/>'

    diagram = Diagram("plicht").start().user("a", duty("nietDoor", "=[wie]")).end().path("start", "a", "end")
    law.deploy_content("plicht.bpmn", diagram.xml())

    def asked() -> int:
        with counted(law) as statements:
            assert law.services.lost_tasks.look() == 0
        return len(statements)

    for number in range(2):
        law.start("plicht", {"dossiernummer": f"D-{number}", "wie": "karin"}, owner="karin")
    asked()
    few = asked()
    for number in range(2, 12):
        law.start("plicht", {"dossiernummer": f"D-{number}", "wie": "karin"}, owner="karin")
    assert asked() == few


@pytest.mark.parametrize("seed", range(4))
def test_the_query_agrees_with_asking_every_account_about_every_task(law: Platform, seed: int) -> None:
    """Accounts, owners, locations and assignees at random; the plain way asks one by one."""
    chance = random.Random(seed)
    names = [a.username for a in law.services.accounts.all()]
    for number in range(12):
        owner = chance.choice([None, *names])
        start_case(law, f"D-{number}", owner=owner, in_coa=chance.random() < 0.5)
    groups = ["", "klantmanager", "consulent", "klantmanager,consulent", "jurist,taalaanbieder", "coa-medewerker", "auditor"]
    for number, group in enumerate(groups):
        given = f'<zeebe:assignmentDefinition candidateGroups="{group}"/>' if group else ""
        law.deploy_content(f"g{number}.bpmn", Diagram(f"g{number}").start().user("a", given).end().path("start", "a", "end").xml())
        law.start(f"g{number}", {"dossiernummer": f"G-{number}"}, owner=chance.choice(names))
    named = f'<zeebe:assignmentDefinition candidateUsers="{chance.choice(names)},{chance.choice(names)}"/>'
    law.deploy_content("named.bpmn", Diagram("named").start().user("a", named).end().path("start", "a", "end").xml())
    law.start("named", {"dossiernummer": "X-1"}, owner=chance.choice(names))
    for task in law.tasks(state="CREATED"):
        if chance.random() < 0.4:
            law.services.user_tasks.assign(task.key, chance.choice(names))
    for name in names:
        if chance.random() < 0.5:
            law.services.accounts.set_active(name, False)
    actors = [
        Actor(a.username, a.roles, a.location, table=ROLES) for a in law.services.accounts.all() if a.active
    ]  # fmt: skip
    with law.services.context.db.read() as unit:
        plainly = {
            task.key
            for task in law.tasks(state="CREATED")
            if not any(
                may_do(task, a) and task.assignee in (None, a.username) and cases.sees(unit, a, task.root_key) for a in actors
            )
        }
    assert {x.task.key for x in law.services.lost_tasks.find()} == plainly
    assert 0 < len(plainly) < len(law.tasks(state="CREATED"))


def test_who_is_named_by_the_model_sees_the_task_in_the_list_and_one_without_a_role_does_not(law: Platform) -> None:
    given = '<zeebe:assignmentDefinition candidateUsers="cees"/>'
    law.deploy_content("n.bpmn", Diagram("n").start().user("a", given).end().path("start", "a", "end").xml())
    law.start("n", {"dossiernummer": "N-1"}, owner="karin")
    task = next(t for t in law.tasks(state="CREATED") if t.process_id == "n")
    cees = law.services.accounts.actor(law.services.accounts.get("cees"))

    assert [i.key for i in law.services.task_lists.page(cees, "rollen").items] == [task.key]
    assert law.services.task_page.open(task.key, cees).task.key == task.key
    assert lost(law) == {}

    law.services.accounts.save("cees", roles=())
    nobody = law.services.accounts.actor(law.services.accounts.get("cees"))
    assert law.services.task_lists.page(nobody, "rollen").items == []
    with pytest.raises(FlowError):
        law.services.user_tasks.claim(task.key, "cees", nobody)
    assert "N-1" in lost(law)
