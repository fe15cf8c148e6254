"""What scenarios and mutants gave, for people, for programs (JSON) and for build servers (JUnit XML)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from inburgering_flow import xml
from inburgering_flow.workbench.coverage import Covered
from inburgering_flow.workbench.proving import Outcome, Proof

MOST_MISSED = 8
"""Parts that are named of each model that was not walked; the JSON has them all."""


def proof_lines(proof: Proof) -> Iterator[str]:
    """Yield what is printed of a proof."""
    for one in proof.outcomes:
        yield f"{'passed' if one.passed else 'FAILED'}  {one.scenario.path.name}: {one.scenario.name} ({one.seconds:.2f} s)"
        if one.failure is not None:
            where = f"step {one.failure.step}, {one.failure.deed}" if one.failure.step else one.failure.deed
            yield f"        {where}"
            yield f"        expected: {one.failure.expected}"
            yield f"        found:    {one.failure.found}"
            yield from (f"        incident: {said}" for said in one.failure.incidents)
    yield ""
    yield from coverage_lines(proof.coverage)
    yield ""
    failed = len(proof.failed)
    yield f"{len(proof.outcomes)} scenarios: {len(proof.outcomes) - failed} passed, {failed} failed."


def coverage_lines(found: Iterable[Covered]) -> Iterator[str]:
    """Yield what of each model was walked."""
    for one in found:
        kinds = [
            (many, *one.of(kind))
            for kind, many in (("element", "elements"), ("flow", "flows"), ("rule", "rules")) if one.of(kind)[1]
        ]  # fmt: skip
        said = ", ".join(f"{walked} of {there} {many}" for many, walked, there in kinds)
        yield f"{one.model.kind} {one.model.id}: {said}"
        missed = one.missed
        for part in missed[:MOST_MISSED]:
            yield f"        not walked: {part.kind} {part.id} ({part.name})"
        if len(missed) > MOST_MISSED:
            yield f"        not walked: {len(missed) - MOST_MISSED} more"


def proof_data(proof: Proof) -> dict[str, Any]:
    """Return a proof in a form that JSON can hold."""
    return {
        "passed": len(proof.outcomes) - len(proof.failed), "failed": len(proof.failed),
        "scenarios": [_outcome(one) for one in proof.outcomes],
        "coverage": [
            {
                "kind": one.model.kind, "id": one.model.element_id or one.model.id, "name": one.model.name,
                "file": one.model.resource,
                "parts": [
                    {"kind": p.kind, "id": p.id, "name": p.name, "scenarios": one.counts.get(p.id, 0)} for p in one.model.parts
                ],
            }
            for one in proof.coverage
        ],
    }  # fmt: skip


def _outcome(one: Outcome) -> dict[str, Any]:
    failure = one.failure
    said = None if failure is None else {
        "step": failure.step, "deed": failure.deed, "expected": failure.expected, "found": failure.found,
        "incidents": list(failure.incidents),
    }  # fmt: skip
    path = [{"process": process, "element": element} for process, element in one.path]
    return {
        "file": one.scenario.path.name, "name": one.scenario.name, "process": str(one.scenario.content["proces"]),
        "passed": one.passed, "seconds": round(one.seconds, 3), "failure": said, "path": path,
    }  # fmt: skip


def proof_junit(proof: Proof) -> bytes:
    """Return a proof as JUnit XML: a test case for each scenario."""
    cases = [
        _case(str(one.scenario.content["proces"]), one.scenario.name, one.seconds,
              "" if one.failure is None else f"step {one.failure.step}, {one.failure.deed}: expected {one.failure.expected}, "
              f"found {one.failure.found}")
        for one in proof.outcomes
    ]  # fmt: skip
    return suite("scenarios", cases)


def _case(classname: str, name: str, seconds: float, failure: str) -> xml.Element:
    inside = [xml.made("failure", {"message": failure, "type": "expectation"})] if failure else []
    return xml.made("testcase", {"classname": classname, "name": name, "time": f"{seconds:.3f}"}, inside)


def suite(name: str, cases: list[xml.Element]) -> bytes:
    """Return test cases as a JUnit XML document."""
    failed = sum(1 for case in cases if len(case))
    total = sum(float(case.get("time", "0")) for case in cases)
    numbers = {"name": name, "tests": str(len(cases)), "failures": str(failed), "errors": "0", "time": f"{total:.3f}"}
    return xml.written(xml.made("testsuites", {}, [xml.made("testsuite", numbers, cases)]))
