"""An incident names the expression, the variables with their types, and the part that is to blame; never a value."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, loop, message_event, timer

from engine.doing import deploy
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.i18n import speaking
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

SECRET = "999990019 geheim"


@pytest.fixture
def patient(open_platform: Callable[..., Platform]) -> Platform:
    """A step may take long, as on a slow machine it does: what ends it are its rounds."""
    return open_platform(settings_=Settings(secret="s", synchronous="OFF", password_memory=64, step_seconds=600))


def message_of(platform: Platform, key: int) -> str:
    return str(platform.instance(key).incidents[0].message)


def test_a_condition_names_the_field_that_is_missing_and_the_one_that_was_meant(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().xor("g", "g_b").user("a").user("b").end().path("start", "g|klant.adres.nummr > 3", "a", "end")
        .path("g", "b", "end"),
    )  # fmt: skip

    said = message_of(platform, platform.start("p", {"klant": {"adres": {"nummer": 4, "straat": SECRET}}}))

    assert "klant.adres.nummr > 3" in said
    assert "It reads klant (context)." in said
    assert "A context has no 'nummr'. Did you mean 'nummer'?" in said
    assert "It is in 'klant.adres.nummr'." in said
    assert SECRET not in said


def test_a_condition_that_compares_unlike_kinds_says_which_operand_is_what(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().xor("g", "g_b").user("a").user("b").end().path("start", "g|ja and leeftijd > 18", "a", "end")
        .path("g", "b", "end"),
    )  # fmt: skip

    said = message_of(platform, platform.start("p", {"ja": True, "leeftijd": SECRET}))

    assert "'leeftijd' is a string" in said
    assert "It is in 'leeftijd > 18'." in said
    assert SECRET not in said


def test_a_collection_that_is_no_list_names_the_cause(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a", body=loop("klant.kinderen", "kind")).end().path("start", "a", "end"))

    said = message_of(platform, platform.start("p", {"klant": {"kindern": [1]}}))

    assert "must give a list, but gave null" in said
    assert "Did you mean 'kindern'?" in said


def test_a_timer_that_gives_no_duration_names_the_cause_and_not_the_value(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().node("intermediateCatchEvent", "t", body=timer("timeDuration", "= wachttijd")).end()
        .path("start", "t", "end"),
    )  # fmt: skip

    said = message_of(platform, platform.start("p", {"wachttijd": SECRET}))

    assert "must give an ISO 8601 duration" in said
    assert "wachttijd (string)" in said
    assert SECRET not in said


def test_a_correlation_key_that_is_not_there_names_the_cause(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().message("m", "bericht", "= dossier.nummer").start()
        .node("intermediateCatchEvent", "w", body=message_event("m")).end().path("start", "w", "end"),
    )  # fmt: skip

    said = message_of(platform, platform.start("p", {"dossier": {"numer": 3}}))

    assert "must give text or a number, but gave null" in said
    assert "Did you mean 'numer'?" in said


def test_an_expression_that_goes_on_too_long_is_told_without_being_run_for_long_again(patient: Platform) -> None:
    deploy(patient, Diagram().start().script("s", "for x in 1..2000000 return x", "r").end().path("start", "s", "end"))

    said = message_of(patient, patient.start("p"))

    assert "1,000,000 rounds" in said or "longer than 10 seconds" in said  # whichever a busy machine meets first


DMN = """<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="basis" name="Basis"><variable id="v1" name="Basis" typeRef="number"/>
<literalExpression id="l1"><text>klant.inkomen</text></literalExpression></decision>
<decision id="hoogte" name="Hoogte"><variable id="v2" name="Hoogte"/>
<informationRequirement id="r"><requiredDecision href="#basis"/></informationRequirement>
<literalExpression id="l2"><text>Basis + 1</text></literalExpression></decision></definitions>"""


def test_an_empty_decision_names_the_required_decision_and_the_part_that_are_to_blame(platform: Platform) -> None:
    platform.deploy_content("d.dmn", DMN)
    rule = '<zeebe:calledDecision decisionId="hoogte" resultVariable="hoogte"/>'
    deploy(platform, Diagram().start().node("businessRuleTask", "regel", rule).end().path("start", "regel", "end"))

    with speaking("nl"):
        said = message_of(platform, platform.start("p", {"klant": {"inkomen": SECRET}}))

    assert said.startswith("Decision 'hoogte' gave an empty result: Basis: a string does not fit number; ")
    assert "Cause, in 'Basis': Basis: a string does not fit number. It is in 'Basis'." in said
    assert SECRET not in said


def test_a_decision_without_a_fault_leaves_no_incident(platform: Platform) -> None:
    platform.deploy_content("d.dmn", DMN)
    rule = '<zeebe:calledDecision decisionId="hoogte" resultVariable="hoogte"/>'
    deploy(platform, Diagram().start().node("businessRuleTask", "regel", rule).end().path("start", "regel", "end"))

    key = platform.start("p", {"klant": {"inkomen": 8}})

    assert platform.instance(key).incidents == ()
    assert platform.instance(key).variables["hoogte"] == 9


def test_what_feel_advises_stands_in_the_finding_and_in_the_incident(platform: Platform) -> None:
    d = Diagram().start().script("s", "a == 1", "x").path("start", "s")
    with pytest.raises(DeploymentRejected) as refused:
        deploy(platform, d)
    assert "=" in refused.value.findings[0].remedy
    assert refused.value.findings[0].remedy != "Mend the expression."

    deploy(platform, Diagram("q").start().script("s", "{f: function(n) f(n + 1), r: f(1)}.r", "x").path("start", "s"))
    deploy(platform, Diagram("r").start().script("s", "assert(n, n > 5, \"te klein\")", "x").path("start", "s"))
    for process, advice in (("q", "Check that the recursion ends."), ("r", "Correct the variables")):
        assert advice in platform.instance(platform.start(process, {"n": 1})).incidents[0].error_message


def test_what_is_stored_is_english_whatever_the_language_of_who_made_the_step(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().xor("g", "g_b").user("a").user("b").end().path("start", "g|ja and leeftijd > 18", "a", "end")
        .path("g", "b", "end"),
    )  # fmt: skip
    values = {"ja": True, "leeftijd": SECRET}

    with speaking("nl"):
        dutch = message_of(platform, platform.start("p", values))

    assert dutch == message_of(platform, platform.start("p", values))
    assert "'>' does not work on a string and a number." in dutch


@pytest.mark.parametrize(
    ("when", "english"),
    [
        ("= wachttijd", "must give an ISO 8601 duration, but gave string."),
        ("= assert(wachttijd, false)", "The condition is not met."),
        ("= (for i in 1..1001 return for j in 1..1001 return i)[1][1]", "The expression takes more than 1,000,000 rounds."),
    ],
)
def test_a_timer_that_cannot_be_armed_is_stored_in_english(patient: Platform, when: str, english: str) -> None:
    deploy(
        patient,
        Diagram().start().node("intermediateCatchEvent", "t", body=timer("timeDuration", when)).end()
        .path("start", "t", "end"),
    )  # fmt: skip

    with speaking("nl"):
        said = message_of(patient, patient.start("p", {"wachttijd": "PT"}))

    assert english.casefold() in said.casefold()


def test_a_timer_that_is_wrong_is_refused_in_the_language_of_who_deploys_it(platform: Platform) -> None:
    drawn = Diagram().start().node("intermediateCatchEvent", "t", body=timer("timeDuration", "10 weken")).end()

    with speaking("nl"), pytest.raises(DeploymentRejected) as refused:
        deploy(platform, drawn.path("start", "t", "end"))

    assert [f.message for f in refused.value.findings if f.rule == "timer"] == [
        "'10 weken' is geen duur in ISO 8601. Schrijf bijvoorbeeld P10W of PT8H."
    ]
