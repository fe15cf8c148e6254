"""Brings ``locales/*.po`` up to date with the sentences marked in the source: ``make messages``.

Which catalogue a sentence needs follows from where it is: sentences of the pages are Dutch and need English, those
from below, and what settings mean, are English and need Dutch; those of the plug-in are Dutch and go into its own
catalogue. Translations are kept, even if a sentence moves from one catalogue to another; what is no longer marked is
dropped; nothing is guessed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from inburgering_flow.settings import meanings

SOURCE = Path(__file__).parents[1] / "src" / "inburgering_flow"
PLUGIN = "inburgering/"
CATALOGUES = {  # name → language and file
    "nl": ("nl", SOURCE / "locales" / "nl.po"),
    "en": ("en", SOURCE / "locales" / "en.po"),
    "plug-in": ("en", SOURCE / PLUGIN / "locales" / "en.po"),
}
METHODS = [("**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "silent": "false"}}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
HEADER = (
    'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def extracted() -> dict[str, Catalog]:
    """Return what each catalogue must hold: its name → the sentences to translate into its language."""
    wanted = {name: Catalog(locale=language, fuzzy=False) for name, (language, _path) in CATALOGUES.items()}
    for place, _line, message, _comments, _context in extract_from_dir(SOURCE, METHODS, OPTIONS, KEYWORDS):
        name = "en" if place.startswith("web/") else "plug-in" if place.startswith(PLUGIN) else "nl"
        wanted[name].add(message)
    for meaning in meanings().values():  # they stand where the settings do, not in a call
        wanted["nl"].add(meaning)
    for message in wanted["en"]:  # in both: once is enough
        if message.id:
            wanted["plug-in"].delete(message.id)
    return wanted


def stored(name: str) -> Catalog:
    """Return a catalogue as it is in version control."""
    language, path = CATALOGUES[name]
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> int:
    """Write every catalogue; return how many sentences still wait for a translation."""
    waiting = 0
    before = {name: stored(name) for name in CATALOGUES}
    for name, wanted in extracted().items():
        language, path = CATALOGUES[name]
        same = [before[other] for other, (spoken, _path) in CATALOGUES.items() if spoken == language]
        for message in wanted:
            known = next((k for c in same if message.id and (k := c.get(message.id)) and k.string), None)
            if known is not None:
                message.string = known.string
            elif message.id:
                waiting += 1
                sys.stdout.write(f"{name}: {message.id}\n")
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.write(HEADER.format(language=language).encode())
            write_po(file, wanted, width=118, no_location=True, omit_header=True, sort_output=True)
    return waiting


if __name__ == "__main__":
    update()
