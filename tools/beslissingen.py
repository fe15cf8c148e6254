"""Writes ``docs/beslissingen.md``: every decision that ships, its inputs and outputs by name, and examples that run.

Run: ``python tools/beslissingen.py``.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from inburgering_flow import xml
from inburgering_flow.cli import main
from inburgering_flow.inburgering.resources import resource_folder

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "beslissingen.md"
FOLDER = resource_folder("processes")
KEY = re.compile(r"[{,] (\w+):")
EXAMPLES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "d04-pip-uiterlijk": ("Uiterlijke datum PIP", {
        "kennisgeving": "2026-01-12", "doelgroep": "asielstatushouder", "brpDatum": "2026-03-02",
        "termijnen": {"pip": "P10W", "derden": "P2W", "waarschuwing": "P8W"},
    }),
    "d09-schakelen": ("Schakelen advies", {
        "leerroute": "B1", "nieuweLeerroute": "Z", "pipDagtekening": "2025-03-14", "besluitDag": "2026-09-15",
        "schakelTermijn": "P18M",
    }),
    "d18-spuk": ("SPUK gewicht", {
        "jaar": 2026, "prognose": 50, "taakstelling": 40, "asielDitJaar": 40, "asielVorigJaar": 30, "asielTweeJaarTerug": 25,
        "afgerondTweeJaarTerug": 6,
    }),
}  # fmt: skip


def meanings() -> dict[str, str]:
    """Return what the data dictionaries say of each name."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*/gegevens.json")):
        for entry in json.loads(path.read_text()):
            found.setdefault(entry["name"], entry["meaning"])
    return found


def _outputs(decision: xml.Element) -> str:
    named = [found.get("name", "") for found in decision.iter("{*}output")]
    text = "".join(found.text or "" for whole in decision.iter("{*}literalExpression") for found in whole.iter("{*}text"))
    if text.startswith("{"):
        named = KEY.findall(text)
    return ", ".join(f"`{name}`" for name in named) or "one value"


def _input(asked: xml.Element, known: Mapping[str, str]) -> str:
    name, kind = asked.get("name", ""), next(asked.iter("{*}variable")).get("typeRef", "Any")
    described = [found.text or "" for found in asked.iter("{*}description")]
    return f"| `{name}` | {kind} | {next(iter(described), '') or known.get(name, '–')} |"


def _example(file: str) -> Iterator[str]:
    decision, given = EXAMPLES[file]
    command = shlex.join(["decide", f"processes/beslissingen/{file}.dmn", decision, json.dumps(given, ensure_ascii=False)])
    result = CliRunner().invoke(main, shlex.split(command))
    if result.exit_code:
        raise ValueError(result.output)
    yield from ("", "```console", f"$ inburgering-flow {command}", *result.stdout.splitlines(), "```")


def page() -> str:
    """Return the text of the page."""
    known = meanings()
    lines = [
        "# The decisions, and how to ask them",
        "",
        "Made by `python tools/beslissingen.py` from the tables themselves; a test runs the examples.",
        "`inburgering-flow decide FILE DECISION INPUTS` takes the inputs as JSON under these names; a date is written like",
        "2026-03-02, and what is not known is null. `--explain` shows which rule decided; where it comes from and how sure it is",
        "stands in the table.",
    ]
    for path in sorted((FOLDER / "beslissingen").glob("*.dmn")):
        model = xml.parse(path.read_bytes())
        lines += ["", f"## {path.stem}", "", "| decision | gives |", "|---|---|"]
        lines += [f"| {found.get('name')} | {_outputs(found)} |" for found in model.iter("{*}decision")]
        inputs = list(model.iter("{*}inputData"))
        if inputs:
            lines += ["", "| input | type | meaning |", "|---|---|---|", *(_input(found, known) for found in inputs)]
        if path.stem in EXAMPLES:
            lines += _example(path.stem)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
