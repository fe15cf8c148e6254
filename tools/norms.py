"""Writes ``docs/normen-dekking.md``: norm → where it lives → test, and ``docs/juridische-verantwoording.md``: place → norms.

Run: ``python tools/norms.py``.

A norm lives where its id stands: as the property ``norm`` of an element, in the column Norm of a decision table, in the docstring
or a comment of a function, in a letter. Its tests are the functions in ``tests/normen`` whose name begins with the id. A norm
that lives nowhere has its reason in ``tests/normen/open.yaml``.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.verantwoording import KINDS, UNSURE, Place, laws, norms, own_files, places_in

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "normen-dekking.md"
JUSTIFICATION = ROOT / "docs" / "juridische-verantwoording.md"
OPEN = ROOT / "tests" / "normen" / "open.yaml"
TEST = re.compile(r"test_n_([a-z]{3})_(\d\d)_\w+")
CHAPTERS = {
    "ATW": "Termijnen tellen", "PLI": "Wie moet inburgeren", "INT": "Brede intake", "PIP": "PIP", "ROU": "Leerroutes",
    "TER": "Inburgeringstermijn", "BEG": "Voorinburgering, begeleiding, ontzorgen", "BOE": "Boetes van de gemeente",
    "DUO": "Boetes van DUO en lening", "SAM": "Samenloop met de Participatiewet", "AWB": "Algemene wet bestuursrecht",
    "DAT": "Gegevens", "GEL": "Geld", "OVG": "Ondertussengroep",
}  # fmt: skip


def shipped() -> list[Place]:
    """Return every place in what is shipped."""
    folders = (resource_folder("processes"), resource_folder("forms"))
    files = [
        (str(path.relative_to(folder)), path.read_bytes())
        for folder in folders for path in sorted(folder.rglob("*"))
        if path.suffix in (".bpmn", ".dmn", ".form") or path.name == "gegevens.json"
    ]  # fmt: skip
    return [place for name, content in (*files, *own_files(folders)) for place in places_in(name, content)]


def places() -> dict[str, list[str]]:
    """Return where each norm lives."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in shipped():
        for id in place.norms:
            found[id].add(f"`{place.file}` {place.id}".rstrip())
    return {id: sorted(where) for id, where in found.items()}


def tests() -> dict[str, list[str]]:
    """Return the tests of each norm."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests" / "normen").glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (match := TEST.fullmatch(node.name)):
                found[f"N-{match[1].upper()}-{match[2]}"].append(f"`{path.stem}` {node.name.removeprefix('test_')}")
    return dict(found)


def reasons() -> dict[str, str]:
    """Return why a norm has no place, for those that have none."""
    found: dict[str, Any] = yaml.safe_load(OPEN.read_text()) or {}
    return {id: str(reason).strip() for id, reason in found.items()}


def page() -> str:
    """Return the text of the page."""
    known, where, tested, why = norms(), places(), tests(), reasons()
    both = [id for id in known if id in where and id in tested]
    lines = [
        "# Welke norm waar leeft, en welke test hem houdt",
        "",
        "Made by `python tools/norms.py`; a test compares the two. A norm lives where its id stands: in a property of an",
        "element, in the column *Norm* of a decision, in a function or a letter. A dash is an open place: nothing here claims",
        "to hold that norm, for the reason beside the dash (`tests/normen/open.yaml`).",
        "W, B, R: Wet, Besluit en Regeling inburgering 2021; Pw: Participatiewet; ATW: Algemene termijnenwet.",
        "",
        f"{len(known)} norms; {len(where)} have a place, {len(tested)} a test, {len(both)} both; {len(why)} are open.",
    ]
    chapter = ""
    for id, norm in known.items():
        if id[2:5] != chapter:
            chapter = id[2:5]
            lines += ["", f"## {CHAPTERS[chapter]}", ""]
            lines += ["| norm | artikel | wat | zekerheid | waar | test |", "|---|---|---|---|---|---|"]
        cells = [
            id, norm.article or "–", norm.title, norm.certainty,
            "<br>".join(where.get(id, [])) or f"– {why.get(id, '')}".rstrip(), "<br>".join(tested.get(id, [])) or "–",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def justification() -> str:
    """Return the text of the page that says on what each place rests."""
    lines = [
        "# Juridische verantwoording",
        "",
        "Made by `python tools/norms.py`; a test compares the two. The page *Juridische verantwoording* of the program says the",
        "same of what is deployed. *Te controleren* stands where the place itself, or a norm that it rests on, has to be checked",
        "by a lawyer.",
        "",
        "| wet | code | tekst van | gelezen op |",
        "|---|---|---|---|",
        *(f"| [{law.title}]({law.address}) | {law.code} | {law.version} | {law.read} |" for law in laws().values()),
    ]
    found = sorted(shipped(), key=lambda place: (KINDS.index(place.kind), place.file))
    for kind, group in groupby(found, key=lambda place: place.kind):
        lines += ["", f"## {kind}", "", "| waar | norm, artikel | bron | geldig | zekerheid |", "|---|---|---|---|---|"]
        for place in group:
            named = "<br>".join(f"{id} {norms()[id].article}".rstrip() for id in place.norms if id in norms())
            since = f"{place.since or '–'} tot {place.until or '–'}" if place.since or place.until else "–"
            certainty = UNSURE if place.is_unsure else place.certainty or "–"
            where = f"{place.name} (`{place.file}` {place.id})".replace(" )", ")")
            cells = [where, named or "–", place.source or "–", since, certainty]
            lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    JUSTIFICATION.write_text(justification())
