"""A municipality sets the severity of lint rules; what protects the engine stays an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from decisions import data, decision, file, table
from diagrams import HEAD, Diagram

from inburgering_flow.cli import main
from inburgering_flow.errors import DeploymentRejected, InvalidInput
from inburgering_flow.platform import Platform
from inburgering_flow.services import severities
from inburgering_flow.services.resources import Resource
from inburgering_flow.services.rulebook import RULES
from inburgering_flow.settings import Settings

GAP = file(data("a", "number") + decision("D", table(["a"], [["< 1", "1"]], types={0: "number"}), inputs=["a"]))


def rules_file(folder: Path, text: str) -> str:
    path = folder / "regels.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def platform_with(open_platform: Callable[..., Platform], tmp_path: Path) -> Callable[[str], Platform]:
    def open_one(text: str) -> Platform:
        return open_platform(settings_=Settings(secret="only for tests", synchronous="OFF", rules=rules_file(tmp_path, text)))

    return open_one


def said(platform: Platform, name: str, content: str) -> list[tuple[str, str]]:
    return [(f.severity, f.rule) for f in platform.services.deployments.check([Resource(name, content.encode())])]


def test_without_a_file_every_rule_is_as_it_was_made(platform: Platform) -> None:
    assert said(platform, "d.dmn", GAP) == [("warning", "table-gap")]


def test_a_warning_that_is_made_an_error_blocks_a_deployment(platform_with: Callable[[str], Platform]) -> None:
    platform = platform_with("table-gap: error\n")

    assert said(platform, "d.dmn", GAP) == [("error", "table-gap")]
    with pytest.raises(DeploymentRejected, match="table-gap"):
        platform.deploy_content("d.dmn", GAP)


def test_a_rule_that_is_off_says_nothing_though_yaml_takes_off_for_false(platform_with: Callable[[str], Platform]) -> None:
    assert said(platform_with("table-gap: off\n"), "d.dmn", GAP) == []


def twice() -> str:
    task = Diagram("p").start().user("t").end().code("error", "e", "adres")
    for id in ("een", "twee"):
        task.boundary(id, "t", '<bpmn:errorEventDefinition errorRef="e"/>').end(f"na_{id}").path(id, f"na_{id}")
    return task.path("start", "t", "end").xml()


def test_an_error_that_protects_nothing_can_be_made_a_warning_and_what_lies_behind_it_is_still_looked_at(
    platform_with: Callable[[str], Platform],
) -> None:
    platform = platform_with("caught-twice: warning  # wij tekenen dat zo\ntask-group: off\n")
    wrong_too = twice().replace("<zeebe:userTask/>", '<zeebe:userTask/><zeebe:taskSchedule dueDate="morgen"/>')

    assert said(platform, "p.bpmn", twice()) == [("warning", "caught-twice")]
    assert platform.deploy_content("p.bpmn", twice())
    assert sorted(said(platform, "p.bpmn", wrong_too)) == [("error", "date"), ("warning", "caught-twice")]


@pytest.mark.parametrize("rule", sorted(r.id for r in RULES.values() if r.protects))
def test_what_protects_the_engine_cannot_be_lowered(tmp_path: Path, rule: str) -> None:
    for severity in ("off", "warning"):
        with pytest.raises(InvalidInput, match=f"line 2: {rule} protects the engine and cannot be lowered to {severity}"):
            severities.read(rules_file(tmp_path, f"# eigen regels\n{rule}: {severity}\n"))
    assert severities.read(rules_file(tmp_path, f"{rule}: error\n")) == {rule: "error"}


def test_a_rule_that_can_be_an_error_and_a_warning_can_be_made_strict(platform_with: Callable[[str], Platform]) -> None:
    body = '<bpmn:process id="p" isExecutable="true"><bpmn:task id="t"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="f" sourceRef="t" targetRef="e"/></bpmn:process></bpmn:definitions>'

    assert said(platform_with("start-event: error\n"), "p.bpmn", HEAD + body) == [("error", "start-event")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tabel-gap: off", "line 1: there is no rule tabel-gap. The nearest is table-gap."),
        ("table-gap: of", "line 1: table-gap cannot be 'of', only off, warning, error. The nearest is off."),
        ("table-gap: fout", "table-gap cannot be 'fout'"),
        ("table-gap: off\ntable-gap: error", "line 2: table-gap is set twice."),
        ("table-gap: [off]", "line 1: a line must have one rule and one of off, warning, error."),
        ("- table-gap", "is not a list of lines like 'table-gap: error'."),
        ("table-gap: 'off", "is not YAML"),
        ("\x00", "is not YAML"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_line_and_what_may_have_been_meant(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        severities.read(rules_file(tmp_path, text))

    assert sentence in error.value.message
    assert "INBURGERING_FLOW_RULES" in error.value.remedy


def test_an_empty_file_sets_nothing_and_a_missing_one_is_refused(tmp_path: Path) -> None:
    assert severities.read(rules_file(tmp_path, "# nog niets\n")) == {}
    with pytest.raises(InvalidInput, match="cannot be read"):
        severities.read(str(tmp_path / "weg.yaml"))


# -- the shell ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """The command line with a file of lint rules and a decision with a gap in its folder."""
    (tmp_path / "d.dmn").write_text(GAP)

    def run(text: str, *command: str) -> tuple[int, str]:
        monkeypatch.setenv("INBURGERING_FLOW_RULES", rules_file(tmp_path, text))
        monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", f"sqlite:///{tmp_path}/flow.db")
        result = CliRunner().invoke(main, [*command])
        return result.exit_code, result.output

    return run


def test_lint_obeys_the_file_and_names_the_page_of_each_rule_once(shell: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    decisions = str(tmp_path / "d.dmn")
    code, output = shell("table-gap: error\n", "lint", decisions, decisions.replace("d.dmn", "../" + tmp_path.name + "/d.dmn"))

    assert code == 1
    assert "error: " in output
    assert output.count("docs/regels/table-gap.md") == 1
    assert shell("table-gap: off\n", "lint", decisions) == (0, "0 findings.\n")


def test_a_file_that_lowers_what_protects_stops_each_command_and_the_doctor_says_why(shell: Callable[..., tuple[int, str]]) -> None:
    code, output = shell("job-type: off\n", "doctor")

    assert code == 1
    assert "job-type protects the engine and cannot be lowered to off" in output


def test_the_doctor_says_what_is_set(shell: Callable[..., tuple[int, str]]) -> None:
    assert "lint rules: table-gap off" in shell("table-gap: off\n", "doctor")[1]
    assert "lint rules: all at their defaults" in shell("", "doctor")[1]
