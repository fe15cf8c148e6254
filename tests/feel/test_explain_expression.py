"""An explanation shows what each part of an expression gave, and names the part that is to blame."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from inburgering_flow.feel import Context, FeelError, Limits, evaluate, explain, explain_unary_tests
from inburgering_flow.feel.trace import MAX_ROUNDS, MAX_TRACES

CASE: dict[str, Any] = {
    "bedrag": 250,
    "tekst": "abc",
    "groep": "asiel",
    "leeg": None,
    "ja": True,
    "datum": date(2026, 3, 1),
    "getallen": [1, 2, 3],
    "gemengd": [1, "twee", 3],
    "klant": {"naam": "A", "adres": {"straat": "B", "nummer": 4}, "partner": None},
    "regels": [{"prijs": 10, "aantal": 2}, {"prijs": 5, "aantal": 1}],
    "halve regels": [{"prijs": 10}, {"kosten": 5}],
    "aantal jaren": 3,
}

FAULTY = [
    # unknown names
    ("bedrg > 250", "bedrg"),
    ("Bedrag > 250", "Bedrag"),
    ('bedrag > 100 and grop = "x"', "grop"),
    ("if onbekend then 1 else 2", "onbekend"),
    ("1 + 2 * (3 + xyz)", "xyz"),
    ("[1, 2, missend]", "missend"),
    ("{a: 1, b: a + c}", "c"),
    ("for x in lijst return x", "lijst"),
    ("for x in getallen return x * factr", "factr"),
    ("some x in getallen satisfies x > grens", "grens"),
    ("every x in getallen satisfies y > 1", "y"),
    ("getallen[item > drempel]", "drempel"),
    ("regels[prijs > maximum].aantal", "maximum"),
    ("sum(bedragen)", "bedragen"),
    ("klnt.naam", "klnt"),
    ("-onbekend", "-onbekend|onbekend"),
    ("bedrag between 1 and bovengrens", "bovengrens"),
    ("bedrag in [1..bovengrens]", "bovengrens"),
    ("bedrag adn ja", "bedrag adn ja"),
    ("aantal jaar + 1", "aantal jaar"),
    # fields
    ("klant.adres.stad", "klant.adres.stad"),
    ("klant.adres.straat.nummer", "klant.adres.straat.nummer"),
    ("klant.adress.straat", "klant.adress"),
    ("klant.naam.voornaam", "klant.naam.voornaam"),
    ("klant.partner.naam", "klant.partner"),
    ("upper case(klant.voornaam)", "klant.voornaam"),
    ("klant.adres.huisnummer + 1", "klant.adres.huisnummer"),
    ("for r in regels return r.prys * r.aantal", "r.prys"),
    ("for r in `halve regels` return r.prijs + 1", "r.prijs"),
    ("sum(regels.bedrag)", "regels.bedrag"),
    ("regels[1].korting", "regels[1].korting"),
    ("regels[prys > 5]", "prys"),
    ("getallen.waarde", "getallen.waarde"),
    ("datum.jaar", "datum.jaar"),
    ('duration("P1D").months', 'duration("P1D").months'),
    ("bedrag.euro", "bedrag.euro"),
    ("{a: {b: 1}}.a.c", "{a: {b: 1}}.a.c"),
    ('get value(klant, "leeftijd")', 'get value(klant, "leeftijd")'),
    # types that do not go together
    ('bedrag + "1"', 'bedrag + "1"'),
    ("tekst * 2", "tekst * 2"),
    ("1 + 2 + (bedrag - tekst)", "bedrag - tekst"),
    ("datum + 5", "datum + 5"),
    ("datum - bedrag", "datum - bedrag"),
    ("-tekst", "-tekst"),
    ('bedrag > "250"', 'bedrag > "250"'),
    ('bedrag = "250"', 'bedrag = "250"'),
    ("groep != 5", "groep != 5"),
    ('datum < "2026-01-01"', 'datum < "2026-01-01"'),
    ('ja and datum > "2026-01-01"', 'datum > "2026-01-01"'),
    ("bedrag between datum and 5", "bedrag between datum and 5"),
    ("tekst in [1..5]", "tekst in [1..5]"),
    ('bedrag in ("asiel", "gezin")', 'bedrag in ("asiel", "gezin")'),
    ("tekst in getallen", "tekst in getallen"),
    ("if groep then 1 else 2", "if groep then 1 else 2|groep"),
    ('if bedrag then "a" else "b"', 'if bedrag then "a" else "b"|bedrag'),
    ("ja and bedrag", "ja and bedrag|bedrag"),
    ("groep or false", "groep or false|groep"),
    ("for x in gemengd return x * 2", "x * 2"),
    ("gemengd[item > 1]", "item > 1"),
    ("some x in getallen satisfies x", "some x in getallen satisfies x|x"),
    ("getallen[tekst]", "getallen[tekst]|tekst"),
    ("sum(gemengd)", "sum(gemengd)"),
    ("max(gemengd)", "max(gemengd)"),
    # null
    ("leeg + 1", "leeg"),
    ("bedrag * (leeg + 1)", "leeg"),
    ("date(leeg)", "leeg"),
    ("if leeg > 3 then 1 else 2", "leeg"),
    ("leeg", "leeg"),
    ("(if ja then leeg else 1) + 2", "leeg"),
    ("for x in leeg return x", "leeg"),
    ("leeg[1]", "leeg"),
    # dates
    ('date("2026-02-30")', 'date("2026-02-30")'),
    ('date("1-3-2026") > datum', 'date("1-3-2026")'),
    ("date(tekst)", "date(tekst)"),
    ("date(2026, 13, 1)", "date(2026, 13, 1)"),
    ('@"2026-02-30" + duration("P1D")', '@"2026-02-30"'),
    ('datum + duration("1 week")', 'duration("1 week")'),
    ('time("25:00:00")', 'time("25:00:00")'),
    ('date and time("2026-01-01 10:00")', 'date and time("2026-01-01 10:00")'),
    ("datum > date(klant.geboren)", "klant.geboren"),
    # division, ranges, indexes
    ("bedrag / 0", "bedrag / 0"),
    ("bedrag / (getallen[1] - 1)", "bedrag / (getallen[1] - 1)"),
    ("for x in getallen return 6 / (x - 2)", "6 / (x - 2)"),
    ("getallen[4]", "getallen[4]"),
    ("getallen[0]", "getallen[0]"),
    ("getallen[-7] + 1", "getallen[-7]"),
    ("regels[3].prijs", "regels[3]"),
    ("[5..1]", "[5..1]"),
    ('for x in 1.."a" return x', 'for x in 1.."a" return x'),
    # functions
    ("lower(tekst)", "lower(tekst)"),
    ("uper case(tekst)", "uper case(tekst)"),
    ("upper case(bedrag)", "upper case(bedrag)"),
    ('substring(tekst, "1")', 'substring(tekst, "1")'),
    ("abs(tekst) + 1", "abs(tekst)"),
    ("substring(tekst)", "substring(tekst)"),
    ("substring(text: tekst, start: 1)", "substring(text: tekst, start: 1)"),
    ("bedrag(3)", "bedrag(3)"),
    ('number("12,5")', 'number("12,5")'),
    ("sqrt(-1)", "sqrt(-1)"),
    ("{f: function(x: number) x + 1, r: f(tekst)}", "f(tekst)"),
    ("{f: function(x) x.veld, r: f(klant)}", "x.veld"),
    ("string length(klant.adres.nummer)", "string length(klant.adres.nummer)"),
    ("contains(groep, 5)", "contains(groep, 5)"),
    ("{a: 1, a: 2}", "{a: 1, a: 2}"),
]


def test_the_set_of_faulty_expressions_is_large_enough_and_each_is_new() -> None:
    assert len(FAULTY) >= 80
    assert len({text for text, _ in FAULTY}) == len(FAULTY)


def test_the_guilty_part_is_named_in_at_least_95_of_100_faulty_expressions() -> None:
    missed = []
    for text, expected in FAULTY:
        found = explain(text, CASE).cause
        if found is None or found.text not in expected.split("|"):
            missed.append(f"{text}: expected {expected}, found {found.text if found else None}: {found}")

    print("\n".join(missed))
    named = 1 - len(missed) / len(FAULTY)
    assert named >= 0.95, f"{named:.1%}\n" + "\n".join(missed)


@pytest.mark.parametrize(("text", "_expected"), FAULTY)
def test_the_value_and_the_warnings_are_those_of_normal_evaluation(text: str, _expected: str) -> None:
    context = Context()
    expected = evaluate(text, CASE, context=context)

    found = explain(text, CASE)

    assert str(found.value) == str(expected) or "function" in text
    assert [w.message for w in found.warnings] == [w.message for w in context.warnings]


@pytest.mark.parametrize(("text", "_expected"), FAULTY)
def test_every_explanation_can_be_read_and_stored_and_points_into_the_text(text: str, _expected: str) -> None:
    found = explain(text, CASE)

    json.dumps(found.to_dict(), default=str)
    assert found.cause is not None
    assert text[found.cause.start : found.cause.end] == found.cause.text
    assert str(found.cause) in str(found)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("bedrg > 250", "Did you mean 'bedrag'?"),
        ("Bedrag > 250", "Did you mean 'bedrag'?"),
        ("aantal jaar + 1", "Did you mean 'aantal jaren'?"),
        ("klant.adres.strat", "Did you mean 'straat'?"),
        ("for r in regels return r.prys", "Did you mean 'prijs'?"),
        ("sum(regels.prys)", "Did you mean 'prijs'?"),
        ("datum.yaer", "Did you mean 'year'?"),
        ("uper case(tekst)", "Did you mean 'upper case'?"),
        ("bedrag adn ja", "Did you mean 'and' instead of 'adn'?"),
        ("bedrag tekst", "'bedrag tekst' is read as one name; is an operator missing in it?"),
        ("substring(strng: tekst, start position: 1)", "Did you mean 'string'?"),
        ('get value(klant, "nam")', "Did you mean 'naam'?"),
        ("qqqqq + 1", ""),
    ],
)
def test_a_misspelt_name_is_answered_with_the_one_that_may_have_been_meant(text: str, suggestion: str) -> None:
    found = explain(text, CASE).cause

    assert found is not None
    assert found.suggestion == suggestion


@pytest.mark.parametrize(
    "text",
    [
        "bedrag > 100",
        "bedrag = null or bedrag > 100",
        "onbekend = null",
        "klant.leeftijd = null",
        "is defined(onbekend)",
        "get or else(onbekend, 3)",
        "ja or onbekend > 3",
        "not(ja) and onbekend > 3",
        "if onbekend = null then 0 else onbekend",
        "getallen[item > 5]",
    ],
)
def test_nothing_is_blamed_where_nothing_went_wrong(text: str) -> None:
    assert explain(text, CASE).cause is None


def test_no_sentence_holds_a_value() -> None:
    secret = "999990019-geheim"
    variables = {"bsn": secret, "klant": {"naam": secret}, "lijst": [secret]}
    texts = [
        "bsn + 1",
        "date(bsn)",
        "klant.naam.x",
        "lijst[item > 1]",
        "bsn in (1, 2)",
        "number(bsn)",
        "if bsn then 1 else 2",
    ]

    for text in texts:
        found = explain(text, variables)
        assert found.cause is not None, text
        assert secret not in str(found.cause)
        assert secret not in json.dumps(found.to_dict(values=False))


def test_the_sentence_of_a_python_function_comes_without_the_values_that_it_was_given() -> None:
    def termijn(begin: object, lengte: str = "") -> object:
        raise ValueError(f"'{begin}' is no date and '{lengte}' no length; write 2026-10-10, not 20.")

    given = {"naam": "999990019 geheim", "dag": date(2026, 3, 4), "een": "2"}

    first = explain("termijn(naam, een)", given, functions={"termijn": termijn})
    second = explain("termijn(dag)", given, functions={"termijn": termijn})

    assert str(first.cause) == "termijn: '…' is no date and '…' no length; write 2026-10-10, not 20."
    assert str(second.cause) == "termijn: '…' is no date and '' no length; write 2026-10-10, not 20."


# ─── the tree ───


def test_every_part_has_its_text_value_and_type() -> None:
    root = explain('bedrag > 250 and (groep = "asiel" or ja)', {"bedrag": 300, "groep": "gezin", "ja": True}).root

    traces = {trace.text: (trace.value, trace.type) for trace in root.walk()}

    assert traces["bedrag"] == (Decimal(300), "number")
    assert traces["250"] == (Decimal(250), "number")
    assert traces["bedrag > 250"] == (True, "boolean")
    assert traces["groep"] == ("gezin", "string")
    assert traces['groep = "asiel"'] == (False, "boolean")
    assert traces['groep = "asiel" or ja'] == (True, "boolean")
    assert root.value is True


def test_what_was_never_needed_is_shown_as_not_evaluated() -> None:
    root = explain("if ja then bedrag else tekst", CASE).root
    skipped = [trace.text for trace in root.walk() if not trace.evaluated]
    assert skipped == ["tekst"]

    root = explain("bedrag > 1000 and groep = tekst", CASE).root
    assert [trace.text for trace in root.walk() if not trace.evaluated] == ["groep = tekst"]


def test_loops_show_the_first_rounds_and_every_kind_of_fault_and_count_the_rest() -> None:
    items = [*range(100), "x"]

    root = explain("for x in items return x + 1", {"items": items}).root

    rounds = [trace for trace in root.children if trace.text == "x + 1"]
    assert len(rounds) == MAX_ROUNDS + 1
    assert root.omitted == 101 - len(rounds)
    assert rounds[0].names == {"x": Decimal(0)}
    assert rounds[-1].names == {"x": "x"}
    assert rounds[-1].fault is not None


def test_the_tree_of_a_long_evaluation_stays_small() -> None:
    found = explain("for x in 1..40, y in 1..40, z in 1..10 return x * y + z", {})

    assert len(found.value) == 16_000
    assert sum(1 for _ in found.root.walk()) <= MAX_TRACES + 10


def test_warnings_stand_at_the_part_where_they_arose() -> None:
    root = explain("[1 + tekst, bedrag]", CASE).root

    assert [trace.text for trace in root.walk() if trace.warnings] == ["1 + tekst"]


def test_the_rounds_of_a_filter_show_their_item() -> None:
    root = explain("regels[prijs > 6]", CASE).root

    rounds = [trace for trace in root.children if trace.text == "prijs > 6"]
    assert [trace.names["item"]["prijs"] for trace in rounds] == [10, 5]
    assert [trace.value for trace in rounds] == [True, False]


def test_the_body_of_a_function_lies_below_its_call() -> None:
    root = explain("{f: function(x) x * 2, r: f(bedrag)}.r", CASE).root

    call = next(trace for trace in root.walk() if trace.text == "f(bedrag)")
    body = next(trace for trace in call.children if trace.text == "x * 2")
    assert body.names == {"x": Decimal(250)}


def test_an_expression_that_goes_on_too_long_is_explained_by_where_it_was_stopped() -> None:
    found = explain("for x in 1..1000 return x + 1", {}, context=Context(limits=Limits(iterations=100)))

    assert found.error is not None
    assert found.error.code == "FEEL_LIMIT"
    assert found.cause is not None
    assert found.cause.text == "for x in 1..1000 return x + 1"


def test_an_endless_recursion_is_explained() -> None:
    found = explain("{f: function(x) f(x + 1), r: f(1)}", {})

    assert found.error is not None
    assert found.cause is not None
    assert found.cause.text == "f(x + 1)"


def test_what_cannot_be_read_is_an_error_with_its_place() -> None:
    with pytest.raises(FeelError) as caught:
        explain("1 +\n  * 2", {})

    assert (caught.value.line, caught.value.column) == (2, 3)


def test_functions_given_from_outside_are_part_of_the_tree() -> None:
    found = explain("dubbel(bedrag) + 1", CASE, functions={"dubbel": lambda getal: getal * 2})

    assert found.value == Decimal(501)
    assert next(s.value for s in found.root.walk() if s.text == "dubbel(bedrag)") == Decimal(500)


def test_unary_tests_say_which_test_failed() -> None:
    found = explain_unary_tests('< 5, [10..20], "x"', 30)

    tests = [(trace.text, trace.value) for trace in found.root.children]
    assert tests == [("< 5", False), ("[10..20]", False), ('"x"', False)]
    assert found.value is False


def test_a_test_of_another_kind_is_to_blame() -> None:
    found = explain_unary_tests("> 5", "abc")

    assert found.cause is not None
    assert found.cause.text == "> 5"


def test_an_explanation_keeps_what_to_do_next() -> None:
    found = explain("{f: function(n) f(n + 1), r: f(1)}.r").to_dict()

    assert found["error"]["remedy"] == "Check that the recursion ends."
    assert "Check that the recursion ends" in str(explain("{f: function(n) f(n + 1), r: f(1)}.r"))
