"""Regular expressions are XPath's, and none of them can run away."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from variants import examples

from inburgering_flow.feel import Context, FeelError, evaluate
from inburgering_flow.feel import regex as regexes
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.regex import pattern


@pytest.mark.parametrize(
    "written",
    ["(a+)+$", "(a|aa)+$", "(a*)*b", "(a?){40}a{40}", "a*a*a*a*a*a*a*a*a*b", "((a+)b?)+$", "(.*)(.*)(.*)(.*)b"],
)
def test_a_pattern_that_doubles_its_work_elsewhere_is_answered_at_once(written: str) -> None:
    context = Context()
    begin = time.monotonic()

    assert evaluate("matches(x, p)", {"x": "a" * 20_000 + "!", "p": written}, context=context) is (
        written == "(a?){40}a{40}"
    )
    assert time.monotonic() - begin < 5
    assert context.warnings == []


@pytest.mark.parametrize(
    "written", [r"(a+)+\1b", r"(a|aa)+\1$", r"(a*)*\1b", r"(a*)(a*)(a*)(a*)\1b", r"(a)(a?){30}\1b"]
)
def test_a_pattern_with_back_references_is_not_tried_on_a_text_on_which_it_could_run_away(written: str) -> None:
    context = Context()

    assert evaluate("matches(x, p)", {"x": "a" * 20_000, "p": written}, context=context) is None
    assert context.warnings[0].code == "OUT_OF_RANGE"


@pytest.mark.parametrize("written", [r"(a|aa)+\1$", r"((a+)b?)+\1$", r"(a?){30}\1b"])
def test_repetitions_in_repetitions_make_a_back_reference_risky_on_a_short_text_too(written: str) -> None:
    context = Context()

    assert evaluate("matches(x, p)", {"x": "a" * 60 + "!", "p": written}, context=context) is None
    assert context.warnings[0].code == "OUT_OF_RANGE"


def test_a_pattern_with_back_references_is_tried_on_an_ordinary_text() -> None:
    assert evaluate(r'matches("een huis is een huis", "^(een \\w+) is \\1$")') is True


def test_replacing_in_a_pattern_that_reads_to_the_end_each_time_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regexes, "MAX_SECONDS", 0.05)

    with pytest.raises(FeelError) as caught:
        evaluate('replace(x, "a.*b|a", "c")', {"x": "a" * 100_000})

    assert caught.value.code == "FEEL_LIMIT"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("a" * 1001, "longer than"),
        ("(" * 60 + ")" * 60, "nested"),
        ("a{1001}", "more than"),
        ("((a{1000}){1000}){1000}", "too large"),
        ("(?=a)", "'\\(\\?'"),
        ("\\p{Foo}", "category or block"),
        ("[a", "not closed"),
        ("\\1", "back-reference"),
        ("a{2,1}", "downwards"),
    ],
)
def test_a_pattern_that_is_refused_says_why(written: str, why: str) -> None:
    with pytest.raises(NullError) as caught:
        pattern(written)

    assert re.search(why, caught.value.message)


@pytest.mark.parametrize("escape", ["w", "W", "d", "D", "s", "S", "i", "I", "c", "C", "p{L}", "P{L}", "p{IsHebrew}"])
def test_a_set_and_its_opposite_share_out_all_characters(escape: str) -> None:
    opposite = escape.swapcase() if len(escape) == 1 else escape[0].swapcase() + escape[1:]
    for char in ("a", "_", "5", "٣", "-", " ", "\u00a0", "é", "א", "\U0001f40e", "\n", ":", "€"):
        found = [pattern(f"^\\{one}$").matches(char) for one in (escape, opposite)]
        assert sorted(found) == [False, True], char


def test_w_leaves_out_punctuation_and_takes_symbols_as_xml_schema_says() -> None:
    assert [char for char in "aé1_-+€. " if pattern(r"\w").matches(char)] == ["a", "é", "1", "+", "€"]


ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", "[^a]", "(a)", "(?:b)", "(a|b)", "(ab|)", "(?:^)", "(?:$)", "\\d", "x", "1"]
)
QUANTITIES = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{1,2}", "*?", "+?", "??"])
PIECES = st.lists(st.tuples(ATOMS, QUANTITIES).map("".join), max_size=5).map("".join)


@settings(max_examples=examples(75, 300), deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=3).map("|".join), st.text("ab1\n", max_size=8))
def test_simple_patterns_match_as_python_would(written: str, text: str) -> None:
    same = re.compile(written.replace("$", "\\Z").replace(".", "[^\\n\\r]").replace("^", "\\A").replace("[\\A", "[^"))
    found = same.search(text)

    ours = next(pattern(written).occurrences(text), None)

    assert pattern(written).matches(text) is (found is not None)
    assert (ours and (ours.start(), ours.end())) == (found and found.span())


@settings(max_examples=examples(75, 300), deadline=None)
@given(st.text("ab()[]{}\\^$.|?*+-,:pPwi1 L<=!", max_size=12), st.text("smixq", max_size=3), st.text(max_size=6))
def test_any_pattern_is_used_or_refused(written: str, flags: str, text: str) -> None:
    context = Context()
    for call in ("matches(t, p, f)", 'replace(t, p, "$1", f)', "split(t, p)", "extract(t, p)"):
        evaluate(call, {"t": text, "p": written, "f": flags}, context=context)
