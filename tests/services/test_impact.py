"""Which cases a new version of a decision would change: counted for designers, named for who sees the cases."""

from __future__ import annotations

import pytest
from diagrams import Diagram

from inburgering_flow.errors import Forbidden
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import impact
from inburgering_flow.services.impact import Impact
from inburgering_flow.services.resources import Resource

PIET = Actor("piet", ("procesontwerper",), table=ROLES)
RITA = Actor("rita", ("regievoerder",), table=ROLES)
TASK = '<zeebe:calledDecision decisionId="hoogte" resultVariable="hoogte"/>'


def table(text: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
  <decision id="hoogte" name="Hoogte"><variable name="hoogte"/><literalExpression><text>{text}</text></literalExpression></decision>
</definitions>""".encode()


def started(platform: Platform, *given: int) -> list[int]:
    platform.deploy_content("d.dmn", table("stap * 50"))
    rule = Diagram("p").start().node("businessRuleTask", "r", TASK).user("a").end().path("start", "r", "a", "end")
    platform.deploy_content("p.bpmn", rule.xml())
    return [platform.start("p", {"stap": step}, business_key=f"Z-{n}") for n, step in enumerate(given)]


def asked(platform: Platform, text: str, actor: Actor = SYSTEM) -> Impact:
    [found] = platform.services.impacts.of([Resource("d.dmn", table(text)), Resource("p.bpmn", b"<x/>")], actor)
    return found


def test_it_says_what_changes_and_in_which_open_case(platform: Platform) -> None:
    *_others, changes, over = started(platform, 1, 1, 3, 3)
    platform.complete(platform.tasks(instance=over)[0].key)

    found = asked(platform, "if stap > 2 then stap * 60 else stap * 50")

    assert (found.name, found.compared, found.is_whole, found.changed, found.failed) == ("Hoogte", 3, True, 1, 0)
    assert [(cell.label, cell.count) for cell in found.outcomes] == [("150 → 180", 1)]
    assert [(one.root_key, one.business_key, one.before, one.after) for one in found.named] == [(changes, "Z-2", "150", "180")]
    assert platform.instance(changes).variables["hoogte"] == 150
    assert asked(platform, "50 * stap").outcomes == []


def test_a_designer_who_sees_no_cases_gets_counts_without_small_ones(platform: Platform) -> None:
    started(platform, *[1] * 6, 3)

    found = asked(platform, "stap * 51", PIET)

    assert found.named == []
    assert [cell.count for cell in found.outcomes] == [None, None]
    assert found.changed is None
    assert [(cell.label, cell.count) for cell in asked(platform, "stap * 51", RITA).outcomes] == [("50 → 51", 6), ("150 → 153", 1)]
    assert len(asked(platform, "stap * 51", RITA).named) == 7


def test_what_the_new_version_cannot_decide_is_counted(platform: Platform) -> None:
    started(platform, 1, 2)

    assert asked(platform, "stap / 0").outcomes[0].label.endswith(" → –")


def test_a_table_that_no_open_case_has_used_says_nothing_and_neither_does_a_file_that_cannot_be_read(platform: Platform) -> None:
    started(platform)
    assert platform.services.impacts.of([Resource("d.dmn", table("1"))], SYSTEM) == []
    assert platform.services.impacts.of([Resource("d.dmn", b"<geen dmn")], SYSTEM) == []


def test_all_are_compared_however_many_portions_and_it_stops_when_there_is_no_time(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(platform, *range(5))
    monkeypatch.setattr(impact, "PORTION", 2)
    assert asked(platform, "stap").compared == 5
    monkeypatch.setattr(impact, "SECONDS", -1)
    found = asked(platform, "1")
    assert (found.compared, found.is_whole) == (0, False)


@pytest.mark.parametrize("role", ["klantmanager", "auditor", "beleidsadviseur"])
def test_only_who_deploys_or_leads_may_ask(platform: Platform, role: str) -> None:
    with pytest.raises(Forbidden):
        asked(platform, "1", Actor("x", (role,), table=ROLES))
