"""Figures by month: counted once, in the background, from what happened; who sees no names reads no small cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from diagrams import Diagram
from sqlalchemy import event, select

from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import Forbidden
from inburgering_flow.inburgering.people import PERSON
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import Budget, Indicator, Plugin
from inburgering_flow.platform import Platform
from inburgering_flow.services import counting
from inburgering_flow.services.figures import QUICK, following, months_back
from inburgering_flow.store import figures
from inburgering_flow.store import tables as t

POLICY = Actor("bea", ("beleidsadviseur",), table=ROLES)
DATA = [{"name": "uiterlijk", "type": "date", "roles": [], "term": {"title": "Besluiten", "until": ["besloten"]}}]


@pytest.fixture
def town(open_platform: Callable[..., Platform], tmp_path: Path) -> Platform:
    """Cases of ``p`` with a task ``a``, which ``opnieuw`` repeats, and then ``b``."""
    (tmp_path / "zaak").mkdir()
    (tmp_path / "zaak" / "gegevens.json").write_text(json.dumps(DATA))
    made = (
        Diagram("p").start().xor("in").user("a").xor("uit", default="uit_b").user("b").end("klaar")
        .path("start", "in", "a", "uit", "b", "klaar").path("uit|opnieuw", "in")
    )  # fmt: skip
    (tmp_path / "zaak" / "p.bpmn").write_text(made.xml())
    plugin = Plugin("toets", indicators=(Indicator("Per groep", "groep", "Groep", "niets"),))
    platform = open_platform(clock=ManualClock("2026-01-05T09:00:00+01:00"), plugins=[plugin])
    platform.deploy(tmp_path)
    return platform


def wait(platform: Platform, days: int) -> None:
    platform.run_until(platform.clock.now() + timedelta(days=days))


def begin(platform: Platform, *, group: str = "x", due: str = "2030-01-01", name: str = "") -> int:
    return platform.start("p", {"groep": group, "opnieuw": False, "uiterlijk": due}, business_key=name)


def do(platform: Platform, case: int, **values: Any) -> None:
    [task] = platform.tasks(state="CREATED", instance=case)
    platform.complete(task.key, values, user="karin")


def steps(platform: Platform, actor: Actor = SYSTEM, period: str = "2026") -> dict[str, tuple[Any, ...]]:
    insight = platform.services.insight
    grid = insight.steps(insight.period(period, actor), actor)
    return {row[1]: row[2:] for row in grid.rows}  # type: ignore[misc]


def test_waiting_is_told_from_working_and_a_step_that_came_again_from_one_that_did_not(town: Platform) -> None:
    case = begin(town)
    wait(town, 4)
    [task] = town.tasks(state="CREATED", instance=case)
    town.claim(task.key, user="karin")
    wait(town, 2)
    town.complete(task.key, {"opnieuw": True}, user="karin")
    wait(town, 10)
    do(town, case, opnieuw=False)

    done, waited, _most, worked, whole, _whole80, again, _days = steps(town)["a"]

    assert (done, again) == (2, 50)
    assert waited == pytest.approx(Decimal(4), rel=Decimal("0.03")), "of the one that somebody took"
    assert worked == pytest.approx(Decimal(2), rel=Decimal("0.03"))
    assert whole == pytest.approx(Decimal(6), rel=Decimal("0.03"))


def test_a_month_that_is_over_is_counted_once(town: Platform) -> None:
    case = begin(town)
    do(town, case)
    wait(town, 60)
    assert town.services.figures.keep() > 0
    assert town.services.figures.keep() == 0, "nothing is left to seal"

    counted: list[tuple[str, tuple[Any, ...]]] = []
    listen(town, counted)
    rows = steps(town)

    assert rows["a"][0] == 1
    january = [sql for sql, given in counted if "FROM user_task" in sql and any("2026-01-05" < str(one) < "2026-02-01" for one in given)]
    assert january == [], "the history is not walked for a look"
    with town.context.db.read() as unit:
        sealed = figures.marks(unit, counting.TASKS)
    assert {month for month, (is_sealed, *_rest) in sealed.items() if is_sealed} == {date(2026, 1, 1), date(2026, 2, 1)}


def listen(platform: Platform, into: list[tuple[str, tuple[Any, ...]]]) -> None:
    def heard(_c: Any, _cursor: Any, sql: str, given: Any, *_: Any) -> None:
        into.append((sql, tuple(given.values()) if isinstance(given, dict) else tuple(given)))

    event.listen(platform.context.db.engine, "before_cursor_execute", heard)


def test_a_sealed_month_stays_as_it_was_when_its_cases_are_destroyed(town: Platform) -> None:
    case = begin(town)
    do(town, case)
    do(town, case)
    wait(town, 60)
    town.services.figures.keep()

    town.delete(case)

    assert steps(town)["a"][0] == 1
    with town.context.db.write() as unit:
        again = figures.Kept(counting.TASKS, date(2026, 1, 1), {}, town.clock.now(), True, 0.0)
        assert not figures.keep(unit, again), "what is sealed is not written over, by whichever node"


def test_months_that_nobody_has_counted_yet_are_said_not_guessed(town: Platform) -> None:
    begin(town)
    wait(town, 100)
    insight = town.services.insight
    assert insight.steps(insight.period("2026", SYSTEM), SYSTEM).missing == 3
    town.services.figures.keep()
    assert insight.steps(insight.period("2026", SYSTEM), SYSTEM).missing == 0


def test_what_takes_long_to_count_is_shown_as_it_was_and_counted_again_in_the_background(
    town: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(town)
    monkeypatch.setattr("inburgering_flow.services.figures.QUICK", -1.0)
    assert town.services.insight.now(SYSTEM).active == 1
    begin(town)
    assert town.services.insight.now(SYSTEM).active == 1, "the count of before, with its moment"
    wait(town, 1)
    assert town.services.figures.keep() >= 1
    assert town.services.insight.now(SYSTEM).active == 2
    assert QUICK > 0


def test_a_missed_term_says_where_the_case_stood(town: Platform) -> None:
    kept, missed, moved = (begin(town, due="2026-01-20") for _ in range(3))
    do(town, missed)
    town.services.processes.set_variables(kept, {"besloten": "2026-01-10"})
    town.services.processes.set_variables(moved, {"uiterlijk": "2026-12-01"})
    wait(town, 60)
    town.services.processes.set_variables(missed, {"besloten": "2026-03-01"})
    town.services.figures.keep()
    insight = town.services.insight
    period = insight.period("2026", SYSTEM)

    assert list(insight.terms(period, SYSTEM).rows) == [("p", "Besluiten", 1, 1, 1, 0, 50)]
    assert list(insight.causes(period, SYSTEM).rows) == [("p", "Besluiten", "p", "b", 1)]
    assert list(insight.terms(period, POLICY).rows) == [("p", "Besluiten", None, None, None, 0, None)]
    assert list(insight.causes(period, POLICY).rows) == [("p", "Besluiten", "p", "b", None)]


def test_the_causes_of_what_was_missed_do_not_tell_how_much_is_hidden_on_the_page_of_terms(town: Platform) -> None:
    kept, missed = [begin(town, due="2026-01-20") for _ in range(3)], [begin(town, due="2026-01-20") for _ in range(6)]
    for case in kept:
        town.services.processes.set_variables(case, {"besloten": "2026-01-10"})
    wait(town, 60)
    for case in missed:
        town.services.processes.set_variables(case, {"besloten": "2026-03-01"})
    town.services.figures.keep()
    insight = town.services.insight
    period = insight.period("2026", SYSTEM)

    assert list(insight.causes(period, SYSTEM).rows) == [("p", "Besluiten", "p", "a", 6)]
    assert list(insight.terms(period, POLICY).rows) == [("p", "Besluiten", None, None, 0, 0, None)]
    assert list(insight.causes(period, POLICY).rows) == [("p", "Besluiten", "p", "a", None)], "six missed would tell three kept"


def test_cohorts_hold_what_ended_and_what_runs_and_who_sees_no_names_sees_no_small_cell(town: Platform) -> None:
    done = [begin(town, group="x") for _ in range(6)] + [begin(town, group="y")]
    for case in done:
        do(town, case)
        do(town, case)
    for _ in range(9):
        begin(town, group="y")
    begin(town, group="z")
    begin(town, group="")
    wait(town, 120)
    begin(town, group="z")
    town.services.figures.keep()
    insight = town.services.insight

    assert insight.processes(SYSTEM) == [("p", "p")]
    seen = insight.cohorts("p", ["groep"], SYSTEM)[0]
    assert seen.columns == ("y", "x", "z", "not known yet")
    assert list(seen.rows) == [("2026-1", 18, 10, 6, 1, 1), ("2026-2", 1, 0, 0, 1, 0), ("together", 19, 10, 6, 2, 1)]
    outcome = insight.cohorts("p", ["outcome"], SYSTEM)[0]
    assert (outcome.columns, outcome.rows[0]) == (("running", "klaar"), ("2026-1", 18, 11, 7))
    hidden = insight.cohorts("p", ["groep"], POLICY)[0]  # without the quarter in which one case began
    assert (hidden.columns, list(hidden.rows)) == (("y", "others"), [("2026-1", 18, 10, 8), ("together", 18, 10, 8)]), "alone they are few"
    assert steps(town, POLICY)["a"][0] == 7
    assert list(insight.ways("p", insight.period("2026", SYSTEM), SYSTEM).rows) == [("a → b", 7)]


def test_who_sees_no_names_reads_no_figure_of_few(town: Platform) -> None:
    for _ in range(3):
        case = begin(town)
        wait(town, 3)
        do(town, case)
    assert steps(town)["a"][0] == 3
    assert set(steps(town, POLICY)["a"]) == {None}
    insight = town.services.insight
    period = insight.period("2026", POLICY)
    assert insight.medians("p", period, POLICY) == {}
    assert all(row[1] in (0, None) for row in insight.trend("p/a", period, POLICY)[1].rows)
    assert insight.now(POLICY).active is None


def test_money_of_cases_is_told_by_the_quarter_in_which_they_began_and_no_amount_of_few(
    open_platform: Callable[..., Platform],
) -> None:
    plugin = Plugin("geld", budgets=(Budget("spuk", "SPUK", "Wet"),), person=PERSON)
    town = open_platform(clock=ManualClock("2026-01-05T09:00:00+01:00"), plugins=[plugin])
    town.deploy_content("p.bpmn", Diagram("p").start().user("a").end().path("start", "a", "end").xml())
    ledger, insight = town.services.ledger, town.services.insight

    def post(kind: str, euros: int, case: str, **more: Any) -> int:
        day = town.clock.now().date()
        return ledger.post("spuk", kind, euros * 100, SYSTEM, year=2026, day=day, description="x", case=case, **more)

    def start(name: str, *, is_about_somebody: bool = True) -> str:
        person = town.register_person({"voornamen": "Voor", "achternaam": "Beeld"}) if is_about_somebody else None
        town.start("p", business_key=name, person=person)
        return name

    first = [post("obligation", 100, start(f"A-{n}")) for n in range(6)]
    post("grant", 5_000, "")  # for no case
    post("grant", 9_000, start("Verantwoording", is_about_somebody=False))
    wait(town, 60)
    post("invoice", 40, "A-0", settles=first[0])
    wait(town, 60)
    wrong, _right = (post("obligation", 10, start(f"B-{n}")) for n in range(2))
    for _month in range(2):
        town.services.figures.keep()  # the months that are over are sealed: nothing is counted twice
        rows = list(insight.money_of_cases(SYSTEM).rows)
        assert rows == [("2026-1", 0, 560, 40, -600), ("2026-2", 0, 20, 0, -20), ("together", 0, 580, 40, -620)]
        wait(town, 31)
    for _month in range(3):  # of one case in several months: it stays one
        post("obligation", 1, "B-1")
        wait(town, 31)
    town.services.figures.keep()
    hidden = list(insight.money_of_cases(POLICY).rows)
    assert hidden == [("2026-1", 0, None, None, None), ("2026-2", 0, None, 0, None), ("together", 0, 583, None, None)]
    ledger.undo(wrong, "Deze boeking was voor een andere zaak.", SYSTEM)
    for n in range(5):
        post("obligation", 7, start(f"C-{n}"))
    rows = list(insight.money_of_cases(SYSTEM).rows)
    assert rows[1:] == [("2026-2", 0, 13, 0, -13), ("2026-4", 0, 35, 0, -35), ("together", 0, 608, 40, -648)]
    with pytest.raises(Forbidden):
        insight.money_of_cases(Actor("bram", ("functioneel-beheerder",), table=ROLES))
    if town.context.db.dialect.clock is None:
        with town.context.db.read() as unit:
            plan = str(unit.connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT key FROM ledger_entry WHERE root_key IS NOT NULL AND entered >= '2026' AND entered < '2027'"
            ).all())  # fmt: skip
        assert "ix_ledger_entry_of_cases" in plan


def test_months_follow_each_other() -> None:
    assert following(date(2026, 12, 1)) == date(2027, 1, 1)
    assert months_back(date(2026, 1, 1), 13) == date(2024, 12, 1)


def test_a_month_is_read_along_an_index(town: Platform) -> None:
    if town.context.db.dialect.clock is not None:
        pytest.skip("PostgreSQL walks a table of a few rows")
    u = t.user_task.c
    query = select(u.key).where(u.completed >= town.clock.now(), u.completed < town.clock.now() + timedelta(days=30))
    text = str(query.compile(town.context.db.engine, compile_kwargs={"literal_binds": True}))
    with town.context.db.read() as unit:
        plan = str(unit.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all())
    assert "ix_user_task_done" in plan
