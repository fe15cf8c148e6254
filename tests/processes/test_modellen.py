"""What a whole run walked is compared with the models: what is missing is named, and so is an open place that is none."""

from __future__ import annotations

from pathlib import Path

import modellen
import pytest
from walked import Walked, faults

from inburgering_flow.dmn import read_model
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.workbench.scenarios import Runner, find, load

FOLDER = resource_folder("processes")
STORIES = [load(path) for path in find(FOLDER)]


@pytest.fixture
def everything() -> dict[str, set[str]]:
    """Everything that can be walked and is no open place."""
    places = modellen.open_places()
    return {name: set(model.ids) - set(places.get(name, ())) for name, model in modellen.models().items()}


def test_an_element_a_flow_or_a_rule_that_is_not_walked_is_named(everything: dict[str, set[str]]) -> None:
    assert modellen.problems(everything) == []

    for name, id in (("inning", "verjaard"), ("inning", "naar_toch_te_veel_uit_wacht_op_vaststaan"), ("d00-termijnen", "regel_termijn_1")):
        assert id in everything[name], id
        less = everything | {name: everything[name] - {id}}
        assert [said for said in faults(less) if said.startswith(f"{name}: {id} ")] == faults(less)
        assert len(faults(less)) == 1


def test_an_open_place_that_is_walked_is_named_and_each_is_somewhere_and_has_a_reason(everything: dict[str, set[str]]) -> None:
    places = [(name, id, reason) for name, reasons in modellen.open_places().items() for id, reason in reasons.items()]
    for name, id, reason in places:
        assert id in modellen.models()[name].ids
        assert len(reason) > 20
        more = everything | {name: everything[name] | {id}}
        assert modellen.problems(more) == [f"{name}: {id} is walked: take it off {modellen.OPEN.name}"]


def test_of_a_run_its_elements_flows_and_rules_are_noted(law: Platform) -> None:
    walked = Walked()
    with walked.watching():
        Runner(law, load(FOLDER / "voorinburgering" / "scenarios" / "deelname-geweigerd.yaml")).run()
    walked.look(Path(law.context.db.engine.url.database))

    found = walked.found["voorinburgering"]
    assert {"taak_deelname_vragen", "besluit_deelname", "naar_nee", "wacht_uitstroom"} <= found
    assert not {"taak_programma_volgen", "uitstroom_tijdens_programma"} & found
    with walked.watching():
        read_model(FOLDER / "beslissingen" / "d00-termijnen.dmn").evaluate("PIP-termijnen", {})
    assert walked.found["d00-termijnen"] == {"regel_termijn_1", "regel_termijn_2", "regel_termijn_3", "regel_termijn_school"}


def test_every_edge_of_our_own_stands_beside_those_of_the_dossier() -> None:
    given = [story for story in STORIES if modellen.is_given(story)]
    assert len(given) >= 18
    assert len(STORIES) - len(given) >= 140
    names = [story.name for story in STORIES]
    assert len(set(names)) == len(names)
