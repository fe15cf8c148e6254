"""What scenarios and mutants gave, for people, for programs (JSON) and for build servers (JUnit XML)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from inburgering_flow import xml
from inburgering_flow.workbench.coverage import Covered
from inburgering_flow.workbench.mutate import KILLED, SURVIVED, UNTOUCHED, Score, Verdict
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


WHY = {
    "condition": "a case would go another way, and no scenario says where it should",
    "default": "what fits nothing else would go another way, and no scenario says where it should",
    "timer": "something would happen at another moment, and no scenario waits for it to the day",
    "message": "a message would not be heard, and no scenario sends it when it counts",
    "group": "somebody else would get the task, and no scenario says who it is for (verwacht: groepen)",
    "assignment": "a variable would have no value, and no scenario says what it must be",
    "policy": "the table would give another outcome where several rules hold, and no scenario brings that about",
    "input": "the rule would hold in other cases, and no scenario is on that side of the boundary",
    "output": "the outcome would be another one, and no scenario says what it must be",
}
"""Kind of mutant → why it matters that nobody notices it."""


def score_lines(found: Score) -> Iterator[str]:
    """Yield what is printed of a score."""
    for state, said in ((SURVIVED, "survived"), (UNTOUCHED, "no scenario comes there")):
        for one in found.of(state):
            mutant = one.mutant
            yield f"{said}: {mutant.resource}: {mutant.element} ({mutant.name})"
            yield f"        {mutant.kind}: {mutant.was}  became  {mutant.became}"
            yield f"        {WHY[mutant.kind]}"
    total = len(found.verdicts)
    drawn = "" if total == found.there else f" of {found.there}"
    yield (
        f"{total}{drawn} mutants in {found.seconds:.1f} s: {len(found.of(KILLED))} noticed ({found.share:.0%}), "
        f"{len(found.of(SURVIVED))} survived, {len(found.of(UNTOUCHED))} where no scenario comes."
    )


def score_data(found: Score) -> dict[str, Any]:
    """Return a score in a form that JSON can hold."""
    return {
        "share": round(found.share, 4), "mutants": len(found.verdicts), "there": found.there, "seconds": round(found.seconds, 1),
        "verdicts": [
            {
                "state": v.state, "kind": v.mutant.kind, "file": v.mutant.resource, "model": v.mutant.model,
                "element": v.mutant.element, "name": v.mutant.name, "was": v.mutant.was, "became": v.mutant.became,
                "by": v.by, "played": v.played,
            }
            for v in found.verdicts
        ],
    }  # fmt: skip


def score_junit(found: Score) -> bytes:
    """Return a score as JUnit XML: a test case for each mutant, which fails where nobody notices it."""
    return suite("mutants", [_mutant_case(one) for one in found.verdicts])


def _mutant_case(one: Verdict) -> xml.Element:
    mutant = one.mutant
    said = "" if one.state == KILLED else f"{one.state}: {mutant.was} became {mutant.became}: {WHY[mutant.kind]}"
    return _case(mutant.model, f"{mutant.element}: {mutant.kind}: {mutant.was} became {mutant.became}", 0, said)
