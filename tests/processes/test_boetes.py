"""Enforcements side by side add to one list of fines; none replaces it."""

from __future__ import annotations

from typing import Any

import pytest

from inburgering_flow import xml
from inburgering_flow.feel import evaluate
from inburgering_flow.inburgering.resources import resource_folder

DIAGRAM = xml.parse((resource_folder("processes") / "inburgering" / "inburgering.bpmn").read_bytes())


def kept(earlier: Any, brought: Any) -> list[str]:
    """Return the references of the list that the case keeps, with what became of each."""
    [task] = [found for found in DIAGRAM.iter("{*}scriptTask") if found.get("id") == "boetes_bijhouden"]
    expression = next(task.iter("{*}script")).get("expression", "").removeprefix("=")
    return [f"{fine['kenmerk']}{fine['staat']}" for fine in evaluate(expression, {"eerdereBoetes": earlier, "handhavingBoetes": brought})]


def fines(*names: str) -> list[dict[str, str]]:
    """Return fines: a letter for the reference and a digit for its state."""
    return [{"kenmerk": name[0], "staat": name[1]} for name in names]


@pytest.mark.parametrize(
    ("earlier", "brought", "expected"),
    [
        (None, None, []), (None, fines("A1"), ["A1"]), (fines("A1"), None, ["A1"]),
        (fines("A1", "B1"), fines("A1", "C1"), ["B1", "A1", "C1"]),  # B came from beside
        (fines("A1", "B1"), fines("A2"), ["B1", "A2"]),  # it became irrevocable meanwhile
    ],
)  # fmt: skip
def test_what_came_from_beside_stays(earlier: Any, brought: Any, expected: list[str]) -> None:
    assert kept(earlier, brought) == expected


def test_what_a_decision_on_an_objection_changed_stays_changed() -> None:
    """A procedure that ran beside the objection hands back its older copy of the fine."""
    changed = [{"kenmerk": "A", "staat": "9", "uitBezwaar": True}, {"kenmerk": "B", "staat": "1"}]

    assert kept(changed, fines("A1", "B2", "C1")) == ["A9", "B2", "C1"]
