"""Models import each other under a name, and are read in each version of the standard."""

from __future__ import annotations

from pathlib import Path

import pytest
from decisions import (
    answer,
    data,
    decision,
    file,
    imported,
    item,
    knowledge,
    model,
    table,
)

from inburgering_flow.dmn import parse_model, read_model

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
