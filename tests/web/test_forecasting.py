"""The pages of forecasts: what is measured, assumed and found, and what is said when it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import cast

import pytest
from diagrams import Diagram, timer
from variants import ALL

from inburgering_flow.errors import Conflict, NotFound
from inburgering_flow.model.forecasts import DONE, FAILED, RUNNING, STOPPED
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services.forecasts import SILENT
from inburgering_flow.workbench.forecasting import Forecasting
from web.conftest import Browser, said

Login = Callable[[str], Browser]
NEW = "/ontwerpen/vooruitblik/nieuw"
ASKED = {
    "proces": "aanvraag", "naam": "Zoals nu", "weken": "2", "toekomsten": "2", "instroom": "", "rollen": ["jurist", ""],
    "mensen": ["1", ""], "uren": ["36", ""], "rol": ["jurist"], "minuten": ["45"],
}  # fmt: skip
SECRET = "Zeldzame Naam"
LONG = pytest.mark.skipif(not ALL, reason="seconds in which a process computes; the first test here does too")


def diagram() -> Diagram:
    d = Diagram("aanvraag").start().user("beoordelen", '<zeebe:assignmentDefinition candidateGroups="jurist"/>')
    d.xor("goed", default="goed_nee").end("ja").end("nee").boundary("te_laat", "beoordelen", timer("timeDuration", "P30D")).end("weg")
    return d.path("start", "beoordelen", "goed|akkoord", "ja").path("goed", "nee").path("te_laat", "weg")


@pytest.fixture
def past(law: Platform) -> Platform:
    """Five weeks with a request each, judged a day later but for the last."""
    law.deploy_content("aanvraag.bpmn", diagram().xml())
    for week in range(5):
        key = law.start("aanvraag", {"dossiernummer": f"A-{week}", "wie": SECRET})
        law.clock.advance(days=1)
        if week < 4:
            [task] = law.tasks(state="CREATED", instance=key)
            law.complete(task.key, {"akkoord": week % 2 == 0}, user=f"julia{week % 2}")
        law.clock.advance(days=6)
    return law


@pytest.fixture
def piet(as_user: Login, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setattr("inburgering_flow.workbench.forecasting.BEAT", 0.3)
    browser = as_user("piet")
    yield browser
    computing(browser).wait(60)


def computing(browser: Browser) -> Forecasting:
    return cast(Forecasting, browser.client.application.extensions["forecasting"])


def begun(browser: Browser, **given: object) -> str:
    answer = browser.post(NEW, {**ASKED, **given})
    assert answer.status_code == 302, said(answer.text)
    return str(answer.location)


@pytest.mark.skipif(not ALL, reason="seconds of futures; each part of it is asked above and below")
def test_a_forecast_is_asked_computed_shown_and_asked_again_with_something_else(past: Platform, piet: Browser) -> None:
    page = piet.get(f"{NEW}?proces=aanvraag")
    assert "gemiddeld 1 per week" in said(page.text)
    assert re.search(r'name="rollen"\s+value="jurist"', page.text)
    assert 'name="mensen"' in page.text
    assert 'name="deel_aanvraag/goed/goed_ja"' in page.text
    assert "P30D" in page.text

    first = begun(piet)
    computing(piet).wait(90)
    found = piet.get(first)

    assert "Werk per rol" in said(found.text)
    assert "5 zaken, waarvan er nu &lt;5 lopen" in said(found.text)
    assert SECRET not in found.text

    again = piet.get(f"{NEW}?proces=aanvraag&vanaf={first.rpartition('/')[2]}")
    assert re.search(r'name="minuten"\s+value="45"', again.text)
    second = begun(piet, naam="Zonder jurist", rollen=[""], mensen=[""], uren=[""])
    computing(piet).wait(90)
    beside = said(piet.get(f"{first}?naast={second.rpartition('/')[2]}").text)
    assert beside.count("Zonder jurist") >= 2
    assert "Zoals nu" in said(piet.get("/ontwerpen/vooruitblik").text)
    assert past.services.forecasts.newest(SYSTEM)[0].state == DONE


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"naam": " "}, "heeft een naam nodig"), ({"weken": "0"}, "1 tot 52 weken"), ({"weken": "x"}, "geen getal"),
        ({"instroom": "-1"}, "geen getal"), ({"mensen": ["1,5"]}, "hele mensen"), ({"uren": ["99"]}, "uur per dag"),
        ({"deel_aanvraag/goed/goed_ja": "veel"}, "geen getal"), ({"proces": "verzonnen"}, "is er niet"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_what_was_typed_stays(past: Platform, piet: Browser, given: dict[str, str], says: str) -> None:
    piet.get(f"{NEW}?proces=aanvraag")

    answer = piet.post(NEW, {**ASKED, **given})

    assert answer.status_code in (400, 422)
    assert says in said(answer.text)
    assert "proces" in given or re.search(r'name="minuten"\s+value="45"', answer.text)
    assert past.services.forecasts.newest(SYSTEM) == []


@LONG
def test_what_the_models_do_not_have_is_said_where_the_forecast_would_stand(past: Platform, piet: Browser) -> None:
    address = begun(piet, **{"tijd_aanvraag/beoordelen": "P1D"})
    computing(piet).wait(90)

    assert "aanvraag/beoordelen is geen tijdgebeurtenis" in said(piet.get(address).text)
    assert past.services.forecasts.newest(SYSTEM)[0].state == FAILED


@LONG
def test_a_form_sent_twice_begins_one(past: Platform, piet: Browser) -> None:
    assert begun(piet, eenmalig="zelfde") == begun_again(piet)
    assert len(past.services.forecasts.newest(SYSTEM)) == 1


def begun_again(piet: Browser) -> str:
    computing(piet).wait(90)
    return begun(piet, eenmalig="zelfde")


@LONG
def test_one_that_is_stopped_ends_its_process_and_another_can_begin(past: Platform, piet: Browser) -> None:
    address = begun(piet, toekomsten="200", weken="52")
    busy = piet.post(NEW, ASKED)
    assert busy.status_code == 422
    assert "al een andere vooruitblik" in said(busy.text)

    piet.post(f"{address}/stoppen")
    computing(piet).wait(60)

    assert "is gestopt" in said(piet.get(address).text)
    assert past.services.forecasts.newest(SYSTEM)[0].state == STOPPED
    with pytest.raises(Conflict):
        past.services.forecasts.stop(int(address.rpartition("/")[2]), SYSTEM)


def test_a_process_that_nobody_computes_any_more_is_not_said_to_go_on(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _new = law.services.forecasts.begin("aanvraag", "Verlaten", {"weeks": 2}, 4, SYSTEM)
    assert law.services.forecasts.get(key, SYSTEM).state == RUNNING
    later = law.context.real() + SILENT + timedelta(seconds=1)

    monkeypatch.setattr(law.context, "real", lambda: later)

    assert law.services.forecasts.get(key, SYSTEM).state == STOPPED
    law.services.forecasts.heard(key, 1)
    assert law.services.forecasts.get(key, SYSTEM).state == RUNNING
    with pytest.raises(NotFound):
        law.services.forecasts.get(1, SYSTEM)


@LONG
def test_a_draft_without_cases_is_forecast_from_its_scenarios(law: Platform, piet: Browser) -> None:
    story = "naam: Goed\nklok: 2026-03-02T09:00:00+01:00\nproces: aanvraag\ngegevens: {}\nstappen:\n  - taak: beoordelen\n    met: {akkoord: true}\n"
    key = law.services.projects.create("Nieuw", SYSTEM)
    files = [("aanvraag.bpmn", diagram().xml().encode()), ("scenarios/goed.yaml", story.encode())]
    law.services.projects.take_in(key, files, SYSTEM)
    assert "aanvraag" in piet.get(f"/ontwerpen/{key}/vooruitblik").text
    piet.get(f"{NEW}?proces=aanvraag&project={key}")

    unknown = piet.post(NEW, {**ASKED, "project": key})
    assert "Vul in hoeveel zaken er per week bij komen" in said(unknown.text)
    address = begun(piet, project=key, instroom="5")
    computing(piet).wait(90)

    assert "Werk per rol" in said(piet.get(address).text)
    assert law.instances("aanvraag") == []


def test_only_designers_see_forecasts(past: Platform, as_user: Login) -> None:
    karin = as_user("karin")

    for path in ("/ontwerpen/vooruitblik", f"{NEW}?proces=aanvraag"):
        assert karin.get(path).status_code == 403

