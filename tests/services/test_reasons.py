"""A reason has to say something to who reads it later."""

from __future__ import annotations

import pytest

from inburgering_flow.errors import InvalidInput
from inburgering_flow.services.reasons import checked_reason


@pytest.mark.parametrize("text", ["cliënt vroeg erom", "  Collega is ziek, ik neem waar. ", "melding van DUO", "пациент просит письмо"])
def test_a_few_words_are_a_reason(text: str) -> None:
    assert checked_reason(text) == text.strip()


@pytest.mark.parametrize(
    "text", ["", "xxx", "xxxxxxxxxxxxx", "test test test", "Test TEST test test", "aaaa bbbb cccc dddd", "a b c d e f g h i j k",
             "is het zo", "......... ... ..", "1234 5678 9012 3456", "controle noodzakelijk"]
)  # fmt: skip
def test_what_says_nothing_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput, match="three different words") as raised:
        checked_reason(text)
    assert raised.value.remedy


def test_a_long_reason_is_cut() -> None:
    assert len(checked_reason("een goede reden " * 100)) == 500
