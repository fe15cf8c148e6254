"""The languages of the interface, one catalogue each in ``locales/<language>.po``.

What pages say is written in Dutch in the source, with its English in ``en.po``; errors and findings from below the
pages are written in English, with their Dutch in ``nl.po``. A sentence that a catalogue lacks is shown as it is in the
source. Sentences are marked with ``_`` (translated at once) or ``N_`` (translated where they are shown; ``Said`` carries what
is filled in till then); ``make messages`` brings the catalogues up to date. What users write, and what models say, is never
translated.

Whoever calls this package without a page (command line, REST, embedding) reads English, and so does what is stored. What
work without a reader says to people who read it later is stored in each language (``in_each``), and read in theirs
(``as_read``).
"""

from __future__ import annotations

import gettext
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"nl": "Nederlands", "en": "English"}
OUTSIDE_PAGES = "en"
FOLDER = Path(__file__).parent / "locales"
_current: ContextVar[str] = ContextVar("language", default=OUTSIDE_PAGES)


_folders = [FOLDER]


def include(folder: Path) -> None:
    """Look for sentences in the catalogues of this folder too, after those that are known already. This holds for the
    whole Python process: a sentence that two domains both have is translated as the first one does.
    """
    if folder not in _folders:
        _folders.append(folder)
        translations.cache_clear()
        _said.cache_clear()


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language: the platform's, with those of the domains as fallback."""
    first, *others = [_catalogue(path) for f in _folders if (path := f / f"{language}.po").is_file()]
    for other in others:
        first.add_fallback(other)
    return first


def _catalogue(path: Path) -> gettext.GNUTranslations:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=path.stem))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language() -> str:
    """Return the language that this thread or request uses."""
    return _current.get()


def speak(chosen: str) -> None:
    """Use one of ``LANGUAGES`` from here on in this thread or request."""
    translations(chosen)
    _current.set(chosen)


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Use a language for a while."""
    before = _current.get()
    speak(chosen)
    try:
        yield
    finally:
        _current.set(before)


@lru_cache(maxsize=16_384)
def _said(message: str, language: str) -> str:
    return translations(language).gettext(message)


def _(message: str) -> str:
    """Return a sentence in the current language."""
    return _said(message, _current.get())


class Said:
    """A sentence marked with ``N_``, and what is filled in, which may be such sentences too: put into words where somebody
    reads it, in their language.

    ``str`` is the sentence in the current language. ``source`` is the one that was written, for programs that look at it.
    """

    __slots__ = ("parts", "sentence")

    def __init__(self, sentence: str, /, **parts: object) -> None:
        self.sentence = sentence
        self.parts = parts

    def __str__(self) -> str:
        return _(self.sentence).format(**self.parts) if self.parts else _(self.sentence)

    @property
    def source(self) -> str:
        """The sentence in the words of the source, whoever reads."""
        if not self.parts:
            return self.sentence
        return self.sentence.format(**{n: p.source if isinstance(p, Said) else p for n, p in self.parts.items()})

    def __repr__(self) -> str:
        return f"Said({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Said) and (self.sentence, self.parts) == (other.sentence, other.parts)

    def __hash__(self) -> int:
        return hash(self.sentence)


def verbatim(text: str) -> Said:
    """Return words that are nobody's to translate, as a sentence."""
    return Said("{text}", text=text)


def ngettext(one: str, more: str, number: int) -> str:
    """Return the sentence that fits a number in the current language."""
    return translations(_current.get()).ngettext(one, more, number)


def in_each(said: Mapping[str, str]) -> str:
    """Return one text to store for what was said in several languages: language → sentence."""
    return json.dumps(said, ensure_ascii=False)


def as_read(text: str) -> str:
    """Return a stored text in the current language; one that was stored in a single language as it is."""
    if not text.startswith('{"'):
        return text
    try:
        said = json.loads(text)
    except ValueError:
        return text
    return str(said.get(_current.get()) or said.get(OUTSIDE_PAGES) or text)


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for marking without translating
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return message


_DAY = "d MMMM y"


@lru_cache(maxsize=4096)
def _written(value: date, pattern: str, spoken: str) -> str:
    return str(format_date(value, pattern, locale=spoken))


def day(value: date, *, weekday: bool = False, spoken: str = "") -> str:
    """Return ``28 december 2026``, in English ``28 December 2026``, with the day of the week before it if wanted; in the current
    language, or the one that is ``spoken``.
    """
    return _written(value, f"EEEE {_DAY}" if weekday else _DAY, spoken or _current.get())
