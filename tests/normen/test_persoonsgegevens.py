"""N-DAT: which data goes where."""

from __future__ import annotations

import json
import re

from normen.test_intake import REPORT, TALK, Case

from inburgering_flow import xml
from inburgering_flow.app import create_app
from inburgering_flow.inburgering.demo import ACCOUNTS, LOCATION
from inburgering_flow.inburgering.partners import DUO_JOBS
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SECRET
from inburgering_flow.platform import Platform

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


def test_n_dat_03_special_data_is_for_the_klantmanager_alone_in_each_dictionary() -> None:
    found = [
        (path.parent.name, one["name"], one["roles"]) for path in sorted(PROCESSES.glob("*/gegevens.json"))
        for one in json.loads(path.read_text()) if one["category"] == "special"
    ]  # fmt: skip

    assert len(found) == 15, "somebody has to look at each new one"
    assert [one for one in found if one[2] != ["klantmanager"]] == []


def test_n_dat_03_health_is_on_the_page_of_a_case_for_the_klantmanager_and_for_nobody_else(law: Platform) -> None:
    case = Case(law, "2026-03-02")
    for name, (title, role) in ACCOUNTS.items():
        place = LOCATION if role == "coa-medewerker" else None
        law.services.accounts.save(name, display_name=title, password="lang-genoeg-woord", roles=(role,), location=place)
    case.call("2026-03-10")
    case.do("taak_intakegesprek", **TALK)
    case.message("duo.SS131", lbtUitslag="B1-route haalbaar")
    case.do("taak_intake_verslag", **REPORT | {"gezondheid": "Suikerziekte.", "zelfredzaamheid": "Leest de post zelf."})
    [key] = [instance.key for instance in case.called("brede-intake")]
    app = create_app(law.services)

    def reads(username: str) -> str:
        """Return what somebody is shown of the case, its intake and the tasks of it, whatever the answer is."""
        client = app.test_client()
        csrf = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/inloggen").text)
        assert csrf is not None
        client.post("/inloggen", data={"username": username, "password": "lang-genoeg-woord", "csrf_token": csrf[1]})
        pages = [f"/zaken/{case.key}{page}" for page in ("", "/tijdlijn", "/documenten", "/gegevens", "/diagram")]
        tasks = [f"/taken/{task.key}" for task in law.tasks(instance=case.key)]
        return "".join(client.get(path).text for path in (*pages, f"/zaken/{key}", *tasks))

    told = {name for name in ("karin", "rita", "tom", "julia", "hans") if "Suikerziekte" in reads(name)}
    assert told == {"karin"}
    assert case.number in reads("rita"), "who is told nothing of health sees the case"
