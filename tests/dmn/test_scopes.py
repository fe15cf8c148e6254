"""Which names an expression sees: those of the graph, of a context, and of a function's parameters."""

from __future__ import annotations

from decisions import (
    answer,
    context,
    data,
    decision,
    knowledge,
    literal,
    model,
)


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


def test_a_required_decision_is_known_by_its_id_too() -> None:
    found = model(
        data("x"),
        decision("Welk seizoen", "x + 1", inputs=["x"]),
        decision("D", "Welk_seizoen * 10", decisions=["Welk seizoen"]),
        decision("E", context(("Welk_seizoen", "7"), ("y", "Welk_seizoen")), decisions=["Welk seizoen"]),
        decision("F", "Welk_seizoen"),
    )
    assert answer(found, "D", {"x": 1}) == "20"
    assert answer(found, "E", {"x": 1}) == "{Welk_seizoen: 7, y: 7}"
    assert answer(found, "F", {"x": 1}) == "null!", "without the requirement it is not seen"
    assert "Welk_seizoen = 2   (from decision)" in str(found.explain("D", {"x": 1}))
