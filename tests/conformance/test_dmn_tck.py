"""The decisions are judged by the standard's own cases."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import tck  # the runner lies beside this file and is a command as well

SUITE = Path(__file__).resolve().parents[2].parent / "shared" / "dmn-tck"
FLOOR = 2000


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
        print(f"\nDMN TCK: {passed} of {len(results)} expected values of the suite are met", file=sys.stderr)
    assert passed >= FLOOR, Counter(result.folder for result in failed)
    assert not failed


def test_a_wrong_expectation_is_reported_as_a_failure(tmp_path: Path) -> None:
    (tmp_path / "m.dmn").write_text(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="n">'
        '<decision id="d" name="D"><variable name="D"/><literalExpression><text>1 + 1</text></literalExpression>'
        "</decision></definitions>"
    )
    (tmp_path / "m-test-01.xml").write_text(
        '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>m.dmn</modelName>'
        '<testCase id="1"><resultNode name="D"><expected><value xsi:type="xsd:decimal">3</value></expected>'
        '</resultNode></testCase><testCase id="2"><resultNode name="D" errorResult="true"/></testCase></testCases>'
    )

    results = tck.run_folder(tmp_path)

    assert [bool(result.problem) for result in results] == [True, True]
