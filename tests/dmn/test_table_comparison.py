"""Two versions of a decision table, a form and a data dictionary: cell by cell, field by field, variable by variable."""

from __future__ import annotations

import json
from typing import Any

from inburgering_flow import forms
from inburgering_flow.dmn.comparison import compare, content
from inburgering_flow.forms import comparison as form_comparison
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.model import dictionaries
from inburgering_flow.model.differences import ADDED, CHANGED, MOVED, REMOVED, Change, TableDifference, in_order

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
Rule = tuple[str, str, str]
FIVE: list[Rule] = [("<1", "nul", "1"), ("[1..2]", "een", "2"), ("[3..4]", "drie", "3"), ("[5..6]", "vijf", "4"), (">6", "zeven", "5")]


def table(rules: list[Rule], *, policy: str = "UNIQUE", numbered: bool = False, more: str = "", label: str = "") -> bytes:
    rows = "".join(
        f'<rule id="r{n if numbered else id}"><inputEntry><text>{a.replace("<", "&lt;")}</text></inputEntry>'
        f'<outputEntry><text>"{b}"</text></outputEntry></rule>'
        for n, (a, b, id) in enumerate(rules)
    )
    return (
        f'{HEAD}<decision id="besluit" name="Besluit"><variable name="besluit"/><decisionTable hitPolicy="{policy}">'
        f'<input{label}><inputExpression typeRef="number"><text>aantal</text></inputExpression></input>'
        f'<output name="besluit" typeRef="string"/>{rows}</decisionTable></decision>{more}</definitions>'
    ).encode()


def only(before: bytes, after: bytes) -> TableDifference:
    [found] = compare(before, after).tables
    return found


def told(found: TableDifference) -> list[tuple[str, int | None, int | None]]:
    return [(row.kind, row.number_before, row.number_after) for row in found.rows if row.kind]


def test_a_row_in_the_middle_is_added_and_the_others_keep_theirs_though_they_are_numbered_anew() -> None:
    more = [*FIVE[:2], ("[2..3)", "twee en een half", "x"), *FIVE[2:]]
    for numbered in (True, False):
        found = only(table(FIVE, numbered=numbered), table(more, numbered=numbered))
        assert told(found) == [(ADDED, None, 3)]
        assert [row.number_after for row in found.rows] == [1, 2, 3, 4, 5, 6]
        assert told(only(table(more, numbered=numbered), table(FIVE, numbered=numbered))) == [(REMOVED, 3, None)]


def test_one_cell_of_a_row_is_changed_from_what_to_what() -> None:
    found = only(table(FIVE), table([*FIVE[:3], ("[5..6]", "zes", "4"), FIVE[4]]))

    assert told(found) == [(CHANGED, 4, 4)]
    assert [cell for cell in found.rows[3].cells if cell[0] != cell[1]] == [('"vijf"', '"zes"')]


def test_a_changed_row_beside_a_new_one_is_told_apart_from_it() -> None:
    found = only(table(FIVE), table([*FIVE[:2], ("[2..2]", "nieuw", "n"), ("[3..4]", "anders", "3"), *FIVE[3:]]))
    assert told(found) == [(ADDED, None, 3), (CHANGED, 3, 4)]


def test_a_changed_row_is_known_by_its_cells_where_all_are_numbered_anew() -> None:
    after = [("<0", "min", "n"), *FIVE[:3], ("[5..6]", "zes", "4"), FIVE[4]]
    found = only(table(FIVE, numbered=True), table(after, numbered=True))
    assert told(found) == [(ADDED, None, 1), (CHANGED, 4, 5)]


def test_a_row_that_only_stands_elsewhere_has_moved() -> None:
    assert told(only(table(FIVE), table([FIVE[4], *FIVE[:4]]))) == [(MOVED, 5, 1)]


def test_hit_policy_columns_and_other_decisions() -> None:
    other = '<decision id="ander" name="Ander"><variable name="ander"/><literalExpression><text>1</text></literalExpression></decision>'
    found = compare(table(FIVE), table(FIVE, policy="FIRST", more=other))
    assert [(d.kind, d.id, d.changes) for d in found.differences] == [
        (CHANGED, "besluit", (Change("logic.hitPolicy", "UNIQUE", "FIRST"),)), (ADDED, "ander", ()),
    ]  # fmt: skip
    wider = table(FIVE).replace(b"<output name", b'<input label="Dag"><inputExpression><text>dag</text></inputExpression></input><output name', 1)
    wider = wider.replace(b"<outputEntry>", b"<inputEntry><text>-</text></inputEntry><outputEntry>")
    assert only(table(FIVE), wider).columns == (("aantal", ""), ("Dag", ADDED), ("besluit", ""))
    assert only(table(FIVE), table(FIVE, label=' label="Hoeveel"')).columns[0] == ("Hoeveel", CHANGED)


def test_a_decision_is_the_same_whatever_else_changes_in_its_file() -> None:
    other = '<decision id="ander" name="{}"><variable name="ander"/><literalExpression><text>1</text></literalExpression></decision>'
    before, after = table(FIVE, more=other.format("Oud")), table(FIVE, more=other.format("Nieuw"))

    assert content(before, "besluit") == content(after, "besluit")
    assert content(before, "ander") != content(after, "ander")
    assert compare(before, after, "besluit").is_same


def test_a_decision_changes_with_the_decision_that_it_needs() -> None:
    needs = (
        '<decision id="{}" name="Boven"><variable name="boven"/><informationRequirement><requiredDecision href="#besluit"/>'
        "</informationRequirement><literalExpression><text>besluit</text></literalExpression></decision>"
    ).format("boven")
    before, after = table(FIVE, more=needs), table([*FIVE[:4], (">6", "acht", "5")], more=needs)

    assert content(before, "boven") != content(after, "boven")
    assert [found.decision_id for found in compare(before, after, "boven").tables] == ["besluit"]
    assert compare(before, after, "boven", alone=True).is_same


def test_every_shipped_file_is_the_same_as_itself() -> None:
    for path in resource_folder("processes").rglob("*.dmn"):
        assert compare(path.read_bytes(), path.read_bytes()).is_same, path


# -- forms -----------------------------------------------------------------------------------------------------------------


def form(*components: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"id": "f", "type": "default", "components": list(components), **more}).encode()


NAME = {"type": "textfield", "key": "naam", "id": "Field_1", "label": "Naam"}
AGE = {"type": "number", "key": "leeftijd", "id": "Field_2", "label": "Leeftijd", "validate": {"required": True}}
SAID = {"type": "text", "id": "Field_3", "text": "Let op"}


def test_a_form_is_compared_field_by_field_by_its_key() -> None:
    later = {**AGE, "id": "Field_9", "validate": {"required": True, "max": 130}}
    found = form_comparison.compare(form(NAME, AGE, SAID), form(NAME, later, {**NAME, "key": "plaats", "label": "Plaats"}))

    assert [(d.kind, d.id, d.name, d.changes) for d in found.differences] == [
        (CHANGED, "leeftijd", "Leeftijd", (Change("validate.max", None, "130"),)),
        (ADDED, "plaats", "Plaats", ()), (REMOVED, "Field_3", "Field_3", ()),
    ]  # fmt: skip
    assert form_comparison.compare(form(NAME, AGE), form(AGE, NAME)).of(MOVED) in (["naam"], ["leeftijd"])


def test_spaces_and_what_wrote_a_form_are_not_its_content() -> None:
    before = form(NAME, exporter={"name": "form-js", "version": "1"})
    after = json.dumps(json.loads(form(NAME, exporter={"name": "form-js", "version": "2"})), indent=4).encode()
    assert form_comparison.content(before) == form_comparison.content(after)
    assert form_comparison.content(before) != form_comparison.content(form(AGE))
    assert forms.check(before, name="x.form") is not None


# -- data dictionaries -----------------------------------------------------------------------------------------------------


def test_a_data_dictionary_is_compared_variable_by_variable_in_whatever_order() -> None:
    one, other = {"name": "a", "type": "string", "roles": ["x", "y"]}, {"name": "b", "type": "number", "term": {"title": "T"}}
    before = json.dumps([one, other]).encode()

    assert dictionaries.compare(before, json.dumps([other, {**one, "roles": ["y", "x"]}], indent=2).encode()).is_same
    assert dictionaries.content(before) == dictionaries.content(json.dumps([other, one]).encode())
    found = dictionaries.compare(before, json.dumps([{**one, "type": "date"}, {**other, "term": {"title": "U"}}]).encode())
    assert [(d.id, d.changes) for d in found.differences] == [
        ("a", (Change("type", "string", "date"),)), ("b", (Change("term.title", "T", "U"),)),
    ]  # fmt: skip
    assert dictionaries.compare(None, before).of(ADDED) == ["a", "b"]


def test_the_longest_run_that_kept_its_order_stays() -> None:
    assert in_order(list("abcde"), list("eabcd")) == set("abcd")
    assert in_order(list("abc"), list("cba")) in ({"a"}, {"b"}, {"c"})
