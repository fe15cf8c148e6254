"""What a scenario may begin with and do besides tasks: each start event, conditions, files, and answers for others from a step on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from decisions import decision, file, table
from diagrams import Diagram, message_event, timer

from inburgering_flow.errors import InvalidInput
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.services.resources import Resource
from inburgering_flow.workbench.proving import Outcome, run, stubs_of
from inburgering_flow.workbench.record import record
from inburgering_flow.workbench.replay import replay
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Runner, dump, moment, read

NAME = "melding"
CONDITION = '<bpmn:conditionalEventDefinition><bpmn:condition>= {text}</bpmn:condition></bpmn:conditionalEventDefinition>'
FORM = {
    "id": "stukken", "type": "default", "schemaVersion": 18,
    "components": [
        {"type": "textfield", "id": "f1", "key": "wat", "label": "Wat"},
        {"type": "filepicker", "id": "f2", "key": "bewijs", "label": "Bewijs", "multiple": True, "accept": ".pdf,.png",
         "validate": {"required": True}},
    ],
}  # fmt: skip


def diagram() -> Diagram:
    """Return: begun in five ways; decide, look into it elsewhere, give papers, wait until enough has been paid."""
    d = Diagram(NAME).message("brief", "melding.binnen", key="= nummer")
    d.definitions.append('<bpmn:signal id="sirene" name="melding.alarm"/>')
    d.start("balie").start("brief_kwam", message_event("brief")).start("elk_kwartaal", timer("timeCycle", "R/P3M"))
    d.start("alarm", '<bpmn:signalEventDefinition signalRef="sirene"/>').start("te_heet", CONDITION.format(text="graden &gt; 30"))
    d.node("businessRuleTask", "bepalen", '<zeebe:calledDecision decisionId="klein" resultVariable="klein"/>')
    d.service("opzoeken", "elders.opzoeken").call("onderzoeken", "onderzoek")
    d.user("stukken_geven", '<zeebe:formDefinition formId="stukken"/>')
    d.node("intermediateCatchEvent", "betaald_genoeg", body=CONDITION.format(text="betaald &gt;= 100")).end("klaar")
    for begin in ("balie", "brief_kwam", "elk_kwartaal", "alarm", "te_heet"):
        d.path(begin, "bepalen")
    return d.path("bepalen", "opzoeken", "onderzoeken", "stukken_geven", "betaald_genoeg", "klaar")


def called() -> str:
    d = Diagram("onderzoek").start("o_start").user("onderzoek_doen").end("o_klaar")
    return d.path("o_start", "onderzoek_doen", "o_klaar").xml()


def models() -> list[Resource]:
    little = file(decision("klein", table(["bedrag"], [["< 100", "true"], [">= 100", "false"]])))
    found = {"melding.bpmn": diagram().xml(), "onderzoek.bpmn": called(), "klein.dmn": little, "stukken.form": json.dumps(FORM)}
    return [Resource(name, text.encode()) for name, text in found.items()]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(models()) as opened:
        yield opened


def play(sandbox: Sandbox, steps: list[Any], **told: Any) -> Outcome:
    story = {"naam": "x", "klok": "2026-03-02T09:00:00+01:00", "proces": NAME, "gegevens": {"bedrag": 90, "nummer": "A-1"}}
    return run(sandbox, read(dump({**story, **told, "stappen": steps}), Path("x.yaml")))


WORK = {"verwacht": {"gegevens": {"klein": True}}}


@pytest.mark.parametrize(
    ("begins", "given", "first"),
    [
        ({}, {}, "balie"),
        ({"bericht": "melding.binnen", "sleutel": "A-1"}, {}, "brief_kwam"),
        ({"signaal": "melding.alarm"}, {}, "alarm"),
        ({"tijd": "elk_kwartaal"}, {"bedrag": None}, "elk_kwartaal"),
        ({"voorwaarde": "te_heet"}, {"graden": 31}, "te_heet"),
    ],
)
def test_a_case_begins_by_each_start_event(sandbox: Sandbox, begins: dict[str, str], given: dict[str, Any], first: str) -> None:
    mocks = {"beslissingen": {"klein": {"uitkomst": True}}} if "tijd" in begins else {}
    told = {"begint": begins} if begins else {}
    done = play(sandbox, [WORK], **told, gegevens={"bedrag": 90, "nummer": "A-1", **given}, nabootsen=mocks)

    assert done.failure is None
    assert [element for _process, element in done.path][:3] == [first, "bepalen", "opzoeken"]


@pytest.mark.parametrize(
    ("begins", "given", "said"),
    [
        ({"voorwaarde": "te_heet"}, {"graden": 29}, "look whether the condition is true"),
        ({"bericht": "een.ander"}, {}, "no case"),
        ({"signaal": "een.ander"}, {}, "no case"),
        ({"tijd": "balie"}, {}, "no case"),
    ],
)
def test_what_does_not_begin_a_case_says_so(sandbox: Sandbox, begins: dict[str, str], given: dict[str, Any], said: str) -> None:
    failure = play(sandbox, [], begint=begins, gegevens=given).failure

    assert failure is not None
    assert said in failure.found


def test_a_condition_happens_when_facts_change_and_files_nobody_wrote_become_documents(sandbox: Sandbox) -> None:
    given = {"wat": "geld", "bewijs": {"$bestand": ["nota.pdf", "foto.png"]}}
    done = play(
        sandbox,
        [
            {"werk": "elders.opzoeken", "met": {}},
            {"taak": "onderzoek_doen"},
            {"geweigerd": {"taak": "stukken_geven", "met": {"wat": "geld"}, "reden": "Choose a file for “Bewijs”."}},
            {"geweigerd": {"taak": "stukken_geven", "met": {"bewijs": {"$bestand": "nota.txt"}}, "reden": "van de goede soort"}},
            {"taak": "stukken_geven", "met": given},
            {"verwacht": {"documenten": ["foto.png", "nota.pdf"], "wacht": ["betaald_genoeg"]}},
            {"gegevens": {"betaald": 99}},
            {"verwacht": {"wacht": ["betaald_genoeg"]}},
            {"gegevens": {"betaald": 100}, "bij": NAME},
            {"verwacht": {"toestand": "COMPLETED", "einde": "klaar"}},
        ],
    )

    assert done.failure is None


def test_a_case_begins_with_a_file(sandbox: Sandbox) -> None:
    given = {"bedrag": 1, "bewijs": {"$bestand": "nota.pdf"}}

    assert play(sandbox, [{"verwacht": {"documenten": ["nota.pdf"]}}], gegevens=given).failure is None


def test_from_a_step_on_others_are_imitated(sandbox: Sandbox) -> None:
    mocks = {"processen": {"onderzoek": {"met": {"gevonden": "niets"}}}, "werk": {"elders.opzoeken": {"met": {"adres": "Dam 1"}}}}
    told = {"taken": ["stukken_geven"], "gegevens": {"gevonden": "niets", "adres": "Dam 1"}}

    assert play(sandbox, [{"nabootsen": mocks}, {"verwacht": told}]).failure is None
    assert play(sandbox, [WORK, {"werk": "elders.opzoeken"}, {"verwacht": {"taken": ["onderzoek_doen"]}}]).failure is None
    later = [{"werk": "elders.opzoeken"}, {"nabootsen": {"processen": {"onderzoek": {"met": {}}}}}]
    failure = play(sandbox, later).failure
    assert failure is not None
    assert "The process onderzoek has begun in this trial" in failure.found


def test_a_process_that_only_a_step_imitates_need_not_be_there() -> None:
    text = dump({"naam": "x", "klok": "2026-03-02T09:00:00+01:00", "proces": NAME, "gegevens": {"bedrag": 1},
                 "stappen": [{"nabootsen": {"processen": {"onderzoek": {"met": {"a": 1}}}}}, {"werk": "elders.opzoeken"},
                             {"verwacht": {"gegevens": {"a": 1}}}]})  # fmt: skip
    story = read(text, Path("x.yaml"))
    with Sandbox.open([one for one in models() if one.name != "onderzoek.bpmn"], stubs=stubs_of([story])) as opened:
        assert run(opened, story).failure is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("begint: {}", "begint says one of bericht, signaal, tijd, voorwaarde"),
        ("begint: {bericht: a, tijd: b}", "begint says one of"),
        ("begint: {tijd: a, sleutel: b}", "sleutel is unknown here"),
        ("stappen: [{gegevens: 3}]", "gegevens is not a list of names and values"),
        ("stappen: [{nabootsen: {werk: {a: {uitkomst: 1}}}}]", "uitkomst is unknown here"),
        ("stappen: [{nabootsen: x}]", "nabootsen is not a list of names and values"),
    ],
)
def test_what_cannot_be_written_is_named_with_its_line(line: str, said: str) -> None:
    head = "naam: x\nklok: 2026-03-02T09:00:00\nproces: p\n"
    with pytest.raises(InvalidInput) as refused:
        read(head + line + ("" if "stappen" in line else "\nstappen: []") + "\n", Path("x.yaml"))
    assert f"line 4: {said}" in refused.value.message


@pytest.mark.parametrize("step", [{"werk": "elders.opzoeken", "met": {"a": {"$bestand": "x.pdf"}}}, {"gegevens": {"a": {"$bestand": "x.pdf"}}}])
def test_files_are_given_with_a_form_only(sandbox: Sandbox, step: Any) -> None:
    failure = play(sandbox, [step]).failure

    assert failure is not None
    assert "Only the answers of a form can be files." in failure.found


@pytest.mark.parametrize("name", ["", "a/b.pdf", ["x"] * 21, 3, [], "a\nb"])
def test_a_name_of_a_file_is_one(sandbox: Sandbox, name: Any) -> None:
    failure = play(sandbox, [], gegevens={"bewijs": {"$bestand": name}}).failure

    assert failure is not None
    assert "What stands after $bestand is no name of a file" in failure.found


def test_a_real_case_with_files_becomes_a_scenario_without_their_names() -> None:
    d = Diagram("verzoek").start().user("stukken_geven", '<zeebe:formDefinition formId="stukken"/>').end()
    drawn = d.path("start", "stukken_geven", "end").xml()
    given = {"bewijs": {"$bestand": ["nota van jansen.pdf"]}}
    story = {"naam": "x", "klok": "2026-03-02T09:00:00+01:00", "proces": "verzoek", "gegevens": {"brief": given["bewijs"]},
             "stappen": [{"taak": "stukken_geven", "met": given}]}  # fmt: skip
    with Sandbox.open([Resource("verzoek.bpmn", drawn.encode()), Resource("stukken.form", json.dumps(FORM).encode())]) as opened:
        real = Runner(opened.fresh(moment(story["klok"])), read(dump(story), Path("x.yaml")))
        text = dump(record(real.platform.services, real.run(), SYSTEM).scenario.content)

        assert "jansen" not in text
        assert text.count("voorbeeld.pdf") == 2
        assert replay(opened, read(text, Path("zaak.yaml"))).is_identical
