"""Writes ``docs/normen-dekking.md``: norm → where it lives → test. Run: ``python tools/norms.py``.

A norm lives where its id stands: as the property ``norm`` of an element, in the column Norm of a decision table, in the docstring
or a comment of a function, in a letter. Its tests are the functions in ``tests/normen`` whose name begins with the id.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from inburgering_flow import xml
from inburgering_flow.inburgering.resources import resource_folder

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "normen-dekking.md"
REGISTER = ROOT / "src" / "inburgering_flow" / "inburgering" / "normen.json"
ID = re.compile(r"\bN-[A-Z]{3}-\d\d\b")
TEST = re.compile(r"test_n_([a-z]{3})_(\d\d)_\w+")
CHAPTERS = {
    "ATW": "Termijnen tellen", "PLI": "Wie moet inburgeren", "INT": "Brede intake", "PIP": "PIP", "ROU": "Leerroutes",
    "TER": "Inburgeringstermijn", "BEG": "Voorinburgering, begeleiding, ontzorgen", "BOE": "Boetes van de gemeente",
    "DUO": "Boetes van DUO en lening", "SAM": "Samenloop met de Participatiewet", "AWB": "Algemene wet bestuursrecht",
    "DAT": "Gegevens", "GEL": "Geld", "OVG": "Ondertussengroep",
}  # fmt: skip


def register() -> dict[str, Mapping[str, str]]:
    """Return the norms by id, in the order of the register."""
    return {found["id"]: found for found in json.loads(REGISTER.read_text())}


def _in_model(path: Path) -> Iterator[tuple[str, str]]:
    for element in xml.parse(path.read_bytes()).iter():
        texts = [element.text or "", *element.attrib.values()]
        for id in {found for text in texts for found in ID.findall(str(text))}:
            above = [a for a in (element, *element.iterancestors()) if a.get("id")]
            yield id, f"`{path.stem}` {above[0].get('id') if above else ''}".rstrip()


def _in_code(path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text()
    spans = [
        (node.lineno, node.end_lineno or node.lineno, node.name)
        for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]  # fmt: skip
    for number, line in enumerate(text.splitlines(), 1):
        for id in ID.findall(line):
            inside = [name for begin, end, name in spans if begin <= number <= end]
            yield id, f"`{path.stem}.py` {inside[-1] if inside else ''}".rstrip()


def places() -> dict[str, list[str]]:
    """Return where each norm lives."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in (resource_folder("processes"), resource_folder("forms")):
        for path in folder.rglob("*"):
            if path.suffix in {".bpmn", ".dmn"}:
                pairs = _in_model(path)
            elif path.suffix in {".form", ".typ"}:
                pairs = iter([(id, f"`{path.name}`") for id in ID.findall(path.read_text())])
            else:
                continue
            for id, where in pairs:
                found[id].add(where)
    for path in REGISTER.parent.glob("*.py"):
        for id, where in _in_code(path):
            found[id].add(where)
    return {id: sorted(where) for id, where in found.items()}


def tests() -> dict[str, list[str]]:
    """Return the tests of each norm."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests" / "normen").glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (match := TEST.fullmatch(node.name)):
                found[f"N-{match[1].upper()}-{match[2]}"].append(f"`{path.stem}` {node.name.removeprefix('test_')}")
    return dict(found)


def page() -> str:
    """Return the text of the page."""
    norms, where, tested = register(), places(), tests()
    both = [id for id in norms if id in where and id in tested]
    lines = [
        "# Welke norm waar leeft, en welke test hem houdt",
        "",
        "Made by `python tools/norms.py`; a test compares the two. A norm lives where its id stands: in a property of an",
        "element, in the column *Norm* of a decision, in a function or a letter. A dash is an open place: nothing here claims",
        "to hold that norm.",
        "W, B, R: Wet, Besluit en Regeling inburgering 2021; Pw: Participatiewet; ATW: Algemene termijnenwet.",
        "",
        f"{len(norms)} norms; {len(where)} have a place, {len(tested)} a test, {len(both)} both.",
    ]
    chapter = ""
    for id, norm in norms.items():
        if id[2:5] != chapter:
            chapter = id[2:5]
            lines += ["", f"## {CHAPTERS[chapter]}", ""]
            lines += ["| norm | artikel | wat | zekerheid | waar | test |", "|---|---|---|---|---|---|"]
        cells = [
            id, norm["artikel"] or "–", norm["titel"], norm["zekerheid"],
            "<br>".join(where.get(id, [])) or "–", "<br>".join(tested.get(id, [])) or "–",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
