"""A value is converted to the declared type, or becomes null with the reason."""

from __future__ import annotations

import pytest
from decisions import (
    answer,
    decision,
    item,
    model,
    part,
)

from inburgering_flow.dmn import DmnError

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
