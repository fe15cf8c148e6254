"""Gaps, overlaps and unreachable rules of decision tables are found before anything runs, with an example that is true."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from decisions import context, decision, file, item, knowledge, table
from hypothesis import given, settings
from hypothesis import strategies as st
from variants import examples

from inburgering_flow.dmn import boxed, grid, parse_model
from inburgering_flow.dmn.evaluation import compiler_for
from inburgering_flow.dmn.file import read
from inburgering_flow.dmn.rules import check
from inburgering_flow.dmn.table import fits
from inburgering_flow.feel import Context
from inburgering_flow.feel.direct import SLOW
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource


def said(logic: str, *before: str) -> list[tuple[str, str]]:
    found = [f for f in check(read(file("".join(before) + decision("D", logic)).encode(), name="m.dmn")) if f.rule.startswith("table-")]
    assert {f.element_id for f in found} <= {"D"}
    assert all(f.remedy for f in found)
    return [(f"{f.severity} {f.rule}", f.message) for f in found]


def one(logic: str, *before: str) -> tuple[str, str]:
    (found,) = said(logic, *before)
    return found


# -- gaps --------------------------------------------------------------------------------------------------------------


def test_a_gap_between_numbers_is_shown_with_a_number_in_it() -> None:
    rule, message = one(table(["leeftijd"], [["< 18", "1"], ["> 18", "2"]], types={0: "number"}))

    assert rule == "warning table-gap"
    assert "leeftijd = 18" in message
    assert said(table(["leeftijd"], [["< 18", "1"], [">= 18", "2"]], types={0: "number"})) == []


def test_a_gap_between_days_is_a_day_and_neighbouring_days_leave_none() -> None:
    def dates(first: str, second: str) -> str:
        return table(["dag"], [[f'<= date("{first}")', "1"], [f'>= date("{second}")', "2"]], types={0: "date"})

    assert "dag = 2026-01-02" in one(dates("2026-01-01", "2026-01-03"))[1]
    assert said(dates("2026-01-01", "2026-01-02")) == []
    assert said(dates("2025-12-31", "2026-01-01").replace("date(&quot;2026-01-01&quot;)", "@&quot;2026-01-01&quot;")) == []


def test_a_gap_among_enumerated_texts_is_a_value_of_the_list() -> None:
    rows = [['"asiel"', "1"], ['"gezin"', "2"]]

    assert 'groep = "overig"' in one(table(["groep"], rows, allowed={0: '"asiel", "gezin", "overig"'}))[1]
    assert said(table(["groep"], rows, allowed={0: '"asiel", "gezin"'})) == []
    assert said(table(["groep"], rows, types={0: "string"})) == [], "any other text is not a gap worth reporting"
    groups = item("tGroep", "string", allowed='"asiel", "gezin", "overig"')
    assert 'groep = "overig"' in one(table(["groep"], rows, types={0: "tGroep"}), groups)[1]


def test_a_gap_needs_several_columns_together() -> None:
    rows = [["< 10", "true", "1"], [">= 10", "-", "2"]]

    assert "a = 9, b = false" in one(table(["a", "b"], rows, types={0: "number", 1: "boolean"}))[1]
    assert said(table(["a", "b"], [*rows, ["-", "not(true)", "3"]], "FIRST", types={0: "number", 1: "boolean"})) == []


def test_a_default_output_or_a_policy_with_lists_leaves_no_gap() -> None:
    assert said(table(["a"], [["1", "1"]], types={0: "number"}, defaults=["0"])) == []
    for policy in ("COLLECT", "RULE ORDER"):
        assert said(table(["a"], [["1", "1"]], policy, types={0: "number"})) == []


def test_at_most_a_few_examples_are_shown() -> None:
    rows = [[f"[{2 * n}..{2 * n + 1}]", "1"] for n in range(9)]
    assert len(said(table(["a"], rows, types={0: "number"}))) == 3


# -- overlaps ----------------------------------------------------------------------------------------------------------


def test_rules_of_a_unique_table_that_both_match_are_an_error_with_their_numbers() -> None:
    rule, message = one(table(["a"], [["<= 18", "1"], [">= 18", "2"]], types={0: "number"}))

    assert rule == "error table-overlap"
    assert "Rules 1 and 2" in message
    assert "a = 18" in message
    assert "UNIQUE" in message


def test_rules_of_an_any_table_may_overlap_where_they_say_the_same() -> None:
    assert said(table(["a"], [["<= 18", "1"], [">= 18", "1"]], "ANY", types={0: "number"})) == []
    assert one(table(["a"], [["<= 18", "1"], [">= 18", "2"]], "ANY", types={0: "number"}))[0] == "error table-overlap"


def test_rules_that_differ_in_one_column_do_not_overlap() -> None:
    rows = [["-", '"x"', "1"], ["-", 'not("x")', "2"]]
    assert said(table(["a", "b"], rows, types={0: "number", 1: "string"})) == []


# -- rules that never decide -------------------------------------------------------------------------------------------


def test_a_rule_below_others_that_match_all_it_matches_never_decides() -> None:
    rows = [["< 10", "1"], ["[5..20]", "2"], ["[7..15]", "3"], ["-", "4"]]
    rule, message = one(table(["a"], rows, "FIRST", types={0: "number"}))

    assert rule == "warning table-unreachable"
    assert "Rule 3" in message
    assert "rule 1, 2 matches first" in message


def test_a_rule_of_lower_priority_that_is_always_beaten_never_decides() -> None:
    rows = [["[1..5]", '"laag"'], ["-", '"hoog"']]
    assert "Rule 1" in one(table(["a"], rows, "PRIORITY", types={0: "number"}, outputs=[("", '"hoog", "laag"')]))[1]
    assert said(table(["a"], rows, "PRIORITY", types={0: "number"}, outputs=[("", '"laag", "hoog"')])) == []


def test_a_rule_outside_the_allowed_values_matches_nothing() -> None:
    rows = [["[0..10]", "1"], ["> 100", "2"], ["-", "3"]]
    found = said(table(["a"], rows, "FIRST", types={0: "number"}, allowed={0: "[0..100]"}))
    assert [m for _, m in found if "Rule 2" in m and "no value that its inputs can have" in m]


# -- honesty -----------------------------------------------------------------------------------------------------------


def test_an_entry_that_may_match_anything_is_never_the_reason_of_a_finding() -> None:
    assert said(table(["a"], [["> grens", "1"], ["< 3", "2"]], types={0: "number"})) == []
    assert said(table(["a"], [["> grens", "1"], ["3", "2"]], "FIRST", types={0: "number"})) == []


def test_tables_inside_other_boxes_and_functions_are_looked_at() -> None:
    gap = table(["x"], [["< 1", "1"]], types={0: "number"})
    assert one(context(("uitslag", gap)))[0] == "warning table-gap"
    found = check(read(file(knowledge("f", {"x": "number"}, gap) + decision("D", "f(1)", knows=["f"])).encode(), name="m.dmn"))
    assert [f.element_id for f in found] == ["f"]


def test_a_table_too_large_to_search_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["< 10", "true", "1"], [">= 10", "-", "2"]]
    logic = table(["a", "b"], rows, types={0: "number", 1: "boolean"})
    assert len(said(logic)) == 1
    monkeypatch.setattr(grid, "MOST_STEPS", 1)
    assert said(logic) == []


NUMBERS = st.builds(
    lambda low, size, a, b: f"{a}{low}..{low + size}{b}", st.integers(0, 6), st.integers(0, 4), st.sampled_from("[("), st.sampled_from("])")
) | st.integers(0, 8).flatmap(lambda n: st.sampled_from([f"< {n}", f"<= {n}", f"> {n}", f">= {n}", f"{n}", f"not({n})", f"{n}, {n + 2}"]))  # fmt: skip
TEXTS = st.sampled_from(['"p"', '"q"', '"p", "q"', 'not("p")', 'not("q")', "-"])
TRUTHS = st.sampled_from(["true", "false", "-", "not(true)"])
RULES = st.lists(st.tuples(NUMBERS | st.just("-"), TEXTS, TRUTHS), min_size=1, max_size=6)
POINTS = [Decimal(n) / 2 for n in range(-2, 24)]


@settings(max_examples=examples(37, 150), deadline=None)
@given(RULES)
def test_what_is_said_is_true_and_all_of_it(rules: list[tuple[str, ...]]) -> None:
    """Beside a plain walk over every point: each example is one, and where nothing is said there is none."""
    kinds = {0: "number", 1: "string", 2: "boolean"}
    logic = table(["a", "b", "c"], [[*r, "1"] for r in rules], "FIRST", types=kinds, allowed={1: '"p", "q", "r"'})
    model = parse_model(file(decision("D", logic)).encode())
    expression = model.decisions["D"].expression
    assert isinstance(expression, boxed.Table)
    compiled = compiler_for(model, "D", ()).decision_table(expression)
    cells = grid.Grid(model, compiled, "D", "D")

    def hits(values: list[Any]) -> list[int]:
        filled = [{0: Decimal(0), 1: "p", 2: True}[n] if v is SLOW else v for n, v in enumerate(values)]
        return [r.index - 1 for r in compiled.rules if fits(r, filled, dict(zip("abc", filled, strict=True)), Context())]

    gaps = list(cells._uncovered(cells.axes, cells.everything, named=True))
    pairs = {(a, b): example for a, b, example in cells._pairs()}
    points = [list(p) for p in product(POINTS, ["p", "q", "r"], [True, False])]
    walked = [hits(p) for p in points]
    assert all(hits(example) == [] for example in gaps)
    assert bool(gaps) == any(found == [] for found in walked)
    assert all({a, b} <= set(hits(example)) for (a, b), example in pairs.items())
    assert set(pairs) == {(a, b) for found in walked for a in found for b in found if a < b}
    never = {n for n in range(len(rules)) if not any(found and found[0] == n for found in walked)}
    told = {rule - 1 for rule, _ in cells.unreachable()}
    assert told == never


# -- where people see it -----------------------------------------------------------------------------------------------


def test_a_deployment_says_it_and_refuses_what_would_give_null(platform: Platform) -> None:
    gap = file(decision("D", table(["a"], [["< 1", "1"]], types={0: "number"}))).encode()
    found = platform.services.deployments.check([Resource("d.dmn", gap)])
    assert [(f.severity, f.rule, f.resource) for f in found] == [("warning", "table-gap", "d.dmn")]
    overlap = file(decision("D", table(["a"], [["< 1", "1"], ["< 2", "2"], [">= 2", "3"]], types={0: "number"}))).encode()
    with pytest.raises(Exception, match="both match"):
        platform.services.deployments.deploy([Resource("d.dmn", overlap)])


def test_days_are_whole_days() -> None:
    from inburgering_flow.dmn.grid import _between

    assert _between(dt.date(2026, 1, 1), dt.date(2026, 1, 2), whole=False) is None
    assert _between(dt.date.max, None, whole=False) is None
    assert _between(Decimal(1), Decimal(2), whole=True) is None
    assert _between(Decimal(1), Decimal(2), whole=False) == Decimal("1.5")
