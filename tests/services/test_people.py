"""Secret numbers of persons are masked, however short they are in another domain."""

from __future__ import annotations

import pytest

from inburgering_flow.services.disclosure.people import masked


@pytest.mark.parametrize(
    ("number", "shown"), [("999990019", "••••••019"), ("1234567", "••••567"), ("123456", "••••••"), ("12", "••"), ("", "")]
)
def test_of_a_secret_number_at_most_the_last_three_digits_are_read(number: str, shown: str) -> None:
    assert masked(number) == shown
