"""The languages of the interface: Dutch is the source, English stands beside it in ``locales/en.po``.

Sentences are marked with ``_`` (translated at once) or ``N_`` (translated where they are shown). What users write, and
what models say, is never translated.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"nl": "Nederlands", "en": "English"}
SOURCE = "nl"
FOLDER = Path(__file__).parent / "locales"
_current: ContextVar[str] = ContextVar("language", default=SOURCE)


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; the source language needs none."""
    if language == SOURCE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    with (FOLDER / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language() -> str:
    """Return the language that this thread or request speaks."""
    return _current.get()


def speak(chosen: str) -> None:
    """Speak a language from here on in this thread or request; one that there is not becomes Dutch."""
    _current.set(chosen if chosen in LANGUAGES else SOURCE)


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Speak a language for a while."""
    token = _current.set(chosen if chosen in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _current.reset(token)


def _(message: str) -> str:
    """Return a sentence in the language spoken."""
    return translations(_current.get()).gettext(message)


def ngettext(one: str, more: str, number: int) -> str:
    """Return the sentence that fits a number in the language spoken."""
    return translations(_current.get()).ngettext(one, more, number)


def N_(message: str) -> str:  # noqa: N802  # gettext's own name for marking without translating
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return message
