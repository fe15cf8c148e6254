"""The menu, which is drawn once for all who have the same roles: nobody gets that of another role, language or place."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask, g

from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.platform import Platform
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
USERS = (*sorted(ACCOUNTS), "kees")


def links(page: str) -> list[tuple[str, str, bool]]:
    """Return (address, text, whether the page is here) of each line of the menu."""
    found = re.findall(r"<nav id=\"menu\".*?</nav>", page, re.DOTALL)
    assert len(found) == 1
    return [(a, text, bool(here)) for a, here, text in re.findall(r'<a href="([^"]+)"( aria-current="page")?>([^<]+)</a>', found[0])]


def test_each_role_has_the_pages_that_open_for_it_and_sees_where_it_is(law: Platform, as_user: Login) -> None:
    browsers = {username: as_user(username) for username in USERS}
    own = {username: [address for address, *_ in links(browser.get("/").text)] for username, browser in browsers.items()}
    everything = sorted({"/pagina/te-controleren", *(address for addresses in own.values() for address in addresses)})

    wrong = []
    for address in everything:  # one page after the other, so that each is drawn first for another role
        for username, browser in browsers.items():
            answer = browser.get(address)
            found = links(answer.text)
            expected = [(one, one == address) for one in own[username]]
            opens = answer.status_code == 200 or address not in own[username]
            if [(one, here) for one, _text, here in found] != expected or not opens:
                wrong.append((username, address, answer.status_code, found))

    assert wrong == []
    assert len({tuple(addresses) for addresses in own.values()}) > 5
    assert own["karin"] == own["kees"]


def test_it_is_in_the_language_of_its_reader(as_user: Login) -> None:
    dutch, english = as_user("karin"), as_user("kees")
    english.post("/taal", {"taal": "en", "terug": "/"})

    for _again in range(2):
        assert [text for _address, text, _here in links(dutch.get("/").text)][:2] == ["Mijn werk", "Taken"]
        assert [text for _address, text, _here in links(english.get("/").text)][:2] == ["My work", "Tasks"]


def test_a_page_about_something_is_no_place_in_the_menu(law: Platform, as_user: Login) -> None:
    case, karin = start_case(law), as_user("karin")

    assert [address for address, _text, here in links(karin.get("/zaken").text) if here] == ["/zaken"]
    assert [address for address, _text, here in links(karin.get(f"/zaken/{case}").text) if here] == []


def test_a_role_that_is_given_or_taken_shows_at_once(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    before = links(karin.get("/").text)

    law.services.accounts.save("karin", roles=("klantmanager", "auditor"))

    assert "/logboek" not in {address for address, *_ in before}
    assert "/logboek" in {address for address, *_ in links(as_user("karin").get("/").text)}


@pytest.mark.parametrize("root", ["", "/inburgering"])
def test_its_addresses_are_where_the_application_is(law: Platform, application: Callable[[Platform], Flask], root: str) -> None:
    app, actor = application(law), law.services.accounts.actor(law.services.accounts.get("karin"))
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": root}):
        g.actor = actor
        found = re.findall(r'href="([^"]+)"', app.jinja_env.globals["menu"]())

    assert found[:2] == [f"{root}/", f"{root}/taken"]
