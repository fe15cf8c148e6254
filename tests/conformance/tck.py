"""Runs the cases of the DMN Technology Compatibility Kit: ``python tests/conformance/tck.py DIR``.

A case names inputs and, per decision, the expected value. ``errorResult`` wants a null with a warning, or an error.
Numbers are compared with a tolerance of 1e-8, contexts without regard to order.

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
    """One expected value of one case and what came of it; ``problem`` is empty where it passed."""

    folder: str
    case: str
    node: str
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


def run_file(path: Path) -> Iterator[Result]:
    """Yield a result for each expected value of one file of cases."""
    root = xml.parse(path.read_bytes(), name=path.name)
    folder = path.parent.name
    name = next((child.text or "" for child in root if local(child) == "modelName"), "")
    model: Model | None = None
    broken = ""
    try:
        model = read_model(path.parent / name.strip())
    except FlowError as error:
        broken = str(error)
    for case in root:
        if local(case) != "testCase":
            continue
        inputs: dict[str, Any] = {}
        for node in case:
            if local(node) == "inputNode":
                key = str(node.get("name"))
                space = node.get("namespace")
                inputs[f"{{{space}}}{key}" if space else key] = value_of(node)
        for node in case:
            if local(node) == "resultNode":
                problem = broken or _check(model, case, node, inputs)
                yield Result(folder, str(case.get("id")), str(node.get("name")), problem)


def _check(model: Model | None, case: xml.Element, node: xml.Element, inputs: dict[str, Any]) -> str:
    assert model is not None
    expected = next((child for child in node if local(child) == "expected"), None)
    wants_error = node.get("errorResult") == "true"
    target = str(node.get("name"))
    if case.get("type") in ("decisionService", "bkm") and case.get("invocableName"):
        target = str(case.get("invocableName"))
    context = Context()
    try:
        found = model.evaluate(target, inputs, context=context)
    except FlowError as error:
        return "" if wants_error else f"raised {error}"
    if wants_error:
        if found is None and context.warnings:
            return ""
        return f"expected an error, found {kind(found)} {text_of(found)}"
    wanted = value_of(expected)
    if same(found, wanted):
        return ""
    if isinstance(found, dict) and isinstance(wanted, dict) is False and target != node.get("name"):
        return "" if same(found.get(str(node.get("name"))), wanted) else "the service gives something else"
    reasons = "; ".join(warning.message for warning in context.warnings[:3])
    return f"expected {kind(wanted)} {text_of(wanted)}, found {kind(found)} {text_of(found)} ({reasons})"


def run_folder(folder: Path) -> list[Result]:
    """Run every file of cases below a folder."""
    return [result for path in sorted(folder.rglob("*-test-*.xml")) for result in run_file(path)]


def main() -> int:
    """Run the folder on the command line; the last line says how many passed."""
    if len(sys.argv) < 2:
        sys.stderr.write("usage: tck.py DIR\n")
        return 2
    results = run_folder(Path(sys.argv[1]))
    failed = [result for result in results if result.problem]
    by_folder = Counter(result.folder for result in failed)
    for folder, count in sorted(by_folder.items()):
        sys.stdout.write(f"{folder}: {count} failed\n")
        for result in failed:
            if result.folder == folder:
                sys.stdout.write(f"    {result.case} {result.node}: {result.problem}\n")
    sys.stdout.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
