"""Brings ``locales/*.po`` up to date with the sentences marked in the source: ``make messages``.

Which catalogue a sentence needs follows from where it stands: sentences of the pages are Dutch and need English, those
from below are English and need Dutch. Translations are kept; what is no longer marked goes; nothing is guessed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parents[1] / "src" / "inburgering_flow"
LOCALES = SOURCE / "locales"
METHODS = [("web/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"web/**.html": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "silent": "false"}}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
HEADER = (
    'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def extracted() -> dict[str, Catalog]:
    """Return what each catalogue must hold: language → the sentences to translate into it."""
    wanted = {language: Catalog(locale=language, fuzzy=False) for language in ("nl", "en")}
    for name, _line, message, _comments, _context in extract_from_dir(SOURCE, METHODS, OPTIONS, KEYWORDS):
        wanted["en" if name.startswith("web/") else "nl"].add(message)
    return wanted


def stored(language: str) -> Catalog:
    """Return the catalogue as it is in version control."""
    path = LOCALES / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> int:
    """Write both catalogues; return how many sentences still wait for a translation."""
    waiting = 0
    for language, wanted in extracted().items():
        known = stored(language)
        for message in wanted:
            before = known.get(message.id) if message.id else None
            if before is not None:
                message.string = before.string
            if message.id and not (before and before.string):
                waiting += 1
                sys.stdout.write(f"{language}: {message.id}\n")
        with (LOCALES / f"{language}.po").open("wb") as file:
            file.write(HEADER.format(language=language).encode())
            write_po(file, wanted, width=118, no_location=True, omit_header=True, sort_output=True)
    return waiting


if __name__ == "__main__":
    update()
