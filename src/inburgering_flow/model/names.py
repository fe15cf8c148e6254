"""How names are compared: without case, accents and signs, word by word."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not take apart into one without a sign and the sign.
_LETTERS = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ŋ": "n", "ß": "ss",
})  # fmt: skip
_APART = re.compile(r"[^\w]|_")
_JOINED = re.compile(r"[-'’ʼ‘`´ʻʿʾ]")


def folded(text: str) -> str:
    """Return a text in lower case without accents: ``Çelik`` and ``celik`` are the same."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_LETTERS).strip()


def words(text: str) -> frozenset[str]:
    """Return the words of a name, folded; of ``El-Amrani`` those are el, amrani and elamrani."""
    found = {word for word in _APART.split(folded(text)) if word}
    found |= {_APART.sub("", word) for word in folded(text).split() if _JOINED.search(word)}
    return frozenset(found - {""})


def asked_words(text: str, particles: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the words that a name has to have, the longest first; ``particles`` (van, el) only where nothing else is left."""
    asked = {word for word in _APART.split(folded(text)) if word}
    return tuple(sorted(asked - particles or asked, key=lambda word: (-len(word), word)))
