"""The decisions are judged by the standard's own cases."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from decisions import data, decision, file, knowledge, service

from inburgering_flow.dmn import Model

sys.path.insert(0, str(Path(__file__).parent))
import tck  # the runner is next to this file and is a command as well

SUITE = Path(__file__).resolve().parents[2].parent / "shared" / "dmn-tck"
FLOOR = 1970


def test_the_given_cases_of_the_conformance_suite_pass(capsys: pytest.CaptureFixture[str]) -> None:
    if not SUITE.is_dir():
        with capsys.disabled():
            print(
                f"\n!!! DMN TCK NOT RUN: there is no folder {SUITE}; only the cases in tests/dmn ran !!!",
                file=sys.stderr,
            )
        return

    results = tck.run_folder(SUITE)
    failed = [result for result in results if result.problem]
    passed = len(results) - len(failed)

    with capsys.disabled():
        print(f"\nDMN TCK: {passed} of {len(results)} cases of the suite pass", file=sys.stderr)
    assert passed >= FLOOR, Counter(result.folder for result in failed)
    assert not failed


CASES = (
    '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{}</testCases>'
)


def expect(name: str, value: str, type_: str = "decimal") -> str:
    return f'<resultNode name="{name}"><expected><value xsi:type="xsd:{type_}">{value}</value></expected></resultNode>'


def suite(folder: Path, model: str, cases: str) -> Path:
    """Write a folder with one model and one file of cases."""
    folder.mkdir()
    (folder / "m.dmn").write_text(model)
    (folder / "m-test-01.xml").write_text(CASES.format(f"<modelName>m.dmn</modelName>{cases}"))
    return folder


def problems(folder: Path) -> dict[str, bool]:
    return {f"{result.folder}/{result.case}": bool(result.problem) for result in tck.run_folder(folder)}


def test_a_case_fails_if_one_of_its_values_is_wrong_or_an_error_is_missing(tmp_path: Path) -> None:
    model = file(decision("D", "1 + 1") + decision("E", "1 / 0") + decision("F", "null"))
    nil = '<resultNode name="{}"><expected><value xsi:nil="true"/></expected></resultNode>'
    error = '<resultNode name="{}" errorResult="true"/>'
    cases = {
        "right": expect("D", "2"),
        "within tolerance": expect("D", "2.000000001"),
        "wrong": expect("D", "3"),
        "of another type": expect("D", "2", "string"),
        "one of two wrong": expect("D", "2") + expect("E", "1"),
        "error wanted and given": error.format("E"),
        "error wanted, value given": error.format("D"),
        "error wanted, plain null given": error.format("F"),
        "null wanted": nil.format("F"),
        "null wanted, value given": nil.format("D"),
        "no such decision": expect("X", "2"),
        "nothing expected": "",
    }
    suite(tmp_path / "a", model, "".join(f'<testCase id="{i}">{body}</testCase>' for i, body in cases.items()))

    found = problems(tmp_path)

    right = {"right", "within tolerance", "error wanted and given", "null wanted"}
    assert {name for name, problem in found.items() if not problem} == {f"a/{name}" for name in right}
    assert len(found) == len(cases)


def test_values_of_every_kind_are_read_and_compared(tmp_path: Path) -> None:
    model = file(
        data("x") + decision("D", "x", inputs=["x"]) + service("S", ["D"], ["x"]) + knowledge("K", {"n": ""}, "[n]")
    )
    value = (
        '<component name="a"><list><item><value xsi:type="xsd:date">2026-01-01</value></item><item>'
        '<value xsi:type="xsd:duration">P1D</value></item><item><value xsi:type="xsd:boolean">true</value></item>'
        '<item><value xsi:nil="true"/></item></list></component><component name="b"><value>t</value></component>'
    )
    cases = (
        f'<testCase id="1"><inputNode name="x">{value}</inputNode><resultNode name="D"><expected>{value}</expected>'
        f'</resultNode></testCase><testCase id="2" type="decisionService" invocableName="S"><inputNode name="x">{value}'
        f'</inputNode><resultNode name="D"><expected>{value}</expected></resultNode></testCase>'
        '<testCase id="3" type="bkm" invocableName="K"><inputNode name="n"><value>t</value></inputNode>'
        '<resultNode name="K"><expected><list><item><value>t</value></item></list></expected></resultNode></testCase>'
    )
    suite(tmp_path / "a", model, cases)

    assert problems(tmp_path) == {"a/1": False, "a/2": False, "a/3": False}


def test_what_breaks_is_a_failure_and_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = f'<testCase id="1">{expect("D", "2")}</testCase>'
    suite(tmp_path / "broken model", "<definitions", good)
    suite(tmp_path / "endless", file(decision("D", "for x in 1..10**15 return x")), good)
    suite(tmp_path / "good", file(decision("D", "1 + 1")), good)
    (suite(tmp_path / "no cases", file(decision("D", "1 + 1")), "") / "m-test-02.xml").write_text("<testCases")
    suite(tmp_path / "raising", file(decision("D", "raising()")), good)
    (suite(tmp_path / "without model", "", good) / "m.dmn").unlink()

    def raising(self: Model, name: str, *_: Any, **given: Any) -> Any:
        if "raising" in str(self.decisions["D"].expression):
            raise ZeroDivisionError("as a mistake in the engine would")
        return evaluate(self, name, *_, **given)

    evaluate = Model.evaluate
    monkeypatch.setattr(Model, "evaluate", raising)

    assert problems(tmp_path) == {
        "broken model/1": True,
        "endless/1": True,
        "good/1": False,
        "no cases/(file)": True,
        "raising/1": True,
        "without model/1": True,
    }
    assert len(tck.run_folder(tmp_path)) == 7


def test_the_command_ends_with_the_count_and_lists_failures_by_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite(tmp_path / "a", file(decision("D", "1 + 1")), f'<testCase id="001">{expect("D", "2")}</testCase>')
    suite(tmp_path / "b", file(decision("D", "1 + 2")), f'<testCase id="002">{expect("D", "2")}</testCase>')

    assert tck.main([str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "b: 1 failed"
    assert "002" in lines[1]
    assert lines[-1] == "1 passed, 1 failed"

    assert tck.main([str(tmp_path / "a")]) == 0
    assert capsys.readouterr().out.splitlines() == ["1 passed, 0 failed"]
    assert tck.main([str(tmp_path / "nowhere")]) == 2
    assert tck.main([]) == 2
