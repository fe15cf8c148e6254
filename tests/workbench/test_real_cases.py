"""A finished case becomes a scenario without personal data, and goes the same way when it is played again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from normen.boeteloop import deploy, opened
from variants import ALL

from inburgering_flow.errors import Conflict, Forbidden, NotFound
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource, collect
from inburgering_flow.store import audit
from inburgering_flow.workbench.record import NotReplayable, record
from inburgering_flow.workbench.regression import again, finished
from inburgering_flow.workbench.replay import replay
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Runner, Scenario, dump, load, read
from inburgering_flow.workbench.standins import StandIns, words_of

FOLDER = resource_folder("processes")
FINISHED = (
    "leerroute/scenarios/map-negenendertig-uur", "leerroute/scenarios/pvt-elf-uur", "voorinburgering/scenarios/deelname-geweigerd",
    "handhaving/scenarios/plicht-vervallen-na-boete",
)  # fmt: skip
SENTINEL = "Zeldzaam"


@pytest.fixture
def law(reused: Callable[..., Any]) -> Platform:
    platform: Platform = reused("law", deploy, opened)
    return platform


@pytest.fixture(scope="module")
def resources() -> list[Resource]:
    return collect([FOLDER, resource_folder("forms")])


@pytest.fixture(scope="module")
def words(resources: list[Resource]) -> frozenset[str]:
    return words_of(resources)


@pytest.fixture(scope="module")
def sandbox(resources: list[Resource]) -> Iterator[Sandbox]:
    with Sandbox.open(resources) as one:
        yield one


class Marked:
    """Puts a text that is nowhere else wherever somebody may have written something of their own."""

    def __init__(self, words: frozenset[str]) -> None:
        self.words = words
        self.count = 0

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self(one) for one in value]
        if isinstance(value, str) and value not in self.words and not re.match(r"\d{4}-|PT?\d", value):
            self.count += 1
            return f"{SENTINEL}{self.count} {value}"
        return value


def played(law: Platform, name: str, words: frozenset[str]) -> tuple[int, Marked]:
    """Play a shipped scenario with marks in every text of a person, and return its case."""
    story, mark = load(FOLDER / f"{name}.yaml"), Marked(words)
    content = dict(story.content)
    person = {k: v if k in ("bsn", "taal") else f"{SENTINEL}{k}" for k, v in content.get("persoon", {}).items()}
    steps = []
    for step in content["stappen"]:
        if "geweigerd" in step or "verwacht" in step:
            continue
        step = dict(step)
        if "met" in step:
            step["met"] = mark(step["met"])
        if "taak" in step:
            step["door"] = f"{SENTINEL}-{step.get('door', 'iemand')}"
        steps.append(step)
    given = {**content["gegevens"], "dossiernummer": f"{SENTINEL}-dossier"}
    runner = Runner(law, Scenario(story.path, {**content, "persoon": person, "gegevens": given, "stappen": steps}))
    return runner.run(owner=f"{SENTINEL}-eigenaar", location=f"{SENTINEL}-plaats"), mark


@pytest.mark.parametrize("name", FINISHED, ids=lambda name: name.rpartition("/")[2])
def test_nothing_that_anybody_wrote_is_in_it_and_it_goes_the_same_way(
    name: str, law: Platform, words: frozenset[str], sandbox: Sandbox
) -> None:
    key, mark = played(law, name, words)
    if law.instance(key).state != "COMPLETED":
        pytest.fail(f"{name} does not finish: {law.instance(key).state}")

    text = dump(record(law.services, key, SYSTEM).scenario.content)

    assert SENTINEL not in text
    assert "999990" not in text, "a BSN"
    done = replay(sandbox, read(text, Path("zaak.yaml")))
    assert done.is_identical, done.difference
    assert "klantmanager-1" in text or "jurist-1" in text or mark.count == 0


def test_on_a_version_that_goes_another_way_the_first_differing_step_is_shown(
    law: Platform, words: frozenset[str], resources: list[Resource]
) -> None:
    key, _mark = played(law, "leerroute/scenarios/pvt-elf-uur", words)
    recorded = record(law.services, key, SYSTEM)
    before = b'<bpmn:userTask id="taak_pvt_ondertekenen"'
    other = [
        Resource(one.name, one.content.replace(b"taak_pvt_ondertekenen", b"taak_pvt_tekenen")) if before in one.content else one
        for one in recorded.resources
    ]  # fmt: skip

    with Sandbox.open(other) as sandbox:
        difference = replay(sandbox, recorded.scenario).difference

    assert difference is not None
    assert (difference.process, difference.expected, difference.found) == (
        "participatieverklaring", "taak_pvt_ondertekenen", "taak_pvt_tekenen",
    )  # fmt: skip


def test_only_a_finished_case_that_nobody_changed_by_hand_becomes_a_scenario(law: Platform) -> None:
    story = load(FOLDER / "leerroute/scenarios/map-negenendertig-uur.yaml")
    open_one = Runner(law, Scenario(story.path, {**story.content, "stappen": story.content["stappen"][:1]})).run()

    with pytest.raises(Conflict, match="has not finished"):
        record(law.services, open_one, SYSTEM)
    law.services.processes.set_variables(open_one, {"mapUren": 0})
    law.complete(law.tasks(state="CREATED", instance=open_one)[0].key, {"mapUren": 40, "datumEindgesprek": "2026-03-02"}, user="karin")
    law.run_due()
    with pytest.raises(NotReplayable, match=r"variable\.set"):
        record(law.services, open_one, SYSTEM)


def test_a_case_of_others_stays_closed_and_a_look_is_logged(law: Platform, words: frozenset[str]) -> None:
    key, _mark = played(law, "leerroute/scenarios/map-negenendertig-uur", words)

    with pytest.raises((NotFound, Forbidden)):
        record(law.services, key, Actor("tineke", ("klantmanager", "procesontwerper"), table=ROLES))
    with pytest.raises(Forbidden, match=r"definition\.simulate|may not"):
        record(law.services, key, Actor("tineke", ("teammanager",), table=ROLES))
    record(law.services, key, SYSTEM)

    with law.context.db.read() as unit:
        assert [one["action"] for one in audit.of_case(unit, key, looks=True)] == ["case.look"]


def test_stand_ins_keep_their_kind_their_length_and_what_is_the_same() -> None:
    stands = StandIns(frozenset(("klaar",)), {"anna": "jurist-1", "D-12": "ZAAK-1"})

    made = stands.of({"a": "klaar", "b": "Fatima kwam", "c": ["Fatima kwam", "2026-03-02", "PT5M"], "d": 12, "e": 99999017, "f": "anna", "g": "", "h": None, "i": True})

    assert (made["a"], made["c"][1:], made["d"], made["f"], made["g"], made["h"], made["i"]) == ("klaar", ["2026-03-02", "PT5M"], 12, "jurist-1", "", None, True)
    assert made["b"] == made["c"][0]
    assert len(made["b"]) == len("Fatima kwam")
    assert "Fatima" not in yaml.safe_dump(made)
    assert made["e"] != 99999017


@pytest.mark.skipif(not ALL, reason="long; each kind of case is played again by the tests above")
def test_many_are_played_again_on_their_own_versions_and_on_other_files(law: Platform, resources: list[Resource]) -> None:
    for number in ("D-1", "D-2"):
        story = load(FOLDER / "voorinburgering/scenarios/deelname-geweigerd.yaml")
        person = {**story.content.get("persoon", {}), "bsn": ""} if story.content.get("persoon") else None
        given = {**story.content["gegevens"], "dossiernummer": number}
        Runner(law, Scenario(story.path, {**story.content, "persoon": person, "gegevens": given})).run()
    cases = finished(law.services, "voorinburgering", SYSTEM)

    own = list(again(law.services, cases, SYSTEM))
    other = [
        Resource(one.name, one.content.replace(b'<bpmn:startEvent id="begin"', b'<bpmn:startEvent id="start"').replace(b'sourceRef="begin"', b'sourceRef="start"').replace(b'bpmnElement="begin"', b'bpmnElement="start"'))
        if one.name.startswith("voorinburgering/") and one.kind == "bpmn" else one for one in resources
    ]  # fmt: skip
    new = list(again(law.services, cases, SYSTEM, other))

    assert [case.number for case in cases] == ["D-2", "D-1"]
    assert [one.replay and one.replay.is_identical for one in own] == [True, True]
    assert [one.replay.difference and (one.replay.difference.place, one.replay.difference.found) for one in new if one.replay] == [(1, "start")] * 2
    assert list(again(law.services, cases, SYSTEM, seconds=-1)) == []


def test_who_sees_no_case_finds_none(law: Platform, words: frozenset[str]) -> None:
    played(law, "leerroute/scenarios/map-negenendertig-uur", words)

    assert finished(law.services, "map", SYSTEM)
    assert finished(law.services, "map", Actor("piet", ("procesontwerper",), table=ROLES)) == []
    with pytest.raises(Forbidden):
        finished(law.services, "map", Actor("karin", ("klantmanager",), table=ROLES))
