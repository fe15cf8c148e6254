"""Decision models as DMN 1.5 describes them: scopes, services, imports, boxed expressions, types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from decisions import (
    context,
    data,
    decision,
    file,
    imported,
    item,
    knowledge,
    literal,
    part,
    service,
    table,
)

from inburgering_flow.dmn import DmnError, Model, parse_model, read_model
from inburgering_flow.feel import Context
from inburgering_flow.feel.values import text_of


def model(*parts: str) -> Model:
    return parse_model(file("".join(parts)).encode())


def answer(found: Model, name: str, inputs: dict[str, Any] | None = None) -> str:
    """The value as text; ``null!`` where a warning says why it is null."""
    context_ = Context()
    value = found.evaluate(name, inputs, context=context_)
    return "null!" if value is None and context_.warnings else text_of(value, inside=True)


# ─── scopes ───


def test_the_names_of_a_context_hide_those_of_the_graph_and_only_inside_it() -> None:
    found = model(
        data("x"),
        decision("Buiten", "x", inputs=["x"]),
        decision(
            "D",
            context(("voor", "x"), ("x", "x + 1"), ("na", "x"), ("binnen", context(("x", "100"), ("y", "x")))),
            inputs=["x"],
            decisions=["Buiten"],
        ),
    )

    assert answer(found, "D", {"x": 1}) == "{voor: 1, x: 2, na: 2, binnen: {x: 100, y: 100}}"
    assert answer(found, "Buiten", {"x": 1}) == "1"


def test_a_parameter_hides_what_has_the_same_name_and_a_knowledge_model_sees_no_inputs_of_its_caller() -> None:
    found = model(
        data("x"),
        data("y"),
        knowledge("f", {"x": "number"}, "x * 10"),
        knowledge("g", {"z": "number"}, "y"),
        decision("D", "f(x + 1)", inputs=["x"], knows=["f"]),
        decision("E", "g(1)", inputs=["y"], knows=["g"]),
    )

    assert answer(found, "D", {"x": 1}) == "20"
    assert answer(found, "E", {"y": 7}) == "null!"


def test_knowledge_models_call_each_other_and_functions_in_a_context_call_themselves() -> None:
    found = model(
        knowledge("kwadraat", {"n": "number"}, "n * n"),
        knowledge("vierde macht", {"n": "number"}, "kwadraat(kwadraat(n))", knows=["kwadraat"]),
        decision("D", "vierde macht(2)", knows=["vierde macht"]),
        decision("E", "vierde macht(n: 3)", knows=["vierde macht"]),
        decision(
            "F",
            context(
                (
                    "faculteit",
                    '<functionDefinition><formalParameter name="n"/>'
                    + literal("if n < 2 then 1 else n * faculteit(n - 1)")
                    + "</functionDefinition>",
                ),
                result="faculteit(5)",
            ),
        ),
    )

    assert [answer(found, name) for name in "DEF"] == ["16", "81", "120"]


def test_an_invocation_binds_parameters_in_any_order_and_refuses_unknown_ones() -> None:
    def invocation(*bindings: tuple[str, str]) -> str:
        bound = "".join(f'<binding><parameter name="{n}"/>{literal(v)}</binding>' for n, v in bindings)
        return f"<invocation>{literal('verschil')}{bound}</invocation>"

    found = model(
        knowledge("verschil", {"a": "number", "b": "number"}, "a - b"),
        decision("D", invocation(("b", "1"), ("a", "10")), knows=["verschil"]),
        decision("E", invocation(("b", "1"), ("c", "10")), knows=["verschil"]),
        decision("F", invocation(("b", "1")), knows=["verschil"]),
    )

    assert answer(found, "D") == "9"
    assert answer(found, "E") == "null!"
    assert answer(found, "F") == "null!"


# ─── decision services ───


SERVICES = (
    data("getal", "number"),
    data("lijst", "tGetallen"),
    item("tGetallen", "number", many=True),
    decision("Basis", "getal * 2", "number", inputs=["getal"]),
    decision("Som", "Basis + sum(lijst)", "number", inputs=["lijst"], decisions=["Basis"]),
    decision("Tekst", '"som " + string(Som)', "string", decisions=["Som"]),
    service("alles", ["Tekst"], ["getal", "lijst"], encapsulated=["Basis", "Som"]),
    service("rest", ["Som"], ["lijst"], ["Basis"], type_ref="number"),
    service("twee", ["Som", "Basis"], ["getal", "lijst"]),
    service("verkeerd", ["Tekst"], ["getal", "lijst"], type_ref="number"),
    service("lijstje", ["Som"], ["getal", "lijst"], type_ref="tGetallen"),
)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("alles(1, [2, 3])", '"som 7"'),
        ("alles(lijst: [2, 3], getal: 1)", '"som 7"'),
        ("alles([1], 2)", '"som 4"'),
        ("alles(1)", "null!"),
        ("alles(1, [2], 3)", "null!"),
        ("alles(getal: 1, andere: 2)", "null!"),
        ("alles(getal: 1)", "null!"),
        ('alles("een", [2])', "null!"),
        ("alles(null, [2])", "null!"),
        ("rest([1, 2], 10)", "13"),
        ("rest(lijst: 1, Basis: 10)", "11"),
        ("twee(1, [2])", "{Som: 4, Basis: 2}"),
        ("twee(1, [2]).Basis", "2"),
        ("verkeerd(1, [2])", "null!"),
        ("lijstje(1, [2])", "[4]"),
        ("alles instance of function<number, list<number>> -> string", "true"),
    ],
)
def test_a_decision_service_is_called_as_a_function_with_types_of_its_inputs(call: str, expected: str) -> None:
    names = ["alles", "rest", "twee", "verkeerd", "lijstje"]

    assert answer(model(*SERVICES, decision("D", call, knows=names)), "D") == expected


def test_a_decision_service_is_evaluated_itself_with_values_for_its_inputs_and_input_decisions() -> None:
    found = model(*SERVICES)

    assert answer(found, "alles", {"getal": 1, "lijst": [2, 3]}) == '"som 7"'
    assert answer(found, "rest", {"Basis": 10, "lijst": [1]}) == "11"
    assert answer(found, "twee", {"getal": 1, "lijst": 5}) == "{Som: 7, Basis: 2}"


# ─── imports ───


HELLO = file(
    data("naam", "string") + decision("Groet", '"dag " + naam', inputs=["naam"]) + item("tNaam", "string"),
    "urn:a",
    "a",
)


def relay(letter: str) -> str:
    return file(
        imported("onder", "urn:a") + decision("Door", f'"{letter}: " + onder.Groet', decisions=["urn:a#Groet"]),
        f"urn:{letter}",
        letter,
    )


@pytest.fixture
def family(tmp_path: Path) -> Path:
    (tmp_path / "a.dmn").write_text(HELLO)
    (tmp_path / "b.dmn").write_text(relay("b"))
    (tmp_path / "c.dmn").write_text(relay("c"))
    main = (
        imported("links", "urn:b")
        + imported("rechts", "urn:c")
        + decision("Beide", "[links.Door, rechts.Door]", decisions=["urn:b#Door", "urn:c#Door"])
    )
    (tmp_path / "main.dmn").write_text(file(main))
    return tmp_path / "main.dmn"


def test_a_model_that_is_imported_twice_gets_the_inputs_of_each_way_that_leads_to_it(family: Path) -> None:
    found = read_model(family)

    inputs = {"links": {"onder": {"naam": "Ans"}}, "rechts": {"onder": {"naam": "Bob"}}}
    assert answer(found, "Beide", inputs) == '["b: dag Ans", "c: dag Bob"]'
    assert (
        answer(found, "Beide", {"links.onder.naam": "Ans", "rechts.onder.naam": "Bob"})
        == '["b: dag Ans", "c: dag Bob"]'
    )


def test_an_input_of_an_imported_model_may_be_given_once_for_all(family: Path) -> None:
    found = read_model(family)

    assert answer(found, "Beide", {"naam": "Cor"}) == '["b: dag Cor", "c: dag Cor"]'
    assert answer(found, "Beide", {"{urn:a}naam": "Cor"}) == '["b: dag Cor", "c: dag Cor"]'


def test_types_and_knowledge_models_are_reached_through_the_name_of_the_import(tmp_path: Path) -> None:
    shared = item("tBedrag", "number", allowed=">= 0") + knowledge("dubbel", {"n": "number"}, "n * 2")
    (tmp_path / "s.dmn").write_text(file(shared, "urn:s", "s"))
    main = (
        imported("geld", "urn:s")
        + data("bedrag", "geld.tBedrag")
        + decision("D", "geld.dubbel(bedrag)", inputs=["bedrag"], knows=["urn:s#dubbel"])
        + decision("E", "bedrag instance of geld.tBedrag", inputs=["bedrag"])
    )
    (tmp_path / "main.dmn").write_text(file(main))
    found = read_model(tmp_path / "main.dmn")

    assert answer(found, "D", {"bedrag": 4}) == "8"
    assert answer(found, "D", {"bedrag": -4}) == "null!"
    assert answer(found, "E", {"bedrag": 4}) == "true"


def test_a_reference_may_name_the_models_own_namespace() -> None:
    found = model(data("x"), decision("A", "x + 1", inputs=["urn:m#x"]), decision("B", "A + 1", decisions=["urn:m#A"]))

    assert answer(found, "B", {"x": 1}) == "3"


# ─── boxed expressions ───


def boxed_iterator(kind: str, source: str, body: str, variable: str = "i") -> str:
    inner = "return" if kind == "for" else "satisfies"
    return (
        f'<{kind} iteratorVariable="{variable}"><in>{literal(source)}</in><{inner}>{literal(body)}</{inner}></{kind}>'
    )


def conditional(test: str, then: str = '"ja"', otherwise: str = '"nee"') -> str:
    return f"<conditional><if>{literal(test)}</if><then>{literal(then)}</then><else>{literal(otherwise)}</else></conditional>"


def boxed_filter(source: str, match: str) -> str:
    return f"<filter><in>{literal(source)}</in><match>{literal(match)}</match></filter>"


@pytest.mark.parametrize(
    ("boxed", "expected"),
    [
        (conditional("1 < 2"), '"ja"'),
        (conditional("1 > 2"), '"nee"'),
        (conditional("null"), '"nee"'),
        (conditional('"tekst"'), '"nee"'),
        (boxed_iterator("for", "[1, 2]", "i * 2"), "[2, 4]"),
        (boxed_iterator("for", "[1..3]", "i"), "[1, 2, 3]"),
        (boxed_iterator("for", "(1..3)", "i"), "[2]"),
        (boxed_iterator("for", '[@"2026-01-01"..@"2026-01-02"]', "i"), "[2026-01-01, 2026-01-02]"),
        (boxed_iterator("for", "[1, 2, 3]", "count(partial) + i"), "[1, 3, 5]"),
        (boxed_iterator("for", "7", "i"), "[7]"),
        (boxed_iterator("for", "[]", "i"), "[]"),
        (boxed_iterator("for", "null", "i"), "null!"),
        (boxed_iterator("for", "[1, 2]", "het getal", "het getal"), "[1, 2]"),
        (boxed_iterator("some", "[1, 2]", "i > 1"), "true"),
        (boxed_iterator("some", "[1, 2]", "i > 2"), "false"),
        (boxed_iterator("some", "[]", "true"), "false"),
        (boxed_iterator("every", "[1, 2]", "i > 0"), "true"),
        (boxed_iterator("every", "[1, 2]", "i > 1"), "false"),
        (boxed_iterator("every", "[]", "false"), "true"),
        (boxed_iterator("every", "[1, 2]", "i"), "null!"),
        (boxed_iterator("every", "null", "true"), "null!"),
        (boxed_filter("[1, 2, 3]", "item > 1"), "[2, 3]"),
        (boxed_filter("[{a: 1}, {a: 2}]", "a > 1"), "[{a: 2}]"),
        (boxed_filter("5", "item = 5"), "[5]"),
        (boxed_filter("null", "item = 5"), "[]"),
        ("<list>" + literal("1") + conditional("true") + "</list>", '[1, "ja"]'),
        (
            '<relation><column name="a"/><column name="b c"/><row>' + literal("1") + literal("2") + "</row><row>"
            + literal("3") + literal("null") + "</row></relation>",
            "[{a: 1, b c: 2}, {a: 3, b c: null}]",
        ),
        (context(("a b", "1"), ("c", "a b + 1"), result="c + 1"), "3"),
        (context(("a", context(("b", "1"))), ("c", "a.b")), "{a: {b: 1}, c: 1}"),
        ("<literalExpression/>", "null"),
    ],
)  # fmt: skip
def test_a_boxed_expression_gives_its_value(boxed: str, expected: str) -> None:
    assert answer(model(decision("D", boxed)), "D") == expected


def test_boxed_expressions_that_are_nested_see_the_names_around_them() -> None:
    inner = boxed_iterator("for", "[10, 20]", "x + i + j", "j")
    boxed = f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{inner}</return></for>'
    found = model(data("x"), decision("D", boxed, inputs=["x"]))

    assert answer(found, "D", {"x": 100}) == "[[111, 121], [112, 122]]"


def test_a_java_or_pmml_function_is_refused_and_decisions_that_do_not_need_it_are_not() -> None:
    java = (
        '<functionDefinition kind="Java"><formalParameter name="a"/>'
        + context(("class", '"java.lang.Math"'), ("method signature", '"abs(int)"'))
        + "</functionDefinition>"
    )
    found = model(decision("D", context(("f", java), result="f(1)")), decision("E", "1 + 1"))

    assert answer(found, "E") == "2"
    with pytest.raises(DmnError, match="Java") as caught:
        found.evaluate("D")
    assert caught.value.code == "DMN_EXTERNAL_FUNCTION"
    assert caught.value.remedy


# ─── types ───


TYPES = (
    item("tLeeftijd", "number", allowed="[0..130]"),
    item("tGroep", "string", allowed='"asiel", "gezin"'),
    item("tPersoon", parts=part("naam", "string") + part("leeftijd", "tLeeftijd") + part("talen", "string", many=True)),
    item("tPersonen", "tPersoon", many=True),
    item("tKort", "string", many=True, constraint="count(?) <= 2"),
    item("tGroepen", "tGroep", many=True),
    item("tDatum", "date"),
)


@pytest.mark.parametrize(
    ("type_ref", "value", "expected"),
    [
        ("number", "1", "1"),
        ("number", '"1"', "null!"),
        ("number", "[1]", "1"),
        ("number", "[1, 2]", "null!"),
        ("string", "1", "null!"),
        ("boolean", "null", "null"),
        ("tLeeftijd", "130", "130"),
        ("tLeeftijd", "131", "null!"),
        ("tGroep", '"gezin"', '"gezin"'),
        ("tGroep", '"kennis"', "null!"),
        ("tGroepen", '["gezin", "asiel"]', '["gezin", "asiel"]'),
        ("tGroepen", '["gezin", "kennis"]', "null!"),
        ("tGroepen", '"gezin"', '["gezin"]'),
        ("tKort", '["a", "b"]', '["a", "b"]'),
        ("tKort", '["a", "b", "c"]', "null!"),
        ("tPersoon", '{naam: "A", leeftijd: 3, talen: ["nl"]}', '{naam: "A", leeftijd: 3, talen: ["nl"]}'),
        ("tPersoon", '{naam: "A", leeftijd: 3, talen: []}', '{naam: "A", leeftijd: 3, talen: []}'),
        ("tPersoon", '{naam: "A", leeftijd: 3, talen: "nl"}', '{naam: "A", leeftijd: 3, talen: ["nl"]}'),
        ("tPersoon", '{naam: "A", leeftijd: 300, talen: []}', "null!"),
        ("tPersoon", '{naam: "A"}', "null!"),
        ("tPersoon", '{naam: "A", leeftijd: 3, talen: [], meer: 1}', '{naam: "A", leeftijd: 3, talen: [], meer: 1}'),
        ("tPersonen", '{naam: "A", leeftijd: 3, talen: []}', '[{naam: "A", leeftijd: 3, talen: []}]'),
        ("date and time", '@"2026-01-01"', "2026-01-01T00:00:00Z"),
        ("tDatum", '@"2026-01-01"', "2026-01-01"),
        ("tDatum", '@"2026-01-01T10:00:00"', "null!"),
        ("Any", '"x"', '"x"'),
    ],
)
def test_the_value_of_a_decision_is_brought_to_its_type_or_becomes_null_with_the_reason(
    type_ref: str, value: str, expected: str
) -> None:
    assert answer(model(*TYPES, decision("D", value, type_ref)), "D") == expected


def test_an_unknown_type_is_an_error_that_names_it() -> None:
    with pytest.raises(DmnError, match="tNergens"):
        model(decision("D", "1", "tNergens")).evaluate("D")


# ─── decision tables ───


def test_entries_may_use_other_names_and_the_input_itself() -> None:
    found = model(
        data("bedrag"),
        data("grens"),
        decision(
            "D",
            table(
                ["bedrag"],
                [
                    ["> grens", '"boven"'],
                    ["[grens - 10..grens]", '"bij"'],
                    ["? < grens - 10 and ? >= 0", '"onder"'],
                    ["-1", '"fout"'],
                ],
            ),
            inputs=["bedrag", "grens"],
        ),
    )

    assert [answer(found, "D", {"bedrag": b, "grens": 100}) for b in (101, 100, 90, 5, -1)] == [
        '"boven"', '"bij"', '"bij"', '"onder"', '"fout"',
    ]  # fmt: skip


LISTS = [("a", '"hoog", "laag"'), ("b", "1, 2, 3")]


@pytest.mark.parametrize(
    ("policy", "aggregation", "rules", "expected"),
    [
        ("PRIORITY", "", [["-", '"laag"', "1"], ["-", '"hoog"', "3"], ["-", '"hoog"', "2"]], '{a: "hoog", b: 2}'),
        ("OUTPUT ORDER", "", [["-", '"laag"', "1"], ["-", '"hoog"', "3"], ["-", '"hoog"', "2"]],
         '[{a: "hoog", b: 2}, {a: "hoog", b: 3}, {a: "laag", b: 1}]'),
        ("RULE ORDER", "", [["-", '"laag"', "1"], ["1", '"hoog"', "3"], ["2", '"hoog"', "2"]], '[{a: "laag", b: 1}, {a: "hoog", b: 3}]'),
        ("COLLECT", "COUNT", [["-", '"laag"', "1"], ["-", '"laag"', "1"]], "2"),
        ("ANY", "", [["-", '"laag"', "1"], ["1", '"laag"', "1"]], '{a: "laag", b: 1}'),
        ("ANY", "", [["-", '"laag"', "1"], ["1", '"laag"', "2"]], "null!"),
        ("FIRST", "", [["2", '"laag"', "1"], ["1", '"hoog"', "2"], ["-", '"laag"', "3"]], '{a: "hoog", b: 2}'),
        ("UNIQUE", "", [["1", '"midden"', "1"]], "null!"),
        ("UNIQUE", "", [["1", '"laag"', "1"], ["-", '"laag"', "1"]], "null!"),
        ("UNIQUE", "", [["2", '"laag"', "1"]], "null!"),
    ],
)  # fmt: skip
def test_hit_policies_with_several_outputs(
    policy: str, aggregation: str, rules: list[list[str]], expected: str
) -> None:
    found = model(decision("D", table(["1"], rules, policy, outputs=LISTS, aggregation=aggregation)))

    assert answer(found, "D") == expected


@pytest.mark.parametrize(
    ("policy", "defaults", "expected"),
    [("UNIQUE", ['"laag"', "1"], '{a: "laag", b: 1}'), ("FIRST", ['"laag"', "1"], '{a: "laag", b: 1}')],
)
def test_the_default_outputs_stand_in_where_nothing_matches(policy: str, defaults: list[str], expected: str) -> None:
    found = model(decision("D", table(["9"], [["1", '"hoog"', "2"]], policy, outputs=LISTS, defaults=defaults)))

    assert answer(found, "D") == expected


def test_an_input_of_another_type_or_outside_its_values_is_reported() -> None:
    rules = [["-", "1"]]
    of_type = model(data("x"), decision("D", table(["x"], rules, types={0: "number"}), inputs=["x"]))
    of_values = model(data("x"), decision("D", table(["x"], rules, allowed={0: '"a", "b"'}), inputs=["x"]))

    assert [answer(of_type, "D", {"x": x}) for x in (1, "a", [1])] == ["1", "null!", "1"]
    assert [answer(of_values, "D", {"x": x}) for x in ("a", "c")] == ["1", "null!"]


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_files_of_each_version_are_read(namespace: str) -> None:
    found = parse_model(file(decision("D", table(["1"], [["1", "2"]])), dmn=namespace).encode())

    assert answer(found, "D") == "2"
