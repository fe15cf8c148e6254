"""Runs the cases of the DMN Technology Compatibility Kit: ``python tests/conformance/tck.py DIR``.

A case (``testCase``) names inputs and, per decision to evaluate, the expected value; it passes if all of them are met.
``errorResult`` wants a null with a warning, or an error. Numbers are compared with a tolerance of 1e-8, contexts
without regard to order, ``xsi:nil`` as null. Whatever breaks inside one case or file counts as its failure; the run
goes on. The last line is ``N passed, M failed``.

Source: testCases.xsd and the README of the suite.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from inburgering_flow import xml
from inburgering_flow.dmn import Model, read_model
from inburgering_flow.errors import FlowError
from inburgering_flow.feel import Context, temporal
from inburgering_flow.feel.values import equal, from_plain, kind, text_of
from inburgering_flow.xml import local

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True)
class Result:
    """The outcome of one case of one file; ``problem`` is empty if it passed."""

    folder: str
    file: str
    case: str
    problem: str


def _number(text: str) -> Any:
    return None if text.strip().upper() in ("NAN", "INF", "-INF") else Decimal(text.strip())


def _typed(text: str, kind_: str) -> Any:
    kind_ = kind_.rpartition(":")[2]
    if kind_ in ("decimal", "double", "float", "integer", "int", "long"):
        return _number(text)
    if kind_ == "boolean":
        return text.strip() in ("true", "1")
    if kind_ == "date":
        return temporal.parse_date(text.strip())
    if kind_ == "time":
        return temporal.parse_time(text.strip())
    if kind_ == "dateTime":
        return temporal.parse_date_time(text.strip())
    if kind_ in ("duration", "dayTimeDuration", "yearMonthDuration"):
        return temporal.parse_duration(text.strip())
    return text


def value_of(element: xml.Element | None) -> Any:
    """Return the value of an element of type ``valueType``."""
    if element is None:
        return None
    parts = [child for child in element if local(child) != "extensionElements"]
    if not parts or element.get(NIL) == "true":
        return None
    if local(parts[0]) == "value":
        return None if parts[0].get(NIL) == "true" else _typed(parts[0].text or "", parts[0].get(TYPE, "string"))
    if local(parts[0]) == "list":
        if parts[0].get(NIL) == "true":
            return None
        return [value_of(item) for item in parts[0]]
    return {str(part.get("name")): (None if part.get(NIL) == "true" else value_of(part)) for part in parts}


def same(found: Any, wanted: Any) -> bool:
    """Compare as the suite asks."""
    found, wanted = from_plain(found), from_plain(wanted)
    if found is None or wanted is None:
        return found is wanted
    if kind(found) != kind(wanted):
        return False
    if isinstance(found, Decimal):
        return abs(found - wanted) <= TOLERANCE * max(1, abs(wanted))
    if isinstance(found, list):
        return len(found) == len(wanted) and all(same(a, b) for a, b in zip(found, wanted, strict=True))
    if isinstance(found, dict):
        return found.keys() == wanted.keys() and all(same(found[name], wanted[name]) for name in found)
    return equal(found, wanted) is True


def is_cases(path: Path) -> bool:
    """Say whether a file contains cases: by its root element, or by its name if it cannot be read."""
    try:
        return local(xml.parse(path.read_bytes(), name=path.name)) == "testCases"
    except Exception:  # noqa: BLE001 whatever it is, the name decides
        return "-test-" in path.name


def run_file(path: Path, folder: str) -> Iterator[Result]:
    """Yield a result for each case of one file."""
    try:
        root = xml.parse(path.read_bytes(), name=path.name)
        model: Model | FlowError = _model(path, root)
    except Exception as error:  # noqa: BLE001 a failure is what is counted here
        yield Result(folder, path.name, "(file)", f"the file cannot be read: {_reason(error)}")
        return
    cases = [case for case in root if local(case) == "testCase"]
    if not cases:
        yield Result(folder, path.name, "(file)", "the file holds no case")
    for case in cases:
        name = str(case.get("id") or case.get("name") or "?")
        try:
            problem = f"{model}" if isinstance(model, FlowError) else _problem(model, case)
        except Exception as error:  # noqa: BLE001 a failure is what is counted here
            problem = f"broke with {_reason(error)}"
        yield Result(folder, path.name, name, problem)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _model(path: Path, root: xml.Element) -> Model | FlowError:
    """Return the model that the cases are about, or why it cannot be read."""
    name = next(((child.text or "").strip() for child in root if local(child) == "modelName"), "")
    if not name:
        beside = sorted(path.parent.glob("*.dmn"))
        name = next((one.name for one in beside if path.name.startswith(one.stem)), beside[0].name if beside else "")
    try:
        return read_model(path.parent / name)
    except FlowError as error:
        return error


def _problem(model: Model, case: xml.Element) -> str:
    """Evaluate what one case asks for; returns what is wrong, or nothing."""
    inputs: dict[str, Any] = {}
    for node in case:
        if local(node) == "inputNode":
            key = str(node.get("name"))
            space = node.get("namespace")
            inputs[f"{{{space}}}{key}" if space else key] = value_of(node)
    nodes = [node for node in case if local(node) == "resultNode"]
    if not nodes:
        return "the case expects nothing"
    problems = [f"{node.get('name')}: {problem}" for node in nodes if (problem := _check(model, case, node, inputs))]
    return "; ".join(problems)


def _check(model: Model, case: xml.Element, node: xml.Element, inputs: dict[str, Any]) -> str:
    expected = next((child for child in node if local(child) == "expected"), None)
    wants_error = node.get("errorResult") in ("true", "1")
    name = target = str(node.get("name"))
    if case.get("type") in ("decisionService", "bkm") and case.get("invocableName"):
        target = str(case.get("invocableName"))
    context = Context()
    try:
        found = model.evaluate(target, inputs, context=context)
    except FlowError as error:
        return "" if wants_error else f"raised {error}"
    if wants_error:
        return "" if found is None and context.warnings else f"expected an error, found {kind(found)} {text_of(found)}"
    wanted = value_of(expected)
    if same(found, wanted):
        return ""
    if target != name and isinstance(found, dict) and name in found and same(found[name], wanted):
        return ""
    reasons = "; ".join(warning.message for warning in context.warnings[:3])
    return f"expected {kind(wanted)} {text_of(wanted)}, found {kind(found)} {text_of(found)} ({reasons})"


def run_folder(folder: Path) -> list[Result]:
    """Run every file of cases below a folder."""
    results: list[Result] = []
    for path in sorted(folder.rglob("*.xml")):
        if is_cases(path):
            results += run_file(path, str(path.parent.relative_to(folder)))
    return results


def main(arguments: list[str]) -> int:
    """Run a folder; the last line says how many cases passed. Returns 0, 1 for failures, or 2 for wrong usage."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: tck.py DIR\n")
        return 2
    results = run_folder(Path(arguments[0]))
    failed = [result for result in results if result.problem]
    for folder, count in sorted(Counter(result.folder for result in failed).items()):
        sys.stdout.write(f"{folder}: {count} failed\n")
        for result in failed:
            if result.folder == folder:
                sys.stdout.write(f"    {result.file} {result.case}: {result.problem[:400]}\n")
    sys.stdout.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
