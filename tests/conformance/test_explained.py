"""An explanation never differs from what is evaluated: the same value and the same warnings for every given case."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from tck import value_of
from test_dmn_tck import SUITE
from variants import examples

from inburgering_flow import xml
from inburgering_flow.dmn import Model, read_model
from inburgering_flow.errors import FlowError
from inburgering_flow.feel import Context
from inburgering_flow.feel.values import text_of
from inburgering_flow.xml import local

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def cases() -> Iterator[tuple[Model, str, dict[str, Any]]]:
    for path in sorted(SUITE.rglob("*-test-*.xml")):
        root = xml.parse(path.read_bytes(), name=path.name)
        name = next((child.text or "" for child in root if local(child) == "modelName"), "")
        try:
            model = read_model(path.parent / name.strip())
        except FlowError:
            continue
        for case in (child for child in root if local(child) == "testCase"):
            inputs: dict[str, Any] = {}
            for node in (child for child in case if local(child) == "inputNode"):
                key, space = str(node.get("name")), node.get("namespace")
                inputs[f"{{{space}}}{key}" if space else key] = value_of(node)
            for node in (child for child in case if local(child) == "resultNode"):
                invoked = case.get("invocableName") if case.get("type") in ("decisionService", "bkm") else None
                yield model, str(invoked or node.get("name")), inputs


def evaluated(model: Model, target: str, inputs: dict[str, Any]) -> tuple[str, list[str]]:
    context = Context(now=NOW)
    try:
        return text_of(model.evaluate(target, inputs, context=context)), [w.message for w in context.warnings]
    except FlowError as error:
        return str(error), [w.message for w in context.warnings]


def explained(model: Model, target: str, inputs: dict[str, Any]) -> tuple[str, list[str]]:
    context = Context(now=NOW)
    try:
        found = model.explain(target, inputs, context=context)
    except FlowError as error:
        return str(error), [w.message for w in context.warnings]
    json.dumps(found.to_dict(), default=str)
    assert str(found) or found.error
    value = text_of(found.value) if found.error is None else str(found.error)
    return value, [w.message for w in context.warnings]


def test_explaining_gives_what_evaluating_gives(capsys: pytest.CaptureFixture[str]) -> None:
    if not SUITE.is_dir():
        with capsys.disabled():
            print(f"\n!!! EXPLANATIONS NOT COMPARED: there is no folder {SUITE} !!!", file=sys.stderr)
        return

    compared = 0
    for model, target, inputs in islice(cases(), 0, None, examples(4, 1)):  # each fourth, or each
        assert explained(model, target, inputs) == evaluated(model, target, inputs), f"{model.name}: {target}"
        compared += 1

    assert compared >= examples(450, 1_000)
