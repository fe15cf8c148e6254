"""N-DAT: which data goes where."""

from __future__ import annotations

import json

from inburgering_flow import xml
from inburgering_flow.inburgering.partners import DUO_JOBS
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SECRET

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


def test_n_dat_01_a_begeleider_and_a_school_see_no_bsn_and_the_college_does() -> None:
    may = {name for name, role in ROLES.items() if SECRET in role.may}

    assert {"klantmanager", "regievoerder", "jurist", "handhaver"} <= may
    assert not may & {"begeleider", "taalaanbieder", "coa-medewerker", "beleidsadviseur", "procesontwerper"}


def test_n_dat_07_what_the_minister_has_to_be_told_is_told_by_a_process() -> None:
    told = {
        found.get("type") for path in PROCESSES.glob("*/*.bpmn") for found in xml.parse(path.read_bytes()).iter("{*}taskDefinition")
    }  # fmt: skip

    assert set(DUO_JOBS) == {f"duo.{what}-melden" for what in ("pip", "pvt", "map", "aanbod")}
    assert set(DUO_JOBS) <= told


def test_n_dat_08_the_coa_hands_over_progress_and_level_and_nothing_of_health() -> None:
    asked = json.loads((FORMS / "overdrachtsgesprek.form").read_text())["components"]
    keys = {one.get("key") for one in asked}

    assert {"urenNt2", "urenKnm", "klantprofielKlaar"} <= keys
    assert not keys & {name for name, category in entries("inburgering").items() if category in ("special", "health")}
