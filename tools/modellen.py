"""Writes ``docs/modellen-dekking.md``: what of each shipped model the scenarios and the tests of norms walk.

Run: ``python tools/modellen.py``. It plays both (half a minute); each such run compares the page with what it walked, so that
what is not walked and not among the open places (``tests/processes/unwalked.yaml``) is seen in ``make test`` too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.dmn.file import read
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.workbench.scenarios import Scenario, find, load

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "modellen-dekking.md"
OPEN = ROOT / "tests" / "processes" / "unwalked.yaml"
FOLDERS = ("tests/normen", "tests/processes")
WRITE = "WRITE_WALKED"
GIVEN = re.compile(r"\bA\d\d\b")
Parts = Mapping[str, Set[str]]  # model → ids


@dataclass(frozen=True)
class Model:
    """What a file holds that can be walked: ids by kind, and how each is called."""

    name: str
    kinds: Mapping[str, tuple[str, ...]]
    called: Mapping[str, str]

    @property
    def ids(self) -> list[str]:
        """Every id, in the order of the file."""
        return [id for ids in self.kinds.values() for id in ids]


@cache
def definitions() -> dict[str, ProcessDefinition]:
    """Return every process that ships."""
    return {
        process.process_id: process
        for path in sorted(resource_folder("processes").glob("*/*.bpmn"))
        for process in reader.read(path.read_bytes(), name=path.name).processes
    }


@cache
def processes() -> dict[str, Model]:
    """Return the elements and sequence flows of every process that ships."""
    found = {}
    for name, process in definitions().items():
        elements = [e for e in process.elements.values() if e.kind != "process"]
        flows = [flow for e in elements for flow in e.outgoing]
        names = {e.id: e.name or e.kind for e in elements}
        called = names | {f.id: f"{names[f.source]} → {f.name or names[f.target]}" for f in flows}
        kinds = {"elements": tuple(e.id for e in elements), "flows": tuple(f.id for f in flows)}
        found[name] = Model(name, kinds, called)
    return found


@cache
def tables() -> dict[str, Model]:
    """Return the rules of every decision table that ships, by file."""
    found = {}
    for path in sorted((resource_folder("processes") / "beslissingen").glob("*.dmn")):
        called = {
            rule.id: f"{element.name}, rule {number}"
            for element, table in read(path.read_bytes(), name=path.name).tables for number, rule in enumerate(table.rules, 1)
        }  # fmt: skip
        found[path.stem] = Model(path.stem, {"rules": tuple(called)}, called)
    return found


def models() -> dict[str, Model]:
    """Return everything that can be walked."""
    return processes() | tables()


def open_places() -> dict[str, dict[str, str]]:
    """Return what need not be walked: model → id → why."""
    return yaml.safe_load(OPEN.read_text(encoding="utf-8")) or {}


def problems(walked: Parts) -> list[str]:
    """Return a sentence for each part that is neither walked nor an open place, and for each open place that is walked."""
    said = []
    for name, model in models().items():
        reasons = open_places().get(name, {})
        for id in model.ids:
            if id in reasons and id in walked.get(name, ()):
                said.append(f"{name}: {id} is walked: take it off {OPEN.name}")
            if id not in reasons and id not in walked.get(name, ()):
                said.append(f"{name}: {id} ({model.called[id]}) is not walked by any scenario or test")
    return said


def page(walked: Parts) -> str:
    """Return the page."""

    lines = [
        "# Wat van de modellen wordt doorlopen",
        "",
        "Made by `python tools/modellen.py` from what the runs of the scenarios and of the tests in `tests/normen` leave behind:",
        "which elements got a token, over which sequence flows one went, and which rules of the tables gave the outcome. Every",
        "run of these tests compares the page with what it walked, and fails for a part that is not walked and is no open place.",
        "",
        *_scenarios(),
        "",
        "## Processen",
        "",
        "Elements are activities, gateways, events (also boundary events) and sub-processes (also event sub-processes); *pijlen*",
        "are sequence flows (also default flows).",
        "",
        "| proces | elementen | doorlopen | pijlen | doorlopen |",
        "|---|---|---|---|---|",
        *_rows(processes(), walked),
        "",
        "## Beslistabellen",
        "",
        "| bestand | regels | geraakt |",
        "|---|---|---|",
        *_rows(tables(), walked),
        "",
        "## Wat niet wordt doorlopen",
        "",
    ]
    left = [
        f"| `{name}` | {model.called[id]} (`{id}`) | {open_places().get(name, {}).get(id, 'open')} |"
        for name, model in models().items() for id in model.ids if id not in walked.get(name, ())
    ]  # fmt: skip
    lines += ["| model | deel | reden |", "|---|---|---|", *left] if left else ["Nothing."]
    return "\n".join(lines) + "\n"


def _rows(found: Mapping[str, Model], walked: Parts) -> list[str]:
    rows = [
        [f"`{name}`", *((len(ids), sum(id in walked.get(name, ()) for id in ids)) for ids in model.kinds.values())]
        for name, model in found.items()
    ]  # fmt: skip
    columns = list(zip(*rows, strict=True))[1:]
    total = ["together", *((sum(n for n, _ in column), sum(n for _, n in column)) for column in columns)]
    return [f"| {first} | " + " | ".join(f"{n} | {m}" for n, m in counts) + " |" for first, *counts in [*rows, total]]


def _scenarios() -> list[str]:
    stories = [load(path) for path in find(resource_folder("processes"))]
    given = sum(is_given(story) for story in stories)
    return [
        f"{len(stories)} scenarios stand beside the processes: {given} play one of the dossier's (section 12: an id such as",
        f"A19 in their source), {len(stories) - given} an edge of our own.",
    ]


def is_given(story: Scenario) -> bool:
    """Tell whether a scenario plays one of the dossier's; the others are edges of our own."""
    return GIVEN.search(str(story.content.get("bron", ""))) is not None


def main() -> int:
    """Play everything once and write the page."""
    command = [sys.executable, "-m", "pytest", "-n", "2", *FOLDERS]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {WRITE: "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
