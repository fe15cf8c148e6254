"""The fast path of a decision table gives what full evaluation gives, including the warnings."""

from __future__ import annotations

import datetime as dt
from collections import ChainMap
from decimal import Decimal
from typing import Any

import pytest
from decisions import data, decision, file, item, knowledge, table
from hypothesis import given, settings
from hypothesis import strategies as st
from test_index import TESTS
from variants import examples

from inburgering_flow.dmn import DmnError, Model, parse_model
from inburgering_flow.dmn.evaluation import evaluate
from inburgering_flow.dmn.record import table_record
from inburgering_flow.engine.decisions import Reads
from inburgering_flow.feel import Context
from inburgering_flow.feel.direct import SLOW
from inburgering_flow.feel.values import kind, text_of
from inburgering_flow.values import dump_value

TYPES = ["Any", "number", "string", "boolean", "date", "tKlein", ""]
OUTPUTS = st.sampled_from(["1", '"x"', "-2.5", "null", "true", '@"2026-01-01"', "a", "1 + 1", "[1]", "1 / 0"])
VALUES = st.sampled_from(
    [1, 2, -3, Decimal("2.0"), Decimal("1.5"), Decimal("NaN"), 10**40, 1.5, "p", "q", "2026-01-01", True, None, [1],
     dt.date(2026, 1, 1), dt.date(2026, 3, 1), {"a": 1}]
)  # fmt: skip


def outcome(model: Model, inputs: dict[str, Any], *, short: bool) -> tuple[str, str, list[str]]:
    context = Context()
    try:
        value = model.evaluate("D", inputs, context=context) if short else evaluate(model, "D", inputs, None, context)
    except DmnError as error:
        return "error", str(error), []
    return kind(value), text_of(value), [str(warning) for warning in context.warnings]


def record(model: Model, inputs: dict[str, Any], *, short: bool) -> Any:
    """Decide as a case does, which keeps what was read and which rules counted."""
    context, given = Context(), Reads(ChainMap({}, inputs))
    context.outcomes = []
    try:
        value = model.evaluate("D", given, context=context) if short else evaluate(model, "D", given, None, context)
    except DmnError as error:
        return str(error)
    kept = [table_record(name, outcome, given.seen) for name, outcome in context.outcomes]
    return kind(value), text_of(value), dump_value(kept), sorted(given.seen), [str(w) for w in context.warnings]


@settings(max_examples=examples(60, 400), deadline=None)
@given(
    st.sampled_from(["UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT"]),
    st.tuples(st.sampled_from(TYPES), st.sampled_from(TYPES)),
    st.sampled_from([("a", "b"), ("a", "a"), ("a", "b > 1"), ("a", "c"), ("a", "a + 1"), ("a",), ("b", "if a = 1 then a else b")]),
    st.lists(st.tuples(TESTS, TESTS, OUTPUTS), min_size=1, max_size=5),
    st.sampled_from(["", "1", '1, 2, "p"', "> 0", "a"]),
    st.sampled_from(["", "Any", "number", "string", "tKlein", "tLijst"]),
    st.lists(st.dictionaries(st.sampled_from(["a", "b", "c", "{urn:m}a"]), VALUES), min_size=1, max_size=5),
)
def test_the_short_cut_cannot_be_told_from_full_evaluation(
    policy: str,
    types: tuple[str, str],
    expressions: tuple[str, ...],
    rules: list[tuple[str, ...]],
    allowed: str,
    type_ref: str,
    rows: list[dict[str, Any]],
) -> None:
    rules = [(*rule[: len(expressions)], rule[-1]) for rule in rules]
    logic = table(list(expressions), [list(rule) for rule in rules], policy, allowed={0: allowed} if allowed else None)
    model = parse_model(
        file(
            item("tKlein", "number", allowed="< 5")
            + item("tLijst", "number", many=True)
            + data("a", types[0])
            + data("b", types[1])
            + decision("D", logic, type_ref, inputs=["a", "b"])
        ).encode()
    )
    for row in [rows[0], *rows]:
        assert outcome(model, row, short=True) == outcome(model, row, short=False)
        assert record(model, row, short=True) == record(model, row, short=False)


PLAIN = data("bedrag", "number") + data("groep", "string") + data("dag", "date")
RULES = [
    ["> 250", '"asiel"', '>= @"2026-01-01"', '"a"', "1"],
    ["> 250", '"gezin"', "-", '"b"', "2"],
    ["<= 250", "-", "-", '"c"', "3"],
]
COLUMNS = [("x", ""), ("y", "")]


def test_an_ordinary_table_takes_the_short_cut_and_each_answer_is_its_own() -> None:
    logic = table(["bedrag", "groep", "dag"], RULES, outputs=COLUMNS)
    model = parse_model(file(PLAIN + decision("D", logic, inputs=["bedrag", "groep", "dag"])).encode())
    inputs = {"bedrag": 300, "groep": "asiel", "dag": dt.date(2026, 2, 1), "iets anders": 1}

    first = model.evaluate("D", inputs)
    short = model.short_cuts["D"]
    assert short is not None
    second = short(inputs)

    assert first == second == {"x": "a", "y": 1}
    second["x"] = "veranderd"
    assert model.evaluate("D", inputs) == first
    assert short({**inputs, "groep": "kennis"}) is SLOW
    assert short({**inputs, "bedrag": None}) is SLOW
    assert short({"bedrag": 300, "groep": "asiel"}) is SLOW


def test_a_case_takes_the_short_cut_too_and_keeps_which_rule_counted() -> None:
    logic = table(["bedrag", "groep", "dag"], RULES, outputs=COLUMNS)
    model = parse_model(file(PLAIN + decision("D", logic, inputs=["bedrag", "groep", "dag"])).encode())
    inputs = {"bedrag": 300, "groep": "asiel", "dag": dt.date(2026, 2, 1)}
    model.evaluate("D", inputs)
    short = model.short_cuts["D"]
    assert short is not None

    found = short.decide(Reads(inputs))

    assert found is not SLOW
    assert ([m.rule.index for m in found.matches], found.value) == ([1], {"x": "a", "y": 1})


def test_a_short_cut_that_gives_up_has_read_nothing() -> None:
    logic = table(["a", "b"], [["-", "-", "1"]], allowed={0: "1"})
    model = parse_model(file(data("a") + data("b") + decision("D", logic, inputs=["a", "b"])).encode())
    model.evaluate("D", {"a": 1, "b": 1})
    given = Reads({"a": 2, "b": 1})

    assert model.short_cuts["D"].decide(given) is SLOW
    assert given.seen == {}


def test_of_several_rules_the_first_one_answers_by_the_short_cut_too() -> None:
    logic = table(["bedrag"], [["> 1", '"a"'], ["> 2", '"b"']], "FIRST")
    model = parse_model(file(PLAIN + decision("D", logic, inputs=["bedrag"])).encode())

    model.evaluate("D", {"bedrag": 3})

    assert model.short_cuts["D"] is not None
    assert model.short_cuts["D"]({"bedrag": 3}) == "a"


def test_an_input_given_with_its_namespace_comes_first() -> None:
    model = parse_model(
        file(PLAIN + decision("D", table(["bedrag"], [["1", "1"], ["2", "2"]]), inputs=["bedrag"])).encode()
    )

    assert model.evaluate("D", {"bedrag": 1}) == 1
    assert model.evaluate("D", {"bedrag": 1, "{urn:m}bedrag": 2}) == 2


@pytest.mark.parametrize(
    "body",
    [
        PLAIN + decision("D", table(["bedrag"], [["1", "2"]], "COLLECT"), inputs=["bedrag"]),
        PLAIN + decision("E", "1") + decision("D", table(["bedrag"], [["1", "2"]]), inputs=["bedrag"], decisions=["E"]),
        knowledge("f", {}, "1")
        + PLAIN
        + decision("D", table(["bedrag"], [["1", "2"]]), inputs=["bedrag"], knows=["f"]),
        PLAIN + decision("D", table(["abs(bedrag)"], [["1", "2"]]), inputs=["bedrag"]),
        decision("D", table(["bedrag"], [["1", "2"]])),
        decision("D", "1"),
    ],
)
def test_other_decisions_have_none(body: str) -> None:
    model = parse_model(file(body).encode())

    model.evaluate("D", {"bedrag": 1})

    assert model.short_cuts["D"] is None
