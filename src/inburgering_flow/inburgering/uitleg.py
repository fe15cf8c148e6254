"""The words that pages use (``begrippen.json``) and the manual of each role (``handleiding.json``).

Both files hold Dutch and English side by side: who changes a sentence sees the other.
"""

from __future__ import annotations

import json
from pathlib import Path

from inburgering_flow.model.explaining import Instruction, Word

HERE = Path(__file__).parent
PICTURES = HERE / "beelden"


def glossary() -> tuple[Word, ...]:
    """Return the words."""
    return tuple(
        Word(
            one["id"], one["woord"], one["uitleg"], one["bron"], tuple(one.get("ook", ())),
            {"en": (one["engels"], one["explained"])},
        )
        for one in json.loads((HERE / "begrippen.json").read_text(encoding="utf-8"))
    )  # fmt: skip


def manuals() -> dict[str, tuple[Instruction, ...]]:
    """Return what people do, by role."""
    found = json.loads((HERE / "handleiding.json").read_text(encoding="utf-8"))
    return {
        role: tuple(Instruction({"nl": s["nl"], "en": s["en"]}, s.get("pagina", ""), s.get("beeld", "")) for s in steps)
        for role, steps in found.items()
    }
