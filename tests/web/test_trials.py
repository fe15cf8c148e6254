"""A designer tries an expression or a decision, sees why it gives that result, and sees no case through it."""

from __future__ import annotations

import html
import time
from collections.abc import Callable

import pytest

from inburgering_flow.errors import Forbidden, NotFound
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.trials import LIMITS
from inburgering_flow.store import audit
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
DESIGNER = Actor("piet", ("procesontwerper",), table=ROLES)
BOTH = Actor("karin", ("procesontwerper", "klantmanager"), table=ROLES)


def test_an_expression_is_tried_with_typed_values_and_explained(as_user: Login) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen")

    page = piet.post("/uitproberen", {"expressie": "= bedrag * 1.21 > 300", "waarden": '{"bedrag": 250}'})

    assert page.status_code == 200
    assert "<code>bedrag * 1.21</code> = <code>302.50</code>" in said(page.text)
    assert "Stap voor stap" in page.text


def test_the_part_that_is_to_blame_is_named(as_user: Login) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen")

    page = piet.post("/uitproberen", {"expressie": "bedrg + 1", "waarden": '{"bedrag": 250}'}).text

    assert "Hier gaat het mis" in page
    assert "Er is geen variabele &#39;bedrg&#39;. Bedoelt u &#39;bedrag&#39;?" in page


def test_what_cannot_be_read_is_shown_with_the_place_and_nothing_typed_is_lost(as_user: Login) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen")

    page = piet.post("/uitproberen", {"expressie": "bedrag == 250", "waarden": '{"bedrag": 250}'})

    assert page.status_code == 422
    assert "FEEL vergelijkt met één" in page.text
    assert "        ^" in page.text
    assert "bedrag == 250</textarea>" in page.text
    assert "{&#34;bedrag&#34;: 250}</textarea>" in page.text


@pytest.mark.parametrize(
    ("expression", "dutch", "english"),
    [
        ("bedrag + tekst", "'+' werkt niet met een getal en een tekst.", "'+' does not work on a number and a string."),
        ("klant.stad", "Een context heeft geen 'stad'.", "A context has no 'stad'."),
        ('date("1 maart")', "De tekst is geen datum in de vorm 2026-01-31.", "The text is not a date in the form 2026-01-31."),
        ("substring(tekst)", "De parameters zijn: string, start position, length.", "Its parameters are: string, start position"),
        ("leeg", "De variabele 'leeg' is null.", "The variable 'leeg' is null."),
        ("for a in 1..99999 return a", "De expressie duurt meer dan", "The expression takes more than"),
        ("(bedrag", "De '(' op regel 1, kolom 1 wordt niet afgesloten.", "The '(' at line 1, column 1 is not closed."),
        ("1 instance of foo", "er is geen type 'foo'.", "there is no type 'foo'."),
    ],
)
def test_what_is_wrong_is_said_in_the_language_of_the_page(
    as_user: Login, expression: str, dutch: str, english: str
) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen")
    given = {"expressie": expression, "waarden": '{"bedrag": 250, "tekst": "a", "klant": {"naam": "a"}, "leeg": null}'}

    nl = html.unescape(piet.post("/uitproberen", given).text)
    piet.post("/taal", {"taal": "en", "terug": "/uitproberen"})
    en = html.unescape(piet.post("/uitproberen", given).text)

    assert dutch in nl
    assert english not in nl
    assert english in en


def test_an_input_of_a_decision_that_was_not_given_is_said_in_dutch(as_user: Login) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen/beslissing")

    page = html.unescape(piet.post("/uitproberen/beslissing", {"beslissing": "handhavingsspoor", "waarden": "{}"}).text)

    assert "De invoer 'verplichting' is niet gegeven." in page
    assert "was not given" not in page


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("{", "De waarden zijn geen JSON: regel 1, kolom 2."),
        ("[1]", "De waarden zijn geen JSON-object."),
        ("[" * 100_000, "De waarden zijn geen JSON."),
        ("1" * 5_000, "De waarden zijn geen JSON"),
        ('{"a": "' + "x" * 200_000 + '"}', "De waarden zijn te lang om uit te proberen."),
    ],
)
def test_values_that_are_no_json_object_are_refused_in_a_sentence(as_user: Login, values: str, said: str) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen")

    page = piet.post("/uitproberen", {"expressie": "1", "waarden": values})

    assert page.status_code == 422
    assert said in page.text


@pytest.mark.parametrize(
    "expression",
    [
        "for a in 1..1000000, b in 1..1000000 return a",
        "{f: function(x) f(x + 1), r: f(1)}.r",
        "{f: function(x) [f(x), f(x)], r: f(1)}.r",
        'for x in 1..10000 return string join(for y in 1..10000 return "aaaaaaaaaa")',
        'matches("' + "a" * 40 + '!", "^(a+)+$")',
        "9 ** 9 ** 9 ** 9",
        "(" * 3000 + "1" + ")" * 3000,
        "[" * 99 + "1" + "]" * 99,
        "some x in 1..100000000 satisfies x < 0",
        '{a: "aaaaaaaaaa", b: a + a, c: b + b, d: c + c, e: d + d, f: e + e, g: f + f, h: g + g, i: h + h, j: i + i, k: j + j, l: k + k, m: l + l}.m',
    ],
)
def test_a_hostile_expression_is_stopped_and_the_page_answers(as_user: Login, expression: str) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen")
    began = time.monotonic()

    page = piet.post("/uitproberen", {"expressie": expression})

    assert page.status_code in (200, 422)
    assert time.monotonic() - began < 20, "far more than the limits allow"
    assert len(page.text) < 3_000_000


def test_a_decision_shows_the_rules_that_matched_with_their_source_and_why_others_did_not(as_user: Login) -> None:
    piet = as_user("piet")
    assert "boetehoogte" in piet.get("/uitproberen/beslissing").text

    page = piet.post("/uitproberen/beslissing", {
        "beslissing": "handhavingsspoor",
        "waarden": '{"verplichting": "brede intake", "verwijtbaar": "nee", "doelgroep": "gezinsmigrant"}',
    }).text  # fmt: skip

    assert "Regel 1 past" in page
    assert "maar telt hier niet mee" in page
    assert "Awb 5:41 (S3)" in page
    assert "geldt niet voor" in page
    assert "invoergegeven" in page


def test_a_decision_that_is_not_deployed_is_a_sentence(as_user: Login) -> None:
    piet = as_user("piet")
    piet.get("/uitproberen/beslissing")

    assert piet.post("/uitproberen/beslissing", {"beslissing": "bestaat_niet"}).status_code == 422


def test_a_designer_gets_no_value_of_any_case(law: Platform, as_user: Login) -> None:
    start_case(law)

    assert 'name="zaak"' not in as_user("piet").get("/uitproberen").text
    with pytest.raises(NotFound):
        law.services.trials.expression(DESIGNER, "doelgroep", dossier="D-1")


def test_who_also_sees_cases_takes_the_facts_that_the_role_may_see_and_the_look_is_logged(law: Platform) -> None:
    key = start_case(law)

    found = law.services.trials.expression(BOTH, "kennisgeving instance of date and doelgroep != null", dossier="D-1")

    assert found.expression is not None
    assert found.expression.value is True
    with law.context.db.read() as unit:
        looks = audit.of_case(unit, key, 10, looks=True)
    assert next((look["actor"], look["action"]) for look in looks) == ("karin", "case.look")


def test_a_case_outside_the_caseload_gives_nothing(law: Platform) -> None:
    start_case(law, owner="kees")

    with pytest.raises(NotFound):
        law.services.trials.expression(BOTH, "doelgroep", dossier="D-1")


def test_a_fact_that_the_role_may_not_see_is_not_there(law: Platform) -> None:
    law.services.processes.start(
        "boeteprocedure",
        {"dossiernummer": "D-5", "doelgroep": "gezinsmigrant", "overtreding": "brede intake", "overtredingKenmerk": "D-5-B1", "rapporteur": "hans"},
        owner="karin",
    )

    found = law.services.trials.expression(BOTH, "1", dossier="D-5")

    assert "overtreding" in found.values
    assert "rapporteur" not in found.values


@pytest.mark.parametrize("role", ["klantmanager", "auditor", "functioneel-beheerder", "teammanager"])
def test_other_roles_may_not_try(law: Platform, role: str) -> None:
    with pytest.raises(Forbidden):
        law.services.trials.expression(Actor("x", (role,), table=ROLES), "1")
    with pytest.raises(Forbidden):
        law.services.trials.decision(Actor("x", (role,), table=ROLES), "boetehoogte")


def test_functions_of_the_law_are_known(law: Platform) -> None:
    found = law.services.trials.expression(DESIGNER, 'wettelijkeTermijn(date("2026-10-10"), "P10W")')

    assert found.expression is not None
    assert found.expression.value is not None


def test_the_limits_of_a_trial_are_far_below_those_of_a_process() -> None:
    assert LIMITS.iterations <= 10_000
    assert LIMITS.characters <= 10_000


def test_the_pages_with_a_result_speak_english_too(as_user: Login) -> None:
    from web.test_language import giveaways, in_english

    piet = in_english(as_user("piet"))
    piet.get("/uitproberen")

    for path, data in (
        ("/uitproberen", {"expressie": "iets + bedrag", "waarden": '{"bedrag": "een"}'}),
        ("/uitproberen", {"expressie": "bedrag ==", "waarden": '{"bedrag": "een"}'}),
        ("/uitproberen/beslissing", {"beslissing": "boetehoogte", "waarden": '{"overtreding": "brede intake"}'}),
    ):
        assert giveaways(piet.post(path, data).text) == [], path
