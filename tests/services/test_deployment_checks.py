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
