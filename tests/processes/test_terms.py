"""A task that is due on the last day of a term moves with it, and each term of the shipped dictionaries is one that is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.inburgering.verantwoording import norms
from inburgering_flow.xml import parse

ROOT = Path(__file__).parents[2] / "processes"
FAMILIES = sorted(path.parent for path in ROOT.rglob("gegevens.json"))


def terms(family: Path) -> dict[str, list[dict[str, Any]]]:
    entries = json.loads((family / "gegevens.json").read_text())
    return {e["name"]: e["term"] if isinstance(e["term"], list) else [e["term"]] for e in entries if e.get("term")}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name)
def test_a_task_that_is_due_on_the_last_day_of_a_term_moves_with_it(family: Path) -> None:
    names, still = set(terms(family)), []
    for path in family.glob("*.bpmn"):
        for task in parse(path.read_bytes()).iter("{*}userTask"):
            due = next((str(s.get("dueDate")) for s in task.iter("{*}taskSchedule")), "")
            follows = any(p.get("name") == "herberekenen" and p.get("value") == "true" for p in task.iter("{*}property"))
            if set(re.findall(r"\w+", due)) & names and not follows:
                still.append(f"{path.stem}: {task.get('id')}")
    assert still == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name)
def test_each_term_is_of_processes_that_there_are_and_says_who_decides_by_which_norm(family: Path) -> None:
    entries = {e["name"] for e in json.loads((family / "gegevens.json").read_text())}
    for name, said in terms(family).items():
        for term in said:
            assert all((family / f"{process}.bpmn").exists() for process in term["in"]), name
            assert set(term.get("until", [])) <= entries, name
            assert term["decides"] in {*ROLES, "DUO"}, name
            assert term["missed"], name
            assert set(term["norm"].split(", ")) <= set(norms()), name
