"""The table of norms says what is so, and names only norms that there are."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import norms


def test_the_table_of_norms_is_up_to_date() -> None:
    assert norms.PAGE.read_text() == norms.page(), "run python tools/norms.py"


def test_only_norms_of_the_register_are_named() -> None:
    known = norms.norms()
    assert len(known) == 165
    assert set(norms.places()) <= set(known)
    assert set(norms.tests()) <= set(known)
    assert {id[2:5] for id in known} == set(norms.CHAPTERS)


def test_what_has_a_place_has_a_test() -> None:
    untested = sorted(set(norms.places()) - set(norms.tests()))
    assert not untested, f"a norm that something claims to hold has no test in tests/normen: {untested}"


def test_a_norm_has_a_place_or_a_reason_why_it_has_none() -> None:
    known, held, why = set(norms.norms()), set(norms.places()), norms.reasons()

    assert not sorted(known - held - set(why)), "these live nowhere, and tests/normen/open.yaml does not say why"
    assert not sorted(set(why) & held), "these have a place: take them out of tests/normen/open.yaml"
    assert set(why) <= known
    for id, reason in why.items():
        assert len(reason) > 40, id
        assert (reason[0].isupper(), reason.endswith(".")) == (True, True), f"{id}: a reason is a sentence"
        assert f"| – {reason} |" in norms.PAGE.read_text(), id


def test_the_justification_is_up_to_date() -> None:
    assert norms.JUSTIFICATION.read_text() == norms.justification(), "run python tools/norms.py"
