"""N-OVG: who is under the old law may be offered guidance, and nothing is ever forced on him."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.xml import parse

FOLDER = resource_folder("processes")
TABLE = read_model(FOLDER / "beslissingen" / "d26-ondertussengroep.dmn")
PERSON = {"voornamen": "Voorbeeld", "achternaam": "Ondertussen", "bsn": "999990214", "straat": "Voorbeeldlaan 1",
          "postcode": "1234 AB", "woonplaats": "Voorbeeldstad"}  # fmt: skip


def allowed(months: int, share: str, *, residence: str = "asiel bepaalde tijd", old: bool = True) -> bool:
    given = {"onderOudeWet": old, "verblijf": residence, "leningPercentage": Decimal(share), "maandenTotEinde": months}
    return bool(TABLE.evaluate("Begeleiding ondertussengroep", given)["mag"])


def test_n_ovg_02_after_75_percent_in_the_last_year_or_95_percent_at_any_time() -> None:
    assert [allowed(9, "74.99"), allowed(9, "75")] == [False, True]
    assert [allowed(13, "94.99"), allowed(13, "95")] == [False, True]
    assert [allowed(12, "75"), allowed(13, "75")] == [True, False]
    assert allowed(9, "80", residence="gezin bij asiel")
    assert not allowed(9, "99", residence="anders")
    assert not allowed(9, "99", old=False)


def begun(law: Platform, **given: Any) -> int:
    facts = {"dossiernummer": "O-1", "onderOudeWet": True, "verblijf": "asiel bepaalde tijd", "leningPercentage": 80,
             "maandenTotEinde": 6} | given  # fmt: skip
    key = law.start("ondertussengroep", facts, person=law.register_person(PERSON), owner="karin")
    law.run_due()
    return key


def do(law: Platform, element: str, **answers: Any) -> None:
    law.complete(next(t.key for t in law.tasks(state="CREATED") if t.element_id == element), answers, user="karin")
    law.run_due()


def test_n_ovg_01_no_pip_no_fine_and_no_consequence_of_saying_no(law: Platform) -> None:
    key = begun(law)
    do(law, "taak_begeleiding_aanbieden", wilBegeleiding="nee", begeleidingPlan=None, begeleidingStart=None)
    assert law.instance(key).state == "COMPLETED"
    assert [i.process_id for i in law.instances()] == ["ondertussengroep"]
    assert [d.title for d in law.services.documents.of_case(key)] == ["Einde van de begeleiding"]
    diagram = parse((FOLDER / "ondertussengroep" / "ondertussengroep.bpmn").read_bytes())
    kinds = {element.tag.rpartition("}")[2] for element in diagram.iter()}
    assert not kinds & {"callActivity", "escalationEventDefinition", "messageEventDefinition"}, "it reaches no other process"


def test_n_ovg_01_who_is_under_the_new_law_is_sent_to_a_case_of_his_own(law: Platform) -> None:
    key = begun(law, onderOudeWet=False)
    assert law.instance(key).variables["begeleidingReden"].startswith("Deze persoon valt onder de Wet inburgering 2021")


@pytest.mark.parametrize("done", [True, False])
def test_n_ovg_03_that_the_map_was_completed_is_recorded_for_duo(law: Platform, done: bool) -> None:
    key = begun(law)
    do(law, "taak_begeleiding_aanbieden", wilBegeleiding="ja", begeleidingPlan="Hulp bij de MAP.", begeleidingStart="2026-03-09")
    do(law, "taak_begeleiding_volgen", begeleidingStand="klaar", mapAfgerond=done, begeleidingNotitie="De begeleiding is klaar.")
    assert law.instance(key).variables["mapAfgerond"] is done
    assert [d.title for d in law.services.documents.of_case(key)] == ["Uw begeleiding begint", "Einde van de begeleiding"]
