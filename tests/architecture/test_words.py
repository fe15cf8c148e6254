"""The platform does not name its domain: below the plug-in, and in pages, no module or template contains a word of this
law.
"""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "inburgering_flow"
WORDS = (
    "inburger", "pip", "bsn", "coa", "duo", "brp", "gemeente", "municipalit", "leerroute", "klantmanager", "handhav", "zienswijze",
    "dossiernummer", "doelgroep", "kennisgeving", "asiel", "v-nummer", "v_nummer", "brede intake", "nieuwkomer", "newcomer",
    "taalaanbieder", "consulent", "regievoerder", "burger",
)  # fmt: skip
SHORT = {"pip", "bsn", "coa", "duo", "brp", "burger"}  # whole words, or parts of camelCase and snake_case
PRODUCT = re.compile(r"inburgering[_-]flow(\.inburgering)?|INBURGERING_FLOW(_\w+)?|Inburgering Flow")
NAMED = {
    "__init__.py": "says what the product is",
    "settings.py": "the default plug-in",
    "cli.py": "a composition root: says what the product is",
}
"""Files in which the product's own purpose may be named, and why."""


def words_in(text: str) -> set[str]:
    text = PRODUCT.sub("", text)
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).lower().replace("_", " ")
    single = set(re.findall(r"[a-z]+", parts))
    return {w for w in WORDS if (w in single if w in SHORT else w in text.lower())}


def test_below_the_plug_in_nothing_names_the_law() -> None:
    found = {}
    for path in sorted((*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html"))):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(("inburgering/", "_resources/", "store/migrations/versions/", "web/static/")) or name in NAMED:
            continue
        seen = words_in(path.read_text(encoding="utf-8"))
        if seen:
            found[name] = sorted(seen)

    assert found == {}


def test_the_check_sees_a_word_however_it_is_written() -> None:
    assert words_in("a PIP-besluit") == {"pip"}
    assert words_in("bsn_hash = pipUiterlijk") == {"bsn", "pip"}
    assert words_in("Dossiernummer") == {"dossiernummer"}
    assert words_in("import inburgering_flow.errors; pipeline, coat") == set()


def test_only_composition_roots_import_the_plug_in() -> None:
    importing = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"(from|import) inburgering_flow\.inburgering", path.read_text(encoding="utf-8"))
    }

    assert {name for name in importing if not name.startswith("inburgering/")} <= {"cli.py"}
