"""What an editor opens and saves says the same afterwards, in every file that is shipped and in what others drew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import variants

from browser.steps import Pages, new_file
from inburgering_flow import xml
from inburgering_flow.services.contents import compare

ROOT = Path(__file__).parents[2]
OTHERS = Path(__file__).parent / "others"
ENDINGS = {"bpmn": "*.bpmn", "dmn": "*.dmn", "form": "*.form"}
KINDS = {"bpmn": ("process", "process"), "dmn": ("decision", "decision"), "form": ("form", "")}


def files(kind: str) -> list[Path]:
    shipped = sorted(p for folder in ("processes", "forms", "examples") for p in (ROOT / folder).rglob(ENDINGS[kind]))
    return (shipped if variants.ALL else shipped[::15]) + sorted(OTHERS.rglob(ENDINGS[kind]))


def definitions(kind: str, content: bytes) -> list[tuple[str, str]]:
    """Return (kind, id) of every definition in a file."""
    what, tag = KINDS[kind]
    if kind == "form":
        return [(what, str(json.loads(content).get("id")))]
    return [(what, str(node.get("id"))) for node in xml.parse(content).iter() if xml.local(node) == tag and node.get("id")]


@pytest.mark.parametrize("kind", ENDINGS)
def test_what_is_opened_and_saved_says_the_same(address: str, page_of: Pages, kind: str) -> None:
    piet = page_of("piet")
    new_file(piet, address, kind, "Rondreis")
    wrong: dict[str, Any] = {}
    for path in files(kind):
        before = path.read_bytes()
        after = piet.evaluate(
            "async (text) => { await window.flowEditor.show(text); return window.flowEditor.read(); }", before.decode()
        ).encode()
        named = definitions(kind, before)
        assert named, path
        assert sorted(named) == sorted(definitions(kind, after)), path
        for what, id in named:
            found = compare(what, id, before, after)
            if found.differences or found.tables:
                wrong[f"{path.name} {id}"] = found

    assert wrong == {}, "\n".join(f"{name}: {what}: {d.id} {d.kind} {d.changes}" for name, c in wrong.items() for what in [""] for d in c.differences)
