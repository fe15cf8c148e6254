"""Which passwords are easily guessed: judged by zxcvbn's lists of common passwords, words, names, dates and keyboard rows."""

from __future__ import annotations

from collections.abc import Iterable

from zxcvbn import zxcvbn

JUDGED = 72  # characters: more can only make it better, and take long to judge
WEAK = 2  # zxcvbn's score below which a list of guesses finds it within hours of online or minutes of offline trying
DUTCH = ("gebruiker", "geheim", "inloggen", "welkom", "wachtwoord")


def is_common(password: str, known: Iterable[str]) -> bool:
    """Tell whether a password stands on a list of common ones, or follows from words that others know of its owner."""
    return int(zxcvbn(password[:JUDGED], user_inputs=[*known, *DUTCH])["score"]) < WEAK
