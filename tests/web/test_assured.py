"""Who does and sees what: the page comes from what decides it, and changes with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from inburgering_flow.errors import Forbidden
from inburgering_flow.inburgering import roles as domain_roles
from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.assurances import STALE
from inburgering_flow.web.cockpit import powers
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
PAGE = "/regie/waarborgen"


def read(browser: Browser) -> str:
    return said(unescape(browser.get(PAGE).text))


def test_it_is_for_who_leads_who_runs_and_who_audits(as_user: Login) -> None:
    for username, (_name, role) in ACCOUNTS.items():
        may = ROLES[role].may & {permissions.BOARD, permissions.INCIDENT, permissions.AUDIT}
        assert as_user(username).get(PAGE).status_code == (200 if may else 403), username


def test_all_open_tasks_can_be_done_by_somebody_and_when_that_was_checked(law: Platform, as_user: Login) -> None:
    rita = as_user("rita")
    for number in range(3):
        start_case(law, f"D-{number}", owner=None)
    law.services.lost_tasks.look()
    count = len(law.tasks(state="CREATED"))

    page = read(rita)

    assert count > 1
    assert f"Alle {count} open taken zijn te zien en te doen door iemand." in page
    assert "Dit is nagekeken op 2 maart 2026 09:00." in page


def test_an_old_look_is_repeated_and_one_of_now_is_not(law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    rita, looks = as_user("rita"), law.services.lost_tasks
    looks.look()
    calls = []
    monkeypatch.setattr(looks, "look", lambda: calls.append(1))

    read(rita)
    assert calls == []
    looks.looked = law.services.clock.now() - STALE - timedelta(seconds=1)
    read(rita)
    assert calls == [1]


def test_a_task_that_nobody_can_do_is_said_with_the_way_to_it(law: Platform, as_user: Login) -> None:
    start_case(law)
    for username in ("karin", "kees"):
        law.services.accounts.set_active(username, active=False)
    law.services.lost_tasks.look()

    page = read(as_user("rita"))

    assert "kan niemand doen" in page
    assert 'href="/regie/kwijt"' in page
    assert re.search(r"<td>klantmanager</td> <td> ?<b class=\"late\">niemand</b>", page)
    assert 'href="/regie/kwijt"' not in read(as_user("aysel")), "whoever may not open it is not sent there"


def test_who_may_read_what_is_what_the_dictionaries_say(law: Platform) -> None:
    found = law.services.assurances.view(SYSTEM)

    for path in resource_folder("processes").rglob("gegevens.json"):
        for entry in json.loads(path.read_text()):
            if entry["category"] in ("special", "personal"):
                shown = [
                    one for one in found.guarded
                    if one.family == path.parent.name and one.category == entry["category"]
                    and entry["meaning"] in one.meanings and set(one.roles) == set(entry["roles"])
                ]  # fmt: skip
                assert len(shown) == 1, entry["name"]
            given = entry.get("term") or []
            for term in given if isinstance(given, list) else [given]:
                assert any(one.term.title == term["title"] and set(one.roles) == set(entry["roles"]) for one in found.clocks)


def test_each_step_stands_with_the_role_that_does_it(law: Platform) -> None:
    hands = {one.role: one for one in law.services.assurances.view(SYSTEM).hands}

    assert "Rapport opmaken" in hands["handhaver"].steps["Boeteprocedure"]
    assert hands["klantmanager"].people == 2
    assert hands["auditor"].count == 0


def test_the_page_says_of_each_role_what_the_table_says(law: Platform, as_user: Login) -> None:
    rita = as_user("rita")
    assert "taalaanbieder</td> <td>Zaken waarin de rol een taak heeft of had.</td>" in read(rita)

    wider = replace(ROLES["taalaanbieder"], cases=permissions.ALL, may=frozenset((permissions.AUDIT,)), hides=frozenset())
    law.context.roles = {**law.context.roles, "taalaanbieder": wider}

    page = read(rita)
    assert "taalaanbieder</td> <td>Alle zaken.</td>" in page
    assert re.search(r"<td>Het logboek lezen</td> <td>[^<]*taalaanbieder", page)


def test_every_permission_is_said_in_words() -> None:
    own = {value for name, value in vars(permissions).items() if name.isupper() and isinstance(value, str) and "." in value}

    assert own == set(powers.MAY)
    assert {one for role in ROLES.values() for one in role.may} - own == set(domain_roles.POWERS)
    assert {role.cases for role in ROLES.values()} <= set(powers.SEES)


def test_somebody_without_any_of_the_permissions_is_refused_by_the_service_too(law: Platform) -> None:
    with pytest.raises(Forbidden):
        law.services.assurances.view(Actor("karin", ("klantmanager",), table=ROLES))
