"""Which models a trial run needs: whatever the process may come to, and little else."""

from __future__ import annotations

import pytest
from decisions import decision, file, table
from diagrams import Diagram, message_event
from variants import ALL

from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.services.resources import Resource, collect
from inburgering_flow.workbench.needed import needed
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Runner, find, load
from inburgering_flow.workbench.starting import startable


def bpmn(name: str, diagram: Diagram) -> Resource:
    return Resource(f"map/{name}.bpmn", diagram.xml().encode())


def start(id: str, element: str) -> Diagram:
    return Diagram(id).start().add(element).end()


@pytest.fixture
def models() -> list[Resource]:
    asks = '<bpmn:extensionElements><zeebe:formDefinition formId="vraag"/></bpmn:extensionElements>'
    first = start("een", f'<bpmn:userTask id="t">{asks}</bpmn:userTask>')
    first.node("businessRuleTask", "b", '<zeebe:calledDecision decisionId="besluit" resultVariable="r"/>').call("c", "twee")
    first.call("d", "= if groot then &quot;drie&quot; else &quot;twee&quot;")
    heard = Diagram("vier").message("m", "roept", "").node("startEvent", "start", body=message_event("m")).end()
    third = Diagram("drie").message("m", "roept", "").start().end()
    return [
        bpmn("een", first), bpmn("twee", start("twee", "")), bpmn("drie", third), bpmn("vier", heard),
        bpmn("vijf", start("vijf", "")), Resource("map/vraag.form", b'{"id": "vraag", "components": []}'),
        Resource("map/andere.form", b'{"id": "andere", "components": []}'),
        Resource("map/besluit.dmn", file(decision("besluit", table(["x"], [["1", "2"]]))).encode()),
        Resource("map/gegevens.json", b"[]"), Resource("elders/gegevens.json", b"[]"),
    ]  # fmt: skip


def test_what_is_named_is_needed_and_what_that_names(models: list[Resource]) -> None:
    found = {one.name.removeprefix("map/") for one in needed("map/een.bpmn", models)}
    assert found == {"een.bpmn", "twee.bpmn", "drie.bpmn", "vier.bpmn", "vraag.form", "besluit.dmn", "gegevens.json"}
    assert {one.name for one in needed("map/vijf.bpmn", models)} == {"map/vijf.bpmn", "map/gegevens.json"}


def test_where_an_id_is_composed_all_are_needed(models: list[Resource]) -> None:
    composed = bpmn("zes", start("zes", "").call("c", "= &quot;deel-&quot; + soort"))
    assert needed("map/zes.bpmn", [*models, composed]) == [*models, composed]


@pytest.mark.skipif(not ALL, reason="seconds; tests/processes plays each shipped scenario")
def test_the_shipped_scenarios_come_true_on_what_their_process_needs() -> None:
    folder = resource_folder("processes")
    every = collect([folder, resource_folder("forms")])
    where = {one.process_id: one.resource for one in startable(every, every)}
    for family in ("handhaving", "leerroute"):
        story = next(one for one in map(load, find(folder)) if one.path.parent.parent.name == family)
        with Sandbox.open(needed(where[story.content["proces"]], every)) as sandbox:
            Runner(sandbox.fresh(story.clock, story.mocks), story).run()
