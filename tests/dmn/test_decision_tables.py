"""Decision tables: what entries may use, hit policies with several outputs, inputs that do not fit."""

from __future__ import annotations

import pytest
from decisions import (
    answer,
    data,
    decision,
    model,
    table,
)


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
