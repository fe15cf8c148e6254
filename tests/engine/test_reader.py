"""Hostile and oversized diagrams get a clear refusal; long ones are read."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from inburgering_flow.bpmn import rules
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform
from inburgering_flow.xml import MAX_BYTES

BOMB = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&c;</definitions>"""
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d>&e;</d>'


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "xml-syntax"),
        (b"not xml", "xml-syntax"),
        (b"\x00\xff\xfe", "xml-syntax"),
        (BOMB, "xml-doctype"),
        (OUTSIDE, "xml-doctype"),
        (b"<a>" * 250 + b"</a>" * 250, "xml-too-deep"),
        (b"<a>" + b" " * (MAX_BYTES + 1) + b"</a>", "xml-too-large"),
        (b"<a/>", "not-bpmn"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "not-executable"),
    ],
    ids=["empty", "text", "bytes", "bomb", "outside", "deep", "50MB", "other", "no-process"],
)
def test_bad_input_is_refused_with_a_rule_and_a_remedy(content: bytes, rule: str) -> None:
    definitions, findings = rules.read(content, name="slecht.bpmn")

    assert definitions == []
    assert [f.rule for f in findings] == [rule]
    assert findings[0].remedy


def test_a_condition_with_a_mistake_is_named_with_its_place() -> None:
    diagram = Diagram().start().xor("g", "g_b").user("a").user("b").end().path("start", "g|leeftijd >", "a", "end")
    findings = rules.read(diagram.path("g", "b", "end").xml().encode(), name="p.bpmn")[1]

    assert [(f.rule, f.element_id) for f in findings] == [("feel-syntax", "g_a")]
    assert "Line 1, column" in findings[0].message


def test_two_thousand_tasks_in_a_row_are_read_and_deployed(platform: Platform) -> None:
    diagram = Diagram().start().end()
    names = [f"t{n}" for n in range(2000)]
    for name in names:
        diagram.user(name)

    deployed = platform.deploy_content("lang.bpmn", diagram.path("start", *names, "end").xml())

    assert deployed[0].is_new


def test_an_unknown_file_is_no_deployment(platform: Platform) -> None:
    with pytest.raises(DeploymentRejected):
        platform.deploy_content("p.dmn", b"<x/>")
    with pytest.raises(DeploymentRejected):
        platform.deploy_content("f.form", b'{"components": [{"type": "script", "key": "x"}]}')
