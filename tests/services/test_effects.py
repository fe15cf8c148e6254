"""What a change did: cases are followed as long on both sides, and told apart as the domain says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from diagrams import Diagram

from inburgering_flow.analysis.effects import AGAIN, DURATION
from inburgering_flow.clock import ManualClock, legal_day
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import Indicator, Plugin
from inburgering_flow.platform import Platform
from inburgering_flow.services.effects import Group
from inburgering_flow.workbench.effect_report import as_text, group_of, of_trust


@pytest.fixture
def town(open_platform: Callable[..., Platform]) -> Platform:
    plugin = Plugin("toets", indicators=(Indicator("Per groep", "groep", "Groep", "niets"),))
    platform = open_platform(clock=ManualClock("2026-01-05T09:00:00+01:00"), plugins=[plugin])
    platform.deploy_content("p.bpmn", Diagram("p").start().user("a").end().path("start", "a", "end").xml())
    return platform


def play(platform: Platform, days: list[int], group: str = "x") -> tuple[date, date]:
    """Begin cases that take so many days; return the first and last day of their beginning."""
    first = legal_day(platform.clock.now())
    begun = platform.clock.now()
    cases = [(platform.start("p", {"groep": group}), took) for took in days]
    for took in sorted(set(days)):
        platform.run_until(begun + timedelta(days=took))
        for case, wanted in cases:
            if wanted == took:
                platform.complete(platform.tasks(state="CREATED", instance=case)[0].key)
    platform.run_until(platform.clock.now() + timedelta(days=1))
    return first, first


def test_a_change_is_seen_between_two_periods(town: Platform) -> None:
    before = play(town, [5 + n % 5 for n in range(30)])
    after = play(town, [8 + n % 5 for n in range(30)])
    town.run_until(town.clock.now() + timedelta(days=20))

    found = town.services.effects.compare("p", Group(None, *before), Group(None, *after), SYSTEM, rounds=199)

    assert found.followed == timedelta(days=9)
    effects = {one.figure: one for one in found.comparison.effects}
    assert effects[DURATION].is_alarm
    assert 0.1 < effects[DURATION].difference < 0.5, "of what was followed for nine days"
    assert (effects[AGAIN].difference, effects[AGAIN].is_alarm) == (0, False)
    assert "duration" in as_text(found)
    policy = Actor("dirk", ("beleidsadviseur",), table=ROLES)
    seen = town.services.effects.compare("p", Group(None, *before), Group(None, *after), policy, rounds=99)
    for one in seen.comparison.effects[1:]:
        assert all(abs(share * 20 - round(share * 20)) < 1e-9 for share in (one.difference, one.low, one.high))


def test_those_that_still_run_do_not_make_a_new_version_seem_quick(town: Platform) -> None:
    slow = [4] * 15 + [20] * 25
    play(town, slow)
    town.deploy_content("p.bpmn", Diagram("p").start().user("a").end("ander").path("start", "a", "ander").xml())
    begun = town.clock.now()
    cases = [town.start("p", {"groep": "x"}) for _ in slow]
    town.run_until(begun + timedelta(days=4))
    for case in cases[:15]:
        town.complete(town.tasks(state="CREATED", instance=case)[0].key)

    early = town.services.effects.compare("p", Group(1), Group(2), SYSTEM, rounds=99)
    assert (early.comparison.after, early.comparison.effects) == (0, ()), "none of them was followed long enough"
    town.run_until(begun + timedelta(days=21))
    late = town.services.effects.compare("p", Group(1), Group(2), SYSTEM, rounds=99)
    assert [one.is_alarm for one in late.comparison.effects] == [False, False, False]
    assert late.comparison.effects[0].difference == pytest.approx(0, abs=0.02)


def test_cases_are_compared_with_those_of_their_own_group(town: Platform) -> None:
    before = play(town, [5] * 25, "x")
    after = play(town, [5] * 25, "y")
    town.run_until(town.clock.now() + timedelta(days=20))
    found = town.services.effects.compare("p", Group(None, *before), Group(None, *after), SYSTEM, rounds=99)
    assert (found.comparison.effects, found.comparison.left_out) == ((), 50)
    assert "Too few" in as_text(found)


def test_what_cannot_be_compared_is_said(town: Platform) -> None:
    compare = town.services.effects.compare
    with pytest.raises(NotFound):
        compare("onzin", Group(1), Group(2), SYSTEM)
    with pytest.raises(InvalidInput, match="same version"):
        compare("p", Group(1), Group(1), SYSTEM)
    with pytest.raises(InvalidInput, match="lie over each other"):
        compare("p", Group(None, date(2026, 1, 1), date(2026, 3, 1)), Group(None, date(2026, 2, 1), date(2026, 4, 1)), SYSTEM)
    with pytest.raises(InvalidInput, match="first and a last day"):
        compare("p", Group(), Group(2), SYSTEM)
    assert compare("p", Group(1), Group(2), SYSTEM).followed is None
    assert town.services.effects.versions("p", SYSTEM) == [1]
    assert (group_of("3"), group_of("2026-01-01..2026-06-30").until) == (Group(3), date(2026, 6, 30))
    for wrong in ("x", "2026-01-01..", ""):
        with pytest.raises(InvalidInput):
            group_of(wrong)
    with pytest.raises(InvalidInput, match="too few to split"):
        of_trust(town.services.effects.history("p", SYSTEM, 100), 0.15, 5)
