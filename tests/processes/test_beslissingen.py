"""The decisions that ship: what the tables say, and that uncertainty alone never leads to a decision against somebody."""

from __future__ import annotations

import itertools
import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from inburgering_flow import xml
from inburgering_flow.dmn import Model, read_model
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import feel_wettelijke_termijn

FOLDER = resource_folder("processes") / "beslissingen"
PROCESSES = sorted(resource_folder("processes").glob("*/*.bpmn"))
LENGTH = re.compile(r"\"P\d+[DWMY]\"|PT\d+[HMS]")


@lru_cache
def model(file: str) -> Model:
    """Read a file once: a table is asked for each combination of what it may be given."""
    return read_model(FOLDER / file)


def decide(file: str, decision: str, **inputs: Any) -> Any:
    return model(file).evaluate(decision, inputs, functions={"wettelijkeTermijn": feel_wettelijke_termijn})


def test_only_a_clear_case_of_a_gezinsmigrant_goes_to_the_fine_track() -> None:
    fined = [
        case
        for case in itertools.product(
            ("ja", "nee", "onduidelijk", None),
            ("brede intake", "pip", "participatiewet", "iets anders", None),
            ("begeleiding", "pvt", "map", "leerroute", None),
            (True, False, None),
            ("nee", "ja", "ingetrokken", None),
            ("asielstatushouder", "gezinsmigrant", "gezinshereniger", None),
        )
        if decide(
            "d13-handhavingsspoor.dmn", "Handhavingsspoor",
            **dict(zip(("verwijtbaar", "verplichting", "plicht", "inBijstand", "bijstandVerlaagd", "doelgroep"), case, strict=True)),
        )["spoor"] == "boete"
    ]  # fmt: skip

    assert {(blame, duty, kind, group) for blame, duty, kind, _, _, group in fined if duty == "pip"} == {
        ("ja", "pip", kind, "gezinsmigrant") for kind in ("begeleiding", "pvt", "map")
    }
    assert {(blame, duty, group) for blame, duty, _, _, _, group in fined} == {
        ("ja", "brede intake", "gezinsmigrant"), ("ja", "pip", "gezinsmigrant"),
    }
    assert "ja" not in {lowered for _, _, _, _, lowered, _ in fined}


@pytest.mark.parametrize(
    ("uitslag", "leeftijd", "wens", "route"),
    [
        ("B1-route haalbaar", 24, True, "O"),
        ("B1-route haalbaar", 40, True, "B1"),
        ("B1-route niet haalbaar", 24, True, "Z"),
        ("Onbekend", 24, False, None),
        (None, 24, False, None),
    ],
)
def test_the_advice_about_the_leerroute(uitslag: str | None, leeftijd: int, wens: bool, route: str | None) -> None:
    found = decide(
        "d06-leerroute-advies.dmn", "Leerroute-advies", lbtUitslag=uitslag, leeftijd=leeftijd, onderwijswens=wens
    )

    assert found["route"] == route
    assert found["expertNodig"] is (route is None)


@pytest.mark.parametrize("path", [*PROCESSES, *sorted(FOLDER.glob("*.dmn"))], ids=lambda p: p.stem)
def test_every_length_stands_in_the_table_of_terms(path: Path) -> None:
    if path.stem == "d00-termijnen":
        return
    found = LENGTH.findall(path.read_text(encoding="utf-8").replace("&quot;", '"'))

    assert [length for length in found if length != '"P1D"'] == []  # the day before an exclusive end is not a term


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.dmn")), ids=lambda p: p.stem)
def test_every_row_says_where_it_comes_from_and_how_sure_it_is(path: Path) -> None:
    for table in (e for e in xml.parse(path.read_bytes()).iter() if xml.local(e) == "decisionTable"):
        columns = [e.get("name") for e in table if xml.local(e) == "annotation"]
        assert [name for name in columns if name != "Norm"] == ["Bron", "Geldig van", "Geldig tot", "Zekerheid"]
        for rule in (e for e in table if xml.local(e) == "rule"):
            notes = [
                "".join(text.text or "" for text in e if xml.local(text) == "text")
                for e in rule
                if xml.local(e) == "annotationEntry"
            ]
            said = dict(zip(columns, notes, strict=False))  # who knows no norm of a row leaves the last column out
            assert said["Bron"], rule.get("id")
            assert date.fromisoformat(said["Geldig van"])
            assert said["Zekerheid"] in ("vast", "te controleren"), rule.get("id")
