"""A decision service is called like a function, or evaluated itself."""

from __future__ import annotations

import pytest
from decisions import (
    answer,
    data,
    decision,
    item,
    model,
    service,
)

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
