"""Terms that will perhaps be missed: told from what became of those before, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from diagrams import Diagram

from inburgering_flow.analysis.lateness import LEAST
from inburgering_flow.clock import ManualClock, legal_day
from inburgering_flow.errors import Forbidden
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.outlooks import PARTNER, QUEUE, STEP
from inburgering_flow.workbench.late_backtest import backtest, report

DATA = [{"name": "uiterlijk", "type": "date", "roles": [], "term": {"title": "Besluiten", "until": ["besloten"]}}]
LONG = 28  # days from the begin of a case to its last day


@pytest.fixture
def town(open_platform: Callable[..., Platform], tmp_path: Path) -> Platform:
    """A task ``a``, then ``b``, then a message that a partner sends."""
    (tmp_path / "zaak").mkdir()
    (tmp_path / "zaak" / "gegevens.json").write_text(json.dumps(DATA))
    made = Diagram("p").start().user("a").user("b").message("m", "bericht", '= zaak').node(
        "intermediateCatchEvent", "wacht", body='<bpmn:messageEventDefinition messageRef="m"/>'
    ).end("klaar")
    (tmp_path / "zaak" / "p.bpmn").write_text(made.path("start", "a", "b", "wacht", "klaar").xml())
    platform = open_platform(clock=ManualClock("2026-01-05T09:00:00+01:00"), plugins=[])
    platform.deploy(tmp_path)
    return platform


def begin(platform: Platform) -> int:
    due = legal_day(platform.clock.now()) + timedelta(days=LONG)
    return platform.start("p", {"uiterlijk": due.isoformat(), "zaak": "x"})


def do(platform: Platform, case: int) -> None:
    platform.complete(platform.tasks(state="CREATED", instance=case)[0].key, user="karin")


def past(platform: Platform, *, slow: int, quick: int) -> None:
    """Play cases: of those that stood ten days at ``a`` each is decided too late, of the others none."""
    cases = [begin(platform) for _ in range(slow + quick)]
    platform.run_until(platform.clock.now() + timedelta(days=2))
    for case in cases[slow:]:
        do(platform, case)
        platform.services.processes.set_variables(case, {"besloten": "ja"})
    platform.run_until(platform.clock.now() + timedelta(days=10))
    for case in cases[:slow]:
        do(platform, case)
    platform.run_until(platform.clock.now() + timedelta(days=30))
    for case in cases[:slow]:
        platform.services.processes.set_variables(case, {"besloten": "ja"})
    platform.run_until(platform.clock.now() + timedelta(days=31))
    while platform.services.figures.keep():
        pass


def test_what_stood_as_long_before_tells_what_will_be_late(town: Platform) -> None:
    past(town, slow=LEAST, quick=LEAST)
    case = begin(town)
    outlook = town.services.outlooks.of_cases([case], SYSTEM)[case]
    assert outlook.share is not None
    assert (outlook.share.late, outlook.share.of, outlook.is_probable) == (LEAST, 2 * LEAST, True)
    town.run_until(town.clock.now() + timedelta(days=5))

    outlook = town.services.outlooks.of_cases([case], SYSTEM)[case]

    assert outlook.share is not None
    assert (outlook.share.late, outlook.share.of) == (LEAST, LEAST), "the quick ones had gone on by then"
    assert (outlook.term, outlook.step, outlook.cause) == ("Besluiten", "a", QUEUE)
    expected = town.services.outlooks.expected(SYSTEM)
    assert [one.root_key for one in expected.outlooks] == [case]
    assert list(expected.names) == [case]


def test_the_cause_is_who_is_waited_for(town: Platform) -> None:
    past(town, slow=LEAST, quick=0)
    case = begin(town)
    [task] = town.tasks(state="CREATED", instance=case)
    town.claim(task.key, user="karin")
    assert town.services.outlooks.of_cases([case], SYSTEM)[case].cause == STEP
    town.complete(task.key, user="karin")
    do(town, case)
    outlook = town.services.outlooks.of_cases([case], SYSTEM)[case]
    assert (outlook.cause, outlook.element_id) == (PARTNER, "wacht")
    assert outlook.share is None, "no case of before has stood there: nothing is guessed"
    assert town.services.outlooks.expected(SYSTEM).unknown == 1


def test_of_a_thin_history_nothing_is_said(town: Platform) -> None:
    case = begin(town)
    assert town.services.outlooks.of_cases([case], SYSTEM) == {}
    past(town, slow=LEAST - 2, quick=0)
    later = begin(town)
    assert town.services.outlooks.of_cases([later], SYSTEM)[later].share is None


def test_it_is_told_to_who_leads(town: Platform) -> None:
    past(town, slow=LEAST, quick=0)
    case = begin(town)
    for role in ("klantmanager", "beleidsadviseur"):
        actor = Actor("iemand", (role,), table=ROLES)
        assert town.services.outlooks.of_cases([case], actor) == {}
        with pytest.raises(Forbidden):
            town.services.outlooks.expected(actor)
    assert town.services.outlooks.of_cases([case], Actor("tom", ("teammanager",), table=ROLES))


def test_a_backtest_knows_nothing_of_what_came_after_its_moment(town: Platform) -> None:
    past(town, slow=LEAST, quick=LEAST)
    moment = town.clock.now() + timedelta(hours=1)
    past(town, slow=3, quick=4)
    past(town, slow=1, quick=1)  # begun later: of these nothing is said at the moment

    before, = backtest(town.services, [moment - timedelta(days=70)], SYSTEM)
    assert all(one.probability is None for one in before.judged), "nothing had been learned yet"
    found, = backtest(town.services, [moment], SYSTEM)

    assert {one.probability for one in found.judged} == {(LEAST + 0.5) / (2 * LEAST + 1)}
    assert sorted(one.was_missed for one in found.judged) == [False] * 4 + [True] * 3
    said = report(found)
    assert "7 running terms, of which 3 were missed" in said
    assert "fewer than 14 days are left" in said
