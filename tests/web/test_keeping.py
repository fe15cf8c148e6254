"""Bewaartermijnen: one proposes, another destroys, and a reason is asked where somebody decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inburgering_flow.platform import Platform
from inburgering_flow.store import retention
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
WHY = "De rechtbank vraagt om dit dossier."


@pytest.fixture
def gone(law: Platform) -> int:
    """A case that was ended, of which DUO said that the person died."""
    key = start_case(law)
    law.services.processes.set_variables(key, {"datumOverlijden": "2026-02-01"})
    law.cancel(key)
    law.services.retentions.judge()
    return key


def test_two_people_destroy_a_case_from_the_list(law: Platform, as_user: Login, gone: int) -> None:
    tom, julia = as_user("tom"), as_user("julia")
    assert "De persoon is overleden." in said(tom.get("/bewaren").text)
    assert "U hebt geen dossier gekozen." in tom.post("/bewaren/voordragen", {}).text
    answer = tom.post("/bewaren/voordragen", {"dossier": str(gone)})
    assert answer.status_code == 302
    assert "Voorgedragen: 1." in tom.get("/bewaren").text
    assert 'name="dossier"' not in tom.get("/bewaren?lijst=proposed").text, "who proposed cannot destroy"
    assert tom.post("/bewaren/vernietigen", {"dossier": str(gone)}).status_code == 302
    assert "U hebt deze zaak zelf voorgedragen." in tom.get("/bewaren").text
    assert julia.post("/bewaren/vernietigen", {"dossier": str(gone)}).status_code == 302
    assert "Vernietigd: 1." in julia.get("/bewaren?lijst=destroyed").text
    assert tom.get(f"/zaken/{gone}").status_code == 404
    lines = tom.get("/bewaren/verklaring.csv").data.decode("utf-8-sig").splitlines()
    assert lines[1].split(";")[:2] == [str(gone), "inburgering"]
    assert lines[1].split(";")[5:7] == ["tom", "julia"]


def test_a_case_is_held_let_go_and_given_a_day_with_a_reason(law: Platform, as_user: Login, gone: int) -> None:
    julia = as_user("julia")
    assert julia.post(f"/bewaren/{gone}/vasthouden", {"reden": "x"}).status_code == 400
    assert julia.post(f"/bewaren/{gone}/vasthouden", {"reden": WHY}).status_code == 302
    page = said(julia.get(f"/bewaren/{gone}").text)
    assert "wordt vastgehouden" in page
    assert WHY in page
    for day in ("", "2026-02-30", "gisteren"):
        answer = julia.post(f"/bewaren/{gone}/dag", {"dag": day, "reden": WHY})
        assert (answer.status_code, WHY in answer.text) == (422, True), "what was written stays"
    assert julia.post(f"/bewaren/{gone}/dag", {"dag": "2030-01-01", "reden": WHY}).status_code == 302
    assert "dinsdag 1 januari 2030" in said(julia.get(f"/bewaren/{gone}").text) or "1 januari 2030" in said(julia.get(f"/bewaren/{gone}").text)
    assert julia.post(f"/bewaren/{gone}/vrijgeven", {"reden": WHY}).status_code == 409
    with law.context.db.read() as unit:
        row = retention.get(unit, gone)
    assert row is not None
    assert (row.state, str(row.until)) == ("KEPT", "2030-01-01")


def test_nobody_else_comes_there(as_user: Login, gone: int) -> None:
    for name in ("karin", "hans", "bram", "dirk", "rita"):
        browser = as_user(name)
        assert browser.get("/bewaren").status_code == 403
        assert browser.post("/bewaren/voordragen", {"dossier": str(gone)}).status_code == 403
        assert "Bewaartermijnen" not in browser.get("/").text


def test_a_list_that_is_not_there_is_said(as_user: Login) -> None:
    assert as_user("tom").get("/bewaren?lijst=alles").status_code == 404
    assert as_user("tom").get("/bewaren/1").status_code == 404
