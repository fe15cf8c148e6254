"""Parts of diagrams that several tests of the engine draw."""

from __future__ import annotations

from diagrams import Diagram, error_event, message_event

from inburgering_flow.bpmn import rules

SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'
COMPENSATE = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
FOLLOWS = '<zeebe:properties><zeebe:property name="herberekenen" value="true"/></zeebe:properties>'
XML = Diagram().start().user("a").end().path("start", "a", "end").xml().replace('name="a"', 'name="één"')  # one task, with an accent


def signal(diagram: Diagram, name: str = "alarm") -> Diagram:
    diagram.definitions.append(f'<bpmn:signal id="s" name="{name}"/>')
    return diagram


def condition(text: str) -> str:
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>= {text}</bpmn:condition></bpmn:conditionalEventDefinition>"


def handler(diagram: Diagram, id: str, event: str, *path: str, interrupting: bool = True, inside: Diagram | None = None) -> Diagram:
    """Draw an event sub-process with a user task, or with what ``inside`` draws after its start."""
    start = Diagram().node("startEvent", f"{id}_start", body=event, isInterrupting=str(interrupting).lower())
    inside = inside or Diagram().user(f"{id}_taak")
    start.parts += inside.parts
    start.path(f"{id}_start", *(path or (f"{id}_taak",)))
    return diagram.sub(id, start, event=True)


def catch(diagram: Diagram, id: str, event: str) -> Diagram:
    return diagram.node("intermediateCatchEvent", id, body=event)


def throws(code: str) -> Diagram:
    return Diagram().start("s1").end("e1", error_event(code)).path("s1", "e1")


def started_by_message() -> Diagram:
    return Diagram().message("m", "bericht").start(body=message_event("m")).user("a").end().path("start", "a", "end")


def step(diagram: Diagram, *names: str, body: str = "", **attributes: str) -> Diagram:
    """Draw script tasks that write their names into ``spoor``."""
    for name in names:
        text = f"= append(if spoor = null then [] else spoor, &quot;{name}&quot;)"
        diagram.node(
            "scriptTask", name, f'<zeebe:script expression="{text}" resultVariable="spoor"/>', body, **attributes
        )
    return diagram


def undone_by(diagram: Diagram, activity: str, handler: str) -> Diagram:
    """Give an activity a compensation handler that writes its name into ``spoor``."""
    diagram.boundary(f"{activity}_terug", activity, COMPENSATE)
    step(diagram, handler, isForCompensation="true")
    return diagram.add(f'<bpmn:association id="bij_{activity}" sourceRef="{activity}_terug" targetRef="{handler}"/>')


def times(number: str, *, sequential: bool = False) -> str:
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopCardinality>{number}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )


def standard(condition: str = "", attributes: str = "") -> str:
    inner = f"<bpmn:loopCondition>= {condition}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics {attributes}>{inner}</bpmn:standardLoopCharacteristics>"


def output(source: str, target: str) -> str:
    return f'<zeebe:ioMapping><zeebe:output source="= {source}" target="{target}"/></zeebe:ioMapping>'


def one_task(process_id: str = "p") -> Diagram:
    return Diagram(process_id).start().user("a").end().path("start", "a", "end")


def free_activities(ids: tuple[str, ...]) -> Diagram:
    body = "".join(
        f'<bpmn:userTask id="{i}" name="{i}"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>'
        for i in ids
    )
    return (
        Diagram().start().user("a").node("adHocSubProcess", "vrij", body=body, ordering="Sequential").end()
        .path("start", "a", "vrij", "end")
    )  # fmt: skip


def written_for(namespace: str, diagram: Diagram) -> str:
    return diagram.xml().replace("<bpmn:definitions ", f'<bpmn:definitions xmlns:x="{namespace}" ', 1)


def findings_of(diagram: Diagram) -> list[tuple[str, str, str]]:
    """Return severity, rule and element of the findings for a diagram that Camunda 7 may have written."""
    content = written_for("http://camunda.org/schema/1.0/bpmn", diagram)
    return [(f.severity, f.rule, f.element_id) for f in rules.read(content.encode(), name="p.bpmn")[1]]
