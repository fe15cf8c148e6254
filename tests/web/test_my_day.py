"""*Mijn werk*: what presses first by the statutory days of the cases, why, and what waits for others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from diagrams import Diagram, message_event
from sqlalchemy import insert, select, update

from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]


def actor(law: Platform, username: str) -> Actor:
    return law.services.accounts.actor(law.services.accounts.get(username))


def own_tasks(law: Platform, username: str) -> list[int]:
    for task in law.tasks(state="CREATED"):
        if task.assignee is None and task.candidate_group == "klantmanager":
            law.services.user_tasks.claim(task.key, username)
    return [task.key for task in law.tasks(state="CREATED") if task.assignee == username]


def set_term(law: Platform, root_key: int, days: float) -> None:
    """Let the running terms of a case be over so many days from now."""
    x = t.term.c
    with law.context.db.write() as unit:
        moved = law.clock.now() + timedelta(days=days)
        unit.connection.execute(update(t.term).where(x.root_key == root_key, x.state == "OURS").values(due=moved))


def order(html: str) -> list[str]:
    return re.findall(r'data-title="Dossier"[^>]*>\s*(?:<span[^>]*>)?\s*([^<\s]+)', html)


def test_tasks_stand_by_the_first_statutory_day_of_their_case_and_say_which(law: Platform, as_user: Login) -> None:
    roots = {name: start_case(law, name) for name in ("D-1", "D-2", "D-3")}
    keys = own_tasks(law, "karin")
    with law.context.db.write() as unit:  # no task has a day of its own
        c = t.user_task.c
        unit.connection.execute(update(t.user_task).where(c.key.in_(keys)).values(due=None))
    for name, days in (("D-1", 20), ("D-2", -1), ("D-3", 3)):
        set_term(law, roots[name], days)
    karin = as_user("karin")

    page = karin.get("/").text
    assert list(dict.fromkeys(order(page))) == ["D-2", "D-3", "D-1"]
    heads = re.findall(r"<h2>([^<]+)</h2>", page)
    assert heads[:3] == ["Te laat", "Deze week", "Later"]
    assert "termijn van de zaak: " in said(page)
    late = re.search(r'<strong class="late">(\d+)</strong>\s*te laat', page)
    assert late is not None
    assert int(late[1]) == sum(1 for task in law.tasks(state="CREATED") if task.root_key == roots["D-2"] and task.assignee == "karin")

    with law.context.db.write() as unit:  # a day of its own that is earlier than that of the case
        due = law.clock.now() + timedelta(days=1)
        unit.connection.execute(update(t.user_task).where(c.key == keys[0]).values(due=due, sort_due=due))
    found = law.services.my_day.pressing(actor(law, "karin"), law.services.task_lists.page(actor(law, "karin"), "mijn").items)
    assert found[keys[0]].term == ""
    assert all(found[key].term for key in keys[1:])


def test_what_is_put_aside_stands_apart_unless_its_case_presses(law: Platform, as_user: Login) -> None:
    roots = [start_case(law, f"D-{n}") for n in range(2)]
    own_tasks(law, "karin")
    set_term(law, roots[0], 60)
    set_term(law, roots[1], 2)
    with law.context.db.write() as unit:
        c = t.user_task.c
        aside = law.clock.now() + timedelta(days=30)
        unit.connection.execute(
            update(t.user_task).where(c.assignee == "karin").values(follow_up=aside, due=None, sort_due=aside)
        )
    page = as_user("karin").get("/").text
    this_week, aside_part = page.index("Deze week"), page.index("Weggelegd tot een latere dag")
    assert this_week < page.index("D-1") < aside_part < page.index("D-0")


def test_a_case_in_which_i_have_nothing_to_do_says_whom_it_waits_for(law: Platform, as_user: Login) -> None:
    law.services.accounts.save("kees", display_name="Kees", password=PASSWORD, roles=("klantmanager",))
    busy, given, other = start_case(law, "D-bezig"), start_case(law, "D-wacht"), start_case(law, "D-ander", owner="kees")
    for task in law.tasks(state="CREATED"):
        if task.root_key in (given, other) and task.candidate_group == "klantmanager":
            law.services.user_tasks.claim(task.key, "kees")
    karin = actor(law, "karin")

    found = law.services.my_day.waiting(karin)
    assert [one.case.key for one in found] == [given]
    assert found[0].waits.task is not None
    assert found[0].waits.task.assignee == "kees"
    page = as_user("karin").get("/").text
    part = said(re.sub("<[^>]+>", "", page[page.index("Wacht op anderen"):]))  # fmt: skip
    assert "D-wacht wacht op “" in part
    assert ", van kees" in part
    assert "D-bezig" not in part.split("Al mijn zaken")[0]
    assert busy != other


def test_a_message_that_a_case_stands_at_is_what_it_waits_for_and_one_that_it_only_listens_for_is_not(law: Platform) -> None:
    stands = Diagram("staat").message("m", "antwoord").start().node("intermediateCatchEvent", "c", body=message_event("m")).end()
    law.deploy_content("staat.bpmn", stands.path("start", "c", "end").xml())
    key = law.start("staat", {"sleutel": "1"}, owner="karin")
    listens = start_case(law, "D-1")  # listens for a move, an exemption and more while it goes on
    with law.context.db.write() as unit:
        unit.connection.execute(update(t.user_task).where(t.user_task.c.root_key == listens).values(state="CANCELED"))
        s = t.subscription.c
        listened = unit.connection.execute(select(s.key).where(s.root_key == listens, s.kind == "message")).all()

    found = law.services.my_day.waiting(actor(law, "karin"))
    assert listened
    assert [(one.case.key, one.waits.message, one.waits.is_step) for one in found] == [(key, "antwoord", True)]
    law.suspend(key)
    assert law.services.my_day.waiting(actor(law, "karin")) == []


def test_terms_of_a_closed_part_do_not_press_for_who_may_not_know_them(law: Platform) -> None:
    root = start_case(law, "D-1", in_coa=True)
    carla = actor(law, "carla")
    closed = next(
        d.key for d in law.services.deployments.newest("process") if carla.closed(law.context.catalog.family_of(d.key))
        and law.context.catalog.terms_of(d.key)
    )  # fmt: skip
    name = next(iter(law.context.catalog.terms_of(closed)))
    with law.context.db.write() as unit:
        now = law.clock.now()
        base = {
            "key": 1, "root_key": root, "instance_key": root, "definition_key": closed, "name": name, "state": "OURS", "due": now,
            "starts": None, "length": None, "ground": None, "begun": now, "begun_by": None, "over": None,
        }  # fmt: skip
        unit.connection.execute(insert(t.term), base)
    page = law.services.task_lists.page(carla, "rollen")
    assert page.items
    assert all(one.due != law.clock.now() for one in law.services.my_day.pressing(carla, page.items).values())
    tom = actor(law, "tom")
    assert any(
        one.due == law.clock.now()
        for one in law.services.my_day.pressing(tom, law.services.task_lists.page(tom, "alle").items).values()
    )
