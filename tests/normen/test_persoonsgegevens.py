"""N-DAT: which data goes where."""

from __future__ import annotations

import json

from inburgering_flow import xml
from inburgering_flow.inburgering.resources import resource_folder

PROCESSES, FORMS = resource_folder("processes"), resource_folder("forms")


def entries(family: str) -> dict[str, str]:
    """Return what the dictionary of a family declares, with the category of each name."""
    return {found["name"]: found["category"] for found in json.loads((PROCESSES / family / "gegevens.json").read_text())}


def test_n_dat_02_health_is_never_in_the_file_of_a_fine() -> None:
    assert "special" in entries("inburgering").values(), "the intake has it, for the klantmanager"
    assert "special" not in entries("handhaving").values()
    called = next(
        found for found in xml.parse((PROCESSES / "inburgering" / "inburgering.bpmn").read_bytes()).iter("{*}callActivity")
        if found.get("id") == "roep_handhaving"
    )  # fmt: skip
    given = {found.get("target") for found in called.iter("{*}input")}
    special = {name for name, category in entries("inburgering").items() if category == "special"}
    assert given
    assert not given & special
    for form in ("oorzaak-onderzoeken", "zienswijze-beoordelen"):
        assert "gezondheid" in (FORMS / f"{form}.form").read_text(), "who fills it in is told to leave it out"
