"""Whatever is typed, the answer is a value or a FeelError; and of a decision table, a value or a DmnError."""

from __future__ import annotations

from contextlib import suppress

from decisions import decision, file, table
from hypothesis import given, settings
from hypothesis import strategies as st
from variants import examples

from inburgering_flow.dmn import DmnError, parse_model
from inburgering_flow.feel import Context, FeelError, Limits, compile_unary_tests, evaluate, to_plain
from inburgering_flow.feel.builtin import BUILTINS

WORDS = [
    "for",
    "in",
    "return",
    "if",
    "then",
    "else",
    "some",
    "every",
    "satisfies",
    "and",
    "or",
    "between",
    "instance",
    "of",
    "function",
    "external",
    "true",
    "false",
    "null",
    "item",
    "partial",
    "?",
    "x",
    "y",
    "a.b",
    "1",
    "2",
    "0",
    "-1",
    "1.5",
    ".5",
    "1e3",
    '"a"',
    '""',
    '@"2020-01-01"',
    '@"P1D"',
    '@"P1M"',
    '@"10:00:00"',
    '@"x"',
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "'",
    "@",
    '"',
    "number",
    "list<number>",
    "context",
    "date",
    "range<date>",
]
TOKENS = st.sampled_from([*WORDS, *BUILTINS, *(f"{name}(" for name in BUILTINS)])
VARIABLES = {"x": 1, "y": [1, "a", None, {"b": 2}], "a": {"b": [{"c": 1}]}}
LIMITS = Limits(iterations=5_000, items=5_000, characters=5_000)


@settings(max_examples=examples(50, 700), deadline=None)
@given(st.lists(TOKENS, max_size=14).map(" ".join))
def test_a_soup_of_tokens_raises_nothing_but_feel_errors(text: str) -> None:
    with suppress(FeelError):
        to_plain(evaluate(text, VARIABLES, context=Context(limits=LIMITS)))
    with suppress(FeelError):
        compile_unary_tests(text).evaluate({"?": 1, **VARIABLES}, Context(limits=LIMITS))


@settings(max_examples=examples(37, 300), deadline=None)
@given(st.text(max_size=40))
def test_any_text_raises_nothing_but_feel_errors(text: str) -> None:
    with suppress(FeelError):
        to_plain(evaluate(text, VARIABLES, context=Context(limits=LIMITS)))


VALUES = st.sampled_from(
    ['1', '-1', '0', '1.5', '1e3000', '"a"', '"(a"', 'null', 'true', '[]', '[1, 2]', '["a", null]', '{a: 1}', '[1..3]',
     '(<3)', '@"2020-01-31"', '@"P1D"', '@"P1M"', '@"10:00:00Z"', '@"2020-01-01T00:00:00"', 'function(x) x',
     'function(x, y) x < y', 'date("999999999-12-31")', '100000000000000000000000000000000000', '{key: "a", value: 1}']
)  # fmt: skip


@settings(max_examples=examples(75, 1200), deadline=None)
@given(st.sampled_from(sorted(BUILTINS)), st.lists(VALUES, max_size=4))
def test_no_built_in_function_raises_for_any_arguments(name: str, arguments: list[str]) -> None:
    with suppress(FeelError):
        to_plain(evaluate(f"{name}({', '.join(arguments)})", context=Context(limits=LIMITS)))


@settings(max_examples=examples(40, 500), deadline=None)
@given(
    VALUES,
    st.sampled_from(["+", "-", "*", "/", "**", "=", "<", "in", "and", "or", "[item = ", "between 1 and"]),
    VALUES,
)
def test_no_operator_raises_for_any_operands(left: str, sign: str, right: str) -> None:
    closing = "]" if sign.startswith("[") else ""
    with suppress(FeelError):
        to_plain(evaluate(f"{left} {sign} {right}{closing}", context=Context(limits=LIMITS)))


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions one level deeper: every form of the grammar."""

    def form(text: str) -> st.SearchStrategy[str]:
        return st.tuples(*[inner] * text.count("§")).map(lambda parts: text.replace("§", "{}").format(*parts))

    forms = (
        "(§ + §)", "(§ - §)", "(§ * §)", "(§ / §)", "(§ ** §)", "(§ = §)", "(§ < §)", "(§ and §)", "(§ or §)", "-§",
        "(§ between § and §)", "(§ in (§, §))", "(§ in [§..§])", "(§ in (> §))", "(if § then § else §)",
        "(for v in § return §)", "(for v in §, w in § return [v, w, §])", "(some v in § satisfies §)",
        "(every v in [§, §] satisfies v = §)", "[§, §]", "{{a: §, b: §}}", "{{a: §}}.a", "(§).year", "(§).a", "(§)[§]",
        "(§)[item > §]", "(§)[a = §]", "(function(v) §)(§)", "(function(v: number, w) §)(w: §, v: §)", "[§..§)", "(< §)",
        "(§ instance of number)", "(§ instance of list<context<a: Any>>)", "sort(§, function(v, w) §)",
    )  # fmt: skip
    calls = st.tuples(st.sampled_from(sorted(BUILTINS)), st.lists(inner, max_size=3)).map(
        lambda call: f"{call[0]}({', '.join(call[1])})"
    )
    return st.one_of(st.sampled_from(forms).flatmap(form), calls)


TREES = st.recursive(
    st.one_of(VALUES, st.sampled_from(["x", "y", "a.b", "v", "w", "item", "partial", "?"])), _grown, max_leaves=14
)


@settings(max_examples=examples(40, 500), deadline=None)
@given(TREES)
def test_an_expression_of_any_forms_raises_nothing_but_feel_errors(text: str) -> None:
    context = Context(limits=LIMITS)
    with suppress(FeelError):
        found = evaluate(text, VARIABLES, context=context)
        to_plain(found)
        assert found is not None or context.warnings or "null" in text or "[" in text or text in ("?", "v", "w")


CELLS = st.one_of(
    st.just("-"),
    VALUES,
    VALUES.map(lambda v: f"< {v}"),
    VALUES.map(lambda v: f"not({v})"),
    st.text("[(1..2)],?", max_size=6),
)
POLICIES = ["UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT", "NONSENSE"]


@settings(max_examples=examples(31, 250), deadline=None)
@given(
    st.sampled_from(POLICIES),
    st.sampled_from(["", "SUM", "MIN", "MAX", "COUNT"]),
    st.lists(st.lists(st.one_of(CELLS, VALUES), min_size=3, max_size=3), max_size=5),
    st.lists(VALUES, min_size=2, max_size=2),
    st.lists(VALUES, max_size=3).map(", ".join),
)
def test_any_decision_table_raises_nothing_but_decision_errors(
    policy: str, aggregation: str, rules: list[list[str]], inputs: list[str], values: str
) -> None:
    logic = table(inputs, rules, policy, outputs=[("", values)], aggregation=aggregation)
    model = parse_model(file(decision("D", logic)).encode())
    with suppress(DmnError):
        to_plain(model.evaluate("D", context=Context(limits=LIMITS)))


def test_nested_brackets_with_two_meanings_do_not_double_the_work_at_each_level() -> None:
    for opening in ("1 in (", "not(", "]1..a[", "[1..a[", "(", "[", "{a: ", "function(x) ", "-"):
        text = opening * 60
        with suppress(FeelError):
            evaluate(text)
        with suppress(FeelError):
            compile_unary_tests(text)
