"""A question's own rule: the custom properties ``voorwaarde`` and ``melding``, kept by the server."""

from __future__ import annotations

from typing import Any

import pytest

from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.forms import validate
from inburgering_flow.forms.rules import form_expression
from inburgering_flow.forms.schema import Form

RULE = "=kwam = true or dag > eind"


def form(rule: str = RULE, **more: Any) -> dict[str, Any]:
    question = {"type": "checkbox", "id": "kwam", "key": "kwam", "label": "Kwam", "properties": {"voorwaarde": rule, **more}}
    return {"type": "default", "components": [question]}


def refused(schema: dict[str, Any], answers: dict[str, Any], **variables: Any) -> str:
    with pytest.raises(InvalidSubmission) as error:
        validate(schema, answers, variables)
    return error.value.problems[0].message


def test_an_answer_that_the_rule_forbids_is_refused_with_the_forms_own_sentence() -> None:
    said = refused(form(melding="kan nog tot en met {{eind}}."), {"kwam": False}, dag=3, eind=3)

    assert said == "“Kwam”: kan nog tot en met 3."


def test_an_answer_that_the_rule_allows_is_taken() -> None:
    assert validate(form(), {"kwam": False}, {"dag": 4, "eind": 3}) == {"kwam": False}
    assert validate(form(), {"kwam": True}, {"dag": 1, "eind": 3}) == {"kwam": True}


@pytest.mark.parametrize("variables", [{}, {"dag": 4}, {"dag": "vier", "eind": 3}])
def test_a_rule_that_cannot_be_computed_refuses(variables: dict[str, Any]) -> None:
    assert refused(form(), {"kwam": False}, **variables) == "“Kwam”: this answer is not possible now."


def test_a_question_that_is_hidden_has_no_rule() -> None:
    schema = form("=false")
    schema["components"][0]["conditional"] = {"hide": "=true"}

    assert validate(schema, {}, {}) == {}


def test_a_rule_that_is_no_feel_is_refused_when_deployed() -> None:
    (fault,) = form_expression.check(Form("f.form", form("=kwam =")))

    assert "properties.voorwaarde" in fault.message
