"""In the demonstration, and nowhere else, somebody lets time pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inburgering_flow.app import create_app
from inburgering_flow.clock import ShiftedClock
from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.platform import Platform
from web.conftest import Browser, said, start_case


@pytest.fixture
def karin(law: Platform, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(law.context, "settings", replace(law.context.settings, demo=True))
    browser = Browser(create_app(law.services).test_client())
    browser.get("/inloggen")
    browser.post("/inloggen", {"username": "karin", "password": PASSWORD})
    return browser


def test_without_the_demonstration_there_is_no_such_page(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law.context, "settings", replace(law.context.settings, demo=False))

    assert not any("demonstratie" in str(rule) for rule in create_app(law.services).url_map.iter_rules())


def test_time_passes_to_what_is_due(law: Platform, karin: Browser) -> None:
    start_case(law)
    due = law.next_due()
    assert due is not None
    assert "Laat de tijd voorbijgaan" in karin.get("/demonstratie/tijd").text

    karin.post("/demonstratie/tijd", {"hoever": "volgende"})
    assert law.clock.now() == due
    assert law.next_due() is None or law.next_due() > due


def test_everything_on_the_way_happens_when_it_is_due(law: Platform, karin: Browser) -> None:
    start_case(law)
    begun, due = law.clock.now(), law.next_due()
    karin.get("/demonstratie/tijd")

    for _ in range(3):
        karin.post("/demonstratie/tijd", {"hoever": "maand"})

    assert law.clock.now() - begun >= timedelta(days=83)
    moments = {e.start_date for i in law.instances() for e in law.instance(i.key).elements}
    assert due in moments, "it happens when it is due, not when the button is pressed"
    assert "keer iets vanzelf" in said(karin.get("/demonstratie/tijd").text)
    assert law.next_due() is None or law.next_due() > law.clock.now()


def test_nobody_goes_back_or_anywhere_else(law: Platform, karin: Browser) -> None:
    karin.get("/demonstratie/tijd")
    begun = law.clock.now()

    assert karin.post("/demonstratie/tijd", {"hoever": "gisteren"}).status_code == 400
    assert law.clock.now() == begun


def test_the_clock_runs_on_and_is_still_ahead_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "demo.db.klok"
    clock = ShiftedClock(file)
    begun = clock.now()
    clock.set(begun + timedelta(days=30))
    clock.set(begun)  # not back

    again = ShiftedClock(file)
    assert timedelta(days=30) <= again.now() - begun < timedelta(days=30, minutes=5)
