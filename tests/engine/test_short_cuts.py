"""Cases use the fast paths of common expressions and tables, which the tests of feel and dmn compare with full
evaluation.
"""

from __future__ import annotations

from typing import Any

import pytest
from decisions import data, decision, file, table
from diagrams import Diagram

from engine.conftest import Forgetful
from engine.doing import open_tasks
from inburgering_flow.dmn.direct import DirectTable
from inburgering_flow.feel.direct import SLOW
from inburgering_flow.feel.expression import Compiled
from inburgering_flow.platform import Platform


def test_conditions_and_decisions_of_a_case_take_the_short_cut(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Any] = []
    decide, value = DirectTable.decide, Compiled.value

    def watched(self: DirectTable, given: Any) -> Any:
        found = decide(self, given)
        taken.extend([] if found is SLOW else [type(self).__name__])
        return found

    def watched_value(self: Compiled, scope: Any, context: Any) -> Any:
        taken.extend(["condition"] if self.direct is not None and self.direct(scope) is not SLOW else [])
        return value(self, scope, context)

    monkeypatch.setattr(DirectTable, "decide", watched)
    monkeypatch.setattr(Compiled, "value", watched_value)
    rules = table(["bedrag"], [["> 250", '"hoog"'], ["<= 250", '"laag"']])
    platform.deploy_content("d.dmn", file(data("bedrag", "number") + decision("D", rules, inputs=["bedrag"])))
    diagram = Diagram().start().node(
        "businessRuleTask", "besluit", '<zeebe:calledDecision decisionId="D" resultVariable="soort"/>'
    ).xor("g", "g_b").user("a").user("b").end().path("start", "besluit", "g|soort = \"hoog\"", "a", "end").path("g", "b", "end")  # fmt: skip
    platform.deploy_content("p.bpmn", diagram.xml())
    platform.start("p", {"bedrag": 100})  # the first time a table is prepared

    key = platform.start("p", {"bedrag": 300})

    assert open_tasks(platform, key) == ["a"]
    assert taken.count("condition") >= 2
    prepared = not isinstance(platform, Forgetful)  # where every cache is dropped each time is the first
    assert [name for name in taken if name.endswith("Table")] == ["PlainTable"] * prepared
