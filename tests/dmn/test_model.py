"""What decision models decide; these cases run even if the conformance suite is absent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from inburgering_flow.dmn import DmnError, DmnFileError, parse_model, read_model
from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import Context

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:m">'


def model(body: str) -> Any:
    return parse_model(f"{HEAD}{body}</definitions>".encode())


def literal(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<literalExpression><text>{escaped}</text></literalExpression>"


def decision(name: str, expression: str, *, type_ref: str = "", needs: str = "") -> str:
    return (
        f'<decision id="{name.replace(" ", "_")}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/>'
        f"{needs}{expression}</decision>"
    )


def needs(*hrefs: str, kind: str = "requiredInput", outer: str = "informationRequirement") -> str:
    return "".join(f'<{outer}><{kind} href="#{href}"/></{outer}>' for href in hrefs)


def table(
    policy: str, rules: list[tuple[str, str]], *, values: str = "", default: str = "", aggregation: str = ""
) -> str:
    ordered = f"<outputValues><text>{values}</text></outputValues>" if values else ""
    fallback = f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>" if default else ""
    lines = "".join(
        f'<rule id="r{i}"><inputEntry><text>{test.replace("<", "&lt;")}</text></inputEntry>'
        f"<outputEntry><text>{output}</text></outputEntry></rule>"
        for i, (test, output) in enumerate(rules, 1)
    )
    how = f' aggregation="{aggregation}"' if aggregation else ""
    return (
        f'<decisionTable hitPolicy="{policy}"{how}><input><inputExpression><text>x</text></inputExpression></input>'
        f"<output>{ordered}{fallback}</output>{lines}</decisionTable>"
    )


RULES = [("> 0", "1"), ("> 5", "2"), ("> 7", "3")]


@pytest.mark.parametrize(
    ("policy", "aggregation", "x", "expected"),
    [
        ("UNIQUE", "", 3, 1),
        ("UNIQUE", "", 6, None),
        ("FIRST", "", 6, 1),
        ("ANY", "", 3, 1),
        ("ANY", "", 6, None),
        ("PRIORITY", "", 8, 3),
        ("OUTPUT ORDER", "", 8, [3, 2, 1]),
        ("RULE ORDER", "", 8, [1, 2, 3]),
        ("COLLECT", "", 6, [1, 2]),
        ("COLLECT", "SUM", 8, 6),
        ("COLLECT", "MIN", 8, 1),
        ("COLLECT", "MAX", 8, 3),
        ("COLLECT", "COUNT", 8, 3),
        ("COLLECT", "COUNT", 0, 0),
        ("COLLECT", "", 0, []),
        ("UNIQUE", "", 0, None),
    ],
)
def test_a_hit_policy_chooses_among_the_rules_that_match(policy: str, aggregation: str, x: int, expected: Any) -> None:
    found = model(decision("D", table(policy, RULES, values="3, 2, 1", aggregation=aggregation)))

    assert found.evaluate("D", {"x": x}) == expected


def test_two_hits_under_unique_are_null_with_a_warning_that_names_the_rules() -> None:
    context = Context()

    assert model(decision("D", table("UNIQUE", RULES))).evaluate("D", {"x": 6}, context=context) is None
    assert "1, 2" in context.warnings[0].message
    assert "UNIQUE" in context.warnings[0].message


def test_the_default_output_answers_where_no_rule_matches() -> None:
    found = model(decision("D", table("UNIQUE", RULES, default='"geen"')))

    assert found.evaluate("D", {"x": 0}) == "geen"


def test_a_decision_uses_the_decisions_it_requires_and_only_those() -> None:
    found = model(
        '<inputData id="bedrag" name="Bedrag"><variable name="Bedrag" typeRef="number"/></inputData>'
        + decision("Dubbel", literal("Bedrag * 2"), needs=needs("bedrag"))
        + decision("Som", literal("Dubbel + 1"), needs=needs("Dubbel", kind="requiredDecision"))
        + decision("Los", literal("Bedrag"))
    )
    context = Context()

    assert found.evaluate("Som", {"Bedrag": 5}) == 11
    assert found.evaluate("Los", {"Bedrag": 5}, context=context) is None
    assert context.warnings[0].code == "NO_VARIABLE_FOUND"
    assert list(found.decisions) == ["Dubbel", "Som", "Los"]


def test_input_that_no_element_declares_can_be_read_as_process_variables_are() -> None:
    assert model(decision("D", literal("ruwe waarde + 1"))).evaluate("D", {"ruwe waarde": 2}) == Decimal(3)


def test_a_text_from_json_becomes_a_date_where_the_input_is_a_date() -> None:
    found = model(
        '<inputData id="d" name="datum"><variable name="datum" typeRef="date"/></inputData>'
        + decision("Later", literal('datum + duration("P1D")'), needs=needs("d"))
    )

    assert found.evaluate("Later", {"datum": "2026-02-28"}) == dt.date(2026, 3, 1)


def test_a_value_outside_the_allowed_values_becomes_null_with_a_warning() -> None:
    found = model(
        '<itemDefinition name="tGroep"><typeRef>string</typeRef><allowedValues><text>"asiel", "gezin"</text>'
        '</allowedValues></itemDefinition><inputData id="g" name="groep"><variable name="groep" typeRef="tGroep"/>'
        "</inputData>" + decision("D", literal("groep"), needs=needs("g"))
    )
    context = Context()

    assert found.evaluate("D", {"groep": "asiel"}) == "asiel"
    assert found.evaluate("D", {"groep": "kennis"}, context=context) is None
    assert context.warnings[0].code == "TYPE_MISMATCH"
    assert "kennis" not in context.warnings[0].message


def test_a_knowledge_model_is_a_function_that_may_call_itself() -> None:
    found = model(
        '<businessKnowledgeModel id="f" name="faculteit"><variable name="faculteit"/><encapsulatedLogic>'
        '<formalParameter name="n" typeRef="number"/>'
        + literal("if n < 2 then 1 else n * faculteit(n - 1)")
        + "</encapsulatedLogic></businessKnowledgeModel>"
        + decision(
            "D", literal("faculteit(5)"), needs=needs("f", kind="requiredKnowledge", outer="knowledgeRequirement")
        )
    )

    assert found.evaluate("D") == 120


def test_a_decision_service_hides_what_was_not_passed_to_it() -> None:
    found = model(
        '<inputData id="a" name="a"><variable name="a"/></inputData>'
        + decision("Binnen", literal("a + 1"), needs=needs("a"))
        + '<decisionService id="s" name="S"><variable name="S"/><outputDecision href="#Binnen"/>'
        '<inputData href="#a"/></decisionService>'
        + decision("D", literal("S(41)"), needs=needs("s", kind="requiredKnowledge", outer="knowledgeRequirement"))
    )

    assert found.evaluate("D", {"a": 0}) == 42
    assert found.evaluate("S", {"a": 1}) == 2


def test_an_imported_model_is_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "other.dmn").write_text(
        HEAD.replace('"urn:m"', '"urn:o"')
        + '<businessKnowledgeModel id="b" name="plus een"><variable name="plus een"/><encapsulatedLogic>'
        '<formalParameter name="n"/>' + literal("n + 1") + "</encapsulatedLogic></businessKnowledgeModel></definitions>"
    )
    (tmp_path / "main.dmn").write_text(
        HEAD
        + '<import name="o" namespace="urn:o" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
        + decision(
            "D",
            literal("o.plus een(1)"),
            needs='<knowledgeRequirement><requiredKnowledge href="urn:o#b"/></knowledgeRequirement>',
        )
        + "</definitions>"
    )

    assert read_model(tmp_path / "main.dmn").evaluate("D") == 2


def test_an_import_that_is_missing_is_an_error_that_says_so() -> None:
    with pytest.raises(DmnFileError, match="urn:o"):
        model('<import name="o" namespace="urn:o" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>')


def test_an_expression_that_cannot_be_read_names_its_decision() -> None:
    found = model(decision("Boete", literal("1 +")))

    with pytest.raises(DmnError, match="Boete") as caught:
        found.evaluate("Boete")

    assert caught.value.code == "FEEL_SYNTAX"
    assert len(found.problems()) == 1


def test_decisions_in_a_circle_are_refused() -> None:
    found = model(
        decision("A", literal("B"), needs=needs("B", kind="requiredDecision"))
        + decision("B", literal("A"), needs=needs("A", kind="requiredDecision"))
    )

    with pytest.raises(DmnError, match="requires itself"):
        found.evaluate("A")


def test_java_functions_are_refused_with_the_reason() -> None:
    found = model(
        '<businessKnowledgeModel id="j" name="j"><variable name="j"/><encapsulatedLogic kind="Java"><context/>'
        "</encapsulatedLogic></businessKnowledgeModel>"
        + decision("D", literal("j(1)"), needs=needs("j", kind="requiredKnowledge", outer="knowledgeRequirement"))
    )

    with pytest.raises(DmnError, match="Java"):
        found.evaluate("D")


@pytest.mark.parametrize("content", [b"", b"<a/>", b"<definitions/>", b"<!DOCTYPE a><a/>", b"\x00"])
def test_what_is_no_decision_model_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_model(content)


def test_an_unknown_decision_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(DmnFileError, match="Boete"):
        model(decision("Boete", literal("1"))).evaluate("Boet")


def test_extra_functions_can_be_called_from_a_decision() -> None:
    found = model(decision("D", literal("verdubbel(x: 4)")))

    assert found.evaluate("D", functions={"verdubbel": lambda x: x * 2}) == 8
