"""A small language for diagrams in tests: what matters is in the test, the XML is made here."""

from __future__ import annotations

from html import escape
from itertools import pairwise

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">'
)


class Diagram:
    """Collects elements of one process; ``xml()`` gives the file."""

    def __init__(self, process_id: str = "p") -> None:
        self.process_id = process_id
        self.parts: list[str] = []
        self.definitions: list[str] = []
        self.flows = 0

    def add(self, xml: str) -> Diagram:
        self.parts.append(xml)
        return self

    def node(self, kind: str, id: str, extension: str = "", body: str = "", **attributes: str) -> Diagram:
        given = "".join(f' {k}="{escape(v)}"' for k, v in attributes.items())
        inner = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
        return self.add(f'<bpmn:{kind} id="{id}" name="{id}"{given}>{inner}{body}</bpmn:{kind}>')

    def start(self, id: str = "start", body: str = "") -> Diagram:
        return self.node("startEvent", id, body=body)

    def end(self, id: str = "end", body: str = "", extension: str = "") -> Diagram:
        return self.node("endEvent", id, extension, body)

    def user(self, id: str, extension: str = "", body: str = "", **attributes: str) -> Diagram:
        return self.node("userTask", id, "<zeebe:userTask/>" + extension, body, **attributes)

    def script(self, id: str, expression: str, result: str) -> Diagram:
        return self.node(
            "scriptTask", id, f'<zeebe:script expression="= {escape(expression)}" resultVariable="{result}"/>'
        )

    def service(self, id: str, type: str, extension: str = "", retries: str = "3") -> Diagram:
        return self.node("serviceTask", id, f'<zeebe:taskDefinition type="{type}" retries="{retries}"/>{extension}')

    def call(self, id: str, process_id: str, extension: str = "", attributes: str = "") -> Diagram:
        return self.node("callActivity", id, f'<zeebe:calledElement processId="{process_id}" {attributes}/>{extension}')

    def xor(self, id: str, default: str = "") -> Diagram:
        return self.node("exclusiveGateway", id, **({"default": default} if default else {}))

    def both(self, id: str) -> Diagram:
        return self.node("parallelGateway", id)

    def sub(self, id: str, inside: Diagram, *, event: bool = False, body: str = "", extension: str = "") -> Diagram:
        self.definitions.extend(inside.definitions)
        attributes = {"triggeredByEvent": "true"} if event else {}
        return self.node("subProcess", id, extension, body + "".join(inside.parts), **attributes)

    def boundary(self, id: str, host: str, body: str, *, interrupting: bool = True, extension: str = "") -> Diagram:
        return self.node(
            "boundaryEvent", id, extension, body, attachedToRef=host, cancelActivity="true" if interrupting else "false"
        )

    def message(self, id: str, name: str, key: str = "= sleutel") -> Diagram:
        self.definitions.append(
            f'<bpmn:message id="{id}" name="{name}"><bpmn:extensionElements>'
            f'<zeebe:subscription correlationKey="{escape(key)}"/></bpmn:extensionElements></bpmn:message>'
        )
        return self

    def code(self, kind: str, id: str, code: str) -> Diagram:
        self.definitions.append(f'<bpmn:{kind} id="{id}" name="{code}" {kind}Code="{code}"/>')
        return self

    def path(self, *ids: str) -> Diagram:
        """Connect elements in a row; ``a|x > 1`` puts a condition on the flow that leaves ``a``."""
        for source, target in pairwise(ids):
            name, _, condition = source.partition("|")
            self.flows += 1
            inner = f"<bpmn:conditionExpression>= {escape(condition)}</bpmn:conditionExpression>" if condition else ""
            id = f"{name}_{target.partition('|')[0]}"
            if any(f'id="{id}"' in part for part in self.parts):
                id += f"_{self.flows}"
            self.add(
                f'<bpmn:sequenceFlow id="{id}" sourceRef="{name}" '
                f'targetRef="{target.partition("|")[0]}">{inner}</bpmn:sequenceFlow>'
            )
        return self

    def xml(self) -> str:
        return (
            HEAD
            + "".join(dict.fromkeys(self.definitions))  # several parts may refer to one
            + f'<bpmn:process id="{self.process_id}" isExecutable="true">'
            + "".join(self.parts)
            + "</bpmn:process></bpmn:definitions>"
        )


def timer(kind: str, value: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(value)}</bpmn:{kind}></bpmn:timerEventDefinition>"


def message_event(id: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{id}"/>'


def error_event(id: str = "") -> str:
    return f'<bpmn:errorEventDefinition errorRef="{id}"/>' if id else "<bpmn:errorEventDefinition/>"


def escalation_event(id: str = "") -> str:
    return f'<bpmn:escalationEventDefinition escalationRef="{id}"/>' if id else "<bpmn:escalationEventDefinition/>"


def loop(
    collection: str, element: str, *, sequential: bool = False, output: str = "", collect: str = "", until: str = ""
) -> str:
    condition = f"<bpmn:completionCondition>= {escape(until)}</bpmn:completionCondition>" if until else ""
    gather = f' outputCollection="{collect}" outputElement="= {escape(output)}"' if collect else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>'
        f'<zeebe:loopCharacteristics inputCollection="= {escape(collection)}" inputElement="{element}"{gather}/>'
        f"</bpmn:extensionElements>{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )
