"""Everything that is wrong with a file is told at once."""

from __future__ import annotations

from diagrams import Diagram, timer

from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource


def test_beside_an_expression_that_is_not_feel_everything_else_is_told_too(platform: Platform) -> None:
    diagram = Diagram().start().script("rekenen", "1 + (2 * ", "x").end()
    diagram.node("intermediateCatchEvent", "wachten", body=timer("timeDuration", "P1X")).path("start", "rekenen", "wachten", "end")

    found = platform.services.deployments.check([Resource("p.bpmn", diagram.xml().encode())])

    assert [(one.element_id, one.rule) for one in found] == [("rekenen", "feel-syntax"), ("wachten", "timer")]


def test_each_expression_of_a_decision_that_cannot_be_read_is_told(platform: Platform) -> None:
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{test}</text></inputEntry><outputEntry id="o{n}"><text>{said}</text></outputEntry></rule>'
        for n, (test, said) in enumerate([("1 + (", '"a"'), ("2", "if x then"), ("3", '"c"')])
    )
    table = f'<decisionTable id="t"><input id="i"><inputExpression id="e"><text>x [</text></inputExpression></input><output id="o"/>{rules}</decisionTable>'
    text = f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x"><decision id="a" name="A">{table}</decision></definitions>'

    found = platform.services.deployments.check([Resource("a.dmn", text.encode())])

    told = [one.message for one in found if one.rule == "dmn-feel-syntax"]
    assert [sum(part in one for one in told) for part in ("In: x [", "In: 1 + (", "In: if x then")] == [1, 1, 1]
    assert len(told) == 3
