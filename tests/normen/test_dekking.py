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


def test_the_justification_is_up_to_date() -> None:
    assert norms.JUSTIFICATION.read_text() == norms.justification(), "run python tools/norms.py"
