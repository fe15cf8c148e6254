"""The server checks each form itself: every problem at once, hidden questions left out, nothing but refusals."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inburgering_flow import forms
from inburgering_flow.errors import InvalidSubmission
from inburgering_flow.inburgering.resources import resource_folder

FILES = sorted(resource_folder("forms").glob("*.form"))
SCHEMA = {
    "components": [
        {"type": "textfield", "id": "a", "key": "naam", "label": "Naam", "validate": {"required": True, "maxLength": 5}},
        {"type": "number", "id": "b", "key": "bedrag", "label": "Bedrag", "validate": {"min": 1, "max": 800}},
        {"type": "datetime", "subtype": "date", "id": "c", "key": "dag", "label": "Dag", "validate": {"required": True}},
        {"type": "radio", "id": "d", "key": "keuze", "label": "Keuze", "validate": {"required": True},
         "values": [{"label": "Ja", "value": True}, {"label": "Nee", "value": False}]},
        {"type": "textarea", "id": "e", "key": "reden", "label": "Reden", "validate": {"required": True},
         "conditional": {"hide": "=keuze = true"}},
        {"type": "checkbox", "id": "f", "key": "vink", "label": "Vink"},
    ]
}  # fmt: skip
GOOD = {"naam": "Anna", "bedrag": "1,5", "dag": "2026-03-02", "keuze": "true"}


def problems(values: dict) -> list[str]:
    with pytest.raises(InvalidSubmission) as caught:
        forms.validate(SCHEMA, values, {})
    return [p.field for p in caught.value.problems]


def test_good_answers_become_clean_values() -> None:
    assert forms.validate(SCHEMA, {**GOOD, "vreemd": 1}, {}) == {
        "naam": "Anna", "bedrag": Decimal("1.5"), "dag": "2026-03-02", "keuze": True, "vink": False,
    }  # fmt: skip


def test_every_problem_is_said_at_once() -> None:
    assert problems({"naam": "te lang", "bedrag": 900, "dag": "31-12-2026"}) == ["naam", "bedrag", "dag", "keuze", "reden"]


def test_a_hidden_question_is_neither_asked_nor_kept() -> None:
    assert "reden" not in forms.validate(SCHEMA, {**GOOD, "reden": "toch"}, {})
    assert problems({**GOOD, "keuze": False}) == ["reden"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "tien", True, [], {}])
def test_what_is_no_number_is_refused(number: object) -> None:
    assert problems({**GOOD, "bedrag": number}) == ["bedrag"]


@given(
    st.dictionaries(
        st.sampled_from(["naam", "bedrag", "dag", "keuze", "reden", "vink"]),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda c: st.lists(c, max_size=3)),
    )
)
def test_random_answers_are_accepted_or_refused_and_nothing_else(values: dict) -> None:
    try:
        clean = forms.validate(SCHEMA, values, {})
    except InvalidSubmission as refused:
        assert refused.problems
    else:
        assert set(clean) <= {"naam", "bedrag", "dag", "keuze", "reden", "vink"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_each_shipped_form_is_good_and_named_after_its_file(path: Path) -> None:
    assert forms.check(path.read_bytes(), name=path.name) == []
    assert json.loads(path.read_text())["id"] == path.stem


@pytest.mark.parametrize(
    ("component", "rule"),
    [
        ({"type": "html", "id": "x"}, "form-component"),
        ({"type": "textfield", "id": "x", "key": "met spatie"}, "form-key"),
        ({"type": "radio", "id": "x", "key": "x"}, "form-values"),
        ({"type": "datetime", "id": "x", "key": "x", "subtype": "time"}, "form-date"),
        ({"type": "textfield", "id": "x", "key": "x", "conditional": {"hide": "=1 +"}}, "form-condition"),
        ({"type": "textfield", "id": "x", "key": "x", "validate": {"pattern": "("}}, "form-pattern"),
    ],
)
def test_what_a_form_may_not_hold_is_named_at_deployment(component: dict, rule: str) -> None:
    found = forms.check(json.dumps({"components": [component]}).encode(), name="f.form")

    assert [f.rule for f in found] == [rule]
    assert found[0].remedy
