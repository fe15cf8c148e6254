"""What the data dictionary says that a value may be is held against it wherever somebody gives one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from diagrams import Diagram

from inburgering_flow import Platform
from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import InvalidInput, InvalidSubmission
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.services.ranges import Range, data_ranges
from inburgering_flow.settings import Settings

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # in Amsterdam it is 2027 already
FORM = {"type": "default", "id": "f", "components": [{"type": "number", "id": "n", "key": "uren", "label": "Uren"}]}
DATA = [
    {"name": "uren", "type": "number", "minimum": 0, "maximum": 40, "roles": ["klantmanager"]},
    {"name": "geboren", "type": "date", "latest": "today", "roles": ["klantmanager"]},
    {"name": "code", "type": "string", "pattern": "[A-Z]{2}|x", "longest": 5, "roles": ["klantmanager"]},
]


@pytest.mark.parametrize(
    ("given", "value", "fits"),
    [
        (Range(minimum=Decimal(0)), 0, True), (Range(minimum=Decimal(0)), Decimal("-0.01"), False),
        (Range(maximum=Decimal("12.5")), Decimal("12.5"), True), (Range(maximum=Decimal("12.5")), 13, False),
        (Range(minimum=Decimal(1)), False, True), (Range(latest="today"), "2027-01-01", True),
        (Range(latest="today"), "2027-01-02", False), (Range(latest="today"), "2026-12-31T23:30:00+00:00", True),
        (Range(latest="today"), "2027-01-01T23:30:00+00:00", False), (Range(earliest="2000-01-01"), "1999-12-31", False),
        (Range(earliest="today - P1M"), "2026-12-01", True), (Range(earliest="today - P1M"), "2026-11-30", False),
        (Range(latest="today + P20Y"), "2047-01-01", True), (Range(latest="today + P20Y"), "2047-01-02", False),
        (Range(latest="today"), "morgen", True), (Range(longest=3), "vier", False), (Range(longest=4), "vier", True),
        (Range(pattern="a|b"), "b", True), (Range(pattern="a|b"), "bc", False), (Range(pattern="a"), "", True),
        (Range(minimum=Decimal(5)), None, True),
    ],
)  # fmt: skip
def test_a_value_is_inside_its_range_or_not(given: Range, value: Any, fits: bool) -> None:
    assert (given.problem("x", value, NEW_YEAR, AMSTERDAM) == "") is fits


def test_of_a_dictionary_from_before_ranges_were_checked_what_cannot_be_read_is_left_out() -> None:
    content = json.dumps([{"name": "a", "type": "number", "minimum": "veel"}, {"name": "b", "type": "number", "minimum": 0.1}])

    assert data_ranges(content.encode()) == {"b": Range(minimum=Decimal("0.1"))}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder: Path = tmp_path_factory.mktemp("bereik")
    (folder / "zaak").mkdir()
    (folder / "zaak" / "gegevens.json").write_text(json.dumps(DATA))
    (folder / "zaak" / "f.form").write_text(json.dumps(FORM))
    task = Diagram("p").start().user("a", '<zeebe:formDefinition formId="f"/>').end().path("start", "a", "end")
    (folder / "zaak" / "p.bpmn").write_text(task.xml())
    clock = ManualClock("2026-05-01T09:00:00+02:00")
    with Platform.open(f"sqlite:///{folder}/flow.db", clock=clock, settings_=Settings(secret="only for tests"), plugins=[]) as found:
        found.deploy(folder)
        yield found


@pytest.mark.parametrize("wrong", [{"uren": -1}, {"geboren": "2026-05-02"}, {"code": "abc"}])
def test_a_case_does_not_start_with_a_value_outside_its_range_nor_is_one_set_later(
    platform: Platform, wrong: dict[str, Any]
) -> None:
    before = len(platform.instances())
    with pytest.raises(InvalidInput):
        platform.start("p", wrong)
    assert len(platform.instances()) == before
    key = platform.start("p", {"uren": 40, "geboren": "2026-05-01", "code": "AB"})
    with pytest.raises(InvalidInput):
        platform.services.processes.set_variables(key, wrong)
    assert platform.instance(key).variables == {"uren": 40, "geboren": "2026-05-01", "code": "AB"}


def test_a_correction_outside_the_range_is_refused_with_what_it_may_be(platform: Platform) -> None:
    key = platform.start("p", {"uren": 5, "geboren": "2000-01-01"})

    def correct(name: str, text: str) -> None:
        platform.services.corrections.fact(key, name, text, reason="stond verkeerd in de brief", actor=SYSTEM)

    with pytest.raises(InvalidInput, match="40 or less"):
        correct("uren", "41")
    with pytest.raises(InvalidInput, match="in the future"):
        correct("geboren", "2026-05-02")
    correct("uren", "40")
    correct("geboren", "2026-05-01")
    assert platform.instance(key).variables == {"uren": 40, "geboren": "2026-05-01"}


def test_an_answer_outside_the_range_is_refused_at_its_question(platform: Platform) -> None:
    key = platform.start("p", {})
    [task] = [x for x in platform.tasks(state="CREATED") if x.root_key == key]

    with pytest.raises(InvalidSubmission) as refused:
        platform.complete(task.key, {"uren": 41}, user="karin")
    assert [p.field for p in refused.value.problems] == ["uren"]
    platform.complete(task.key, {"uren": 40}, user="karin")
    assert platform.instance(key).variables["uren"] == 40
