"""A decision is explained through the whole graph: inputs, rules that matched, and why the others did not."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from test_model import HEAD, decision, literal, needs

from inburgering_flow.dmn import DmnError, DmnFileError, parse_model, read_model
from inburgering_flow.feel import Context, Limits

SHIPPED = Path(__file__).parents[2] / "processes" / "beslissingen"
TRACK = SHIPPED / "d13-handhavingsspoor.dmn"


def model(body: str) -> Any:
    return parse_model(f"{HEAD}{body}</definitions>".encode())


def bedrag_model(rule_2: str = '"gezin"') -> Any:
    """Two inputs, a decision with a table that requires another decision, and a source annotated at each rule."""
    return model(
        '<inputData id="g" name="groep"><variable name="groep" typeRef="string"/></inputData>'
        '<inputData id="l" name="leeftijd"><variable name="leeftijd" typeRef="number"/></inputData>'
        + decision("Volwassen", literal("leeftijd >= 18"), needs=needs("l"))
        + decision(
            "Bedrag",
            '<decisionTable hitPolicy="UNIQUE"><input label="Groep"><inputExpression><text>groep</text>'
            "</inputExpression></input><input><inputExpression><text>Volwassen</text></inputExpression></input>"
            '<output name="bedrag" typeRef="number"/><annotation name="Bron"/><annotation name="Geldig van"/>'
            '<rule id="r1"><description>Asielstatushouders</description><inputEntry><text>"asiel"</text></inputEntry>'
            "<inputEntry><text>true</text></inputEntry><outputEntry><text>100 + 50</text></outputEntry>"
            "<annotationEntry><text>Wet inburgering 2021, art. 13</text></annotationEntry>"
            "<annotationEntry><text>2022-01-01</text></annotationEntry></rule>"
            f'<rule id="r2"><inputEntry><text>{rule_2}</text></inputEntry><inputEntry><text>true</text></inputEntry>'
            "<outputEntry><text>10</text></outputEntry><annotationEntry><text>Besluit, art. 4.1</text>"
            "</annotationEntry></rule>"
            '<rule id="r3"><inputEntry><text>-</text></inputEntry><inputEntry><text>false</text></inputEntry>'
            "<outputEntry><text>0</text></outputEntry></rule></decisionTable>",
            needs=needs("g") + needs("Volwassen", kind="requiredDecision"),
        )
    )


def test_the_rule_that_matched_stands_with_its_outputs_description_and_source() -> None:
    found = bedrag_model().explain("Bedrag", {"groep": "asiel", "leeftijd": 30})

    table = found.element("Bedrag").tables[0]
    rule = table.rules[0]
    assert found.value == 150
    assert table.hit_policy == "UNIQUE"
    assert [(one.label, one.value) for one in table.inputs] == [("Groep", "asiel"), ("Volwassen", True)]
    assert [one.index for one in table.matched] == [1]
    assert rule.applied
    assert (rule.id, rule.description, rule.outputs) == ("r1", "Asielstatushouders", {"bedrag": Decimal(150)})
    assert rule.annotations == {"Bron": "Wet inburgering 2021, art. 13", "Geldig van": "2022-01-01"}


def test_the_other_rules_name_each_entry_that_stood_in_the_way_and_the_value() -> None:
    found = bedrag_model().explain("Bedrag", {"groep": "asiel", "leeftijd": 30})

    rules = found.element("Bedrag").tables[0].rules
    assert [one.reason() for one in rules[1].obstacles] == ['\'"gezin"\' does not hold for "asiel"']
    assert [(one.input, one.entry, one.value) for one in rules[2].obstacles] == [("Volwassen", "false", True)]


def test_an_entry_that_cannot_be_compared_says_so() -> None:
    found = bedrag_model("&gt; 5").explain("Bedrag", {"groep": "asiel", "leeftijd": 30})

    assert found.element("Bedrag").tables[0].rules[1].obstacles[0].reason() == (
        "'> 5' cannot be compared with \"asiel\" (string)"
    )


def test_every_element_that_was_needed_stands_with_what_it_read_and_where_that_came_from() -> None:
    found = bedrag_model().explain("Bedrag", {"groep": "asiel", "leeftijd": 30})

    assert [(one.name, one.kind, one.logic) for one in found.elements] == [
        ("Bedrag", "decision", "decision table"),
        ("groep", "input data", ""),
        ("Volwassen", "decision", "literal expression"),
        ("leeftijd", "input data", ""),
    ]
    reads = {read.name: (read.origin, read.value) for read in found.element("Bedrag").reads}
    assert reads == {"groep": ("input data", "asiel"), "Volwassen": ("decision", True)}
    assert found.element("Volwassen").trace.children[0].text == "leeftijd >= 18"


def test_an_input_that_no_element_declares_is_said_to_come_with_the_call() -> None:
    found = model(decision("D", literal("bedrag + 1"))).explain("D", {"bedrag": 2})

    assert [(r.name, r.origin, r.value) for r in found.element("D").reads] == [("bedrag", "given with the call", 2)]


def test_a_rule_that_the_hit_policy_leaves_out_matches_but_does_not_count() -> None:
    found = read_model(TRACK).explain(
        "Handhavingsspoor", {"verplichting": "brede intake", "verwijtbaar": "nee", "doelgroep": "gezinsmigrant"}
    )

    rules = found.element("Handhavingsspoor").tables[0].rules
    assert [(rule.index, rule.applied) for rule in rules if rule.matched] == [(1, True), (8, False), (9, False)]
    assert rules[0].annotations["Bron"] == "Awb 5:41 (S3)"
    assert "Bron: Awb 5:41 (S3)" in str(found)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.dmn")), ids=lambda path: path.stem)
def test_every_shipped_decision_can_be_explained_with_no_inputs_at_all(path: Path) -> None:
    found = read_model(path)

    for one in found.decisions.values():
        functions = {"wettelijkeTermijn": lambda begin, lengte: None}
        context = Context(functions=functions)
        explained = found.explain(one.id, {}, context=context)
        assert str(explained.value) == str(found.evaluate(one.id, {}, functions=functions))
        json.dumps(explained.to_dict(), default=str)
        assert one.name in str(explained)


def test_more_than_one_match_under_unique_is_explained_by_the_rules() -> None:
    found = bedrag_model('"asiel"').explain("Bedrag", {"groep": "asiel", "leeftijd": 30})

    assert found.value is None
    assert found.cause is not None
    assert found.cause.element == "Bedrag"
    assert "UNIQUE" in found.cause.cause.message
    assert [rule.index for rule in found.element("Bedrag").tables[0].matched] == [1, 2]


def test_no_match_is_explained() -> None:
    found = bedrag_model().explain("Bedrag", {"groep": "kennis", "leeftijd": 30})

    assert found.value is None
    assert found.cause is not None
    assert found.cause.cause.code == "NO_RULE_MATCHED"
    assert [rule.index for rule in found.element("Bedrag").tables[0].nearest(2)] == [1, 2]


def test_the_fault_in_a_required_decision_is_the_cause_not_what_became_null_by_it() -> None:
    found = model(
        '<inputData id="k" name="klant"><variable name="klant"/></inputData>'
        + decision("Diep", literal("klant.adres.stad"), needs=needs("k"))
        + decision("Midden", literal("Diep + 1"), needs=needs("Diep", kind="requiredDecision"))
        + decision("Boven", literal("Midden * 2"), needs=needs("Midden", kind="requiredDecision"))
    ).explain("Boven", {"klant": {"adres": {"stat": "x"}}})

    assert found.cause is not None
    assert (found.cause.element, found.cause.cause.text) == ("Diep", "klant.adres.stad")
    assert found.cause.cause.suggestion == "Did you mean 'stat'?"


def test_an_input_that_was_not_given_is_the_cause_and_its_misspelling_is_seen() -> None:
    found = bedrag_model().explain("Bedrag", {"groep": "asiel", "leeftyd": 30})

    assert found.cause is not None
    assert found.cause.element == "Volwassen"
    assert str(found.cause.cause) == "The input 'leeftijd' was not given. Did you mean 'leeftyd'?"


def test_a_name_that_is_in_the_model_but_not_required_says_so() -> None:
    found = model(
        '<inputData id="b" name="bedrag"><variable name="bedrag"/></inputData>' + decision("D", literal("bedrag + 1"))
    ).explain("D", {"bedrag": 3})

    assert found.cause is not None
    assert str(found.cause.cause) == (
        "'bedrag' is part of the model, but is not required here. Draw a requirement to it."
    )


def test_the_body_of_a_knowledge_model_is_shown_below_its_call() -> None:
    found = model(
        '<businessKnowledgeModel id="f" name="dubbel"><variable name="dubbel"/><encapsulatedLogic>'
        '<formalParameter name="x" typeRef="number"/>' + literal("x * 2") + "</encapsulatedLogic>"
        "</businessKnowledgeModel>"
        + decision(
            "D", literal("dubbel(4) + 1"), needs=needs("f", kind="requiredKnowledge", outer="knowledgeRequirement")
        )
    ).explain("D", {})

    body = next(trace for trace in found.element("D").trace.walk() if trace.text == "function body")
    assert found.value == 9
    assert body.names == {"x": Decimal(4)}
    assert body.value == 8
    assert body.children[0].text == "x * 2"


def test_a_decision_service_shows_its_parameters_and_the_decisions_behind_it() -> None:
    found = model(
        '<inputData id="a" name="a"><variable name="a"/></inputData>'
        + decision("Uit", literal("a + 1"), needs=needs("a"))
        + '<decisionService id="s" name="Dienst"><variable name="Dienst"/><outputDecision href="#Uit"/>'
        '<inputData href="#a"/></decisionService>'
    ).explain("Dienst", {"a": 4})

    assert found.value == 5
    assert found.elements[0].kind == "decision service"
    assert [(r.name, r.origin, r.value) for r in found.elements[0].reads] == [("a", "parameter", 4)]
    assert found.element("Uit").value == 5


def test_boxed_contexts_name_their_entries() -> None:
    found = model(
        decision(
            "D",
            '<context><contextEntry><variable name="netto"/>' + literal("100") + "</contextEntry><contextEntry>"
            '<variable name="bruto"/>' + literal("netto * 1.21 + toeslag") + "</contextEntry></context>",
        )
    ).explain("D", {})

    labels = [trace.text for trace in found.element("D").trace.children[0].children]
    assert labels == ["netto", "bruto"]
    assert found.cause is not None
    assert found.cause.cause.text == "toeslag"


def test_values_can_be_left_out() -> None:
    secret = "geheim-999"
    found = bedrag_model().explain("Bedrag", {"groep": secret, "leeftijd": 30})

    assert secret in json.dumps(found.to_dict(), default=str)
    assert secret not in json.dumps(found.to_dict(values=False), default=str)
    assert secret not in str(found.cause)


def test_a_decision_that_goes_on_too_long_says_where_it_was() -> None:
    found = model(decision("D", literal("for x in 1..100000 return x"))).explain(
        "D", {}, context=Context(limits=Limits(iterations=50))
    )

    assert found.error is not None
    assert found.error.code == "FEEL_LIMIT"
    assert found.cause is not None
    assert found.cause.cause.text == "for x in 1..100000 return x"


def test_what_cannot_be_evaluated_at_all_is_an_error() -> None:
    with pytest.raises(DmnFileError):
        bedrag_model().explain("Onbekend", {})
    with pytest.raises(DmnError, match="expected"):
        model(decision("D", literal("1 +"))).explain("D", {})


def test_explaining_leaves_nothing_behind_for_normal_evaluation() -> None:
    found = bedrag_model()

    found.explain("Bedrag", {"groep": "asiel", "leeftijd": 30})

    assert found.evaluate("Bedrag", {"groep": "gezin", "leeftijd": 30}) == 10
    assert not any("racing" in str(value) for value in found.cache.values())
