"""What a domain explains to its people: words, and what each role does from day to day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Word:
    """A word that pages use: what it means, and where that is written.

    ``translated`` has for each other language the word and its meaning; ``also`` are other forms by which it is found. A word
    without a ``source`` is the system's own.
    """

    id: str
    name: str
    meaning: str
    source: str = ""
    also: tuple[str, ...] = ()
    translated: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def said(self, language: str) -> tuple[str, str]:
        """Return the word and its meaning in a language; where it has none, its own."""
        return self.translated.get(language, (self.name, self.meaning))

    @property
    def forms(self) -> tuple[str, ...]:
        """Return all by which it is found, in small letters."""
        return tuple(dict.fromkeys(one.lower() for one in (self.name, *self.also)))

    def fits(self, text: str) -> bool:
        """Tell whether a word of the search stands in it, in any language."""
        parts = (*self.forms, self.meaning, *(part for pair in self.translated.values() for part in pair))
        return text.strip().lower() in " ".join(parts).lower()


@dataclass(frozen=True)
class Instruction:
    """A step of a manual: a sentence in each language, the address of the page that it is about, and a picture of it.

    ``picture`` is the name of a file in the plug-in's folder of pictures; empty where the step has none.
    """

    said: Mapping[str, str]
    page: str = ""
    picture: str = ""
