"""What expressions read is known from the data dictionary, the forms, or the diagram; anything else is reported before
it runs.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from diagrams import Diagram, loop, message_event, timer

from inburgering_flow.bpmn import rules, variables
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource

DATA = json.dumps([{"name": n, "type": "number", "meaning": "x", "source": "x"} for n in ("bedrag", "sleutel")])
FORM = json.dumps({"type": "default", "id": "vraag", "components": [{"type": "number", "key": "leeftijd", "label": "Leeftijd"}]})


def unknown(diagram: Diagram, *declared: str) -> list[tuple[str, str, str]]:
    found, findings = rules.read(diagram.xml().encode(), name="p.bpmn")
    assert not [f for f in findings if f.severity == "error"], findings
    return [(u.element_id, u.name, u.meant) for u in variables.unknown(found[0], declared, ("feestdagen",))]


def test_a_name_that_nothing_knows_is_found_at_its_element_with_what_may_have_been_meant() -> None:
    d = Diagram().start().xor("g", default="g_end").user("a").end().path("start", "g|bedrga > 250", "a", "end").path("g", "end")

    assert unknown(d, "bedrag") == [("g", "bedrga", "bedrag")]
    assert unknown(d, "bedrag", "bedrga") == []


def test_what_an_element_or_its_surroundings_write_is_known_where_it_is_seen_and_only_there() -> None:
    mapping = '<zeebe:ioMapping><zeebe:input source="= bedrag" target="lokaal"/><zeebe:output source="= som" target="naar.buiten"/></zeebe:ioMapping>'
    inside = Diagram().start("s").script("binnen", "lokaal + naar.buiten", "som").end("e").path("s", "binnen", "e")
    d = Diagram().start().sub("sub", inside, extension=mapping).script("na", "lokaal + som + feestdagen(2026)", "uit").end()

    assert unknown(d.path("start", "sub", "na", "end"), "bedrag") == [("na", "lokaal", "")]


def test_a_repeated_activity_knows_its_item_and_its_counters() -> None:
    body = loop("bedragen", "item", output="item", collect="alle", until="numberOfCompletedInstances > 2")
    due = '<zeebe:taskSchedule dueDate="= now() + duration(&quot;P&quot; + string(loopCounter + item) + &quot;D&quot;)"/>'
    d = Diagram().start().user("a", due, body).script("b", "alle[item > 1] and itme", "x").end().path("start", "a", "b", "end")

    assert unknown(d, "bedragen") == [("b", "itme", "")]


def test_a_field_of_an_item_is_no_unknown_variable_but_the_list_is() -> None:
    d = Diagram().start().script("a", 'taken[status = "open" and bedrag > grens].naam', "x").end().path("start", "a", "end")

    assert unknown(d) == [("a", "taken", "")]


def test_an_output_mapping_is_looked_at_where_nobody_outside_brings_anything() -> None:
    outputs = '<zeebe:ioMapping><zeebe:output source="= antwoordd" target="x"/></zeebe:ioMapping>'
    d = Diagram().start().sub("sub", Diagram().start("s").end("e").path("s", "e"), extension=outputs)
    d.user("vraag", '<zeebe:formDefinition formId="f"/>' + outputs).user("vrij", outputs).service("werk", "w", outputs).end()

    assert unknown(d.path("start", "sub", "vraag", "vrij", "werk", "end"), "antwoord") == [
        ("sub", "antwoordd", "antwoord"), ("vraag", "antwoordd", "antwoord"),
    ]  # fmt: skip


def test_events_and_their_hosts_are_looked_at() -> None:
    d = Diagram().message("m", "bericht", "= nummer").start().user("a", '<zeebe:ioMapping><zeebe:input source="= 1" target="dagen"/></zeebe:ioMapping>')
    d.boundary("b", "a", message_event("m")).boundary("t", "a", timer("timeDuration", '= duration("P" + string(dagen) + "D")'))
    d.boundary("u", "a", timer("timeDuration", "= termijn")).end().end("w")

    assert unknown(d.path("start", "a", "end").path("b", "w").path("t", "w").path("u", "w")) == [
        ("b", "nummer", ""), ("u", "termijn", ""),
    ]  # fmt: skip


FOR_ANNA = '<zeebe:assignmentDefinition assignee="anna"/>'


def deploy_check(platform: Platform, text: str, *, data: str | None = DATA) -> list[str]:
    d = Diagram().start().user("a", FOR_ANNA + '<zeebe:formDefinition formId="vraag"/>').script("s", text, "uit").end()
    resources = [
        Resource("x/p.bpmn", d.path("start", "a", "s", "end").xml().encode()), Resource("vraag.form", FORM.encode()),
    ]  # fmt: skip
    if data is not None:
        resources.append(Resource("x/gegevens.json", data.encode()))
    found = platform.services.deployments.check(resources)
    assert {f.severity for f in found} <= {"warning"}
    return [f"{f.rule} {f.element_id}: {f.message} {f.remedy}" for f in found]


def test_a_designer_is_warned_before_it_runs(platform: Platform) -> None:
    (said,) = deploy_check(platform, "bedrga + leeftijd")

    assert said.startswith("unknown-variable s: The script reads bedrga")
    assert "Did you mean bedrag?" in said
    assert deploy_check(platform, "bedrag + leeftijd") == []


def test_without_a_data_dictionary_what_is_like_a_known_name_is_said_and_one_that_was_deployed_before_counts(
    platform: Platform,
) -> None:
    for slip in ("leeftjid", "leftijd", "leeeftijd", "leeftyjd"):
        assert "Did you mean leeftijd?" in deploy_check(platform, slip, data=None)[0]
    for other in ("anders", "leeftijd2", "leeftijden", "leef", "bedrga"):
        assert deploy_check(platform, other, data=None) == []
    platform.services.deployments.deploy([Resource("x/gegevens.json", DATA.encode())])
    assert len(deploy_check(platform, "bedrga", data=None)) == 1


def test_the_dictionary_of_another_folder_says_nothing(platform: Platform) -> None:
    platform.services.deployments.deploy([Resource("y/gegevens.json", DATA.encode())])
    assert deploy_check(platform, "iets", data=None) == []
    diagram = Diagram().start().script("s", "bedrga", "uit").end().path("start", "s", "end").xml().encode()
    both = [Resource("y/gegevens.json", DATA.encode()), Resource("x/p.bpmn", diagram)]
    assert platform.services.deployments.check(both) == []


@pytest.mark.parametrize("path", sorted(Path("processes").rglob("*.bpmn")), ids=lambda p: p.stem)
def test_a_misspelt_variable_in_a_shipped_process_would_be_found(path: Path) -> None:
    declared = {e["name"] for e in json.loads((path.parent / "gegevens.json").read_text())}
    from inburgering_flow.inburgering import plugin

    functions = plugin().functions
    for definition in rules.read(path.read_bytes(), name=path.name)[0]:
        assert variables.unknown(definition, declared, functions) == []
        read = {n for e in definition.elements.values() for _, text in variables._expressions(e)
                for n in variables._reads(text, functions)}  # fmt: skip
        for name in read & declared:
            assert name in {u.name for u in variables.unknown(definition, declared - {name}, functions)} | {
                n for e in definition.elements.values() for n in variables._written(e) | variables._local(e)
            }


def called(diagram: Diagram) -> list[tuple[str, str, str, str]]:
    found, findings = rules.read(diagram.xml().encode(), name="p.bpmn")
    assert not [f for f in findings if f.severity == "error"], findings
    return [(u.element_id, u.what, u.name, u.meant) for u in variables.unknown_functions(found[0], ("feestdagen",))]


def test_a_function_that_there_is_not_is_found_wherever_it_is_called() -> None:
    mapping = '<zeebe:ioMapping><zeebe:input source="= a(1)" target="x"/><zeebe:output source="= b(x)" target="y"/></zeebe:ioMapping>'
    d = Diagram().start().xor("g", default="g_s").service("s", "werk", mapping).script("t", "for i in x return summ(i)", "z")
    d.user("u", '<zeebe:taskSchedule dueDate="= feestdagen(2026)[1]"/>', loop("x", "item", output="c(item)", collect="alle"))
    d.end().path("g", "s").path("start", "g|len(x) > 1", "s", "t", "u", "end")

    assert called(d) == [
        ("g", "condition of an outgoing flow", "len", ""), ("s", "input mapping", "a", ""), ("s", "output mapping", "b", ""),
        ("t", "script", "summ", "sum"), ("u", "output element", "c", ""),
    ]  # fmt: skip


def test_what_an_expression_defines_itself_is_no_unknown_function() -> None:
    text = "{f: function(n) n + 1, g: f(1), h: some k in [function(n) n] satisfies k(1) = 1, i: x[is open(1)]}.g"
    d = Diagram().start().script("t", text, "z").end().path("start", "t", "end")

    assert called(d) == []


def test_a_deployment_that_calls_a_function_that_there_is_not_is_refused(platform: Platform) -> None:
    d = Diagram().start().script("t", "summ([1])", "z").end().path("start", "t", "end")

    with pytest.raises(DeploymentRejected) as refused:
        platform.deploy_content("p.bpmn", d.xml())

    assert [(f.rule, f.element_id) for f in refused.value.findings] == [("unknown-function", "t")]
    assert "summ" in refused.value.findings[0].message
    assert "sum?" in refused.value.findings[0].remedy
