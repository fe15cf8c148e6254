"""Plain values keep their kind and their digits on the way to JSON text and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st

from inburgering_flow.values import dump_value, load_sent, load_value

NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.text() | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def kinds(value: object) -> object:
    """Return a value with the kind of each part, since 1 == True == Decimal(1)."""
    if isinstance(value, dict):
        return {name: kinds(item) for name, item in value.items()}
    if isinstance(value, list):
        return [kinds(item) for item in value]
    if isinstance(value, Decimal) and value == value.to_integral_value() and "." not in str(value) and "E" not in str(value):
        return int, int(value)  # JSON knows no decimal without a fraction
    return type(value), value


@given(PLAIN)
def test_a_value_is_the_same_after_it_was_stored(value: object) -> None:
    assert kinds(load_value(dump_value(value))) == kinds(value)


@given(PLAIN)
def test_whoever_reads_the_text_reads_the_same(value: object) -> None:
    text = dump_value(value)

    assert kinds(simplejson.loads(text, use_decimal=True)) == kinds(value)


def test_digits_of_a_decimal_are_kept_wherever_it_lies() -> None:
    for value in (Decimal("1.50"), {"a": [Decimal("1.50")]}):
        assert "1.50" in dump_value(value)


def test_a_number_longer_than_python_reads_is_read_all_the_same() -> None:
    assert load_value("1" * 5_000) == Decimal("1" * 5_000)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "", "{", "nul"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        load_value(text)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], Decimal("NaN"), {"a": Decimal("Infinity")}])
def test_a_number_that_is_not_finite_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        dump_value(value)


@pytest.mark.parametrize("text", ["[" * 101 + "]" * 101, '{"a":' * 101 + "1" + "}" * 101, "[" * 100_000])
def test_what_is_sent_is_read_to_a_hundred_levels(text: str) -> None:
    with pytest.raises(ValueError):
        load_sent(text)
    assert load_sent("[" * 100 + "]" * 100)
