"""What takes the place of what people wrote, in a scenario made of a real case.

A text stays only where the models themselves contain it as a whole (a choice of a form, a word in a condition), or where it is a
date or a length of time. Every other text becomes one of the same length that says nothing; the same text always becomes the same
one. Numbers stay, for they decide where a case goes, but not those of eight digits or more, by which somebody could be found.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from inburgering_flow.model.plugin import PersonSchema
from inburgering_flow.services.resources import Resource

QUOTED = re.compile(r'"((?:[^"\\\n]|\\.){0,200})"')
TIME = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?(\[[A-Za-z/_]+\])?)?|\d\d:\d\d(:\d\d)?|-?P(?=[\dT])[\dYMWDTHS.]+"
)
IDENTIFYING = 10_000_000
FILLER = "Tekst {number}. Deze woorden staan in de plaats van wat iemand schreef. "
PERSON = "Voorbeeld"
BORN = "1990-01-01"


def words_of(resources: Iterable[Resource]) -> frozenset[str]:
    """Return every text that stands in quotes in these files."""
    found: set[str] = set()
    for one in resources:
        text = one.content.decode("utf-8", errors="replace")
        if one.kind in ("form", "data"):
            _strings(json.loads(text), found)
        else:
            found.update(QUOTED.findall(html.unescape(text)))
            found.update(QUOTED.findall(text))
    return frozenset(found)


def _strings(value: Any, found: set[str]) -> None:
    if isinstance(value, str):
        found.add(value)
        found.update(QUOTED.findall(value))
        found.update(value.split("|"))  # the choices of a pattern
    elif isinstance(value, Mapping):
        for one in value.values():
            _strings(one, found)
    elif isinstance(value, list):
        for one in value:
            _strings(one, found)


class StandIns:
    """Makes stand-ins for one case; ``known`` are those that are given, such as names of accounts, and ``made`` says of
    texts that the case itself made where it has them.
    """

    def __init__(
        self, words: frozenset[str], known: Mapping[str, str], made: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._words = words
        self._known = dict(known)
        self._made = made or {}

    def of(self, value: Any) -> Any:
        """Return what takes the place of a value, whatever it holds; the names in contexts are the models' own."""
        if isinstance(value, str):
            return dict(self._made[value]) if value in self._made else self.text(value)
        if isinstance(value, Mapping):
            return {name: self.of(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(one) for one in value]
        if isinstance(value, Decimal):
            value = int(value) if value == value.to_integral_value() else float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= IDENTIFYING:
            return IDENTIFYING
        return value.isoformat() if isinstance(value, date | datetime) else value

    def text(self, text: str) -> str:
        """Return what takes the place of a text."""
        if text in self._known:
            return self._known[text]
        if not text or text in self._words or TIME.fullmatch(text):
            return text
        filler = FILLER.format(number=len(self._known) + 1)
        found = self._known[text] = (filler * (len(text) // len(filler) + 1))[: len(text)].rstrip().ljust(len(text), ".")
        return found


def person(schema: PersonSchema) -> dict[str, str]:
    """Return somebody who does not exist."""
    made = {"text": PERSON, "date": BORN}
    return {f.name: f.default or made[f.kind] for f in schema.fields if f.kind in made}
