"""What somebody gets and what he pays himself: decided by group and route, and told in the letter with the PIP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from normen.test_pip import SENT, text_of

from inburgering_flow.dmn import read_model
from inburgering_flow.feel import Context
from inburgering_flow.inburgering.resources import resource_folder

FOLDER = resource_folder("processes") / "beslissingen"
ASYLUM, FAMILY = "asielstatushouder", "gezinsmigrant"


def rights(group: str | None, route: str | None) -> dict[str, str]:
    context = Context(now=datetime(2026, 11, 27, 12, tzinfo=UTC))
    found: list[dict[str, Any]] = read_model(FOLDER / "d03-rechten.dmn").evaluate(
        "Rechten", {"doelgroep": group, "leerroute": route}, context=context
    )
    return {one["recht"]: one["tekst"] for one in found or ()}


@pytest.mark.parametrize("route", ["B1", "O", "Z"])
def test_n_beg_05_only_who_came_for_asylum_is_offered_a_course(route: str) -> None:
    assert "aanbod" in rights(ASYLUM, route)
    assert "aanbod" not in rights(FAMILY, route)
    assert ("eigen school" in rights(FAMILY, route)) is (route != "Z")  # who pays for the Z-route is a question for a lawyer
    assert "eigen school" not in rights(ASYLUM, route)


@pytest.mark.parametrize("route", ["B1", "O", "Z"])
def test_n_duo_05_a_loan_is_for_who_pays_himself(route: str) -> None:
    assert "10.000 euro" in rights(FAMILY, route)["lening"]
    assert "lening" not in rights(ASYLUM, route)


@pytest.mark.parametrize(("route", "said"), [("B1", "elk examenonderdeel twee keer"), ("O", "KNM twee keer"), ("Z", "niveau A2, en KNM")])
def test_n_rou_15_free_exams_are_for_asylum_and_differ_by_route(route: str, said: str) -> None:
    assert said in rights(ASYLUM, route)["examens"]
    assert rights(FAMILY, route)["examens"] == "U betaalt uw examens zelf."


def test_n_rou_03_the_onderwijsroute_has_no_map() -> None:
    assert [route for route in ("B1", "O", "Z") if "map" in rights(ASYLUM, route)] == ["B1", "Z"]
    assert "pvt" in rights(FAMILY, "O")


def test_n_beg_04_help_with_living_here_is_told_of_to_who_has_a_right_to_it() -> None:
    assert "wonen, zorg, werk, geld, verzekeringen en school" in rights(ASYLUM, "B1")["begeleiding"]
    assert "begeleiding" not in rights(FAMILY, "B1")


def test_nothing_is_said_of_a_group_or_route_that_is_not_known() -> None:
    assert rights(None, "B1") == rights(ASYLUM, None) == rights("marsmannetje", "B1") == {}


def test_n_rou_15_the_letter_with_the_pip_tells_the_rights_and_what_somebody_pays_himself() -> None:
    told = list(rights(FAMILY, "B1").values())
    words = text_of(SENT | {"rechten": told})

    assert "Wat u krijgt, en wat u zelf betaalt" in words
    assert [one for one in told if one not in words] == []
    assert "Wat u krijgt" not in text_of(SENT)
