"""The server checks each form itself: every problem at once, hidden questions left out, nothing but refusals."""

from __future__ import annotations

import contextlib
import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from forms_corpus import FORMS, variables
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from inburgering_flow import forms
from inburgering_flow.errors import InvalidInput, InvalidSubmission
from inburgering_flow.feel import Context
from inburgering_flow.forms import answers
from inburgering_flow.forms.state import State
from inburgering_flow.forms.tree import tree
from inburgering_flow.inburgering.resources import resource_folder

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["naam", "a", "0", "gezin"]), inner, max_size=3),
    max_leaves=6,
)
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
GOOD = {"naam": "Anna", "bedrag": "1,5", "dag": "2026-03-02", "keuze": True}


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
        ({"type": "handtekening", "id": "x"}, "form-component"),
        ({"type": [], "id": "x"}, "form-component"),
        ({"type": "textfield", "id": "x", "key": "met spatie"}, "form-key"),
        ({"type": "radio", "id": "x", "key": "x"}, "form-values"),
        ({"type": "datetime", "id": "x", "key": "x", "subtype": "maand"}, "form-date"),
        ({"type": "textfield", "id": "x", "key": "x", "conditional": {"hide": "=1 +"}}, "form-condition"),
        ({"type": "textfield", "id": "x", "key": "x", "validate": {"pattern": "("}}, "form-pattern"),
        ({"type": "textfield", "id": "x", "key": "x", "validate": {"pattern": "(?=a)"}}, "form-pattern"),
        ({"type": "textfield", "id": "x", "key": "x", "validate": 5}, "form-pattern"),
        ({"type": "number", "id": "x", "key": "x", "validate": {"max": "=1 +"}}, "form-expression"),
        ({"type": "number", "id": "x", "key": "x", "increment": "veel"}, "form-limits"),
        ({"type": "textfield", "id": "x", "key": "x", "validate": {"required": "=nodig"}}, "form-required"),
        ({"type": "textfield", "id": "x", "key": "a.1000000.b"}, "form-key"),
    ],
)
def test_what_a_form_may_not_hold_is_named_at_deployment(component: dict, rule: str) -> None:
    found = forms.check(json.dumps({"components": [component]}).encode(), name="f.form")

    assert [f.rule for f in found] == [rule]
    assert found[0].remedy


def submit(components: list[dict], values: dict, variables: dict | None = None) -> dict:
    return forms.validate({"components": components}, values, variables or {}, context=Context(NOW))


def field(kind: str, key: str, **attrs: Any) -> dict:
    return {"type": kind, "id": key, "key": key, "label": key, **attrs}


@pytest.mark.parametrize("how", [{"disabled": True}, {"readonly": True}, {"readonly": "=vast"}])
@pytest.mark.parametrize("given", [{}, {"bedrag": 1}, {"bedrag": None}])
def test_what_cannot_be_changed_keeps_its_value_whatever_is_sent(how: dict, given: dict) -> None:
    clean = submit([field("number", "bedrag", **how)], given, {"bedrag": 800, "vast": True})

    assert {"bedrag": 800, **clean}["bedrag"] == 800


def test_what_is_not_sent_stays_as_it_was() -> None:
    assert submit([field("textfield", "naam"), field("number", "n")], {"n": 2}, {"naam": "Anna"}) == {"naam": "Anna", "n": 2}


def test_a_readonly_answer_that_another_answer_frees_can_be_given() -> None:
    components = [field("checkbox", "vrij"), field("number", "n", readonly="=not(vrij)")]

    assert submit(components, {"vrij": True, "n": 5}, {"n": 1})["n"] == 5
    assert submit(components, {"vrij": False, "n": 5}, {"n": 1})["n"] == 1


def test_freeing_one_answer_frees_no_other() -> None:
    components = [field("checkbox", "vrij"), field("number", "n", readonly="=not(vrij)"), field("number", "vast", readonly=True)]

    assert submit(components, {"vrij": True, "n": 5, "vast": 6}, {"n": 1, "vast": 2}) == {"vrij": True, "n": 5, "vast": 2}


def test_a_long_chain_of_computed_answers_is_computed_to_its_end() -> None:
    chain = [field("expression", f"e{n}", expression=f"=e{n + 1} + 1") for n in range(60)]

    assert submit([*chain, field("number", "e60")], {"e60": 0})["e0"] == 60


def test_of_questions_with_one_key_the_answer_of_the_one_that_is_shown_counts_for_others() -> None:
    components = [
        field("checkbox", "anders"), field("textfield", "taal", conditional={"hide": "=anders"}),
        {**field("textarea", "taal", conditional={"hide": "=not(anders)"}), "id": "t2"},
        field("textfield", "meer", conditional={"hide": '=taal = "tr"'}),
    ]  # fmt: skip

    for other in (True, False):
        assert "meer" not in submit(components, {"anders": other, "taal": "tr", "meer": "x"})
        assert submit(components, {"anders": other, "taal": "ti", "meer": "x"})["meer"] == "x"


def test_parts_of_a_variable_that_the_form_does_not_ask_are_kept() -> None:
    components = [field("textfield", "adres.straat"), field("textfield", "adres.bus", disabled=True)]
    known = {"adres": {"straat": "Dam", "nummer": 1, "bus": "a"}}

    assert submit(components, {"adres": {"straat": "Spui", "bus": "z", "anders": 1}}, known) == {
        "adres": {"straat": "Spui", "nummer": 1, "bus": "a"}
    }


GEZIN = {
    "type": "dynamiclist", "id": "l", "path": "gezin",
    "components": [field("textfield", "naam"), field("textfield", "bsn", disabled=True), field("checkbox", "thuis")],
}  # fmt: skip
TWEE = [{"naam": "A", "bsn": "1", "nummer": 7}, {"naam": "B", "bsn": "2", "nummer": 8}]


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ([{"naam": "A2"}, {"naam": "B"}], [{"naam": "A2", "bsn": "1", "nummer": 7}, {"naam": "B", "bsn": "2", "nummer": 8}]),
        ([{"naam": "B", "bsn": "2", "nummer": 8}], [{"naam": "B", "bsn": "2", "nummer": 8}]),
        ([{"naam": "B", "bsn": "2"}, {"naam": "C", "bsn": ""}], [{"naam": "B", "bsn": "2", "nummer": 8}, {"naam": "C"}]),
        ([{"naam": "D", "bsn": "3", "nummer": 9}], [{"naam": "D"}]),
        ([{"naam": "A", "bsn": "1"}, {"naam": "C", "bsn": ""}], [{"naam": "A", "bsn": "1", "nummer": 7}, {"naam": "C"}]),
        ([], []),
    ],
)
def test_an_item_of_a_list_keeps_what_the_form_cannot_change_and_takes_no_other_items_part(given: list, right: list) -> None:
    clean = submit([GEZIN], {"gezin": given}, {"gezin": TWEE})

    assert clean == {"gezin": [{**item, "thuis": False} for item in right]}


def test_a_list_that_cannot_grow_does_not() -> None:
    fixed = {**GEZIN, "allowAddRemove": False}
    with pytest.raises(InvalidSubmission) as caught:
        submit([fixed], {"gezin": [{}, {}, {}]}, {"gezin": TWEE})

    assert [p.field for p in caught.value.problems] == ["gezin"]


@pytest.mark.parametrize(
    "text", ["2026-12-31 of later", "2026-03-01T23:00:00.000Z", "2026-W01-15", "2026-02-30", "31-12-2026", "20261231", "1-1-26"]
)
def test_a_day_is_a_day_or_refused(text: str) -> None:
    with pytest.raises(InvalidSubmission):
        submit([field("datetime", "dag", subtype="date")], {"dag": text})


@pytest.mark.parametrize(
    ("subtype", "text", "good"),
    [
        ("time", "14:30", True), ("time", "14:30+01:00", True), ("time", "13:30Z", True), ("time", "24:00", False),
        ("time", "14:31", False), ("datetime", "2026-03-02T14:30", True), ("datetime", "2026-03-02T14:30+01:00", True),
        ("datetime", "2026-02-30T14:30", False), ("datetime", "2026-03-02", False), ("date", "2026-03-01", False),
        ("date", "2026-03-02", True),
    ],
)  # fmt: skip
def test_times_and_days_that_may_not_be_past(subtype: str, text: str, good: bool) -> None:
    component = field("datetime", "m", subtype=subtype, disallowPassedDates=True, timeInterval=15)
    if good:
        assert submit([component], {"m": text}) == {"m": text}
    else:
        with pytest.raises(InvalidSubmission):
            submit([component], {"m": text})


def test_a_pattern_that_would_run_away_elsewhere_is_checked_at_once() -> None:
    component = field("textfield", "t", validate={"pattern": r"^(\w+\s?)*$"})
    with pytest.raises(InvalidSubmission):
        submit([component], {"t": "a" * 50_000 + "!"})


def test_the_whole_answer_is_checked_not_its_beginning() -> None:
    with pytest.raises(InvalidSubmission):
        submit([field("textarea", "t", validate={"pattern": "^a*$"})], {"t": "a" * 5_000 + "b"})


def test_files_are_taken_only_if_they_were_sent_and_are_of_the_right_kind() -> None:
    component = field("filepicker", "stuk", accept=".pdf,image/*")
    pdf, exe = (forms.Upload(name, "application/x", b"x") for name in ("a.PDF", "a.exe"))

    def given(*uploads: forms.Upload) -> forms.Outcome:
        schema = {"components": [component]}
        return forms.submit(schema, {"stuk": "files::1"}, {}, files={"files::1": uploads} if uploads else {})

    assert given(pdf).files == {("stuk",): "files::1"}
    for wrong in ((), (exe,), (pdf, pdf)):
        with pytest.raises(InvalidSubmission):
            given(*wrong)


def test_documents_that_were_there_stay_when_no_other_files_are_chosen() -> None:
    known = {"stuk": [{"documentId": "1"}]}
    component = field("filepicker", "stuk", validate={"required": True})

    for sent in ({}, {"stuk": None}, {"stuk": known["stuk"]}, {"stuk": ""}):
        assert submit([component], sent, known) == {}


def test_a_form_takes_no_more_work_than_it_may() -> None:
    heavy = field("textfield", "a", conditional={"hide": "=sum(for i in 1..900000 return i) = 0"})
    again = [{**heavy, "id": f"f{n}", "key": f"f{n}"} for n in range(3)]
    with pytest.raises(InvalidInput, match="too much work"):
        submit(again, {})
    with pytest.raises(InvalidInput, match="questions"):
        submit([GEZIN], {"gezin": [{}] * 10_000})


def test_the_work_grows_with_the_questions_and_not_with_their_square() -> None:
    def rounds(count: int) -> int:
        components = [field("textfield", f"f{n}", conditional={"hide": f'=f{max(n - 1, 0)} = "weg"'}) for n in range(count)]
        state = State(tree({"components": components}), {}, Context(NOW))
        calls = []
        state.passes = lambda text, scope: calls.append(text)  # type: ignore[method-assign]
        state.settle(set())
        return len(calls)

    assert rounds(400) <= 2.1 * rounds(200)


@given(st.sampled_from(sorted(FORMS)), st.integers(0, 10**6), ANYTHING, ANYTHING)
def test_no_form_of_the_corpus_fails_on_anything_that_can_be_sent(name: str, seed: int, values: Any, known: Any) -> None:
    chance = random.Random(seed)
    sent = variables(FORMS[name], chance) | (values if isinstance(values, dict) else {})
    for key in list(sent):
        if chance.random() < 0.3:
            sent[key] = known
    with contextlib.suppress(InvalidInput):
        submit(FORMS[name], sent, {**variables(FORMS[name], chance), "naam": known})


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_form_of_the_corpus_can_be_deployed_but_for_what_it_is_about(name: str) -> None:
    content = json.dumps({"type": "default", "id": "f", "components": FORMS[name]}).encode()
    about = {"required as text": {"form-required"}, "values that are plain": {"form-values"}}

    assert {f.rule for f in forms.check(content, name="f.form")} == about.get(name, set())


def test_a_plain_form_sends_what_form_js_would_send() -> None:
    components = [field("radio", "r", values=[{"label": "1", "value": 1}, {"label": "een", "value": "1"}]), field("checkbox", "v"),
                  field("taglist", "t", values=[{"label": "a", "value": "a"}, {"label": "b", "value": "b"}]),
                  field("datetime", "m", subtype="datetime"), field("textarea", "b"), GEZIN]  # fmt: skip
    schema = {"components": components}
    posted = MultiDict([("veld_r", "1"), ("veld_t", '"a"'), ("veld_t", '"b"'), ("veld_m", "2026-03-02"), ("veld_m.tijd", "14:30"),
                        ("veld_b", "een\r\ntwee"), ("veld_gezin.0.naam", "A"), ("veld_gezin.1.thuis", "true"), ("veld_x", "1")])  # fmt: skip

    assert forms.read_plain(schema, {"gezin": TWEE}, posted, ()) == {
        "r": 1, "v": False, "t": ["a", "b"], "m": "2026-03-02T14:30", "b": "een\ntwee",
        "gezin": [{"naam": "A", "thuis": False}, {"thuis": True}],
    }  # fmt: skip
    assert [q.name for q in forms.questions(schema, {"gezin": TWEE})][-3:] == ["veld_gezin.1.thuis", "veld_gezin.1", "lijst_gezin"]


def test_where_a_form_shows_things_from_is_said_and_no_more_than_that() -> None:
    components = [
        {"type": "iframe", "id": "a", "url": "https://kaart.voorbeeld.nl/x?y#z"}, {"type": "iframe", "id": "b", "url": "http://x.nl/"},
        {"type": "image", "id": "c", "source": "=foto"}, {"type": "documentPreview", "id": "d", "dataSource": "=stukken"},
        {"type": "image", "id": "e", "source": "https://x.nl; script-src *"},
    ]  # fmt: skip

    assert forms.sources({"components": components}) == {
        "frame-src": {"https://kaart.voorbeeld.nl"}, "img-src": {"data:", "https:", "blob:", "https://x.nl"}, "object-src": {"blob:"},
    }  # fmt: skip
    assert forms.sources({"components": [field("textfield", "a")]}) == {}


def test_an_item_takes_its_own_lists_along_when_another_one_is_taken_out() -> None:
    inner = {"type": "dynamiclist", "id": "m", "path": "talen", "components": [field("textfield", "taal")]}
    outer = {"type": "dynamiclist", "id": "l", "path": "gezin", "components": [field("textfield", "naam"), inner]}
    known = {"gezin": [{"naam": "A", "nr": 1, "talen": [{"taal": "nl", "geheim": "van A"}]},
                       {"naam": "B", "nr": 2, "talen": [{"taal": "en", "geheim": "van B"}]}]}  # fmt: skip

    assert submit([outer], {"gezin": [{"naam": "B", "nr": 2, "talen": [{"taal": "fr"}]}]}, known) == {
        "gezin": [{"naam": "B", "nr": 2, "talen": [{"taal": "fr", "geheim": "van B"}]}]
    }


def test_a_hidden_list_is_neither_emptied_nor_checked() -> None:
    components = [field("checkbox", "weg"), {**GEZIN, "conditional": {"hide": "=weg"}}]

    for sent in ([], "geen lijst"):
        assert submit(components, {"weg": True, "gezin": sent}, {"gezin": TWEE}) == {"weg": True}
    assert submit(components, {"weg": False, "gezin": []}, {"gezin": TWEE})["gezin"] == []


def test_a_long_list_beside_many_variables_costs_no_copy_of_them_for_each_item() -> None:
    copies = []
    known = {f"v{n}": n for n in range(50)}
    state = State(tree({"components": [GEZIN]}), known, Context(NOW))
    real = answers.new_item
    answers.new_item = lambda *given: copies.append(1) or real(*given)  # type: ignore[assignment]
    try:
        answers.take(state, {"gezin": [{"naam": str(n)} for n in range(500)]}, (), ())
    finally:
        answers.new_item = real  # type: ignore[assignment]

    assert len(copies) == 1


def test_a_sentence_about_a_question_names_it_as_it_stands_there() -> None:
    field = {"key": "verschenen", "type": "textfield", "label": "Is de persoon verschenen?", "validate": {"required": True}}
    with pytest.raises(InvalidSubmission) as refused:
        forms.submit({"type": "default", "components": [field]}, {"verschenen": ""}, {})
    assert [problem.message for problem in refused.value.problems] == ["Fill in “Is de persoon verschenen?”."]
