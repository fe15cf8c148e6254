"""Variables, data objects, mappings and decisions: who sees what, and what is handed over."""

from __future__ import annotations

import pytest
from diagrams import Diagram, loop

from engine.doing import deploy, do, open_tasks
from engine.drawing import SIGNAL, catch, signal
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.platform import Platform

DATES = """<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<inputData id="i" name="einde"><variable id="v" name="einde" typeRef="date"/></inputData>
<decision id="bewaking" name="Bewaking"><variable id="b" name="Bewaking"/>
<informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
<literalExpression id="l"><text>{ begin: einde - duration("P6M") }</text></literalExpression></decision></definitions>"""


def test_parallel_branches_see_each_others_variables_and_lose_none(platform: Platform) -> None:
    deploy(
        platform,
        Diagram().start().both("split").user("a").user("b").both("join").script("s", "x + y", "z").end()
        .path("start", "split", "a", "join", "s", "end").path("split", "b", "join"),
    )  # fmt: skip
    key = platform.start("p")

    do(platform, key, "b", {"y": 2})
    do(platform, key, "a", {"x": 1})

    assert platform.instance(key).variables == {"x": 1, "y": 2, "z": 3}


def test_a_variable_may_be_named_like_a_function_and_is_null_while_it_is_not_set(platform: Platform) -> None:
    """The log of a process, kept in a variable with that name; ``log`` is a function of FEEL too."""
    d = Diagram().start().script("a", 'if log = null then ["a"] else append(log, "a")', "log").user("t").end()
    d.script("b", 'if log = null then ["b"] else append(log, "b")', "log")
    d.node("intermediateCatchEvent", "c", body="<bpmn:conditionalEventDefinition><bpmn:condition>= count = 2</bpmn:condition></bpmn:conditionalEventDefinition>")  # fmt: skip
    deploy(platform, d.path("start", "a", "b", "c", "t", "end"))
    key = platform.start("p")
    assert platform.instance(key).variables["log"] == ["a", "b"]
    platform.services.processes.set_variables(key, {"count": 2})

    assert open_tasks(platform, key) == ["t"]


def test_a_data_object_of_a_sub_process_stays_inside(platform: Platform) -> None:
    inside = Diagram().add('<bpmn:dataObject id="d1" name="binnen"/>').start("s2").script("t", "5", "binnen").script("u", "binnen + 1", "buiten")
    d = Diagram().start().sub("sub", inside.end("e2").path("s2", "t", "u", "e2")).end().path("start", "sub", "end")
    deploy(platform, d)

    assert platform.instance(platform.start("p")).variables == {"buiten": 6}


def test_a_data_object_keeps_what_an_input_mapping_or_an_item_gives_it(platform: Platform) -> None:
    inner = Diagram().start("s1").end("e1").path("s1", "e1")
    data = '<bpmn:dataObject id="do" name="x"/>'
    mapped = '<zeebe:ioMapping><zeebe:input source="= 5" target="x"/><zeebe:output source="= x" target="y"/></zeebe:ioMapping>'
    d = Diagram().start().sub("een", inner, body=data, extension=mapped)
    each = Diagram().start("s2").end("e2").path("s2", "e2")
    d.sub("elk", each, body=data.replace("do", "do2") + loop("[7, 8]", "x", output="x", collect="alle"))
    deploy(platform, d.path("start", "een", "elk"))
    key = platform.start("p")

    assert platform.instance(key).variables == {"y": 5, "alle": [7, 8]}


def data_object(diagram: Diagram, id: str, name: str = "") -> Diagram:
    named = f' name="{name}"' if name else ""
    return diagram.add(f'<bpmn:dataObject id="{id}"{named}/><bpmn:dataObjectReference id="ref" dataObjectRef="{id}"/>')


@pytest.mark.parametrize("name", ["brief-2", "ID document [scanned]", "Naam (oud)", "Data Object", "if"])
def test_a_data_object_is_read_by_its_name_whatever_that_looks_like(platform: Platform, name: str) -> None:
    body = (
        '<bpmn:ioSpecification><bpmn:dataInput id="in" name="invoer"/></bpmn:ioSpecification><bpmn:dataInputAssociation>'
        "<bpmn:sourceRef>ref</bpmn:sourceRef><bpmn:targetRef>in</bpmn:targetRef></bpmn:dataInputAssociation>"
    )
    script = '<zeebe:script expression="= invoer" resultVariable="gelezen"/>'
    d = data_object(Diagram(), "d1", name).start().node("scriptTask", "t", script, body).end().path("start", "t", "end")
    deploy(platform, d)

    assert platform.instance(platform.start("p", {name: "hallo", "brief": 9})).variables["gelezen"] == "hallo"


def test_a_data_object_without_a_name_goes_by_its_id(platform: Platform) -> None:
    body = (
        '<bpmn:ioSpecification><bpmn:dataOutput id="out-1"/></bpmn:ioSpecification><bpmn:dataOutputAssociation>'
        "<bpmn:sourceRef>out-1</bpmn:sourceRef><bpmn:targetRef>ref</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    d = data_object(Diagram(), "sid-12CF").start().user("a", body=body).end().path("start", "a", "end")
    deploy(platform, d)
    key = platform.start("p")
    platform.complete(platform.tasks(instance=key)[0].key, {"out-1": "klaar"})

    assert platform.instance(key).variables["sid-12CF"] == "klaar"


def test_a_multi_instance_activity_reads_and_gathers_data_of_any_name(platform: Platform) -> None:
    body = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>ref</bpmn:loopDataInputRef>"
        '<bpmn:loopDataOutputRef>uit</bpmn:loopDataOutputRef><bpmn:inputDataItem id="item"/>'
        '<bpmn:outputDataItem id="o" name="uit-item"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    script = '<zeebe:script expression="= item * 2" resultVariable="uit-item"/>'
    d = data_object(Diagram(), "d1", "te doen (lijst)").add('<bpmn:dataObject id="uit" name="gedaan-lijst"/>')
    deploy(platform, d.start().node("scriptTask", "t", script, body).end().path("start", "t", "end"))

    assert platform.instance(platform.start("p", {"te doen (lijst)": [1, 2]})).variables["gedaan-lijst"] == [2, 4]


def test_a_shape_with_the_id_of_what_it_shows_is_not_taken_for_it(platform: Platform) -> None:
    body = "<bpmn:dataOutputAssociation><bpmn:sourceRef>uit</bpmn:sourceRef><bpmn:targetRef>ref</bpmn:targetRef></bpmn:dataOutputAssociation>"
    d = data_object(Diagram(), "d1", "besluit").add('<bpmn:dataObject id="uit"/>').start().user("a", body=body)
    shape = '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNShape id="ref" bpmnElement="ref"/></di:BPMNDiagram>'
    content = d.end().path("start", "a", "end").xml().replace("</bpmn:definitions>", f"{shape}</bpmn:definitions>")
    platform.deploy_content("p.bpmn", content)
    key = platform.start("p")
    platform.complete(platform.tasks(instance=key)[0].key, {"uit": "ja"})

    assert platform.instance(key).variables["besluit"] == "ja"


def test_data_associations_carry_values_in_and_out(platform: Platform) -> None:
    d = Diagram().add('<bpmn:dataObject id="d1" name="teller"/><bpmn:dataObjectReference id="r1" dataObjectRef="d1"/>')
    body = (
        '<bpmn:ioSpecification id="io"><bpmn:dataInput id="di" name="invoer"/><bpmn:dataOutput id="uit" name="uitvoer"/>'
        "</bpmn:ioSpecification><bpmn:dataInputAssociation id=\"x\"><bpmn:sourceRef>r1</bpmn:sourceRef>"
        "<bpmn:targetRef>di</bpmn:targetRef></bpmn:dataInputAssociation><bpmn:dataOutputAssociation id=\"y\">"
        "<bpmn:sourceRef>uit</bpmn:sourceRef><bpmn:targetRef>r1</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    d.start().script("zet", "1", "teller").node("scriptTask", "t", '<zeebe:script expression="= invoer + 1" resultVariable="uitvoer"/>', body)
    deploy(platform, d.end().path("start", "zet", "t", "end"))

    assert platform.instance(platform.start("p")).variables["teller"] == 2


def test_data_associations_of_events_carry_what_they_throw_and_catch(platform: Platform) -> None:
    def association(tag: str, source: str, target: str) -> str:
        return f"<bpmn:{tag}><bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef></bpmn:{tag}>"

    out = '<bpmn:dataOutput id="o" name="lading"/>' + association("dataOutputAssociation", "o", "do")
    waits = signal(Diagram("wacht").add('<bpmn:dataObject id="do" name="doel"/>')).start()
    catch(waits, "c", out + SIGNAL).end().path("start", "c", "end")
    into = '<bpmn:dataInput id="i" name="lading"/>' + association("dataInputAssociation", "do", "i")
    sends = signal(Diagram("stuurt").add('<bpmn:dataObject id="do" name="bron"/>')).start().end("end", into + SIGNAL)
    deploy(platform, waits, sends.path("start", "end"))
    key = platform.start("wacht")

    platform.start("stuurt", {"bron": 3})

    assert platform.instance(key).variables == {"doel": 3, "lading": 3}


def test_an_output_mapping_sees_what_those_before_it_have_made(platform: Platform) -> None:
    rules = "".join(f'<zeebe:output source="= {s}" target="{t}"/>' for s, t in (("y", "z"), ("z + 1", "o.p"), ("o.p * 2", "w")))
    deploy(platform, Diagram().start().user("a", f"<zeebe:ioMapping>{rules}</zeebe:ioMapping>").end().path("start", "a", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"y": 1})

    assert platform.instance(key).variables == {"z": 1, "o": {"p": 2}, "w": 4}


@pytest.mark.parametrize("target", ["$x", "", "a..b", ".a", "a.", "x" * 256])
def test_a_mapping_writes_to_a_name(platform: Platform, target: str) -> None:
    mapping = f'<zeebe:ioMapping><zeebe:output source="= 1" target="{target}"/></zeebe:ioMapping>'
    with pytest.raises(DeploymentRejected, match="name of a variable"):
        deploy(platform, Diagram().start().user("a", mapping).end().path("start", "a", "end"))


def test_a_mapping_whose_assertion_fails_is_an_incident(platform: Platform) -> None:
    rules = '<zeebe:ioMapping><zeebe:output source="= assert(y, y &gt; 0, &quot;y moet positief zijn&quot;)" target="z"/></zeebe:ioMapping>'
    deploy(platform, Diagram().start().user("a", rules).end().path("start", "a", "end"))
    key = platform.start("p", {"y": 0})
    do(platform, key, "a")
    assert "y moet positief zijn" in platform.instance(key).incidents[0].message

    platform.services.processes.set_variables(key, {"y": 1})
    platform.resolve_all(key)

    assert platform.instance(key).variables == {"y": 1, "z": 1}


def test_a_failing_mapping_names_the_expression_and_the_types_of_what_it_reads(platform: Platform) -> None:
    extension = '<zeebe:loopCharacteristics inputCollection="= bedrag" inputElement="x"/>'
    body = f"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>{extension}</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    deploy(platform, Diagram().start().user("t", body=body).end().path("start", "t", "end"))
    key = platform.start("p", {"bedrag": 5})

    message = platform.instance(key).incidents[0].error_message
    assert "bedrag" in message
    assert "number" in message


def test_a_decision_that_an_impossible_value_has_emptied_is_an_incident_not_a_silent_null(platform: Platform) -> None:
    platform.deploy_content("d.dmn", DATES)
    rule = '<zeebe:calledDecision decisionId="bewaking" resultVariable="bewaking"/>'
    deploy(platform, Diagram().start().node("businessRuleTask", "regel", rule).user("na").end()
           .path("start", "regel", "na", "end"))  # fmt: skip

    good = platform.start("p", {"einde": "2029-12-31"})
    bad = platform.start("p", {"einde": "31-12-2029"})

    assert platform.instance(good).variables["bewaking"] == {"begin": "2029-06-30"}
    incident = platform.instance(bad).incidents[0]
    assert incident.error_type == "DECISION_EVALUATION_ERROR"
    assert "does not fit date" in incident.message
    platform.services.processes.set_variables(bad, {"einde": "2029-12-31"})
    platform.resolve(incident.key)
    assert open_tasks(platform, bad) == ["na"]


def decision(logic: str) -> str:
    """A decision 'besluit' that reads whatever names stand in its logic."""
    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="t">'
    return f'{head}<decision id="besluit" name="besluit">{logic}</decision></definitions>'


def one_column(policy: str, *rules: tuple[str, str]) -> str:
    rows = "".join(
        f"<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>"
        for test, output in rules
    )
    column = '<input><inputExpression typeRef="number"><text>n</text></inputExpression></input>'
    return decision(f'<decisionTable hitPolicy="{policy}">{column}<output name="uit"/>{rows}</decisionTable>')


def literal(text: str) -> str:
    return decision(f"<literalExpression><text>{text}</text></literalExpression>")


@pytest.mark.parametrize(
    "dmn",
    [
        *(one_column(policy, ("99", "1")) for policy in ("UNIQUE", "FIRST", "ANY", "RULE ORDER")),
        literal("null"), literal("weg"), literal("weg.plaats"), literal("weg + 1"), literal("{a: 1}.b"), literal("[1][5]"),
        literal('number("x")'), literal("if weg then 1 else null"),
    ],
)  # fmt: skip
def test_a_decision_whose_result_is_null_goes_on(platform: Platform, dmn: str) -> None:
    platform.deploy_content("d.dmn", dmn)
    rule = '<zeebe:calledDecision decisionId="besluit" resultVariable="uitkomst"/>'
    deploy(platform, Diagram().start().node("businessRuleTask", "regel", rule).user("na").path("start", "regel", "na"))

    key = platform.start("p", {"n": 7, "uitkomst": "van eerder"})

    assert open_tasks(platform, key) == ["na"]
    assert platform.instance(key).variables["uitkomst"] is None


@pytest.mark.parametrize("policy", ["UNIQUE", "ANY"])
def test_a_table_that_contradicts_itself_is_an_incident_not_null(platform: Platform, policy: str) -> None:
    platform.deploy_content("d.dmn", one_column(policy, ("&gt; 5", "1"), ("&gt; grens", "2")))
    rule = '<zeebe:calledDecision decisionId="besluit" resultVariable="uitkomst"/>'
    deploy(platform, Diagram().start().node("businessRuleTask", "regel", rule).user("na").path("start", "regel", "na"))

    key = platform.start("p", {"n": 7, "grens": 6})

    assert "gave an empty result" in platform.instance(key).incidents[0].error_message


@pytest.mark.parametrize(("there", "kind"), [(3, "number"), ("x", "string"), ([1], "list"), (False, "boolean")])
@pytest.mark.parametrize("target", ["dossier.nummer", "diep.dossier.nummer.begin"])
@pytest.mark.parametrize("side", ["input", "output"])
def test_a_mapping_into_what_is_no_context_is_an_incident_and_replaces_nothing(
    platform: Platform, there: object, kind: str, target: str, side: str
) -> None:
    before = f'<zeebe:input source="= {target.split(".")[0]}" target="{target.split(".")[0]}"/>' if side == "input" else ""
    io = f'<zeebe:ioMapping>{before}<zeebe:{side} source="= 7" target="{target}"/></zeebe:ioMapping>'
    deploy(platform, Diagram().start().user("a", io).end().path("start", "a", "end"))
    given = {"dossier": there} if target.startswith("dossier") else {"diep": {"dossier": there, "naast": 1}}
    key = platform.start("p", given)
    if side == "output":
        do(platform, key, "a")

    [incident] = platform.instance(key).incidents
    assert incident.error_type == "IO_MAPPING_ERROR"
    assert f"dossier', which is a {kind} and no context" in incident.error_message
    assert platform.instance(key).variables == given

    platform.services.processes.set_variables(key, {"dossier": {"oud": 1}} if "diep" not in given else {"diep": {"naast": 1}})
    platform.resolve(incident.key)
    assert platform.instance(key).incidents[0].state != "ACTIVE"
