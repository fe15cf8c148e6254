"""Event logs for process mining: as the standards say, of what somebody may see, without anybody's name or number."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from diagrams import Diagram
from lxml import etree
from variants import ALL

from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import event_logs

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
OWN = Path(__file__).parents[2] / ".tools" / "pm4py"
"""pm4py (AGPL) is no dependency of this project: it only looks at files, in a process and with packages of its own, as much as a
browser does that is installed for the tests."""


@pytest.fixture
def town(open_platform: Callable[..., Platform]) -> Platform:
    """Three cases, two of which have come to their second task: each with a task of a klantmanager and a part that another process does."""
    platform = open_platform(clock=ManualClock("2026-01-05T09:00:00+01:00"))
    role = '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>'
    platform.deploy_content("deel.bpmn", Diagram("deel").start().user("b", role).end("bklaar").path("start", "b", "bklaar").xml())
    top = Diagram("top").start().user("a", role).call("fase", "deel").end("klaar")
    platform.deploy_content("top.bpmn", top.path("start", "a", "fase", "klaar").xml().replace('name="a"', 'name="Vraag &amp; antwoord"'))
    person = platform.register_person({"voornamen": "Geheim", "achternaam": "Persoon", "bsn": "999990019"})
    for number in range(3):
        platform.start("top", {"naam": "Geheim Persoon"}, business_key=f"DOS-{number}", person=person, owner="karin")
    for _ in range(2):
        [task, *_rest] = platform.tasks(state="CREATED", candidate_group="klantmanager")
        platform.run_until(platform.clock.now() + timedelta(days=2))
        platform.claim(task.key, user="karin")
        platform.run_until(platform.clock.now() + timedelta(days=1))
        platform.complete(task.key, user="karin")
    return platform


def written(platform: Platform, form: str, actor: Actor = SYSTEM, since: date = SINCE, until: date = UNTIL) -> bytes:
    return b"".join(platform.services.event_logs.write(form, since, until, actor))


def test_an_ocel_log_refers_only_to_what_is_in_it(town: Platform) -> None:
    log: dict[str, Any] = json.loads(written(town, "ocel"))

    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
    objects = {one["id"]: one for one in log["objects"]}
    assert len(objects) == len(log["objects"])
    assert {one["type"] for one in log["objects"]} <= {one["name"] for one in log["objectTypes"]}
    declared = {one["name"]: {a["name"] for a in one["attributes"]} for one in log["eventTypes"]}
    assert len({one["id"] for one in log["events"]}) == len(log["events"])
    for one in log["events"]:
        assert {a["name"] for a in one["attributes"]} <= declared[one["type"]]
        assert [r["objectId"] in objects for r in one["relationships"]] == [True, True]
    assert sum(1 for one in log["objects"] if one["type"] == "case") == 3
    assert any(one["type"] == "Vraag & antwoord" for one in log["events"])


def test_an_xes_log_is_one(town: Platform) -> None:
    schema = etree.XMLSchema(etree.parse(Path(__file__).parent / "xes.xsd"))
    log = etree.fromstring(written(town, "xes"))

    schema.assertValid(log)
    space = {"x": "http://www.xes-standard.org/"}
    traces = log.findall("x:trace", space)
    assert len(traces) == 3
    steps = [
        [event.find(f"x:string[@key='{key}']", space).attrib["value"] for key in ("concept:name", "lifecycle:transition")]
        for trace in traces for event in trace.findall("x:event", space)
    ]  # fmt: skip
    assert ["Vraag & antwoord", "schedule"] in steps
    assert ["Vraag & antwoord", "start"] in steps
    moments = [[e.find("x:date", space).attrib["value"] for e in trace.findall("x:event", space)] for trace in traces]
    assert all(one == sorted(one) for one in moments)


@pytest.mark.parametrize("form", ["ocel", "xes"])
def test_nobodys_name_or_number_is_in_a_log_and_two_logs_cannot_be_put_together(town: Platform, form: str) -> None:
    first, second = (written(town, form).decode() for _ in range(2))
    with town.context.db.read() as unit:
        keys = unit.connection.exec_driver_sql("SELECT key FROM process_instance UNION SELECT key FROM element_instance").scalars()
        secret = [*map(str, keys), "Geheim", "Persoon", "999990019", "DOS-", "karin"]
    assert [one for one in secret if one in first] == []
    assert "klantmanager" in first

    def ids(text: str) -> set[str]:
        if form == "ocel":
            return {one["id"] for one in json.loads(text)["objects"]}
        found = etree.fromstring(text.encode()).iterfind(".//{*}trace/{*}string")
        return {one.attrib["value"] for one in found}

    assert ids(first) & ids(second) == set()


def test_a_log_holds_what_its_reader_sees(town: Platform) -> None:
    with pytest.raises(Forbidden):
        written(town, "ocel", Actor("dirk", ("beleidsadviseur",), table=ROLES))
    with pytest.raises(Forbidden):
        written(town, "ocel", Actor("karin", ("klantmanager",), table=ROLES))
    both = Actor("kim", ("klantmanager", "beleidsadviseur"), table=ROLES)
    with pytest.raises(InvalidInput, match="No case that you see"):
        written(town, "ocel", both)


def test_a_log_that_would_be_too_large_is_refused_in_words(town: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_logs, "MOST_CASES", 2)
    with pytest.raises(InvalidInput, match="More than 2 cases"):
        written(town, "xes")
    with pytest.raises(InvalidInput, match="lies after"):
        written(town, "xes", since=UNTIL, until=SINCE)
    with pytest.raises(InvalidInput, match="no event log of this kind"):
        written(town, "csv")


def test_a_log_is_read_a_portion_of_cases_at_a_time(town: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_logs, "PORTION", 1)
    pieces = town.services.event_logs.write("xes", SINCE, UNTIL, SYSTEM)
    assert b"<log" in next(pieces)
    assert len(json.loads(written(town, "ocel"))["objects"]) == 3 + 3 + 2


@pytest.fixture(scope="module")
def pm4py() -> str:
    """A Python that has pm4py, which the first run installs, or the one that PM4PY_PYTHON names."""
    if given := os.environ.get("PM4PY_PYTHON"):
        return given
    python, done = OWN / "bin" / "python", OWN / "installed"
    if not done.is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", OWN], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pm4py>=2.7"]
        said = subprocess.run(install, capture_output=True, text=True, check=False)
        assert said.returncode == 0, f"pm4py cannot be installed beside the tests: {said.stderr}"
        done.touch()
    return str(python)


@pytest.mark.skipif(not ALL, reason="packages of another project, which make test-all installs for this")
def test_pm4py_opens_both(town: Platform, tmp_path: Path, pm4py: str) -> None:
    for name, form in (("log.json", "ocel"), ("log.xes", "xes")):
        (tmp_path / name).write_bytes(written(town, form))
    script = (
        "import sys, pm4py; o = pm4py.read_ocel2_json(sys.argv[1]); x = pm4py.read_xes(sys.argv[2]);"
        "print(len(o.objects), len(o.events), x['case:concept:name'].nunique(), len(pm4py.discover_dfg(x)[0]) >= 0)"
    )
    files = [tmp_path / "log.json", tmp_path / "log.xes"]
    said = subprocess.run([pm4py, "-c", script, *files], capture_output=True, text=True, check=True)
    events = json.loads(files[0].read_bytes())["events"]
    related = {one["objectId"] for event in events for one in event["relationships"]}  # it leaves out what nothing happened to
    assert said.stdout.split()[-4:] == [str(len(related)), str(len(events)), "2", "True"]
