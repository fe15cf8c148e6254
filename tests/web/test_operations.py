"""The beheerder sees what work waits and how the installation is set up, and nothing secret; staff find tasks by a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

import inburgering_flow
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings, described
from inburgering_flow.store import tables as t
from inburgering_flow.web.admin.views import OWN_WORK
from inburgering_flow.web.display import ACTIONS
from inburgering_flow.web.paging import key_in
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
ROOT = Path(inburgering_flow.__file__).parent


def test_waiting_work_and_settings_are_shown_without_values_of_cases(law: Platform, as_user: Login) -> None:
    key = start_case(law)

    page = as_user("bram").get("/beheer").text

    assert str(key) in page
    assert "termijn of wachttijd" in page
    assert "<code>ZONE</code>" in page
    assert "staat daar nog INBURGERING_FLOW_." in page
    assert "D-1" not in page
    assert "Voorbeeld Persoon" not in page


def test_what_the_program_itself_does_has_words_and_an_address_that_is_not_there_says_what_to_do(law: Platform, as_user: Login) -> None:
    assert set(law.services.jobs._many) == set(OWN_WORK)

    page = said(as_user("bram").get("/bestaat-niet").text)

    assert "Kijk of het adres klopt" in page


def test_mails_that_were_given_up_are_counted_with_the_reason(law: Platform, as_user: Login) -> None:
    law.context.settings = replace(law.context.settings, smtp_host="localhost", mail_from="a@voorbeeld.nl", base_url="https://x.nl")
    bram = as_user("bram")
    assert "niet zijn verstuurd" not in bram.get("/beheer").text
    with law.context.db.write() as unit:
        for key, state in ((1, "FAILED"), (2, "WAITING"), (3, "SENT")):
            values = {"key": key, "username": "karin", "pace": "NOW", "state": state, "created": law.clock.now(), "tried": 2}
            unit.connection.execute(insert(t.outgoing_mail), {**values, "problem": "LOGIN"})

    page = said(bram.get("/beheer").text)

    assert "E-mails die niet zijn verstuurd: 1." in page
    assert "De mailserver weigert het inloggen" in page
    assert "E-mails die opnieuw worden geprobeerd: 1." in page


def test_the_log_says_what_was_done_in_words(law: Platform, as_user: Login) -> None:
    start_case(law)

    page = as_user("aysel").get("/logboek").text

    assert "startte de zaak" in page
    assert "case.start" not in page
    source = "".join(p.read_text() for p in (ROOT / "services").glob("*.py"))
    written = set(re.findall(r'"((?:case|task|message|incident|document|person|variable|process|deploy|login|account|signal'
                             r'|batch)(?:\.[a-z]+)+)"', source))  # fmt: skip
    assert written - set(ACTIONS) == set()


@pytest.mark.parametrize("url", [
    "postgresql+psycopg://flow:geheim@localhost/flow", "postgresql+psycopg://flow:ge/h@eim:geheim@/flow?host=a:1&host=b:2",
    "postgresql://flow@h/flow?password=geheim&host=a", "postgresql://flow@h/flow?host=a&sslPassword=geheim",
])  # fmt: skip
def test_no_setting_shows_a_secret(url: str) -> None:
    shown = {s.name: s for s in described(Settings(secret="heel geheim", database_url=url))}

    assert len(shown) == len(Settings.__dataclass_fields__)
    assert all(s.meaning for s in shown.values())
    told = " ".join(s.value for s in shown.values())
    assert "geheim" not in told
    assert "flow" in told


def test_tasks_are_found_by_a_name_that_stands_in_no_address(law: Platform, as_user: Login) -> None:
    start_case(law, "D-1")
    start_case(law, "D-2")
    karin = as_user("karin")
    karin.get("/taken")

    page = karin.post("/taken", {"zoek": "PersoonD-2"}).text

    assert "D-2" in page
    assert "D-1" not in page.replace("PersoonD-2", "")


def test_tasks_are_filtered_by_process(law: Platform, as_user: Login) -> None:
    start_case(law, "D-1")
    karin = as_user("karin")

    assert "D-1" in karin.get("/taken?process_id=brede-intake").text
    assert "D-1" not in karin.get("/taken?process_id=leerroute").text


@pytest.mark.parametrize("text", ["", "x", "-1", "²", "٣", "1.5", str(2**63), "9" * 40, "0" * 5000 + "7", "9" * 5000, " 7"])
def test_what_is_no_key_is_none_whatever_it_looks_like(text: str) -> None:
    assert key_in(text) is None
    assert key_in(str(2**63 - 1)) == 2**63 - 1


@pytest.mark.parametrize("text", ["0" * 5000 + "7", "²", "9" * 5000])
def test_a_form_or_address_with_such_a_key_is_refused(law: Platform, as_user: Login, text: str) -> None:
    key = start_case(law, "D-1")
    karin = as_user("karin")
    karin.get("/taken")
    assert karin.post(f"/zaken/{key}/gegeven", {"gegeven": f"{text}:x", "waarde": "1", "reden": "een reden"}).status_code == 400
    assert as_user("aysel").get(f"/logboek?{urlencode({'zaak': text})}").status_code == 400
