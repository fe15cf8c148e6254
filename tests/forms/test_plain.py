"""Lists of a plain form: items are added and taken out by sending the form, and what is submitted is what form-js submits."""

from __future__ import annotations

import random
from typing import Any

import pytest
from forms_corpus import FORMS, variables
from variants import examples
from werkzeug.datastructures import MultiDict

from inburgering_flow import forms
from inburgering_flow.errors import InvalidInput, InvalidSubmission
from inburgering_flow.feel import Context
from inburgering_flow.forms.plain import ITEM, ITEMS
from inburgering_flow.forms.state import State, new_item
from inburgering_flow.forms.tree import LIST, copy, get, put, tree

WITH_LISTS = sorted(
    name for name, components in FORMS.items()
    if any(q.type == LIST for q in forms.questions({"components": components}, {}))
)  # fmt: skip
TALEN = {"type": "dynamiclist", "id": "m", "path": "talen", "label": "Talen", "defaultRepetitions": 0,
         "components": [{"type": "textfield", "id": "t", "key": "taal", "label": "Taal"}]}  # fmt: skip
GEZIN = {"type": "dynamiclist", "id": "l", "path": "gezin", "label": "Gezin", "components": [
    {"type": "textfield", "id": "n", "key": "naam", "label": "Naam"},
    {"type": "textfield", "id": "b", "key": "bsn", "label": "BSN", "disabled": True}, TALEN]}  # fmt: skip
SCHEMA = {"components": [{"type": "textfield", "id": "a", "key": "anders", "label": "Anders"}, GEZIN]}
KNOWN = {"gezin": [{"naam": "A", "bsn": "1", "talen": [{"taal": "tr"}], "nummer": 7}, {"naam": "B", "bsn": "2", "nummer": 8}]}


def sent(schema: Any, known: Any, given: Any = None, **typed: str) -> MultiDict[str, str]:
    """Return what a browser without scripts sends of a form as it is shown, with this typed over it."""
    posted: MultiDict[str, str] = MultiDict()
    for q in forms.questions(schema, known, given):
        if q.type == LIST:
            posted.add(q.name, q.value)
        if q.type in (ITEM, LIST, "expression", "filepicker") or not q.can_change:
            continue
        if q.type == "checkbox":
            if q.value:
                posted.add(q.name, "true")
        elif q.options:
            for option, _label in q.options:
                if q.is_chosen(option):
                    posted.add(q.name, option)
        elif q.subtype == "datetime" and q.type == "datetime":
            day, _sep, time = str(q.value or "").partition("T")
            posted.add(q.name, day)
            posted.add(f"{q.name}.tijd", time[:5])
        else:
            posted.add(q.name, "" if q.value is None else str(q.value))
    for name, text in typed.items():
        posted[name] = text
    return posted


def pressed(schema: Any, known: Any, posted: MultiDict[str, str], add: str = "", remove: str = "") -> Any:
    return forms.rearrange_plain(schema, known, posted, add, remove)


def test_an_item_is_added_with_all_that_was_typed_and_its_first_question_is_next() -> None:
    values, focus = pressed(SCHEMA, KNOWN, sent(SCHEMA, KNOWN, **{"veld_anders": "x", "veld_gezin.1.naam": "B2"}), add="gezin")

    assert focus == "veld_gezin.2"
    assert values["anders"] == "x"
    assert [item["naam"] for item in values["gezin"]] == ["A", "B2", ""]
    shown = {q.name: q for q in forms.questions(SCHEMA, KNOWN, values)}
    assert shown["lijst_gezin"].value == "0,1,+"
    assert (shown["veld_gezin.1.naam"].value, shown["veld_gezin.1.bsn"].value, shown["veld_gezin.2.bsn"].value) == ("B2", "2", "")


def test_an_item_that_is_taken_out_takes_nothing_of_another_one_along() -> None:
    values, focus = pressed(SCHEMA, KNOWN, sent(SCHEMA, KNOWN), remove="gezin.0")
    values, _focus = pressed(SCHEMA, KNOWN, sent(SCHEMA, KNOWN, values), add="gezin")
    posted = sent(SCHEMA, KNOWN, values, **{"veld_gezin.1.naam": "C"})

    assert focus == "lijst_gezin"
    assert posted["lijst_gezin"] == "1,+"
    assert forms.validate(SCHEMA, forms.read_plain(SCHEMA, KNOWN, posted, ()), KNOWN)["gezin"] == [
        {"naam": "B", "bsn": "2", "nummer": 8, "talen": []}, {"naam": "C", "talen": []},
    ]  # fmt: skip


def test_lists_in_a_list_grow_and_shrink_to_nothing_in_their_own_item() -> None:
    values, focus = pressed(SCHEMA, KNOWN, sent(SCHEMA, KNOWN), add="gezin.1.talen")
    assert focus == "veld_gezin.1.talen.0"
    values, focus = pressed(SCHEMA, KNOWN, sent(SCHEMA, KNOWN, values, **{"veld_gezin.1.talen.0.taal": "ar"}), remove="gezin.0.talen.0")

    posted = sent(SCHEMA, KNOWN, values)
    assert (posted["lijst_gezin.0.talen"], posted["lijst_gezin.1.talen"]) == ("", "+")
    assert [item["talen"] for item in forms.read_plain(SCHEMA, KNOWN, posted, ())["gezin"]] == [[], [{"taal": "ar"}]]
    for _time in range(2):
        values, _focus = pressed(SCHEMA, KNOWN, sent(SCHEMA, KNOWN, values), remove="gezin.0")
    assert values["gezin"] == []
    assert forms.validate(SCHEMA, forms.read_plain(SCHEMA, KNOWN, sent(SCHEMA, KNOWN, values), ()), KNOWN)["gezin"] == []


def test_a_list_that_cannot_grow_has_no_buttons_and_is_not_changed_by_what_is_sent() -> None:
    schema = {"components": [{**GEZIN, "allowAddRemove": False, "defaultRepetitions": 2}]}
    posted = sent(schema, {})
    posted["lijst_gezin"] = "+,+,+,+"

    assert not [q for q in forms.questions(schema, {}) if q.name in ("lijst_gezin", "veld_gezin.0")]
    assert len(pressed(schema, {}, posted, add="gezin")[0]["gezin"]) == 2


@pytest.mark.parametrize("places", ["7", "x", "-1", "0,0", "²", "9" * 5_000, ",,,", "0.1", "1e9"])
def test_places_that_the_form_did_not_have_are_new_items(places: str) -> None:
    posted = sent(SCHEMA, KNOWN)
    posted["lijst_gezin"] = places

    found = forms.read_plain(SCHEMA, KNOWN, posted, ())["gezin"]

    assert len(found) == places.count(",") + 1
    assert {item.get("bsn") for item in found} <= {"1", ""}


def test_more_items_than_a_form_may_have_are_refused_before_anything_is_made_of_them() -> None:
    posted = sent(SCHEMA, KNOWN)
    posted["lijst_gezin"] = ",".join("+" * 30_000)

    with pytest.raises(InvalidInput, match="more than 20,000 questions"):
        forms.read_plain(SCHEMA, KNOWN, posted, ())


@pytest.mark.parametrize("name", WITH_LISTS)
def test_what_is_submitted_after_changing_lists_is_what_form_js_submits(name: str) -> None:
    for seed in range(examples(2, 100)):
        chance = random.Random(f"{name} {seed}")
        schema, known = {"components": FORMS[name]}, variables(FORMS[name], chance)
        like_form_js, values = State(tree(schema), known, Context()), None
        for _press in range(chance.randrange(1, 4)):
            buttons = [q for q in forms.questions(schema, known, values) if q.type in (ITEM, LIST)]
            button = chance.choice(buttons)
            values, _focus = forms.rearrange_plain(
                schema, known, sent(schema, known, values),
                button.path if button.type == LIST else "", button.path if button.type == ITEM else "",
            )  # fmt: skip
            press(like_form_js, button.path, adds=button.type == LIST)

        expected = outcome(schema, answers_of(like_form_js), known)
        assert outcome(schema, forms.read_plain(schema, known, sent(schema, known, values), ()), known) == expected, seed


def answers_of(state: State) -> dict[str, Any]:
    """Return what the page with form-js sends (``answersOf``): its answers, with the lists as they are."""
    answers = state.submitted(state.settle(set()))
    for path in sorted(state.shown_lists, key=len):
        put(answers, path, copy(get(state.data, path)))
    return answers


def press(state: State, path: str, *, adds: bool) -> None:
    """Change the data as form-js's own button does."""
    place = tuple(int(part) if part.isdigit() else part for part in path.split("."))
    if adds:
        component = next(c for c in state.root.all() if c.is_repeating and c.full_path == tuple(p for p in place if isinstance(p, str)))
        item = new_item(component, state.data, place)
        put(state.data, (*place, len(get(state.data, place))), copy(item))
    else:
        del get(state.data, place[:-1])[int(place[-1])]


def outcome(schema: Any, values: Any, known: Any) -> Any:
    try:
        return forms.submit(schema, values, known).submitted
    except InvalidSubmission as error:
        return [(p.field, p.message) for p in error.problems]


@pytest.mark.parametrize(("anders", "right"), [("", 7), ("true", "Tigrinya")])
def test_of_two_questions_for_one_answer_the_one_that_is_shown_counts(anders: str, right: Any) -> None:
    choice = {"type": "select", "id": "t1", "key": "taal", "values": [{"label": "Turks", "value": 7}], "conditional": {"hide": "=anders"}}
    text = {"type": "textfield", "id": "t2", "key": "taal", "conditional": {"hide": "=not(anders)"}}
    schema = {"components": [{"type": "checkbox", "id": "k", "key": "anders"}, choice, text]}
    posted = MultiDict([("veld_taal", "7"), ("veld_taal..2", "Tigrinya"), *([("veld_anders", anders)] if anders else [])])

    assert [q.name for q in forms.questions(schema, {})] == ["veld_anders", "veld_taal", "veld_taal..2"]
    assert forms.read_plain(schema, {}, posted, ())["taal"] == right


def test_the_hidden_field_of_a_list_is_called_as_the_page_calls_it() -> None:
    assert [q.name for q in forms.questions(SCHEMA, KNOWN) if q.type == LIST] == [f"{ITEMS}gezin.0.talen", f"{ITEMS}gezin.1.talen", f"{ITEMS}gezin"]
