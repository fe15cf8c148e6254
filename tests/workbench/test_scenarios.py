"""Scenarios in a sandbox: what they may say, what they answer in place of others, and what is said when one does not come true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from diagrams import Diagram, message_event, timer

from inburgering_flow.cli import main
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import speaking
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.services.resources import Resource, collect
from inburgering_flow.workbench.mocks import Mocks
from inburgering_flow.workbench.proving import Outcome, run
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Runner, dump, find, load, read
from workbench import models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.write(tmp_path_factory.mktemp("ontwerp") / "model")


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with Sandbox.open(collect([folder]), stubs=["onderzoek"]) as opened:
        yield opened


def play(sandbox: Sandbox, *changes: tuple[str, str]) -> Outcome:
    """Play the story of the small model with some of its text replaced."""
    text = models.STORY
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return run(sandbox, read(text, Path("verhaal.yaml")))


def test_it_comes_true_with_answers_in_place_of_a_worker_and_a_process(sandbox: Sandbox) -> None:
    done = play(sandbox)

    assert done.failure is None
    entered = [element for process, element in done.path if process == models.NAME]
    assert entered == ["start", "opvragen", "bepalen", "onderzoeken", "beoordelen", "goed", "toegekend"]
    assert {(models.NAME, "goed_toegekend"), (models.NAME, "start_opvragen")} <= done.walk.flows
    assert (models.NAME, "goed_afgewezen") not in done.walk.flows
    assert (done.walk.rules, done.walk.tables) == ({("klein", "r1")}, {"klein"})


@pytest.mark.parametrize(
    ("before", "after", "step", "said"),
    [
        ("klein: true}", "klein: false}", 1, "klein = False"),
        ("taken: [beoordelen]", "taken: []", 1, "tasks []"),
        ("beoordelen: auditor}", "beoordelen: jurist}", 1, "beoordelen for jurist"),
        ("taak: beoordelen", "taak: beslissen", 2, "open task beslissen"),
        ("einde: toegekend", "einde: afgewezen", 3, "end afgewezen"),
        ("storingen: 0", "storingen: 1", 3, "1 incidents"),
        ("toestand: COMPLETED", "pad: [start, opvragen, beoordelen]", 3, "beoordelen as element 3 of the path"),
        ("toestand: COMPLETED", "wacht: [bericht]", 3, "waiting events ['bericht']"),
    ],
)
def test_the_step_that_is_not_so_is_named(sandbox: Sandbox, before: str, after: str, step: int, said: str) -> None:
    failure = play(sandbox, (before, after)).failure

    assert failure is not None
    assert (failure.step, failure.expected) == (step, said)


def test_a_refused_act_is_a_failure_of_the_scenario_not_of_the_program(sandbox: Sandbox) -> None:
    failure = play(sandbox, ("  werk: {adres", "  beslissingen: {}\n  werk: {adres"), ("gegevens: {bedrag", "persoon: {naam: x}\ngegevens: {bedrag")).failure

    assert failure is not None
    assert (failure.step, failure.deed) == (0, "start")


def test_a_worker_answers_with_an_error_of_the_model(sandbox: Sandbox) -> None:
    done = play(sandbox, ("{met: {straat: Voorbeeldlaan}}", "{fout: geen-adres}"))

    assert done.failure is not None
    assert (models.NAME, "afgebroken") in done.walk.elements


def test_of_a_list_each_call_takes_the_next_answer_and_a_failure_is_tried_again(sandbox: Sandbox) -> None:
    listed = '[{storing: "geen antwoord"}, {met: {straat: Voorbeeldlaan}}]'

    assert play(sandbox, ("{met: {straat: Voorbeeldlaan}}", listed)).passed
    failure = play(sandbox, ("{met: {straat: Voorbeeldlaan}}", "[{storing: geen antwoord}]")).failure
    assert failure is not None
    assert "The scenario answers 1 calls of adres.opvragen, and this is one more." in failure.incidents[0]


def test_an_incident_of_which_the_story_does_not_speak_is_a_failure(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    story = models.STORY[: models.STORY.index("stappen:")].replace("{met: {straat: Voorbeeldlaan}}", '{storing: "geen antwoord"}')

    silent = run(sandbox, read(f"{story}stappen:\n  - verwacht: {{taken: []}}\n", Path("stil.yaml"))).failure
    told = run(sandbox, read(f"{story}stappen:\n  - verwacht: {{storingen: 1}}\n", Path("verteld.yaml"))).failure

    assert silent is not None
    assert silent.expected == "0 incidents"
    assert told is None
    assert caplog.records == [], "what fails apart is no matter of the log"


def test_a_decision_gives_what_the_scenario_says(sandbox: Sandbox) -> None:
    done = play(sandbox, ("  werk: {", "  beslissingen: {klein: {uitkomst: false}}\n  werk: {"), ("klein: true}", "klein: false}"))

    assert done.passed
    assert done.walk.tables == frozenset()


def test_a_process_that_is_not_there_cannot_be_imitated_later(sandbox: Sandbox) -> None:
    scenario = read(models.STORY.replace("onderzoek: {met", "elders: {met"), Path("x.yaml"))

    failure = run(sandbox, scenario).failure

    assert failure is not None
    assert "elders, which the scenario imitates, is not among the models" in failure.found


@pytest.mark.parametrize("spoken", ["nl", "en"])
@pytest.mark.parametrize(("reason", "passed"), [("Give one of 1 to", True), ("Geef er een van 1 tot", True), ("iets anders", False)])
def test_a_reason_may_be_written_in_each_language_whoever_plays_it(
    sandbox: Sandbox, reason: str, passed: bool, spoken: str
) -> None:
    refused = f'  - geweigerd: {{taak: beoordelen, door: "", reden: "{reason}"}}\n  - taak: beoordelen'

    with speaking(spoken):
        done = play(sandbox, ("  - taak: beoordelen", refused))

    assert done.passed == passed, done.failure


def test_an_answer_may_be_a_value_that_the_case_has(sandbox: Sandbox) -> None:
    assert play(sandbox, ("{akkoord: true}", "{akkoord: {$van: klein}}")).passed
    failure = play(sandbox, ("{akkoord: true}", "{akkoord: {$van: klein, de: 2}}")).failure
    assert failure is not None
    assert failure.expected == "at least 2 values of klein"


def test_a_trial_goes_step_by_step_and_shows_where_it_stands(sandbox: Sandbox) -> None:
    story = read(models.STORY, Path("proef.yaml"))
    trial = Runner(sandbox.fresh(story.clock, story.mocks), story)

    trial.begin()
    standing = [task.element_id for task in trial.open_tasks()]
    variables = trial.variables()
    trial.do({"tot": "2026-03-12T09:00:00+01:00"})

    assert (standing, variables["gevonden"]) == (["beoordelen"], "niets")
    assert (trial.open_tasks(), trial.waiting()) == ([], [])
    assert [row.element_id for _process, row in trial.path()][-2:] == ["te_laat", "verlopen"]


def test_a_trial_finds_nothing_of_the_one_before(sandbox: Sandbox) -> None:
    story = read(models.STORY, Path("proef.yaml"))
    Runner(sandbox.fresh(story.clock, story.mocks), story).run()

    again = sandbox.fresh(story.clock, Mocks())

    assert (again.instances(), again.tasks(), set(sandbox.flows)) == ([], [], set())


def test_every_shipped_scenario_is_written_back_as_it_was() -> None:
    for path in find(resource_folder("processes")):
        scenario = load(path)
        assert read(dump(scenario.content), path).content == scenario.content, path


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("klok:", "klock:", 2, "Did you mean klok?"),
        ("  - taak: beoordelen\n    met", "  - taak: beoordelen\n    mett", 11, "mett is unknown here. Did you mean met?"),
        ("taken: [beoordelen]", "taaken: [beoordelen]", 9, "Did you mean taken?"),
        ("{met: {straat: Voorbeeldlaan}}", "{uitkomst: 1}", 6, "uitkomst is unknown here. Known are fout, met, storing."),
        ("  processen:", "  proces:", 7, "Did you mean processen?"),
        ("    met: {akkoord: true}", "    taak: nog_een", 11, "taak stands here twice"),
        ("    met: {akkoord: true}", "    bericht: ook", 10, "this one says several things"),
        ("  - taak: beoordelen", "  - tak: beoordelen", 10, "Did you mean taak?"),
        ("stappen:", "stappen: niets\nbron:", 8, "stappen is not a list of steps"),
        ("proces: aanvraag\n", "", 1, "it lacks proces"),
        ("{akkoord: true}", "{akkoord: true", 12, "this is not YAML"),
        ("klok: 2026-03-02T09:00:00+01:00", "klok: morgen", 0, "klok is not a moment"),
        ("klok: 2026-03-02T09:00:00+01:00", "klok: 2026-02-30", 0, "cannot be read"),
    ],
)
def test_what_no_scenario_can_say_is_refused_with_its_line(before: str, after: str, line: int, said: str) -> None:
    assert before in models.STORY

    with pytest.raises(InvalidInput) as refused:
        read(models.STORY.replace(before, after, 1), Path("verhaal.yaml"))

    assert said in str(refused.value)
    assert str(refused.value).startswith("verhaal.yaml")
    assert not line or f"line {line}" in str(refused.value)


# -- the command -----------------------------------------------------------------------------------------------------------


def command(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_command_says_what_came_true_and_what_was_not_walked(folder: Path, tmp_path: Path) -> None:
    result = command("test", folder, "--junit", tmp_path / "r.xml", "--json", tmp_path / "r.json")

    assert result.exit_code == 0, result.output
    assert "passed  eerste.yaml: Een kleine aanvraag wordt toegekend" in result.stdout
    assert "process aanvraag: 7 of 12 elements, 6 of 9 flows" in result.stdout
    assert "not walked: flow goed_afgewezen (goed → afgewezen)" in result.stdout
    assert "decision klein: 1 of 2 rules" in result.stdout
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite[0].get("classname")) == ("1", "0", "aanvraag")
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["scenarios"][0]["passed"] is True
    assert [model["id"] for model in data["coverage"]] == ["aanvraag", "klein"]


def test_the_command_fails_with_step_expected_and_found(folder: Path, tmp_path: Path) -> None:
    own = models.write(tmp_path / "model")
    file = models.story(own, "onwaar.yaml", models.STORY.replace("einde: toegekend", "einde: afgewezen"))

    result = command("test", file, "--junit", tmp_path / "r.xml")

    assert result.exit_code == 1
    assert "FAILED  onwaar.yaml" in result.stdout
    assert "step 3, verwacht" in result.stdout
    assert "expected: end afgewezen\n        found:    ['toegekend', 'einde']" in result.stdout
    assert "1 of 1 scenarios did not come true." in result.stderr
    assert "end afgewezen" in ElementTree.parse(tmp_path / "r.xml").getroot()[0][0][0].get("message", "")


@pytest.mark.parametrize(
    ("named", "said"),
    [("leeg", "There are no scenarios in"), ("los", "There are no models around"), ("kapot", "line 2, column 1: this is not YAML")],
)
def test_the_command_refuses_what_it_cannot_run(tmp_path: Path, named: str, said: str) -> None:
    (tmp_path / "leeg").mkdir()
    (tmp_path / "los" / "scenarios").mkdir(parents=True)
    models.story(tmp_path / "los", "a.yaml", models.STORY)
    models.story(models.write(tmp_path / "kapot"), "eerste.yaml", "naam: [")

    result = command("test", tmp_path / named)

    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_models_that_cannot_be_deployed_are_refused_with_what_is_wrong(tmp_path: Path) -> None:
    own = models.write(tmp_path / "model")
    (own / "aanvraag.bpmn").write_text(models.diagram().xml().replace("bedrag &lt; 100", "bedrag &lt;"))

    result = command("test", own)

    assert result.exit_code == 1
    assert "DEPLOYMENT_REJECTED" in result.stderr
    assert "goed_toegekend" in result.stderr


def test_a_model_that_is_missing_is_named(tmp_path: Path) -> None:
    own = models.write(tmp_path / "model")
    (own / "klein.dmn").unlink()

    result = command("test", own)

    assert result.exit_code == 1
    assert "incident: bepalen: No decision 'klein' is deployed." in result.stdout


def test_shipped_models_are_found_around_a_family(tmp_path: Path) -> None:
    result = command("test", resource_folder("processes") / "leerroute" / "scenarios" / "map-negenendertig-uur.yaml")

    assert result.exit_code == 0, result.output
    assert "process map: 6 of 6 elements, 5 of 5 flows" in result.stdout
    assert "process afschalen: 0 of 12 elements" in result.stdout


WAITS = """\
naam: Werk dat een ander doet, en een bericht en een signaal onder hun eigen naam
klok: 2026-03-02T09:00:00+01:00
proces: wachten
gegevens: {wie: de-een}
stappen:
  - tot: 2026-03-04T09:00:00+01:00
  - werk: elders
    storing: nog niet
  - werk: elders
    met: {gedaan: ja}
  - bericht: nieuws
    op: voor de-een
  - signaal: klaar
  - verwacht: {toestand: COMPLETED, gegevens: {gedaan: ja}, einde: op_tijd}
"""


def waiting_models() -> list[Resource]:
    d = Diagram("wachten").message("m", "nieuws", '= "voor " + wie').code("signal", "s", "klaar").start()
    d.service("elders", "elders").boundary("te_laat", "elders", timer("timeDuration", "P5D")).end("verlopen")
    d.node("intermediateCatchEvent", "bericht", body=message_event("m"))
    d.node("intermediateCatchEvent", "signaal", body='<bpmn:signalEventDefinition signalRef="s"/>').end("op_tijd")
    d.path("start", "elders", "bericht", "signaal", "op_tijd").path("te_laat", "verlopen")
    return [Resource("wachten.bpmn", d.xml().encode())]


def test_work_that_nobody_does_here_is_answered_by_a_step_at_its_own_moment() -> None:
    with Sandbox.open(waiting_models()) as opened:
        assert run(opened, read(WAITS, Path("wachten.yaml"))).failure is None
        late = run(opened, read(WAITS.replace("03-04T", "03-08T"), Path("wachten.yaml"))).failure
    assert late is not None
    assert (late.step, late.expected, late.found) == (2, "open work elders", "[]")


def test_what_waits_for_somebody_elsewhere_does_not_hold_up_the_time_of_others() -> None:
    """A timer between now and then fires at its own moment, although work that is due since the beginning is never done."""
    with Sandbox.open(waiting_models()) as opened:
        scenario = read(WAITS, Path("wachten.yaml"))
        runner = Runner(opened.fresh(scenario.clock), scenario)
        runner.begin()
        runner.do({"tot": "2026-03-20T09:00:00+01:00"})
        end = next(row for _process, row in runner.path() if row.element_id == "verlopen")
    assert end.start.date().isoformat() == "2026-03-07"
