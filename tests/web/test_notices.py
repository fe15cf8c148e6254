"""Melden: staff record what happened, and the case hears it; nothing that comes in is lost or heard twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]


def heard(law: Platform, key: int, name: str) -> bool:
    return law.instance(key).variables.get(name) is not None


def told(browser: Browser, key: int) -> str:
    return " ".join(browser.get(f"/zaken/{key}").text.split())


def test_what_the_case_waits_for_stands_first(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    page = karin.get(f"/zaken/{key}/melden").text
    assert page.index("DUO: overleden (SS111)") < page.index("DUO: termijn begonnen (SS102)")
    assert page.count("de zaak wacht hierop") < page.count("/melden/")
    assert karin.get(f"/zaken/{key}/melden?wat=duo.SS111").headers["Location"].endswith(f"/zaken/{key}/melden/duo.SS111")


def test_a_notice_reaches_the_case_with_its_answer(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    assert karin.post(f"/zaken/{key}/melden/gemeente.brp-inschrijving", {"brpDatum": "2026-03-01"}).status_code == 302
    assert law.instance(key).variables["brpDatum"] == "2026-03-01"
    assert "De melding is bewaard en verwerkt in deze zaak." in told(karin, key)


def test_a_wrong_answer_is_refused_and_stays_on_the_page(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    where = f"/zaken/{key}/melden/gemeente.brp-inschrijving"
    for answer, said in (
        ("", "Vul de datum van de inschrijving in."),
        ("morgen", "is geen datum"),
        ("2099-01-01", "mag niet in de toekomst liggen"),
    ):
        page = karin.post(where, {"brpDatum": answer})
        assert page.status_code == 422
        assert said in page.text
        assert f'value="{answer}"' in page.text
    assert not heard(law, key, "brpDatum")
    chosen = karin.post(f"/zaken/{key}/melden/duo.SS131", {"lbtUitslag": "marsmannetje"})
    assert chosen.status_code == 422


@pytest.mark.parametrize("token", ["x", "z" * 9_000])
def test_a_notice_that_is_sent_twice_is_heard_once(law: Platform, as_user: Login, token: str) -> None:
    key, rita = start_case(law, in_coa=True), as_user("rita")
    for _time in range(2):
        assert rita.post(f"/zaken/{key}/melden/coa.uitstroom", {"eenmalig": token}).status_code == 302
    assert "Deze melding was al bewaard." in told(rita, key)
    assert law.services.messages.count_unheard(law.services.accounts.actor(law.services.accounts.get("rita"))) == 0
    with law.context.db.read() as unit:
        kept = unit.connection.execute(select(func.max(func.length(t.message.c.message_id)))).scalar_one()
    assert 0 < kept <= 255  # what a server with fixed lengths takes


def test_what_a_partner_told_is_kept_where_no_case_waits_and_anything_else_is_refused(law: Platform, as_user: Login) -> None:
    key, karin, rita = start_case(law), as_user("karin"), as_user("rita")
    assert karin.post(f"/zaken/{key}/melden/burger.zienswijze", {"zienswijze": "Ik was ziek."}).status_code == 302
    assert "blijft bij Regie staan" in told(karin, key)
    assert "Inwoner: zienswijze ontvangen" in rita.get("/regie/berichten").text
    refused = karin.post(f"/zaken/{key}/melden/gemeente.alsnog-nagekomen", {})
    assert refused.status_code == 409
    assert "Er is niets bewaard" in refused.text
    law.services.processes.cancel(key)
    assert karin.post(f"/zaken/{key}/melden/duo.SS106", {}).status_code == 302
    assert "DUO: diploma behaald" in rita.get("/regie/berichten").text


def test_only_the_roles_of_a_notice_give_it(law: Platform, as_user: Login) -> None:
    key = start_case(law, in_coa=True)
    carla, tom = as_user("carla"), as_user("tom")
    assert "COA: uit de opvang vertrokken" in carla.get(f"/zaken/{key}").text
    assert "DUO: overleden" not in carla.get(f"/zaken/{key}/melden").text
    assert carla.post(f"/zaken/{key}/melden/duo.SS111", {}).status_code == 403
    assert "Er is niets dat u bij deze zaak kunt melden." in tom.get(f"/zaken/{key}/melden").text
    assert carla.post(f"/zaken/{key}/melden/geen.bericht", {}).status_code == 404


def test_a_suspended_case_takes_no_notice_and_what_a_partner_told_waits_for_it(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    law.services.changes.suspend(key)
    assert karin.post(f"/zaken/{key}/melden/gemeente.brp-inschrijving", {"brpDatum": "2026-03-01"}).status_code == 409
    assert karin.post(f"/zaken/{key}/melden/coa.uitstroom", {"brpDatum": "2026-03-01"}).status_code == 302
    assert not heard(law, key, "brpDatum")
    law.services.changes.resume(key)
    law.run_due()
    assert heard(law, key, "brpDatum")
