"""Event definitions: what an event waits for or throws. Source: BPMN 2.0.2, section 10.5."""

from __future__ import annotations

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Event, Text
from inburgering_flow.bpmn.elements import EVENTS_ALLOWED, NOT_IN_MULTIPLE
from inburgering_flow.bpmn.notes import CAMUNDA7, plain_id
from inburgering_flow.bpmn.people import People
from inburgering_flow.i18n import N_

CATCHING = frozenset(("startEvent", "intermediateCatchEvent", "boundaryEvent"))


def _words(text: str | None) -> frozenset[str]:
    return frozenset(word.strip() for word in (text or "").split(",") if word.strip())


class Events(People):
    """Reads event definitions."""

    def event(self, node: xml.Element, kind: str, element_id: str) -> Event | None:
        """Return what an event, or a receive or send task, waits for or throws."""
        if kind in ("receiveTask", "sendTask"):
            catching = kind == "receiveTask"
            if not catching and node.get("messageRef") is None:
                return None
            return self.message_event(node, node.get("messageRef"), element_id, catching=catching)
        if not kind.endswith("Event"):
            return None
        definitions = self.event_definitions(node, element_id)
        place = kind
        parent = node.getparent()
        if kind == "startEvent" and parent is not None and parent.get("triggeredByEvent") == "true":
            place = "eventSubprocessStart"
        if len(definitions) > 1:
            parts = tuple(p for d in definitions if (p := self.definition(d, node, place, element_id, part=True)))
            return Event("multiple", parts=parts, parallel=node.get("parallelMultiple") == "true")
        if not definitions:
            return (self.allowed("none", place, element_id) and Event("none")) or None
        return self.definition(definitions[0], node, place, element_id)

    def event_definitions(self, node: xml.Element, element_id: str) -> list[xml.Element]:
        """Return an event's own definitions and those that it refers to."""
        found = [e for e in node if xml.local(e).endswith("EventDefinition")]
        for reference in self.children(node, "eventDefinitionRef"):
            target = self.referred(reference.text)
            if target is None or not xml.local(target).endswith("EventDefinition"):
                self.note("no event definition", element_id, id=(reference.text or "").strip())
            else:
                found.append(target)
        return found

    def allowed(self, kind: str, place: str, element_id: str, *, part: bool = False) -> bool:
        """Tell whether an event definition is allowed in a place, and note it if it is not."""
        if kind in EVENTS_ALLOWED[place] and not (part and kind in NOT_IN_MULTIPLE):
            return True
        self.note("event not here", element_id, kind=kind, place=place)
        return False

    def definition(
        self, definition: xml.Element, node: xml.Element, place: str, element_id: str, *, part: bool = False
    ) -> Event | None:
        """Return one event definition."""
        kind = xml.local(definition).removesuffix("EventDefinition")
        if not self.allowed(kind, place, element_id, part=part):
            return None
        catching = place in CATCHING or place == "eventSubprocessStart"
        match kind:
            case "message":
                return self.message_event(node, definition.get("messageRef"), element_id, catching=catching)
            case "timer":
                return self.timer(definition, element_id)
            case "error" | "escalation":
                return self.coded(definition, kind, element_id)
            case "signal":
                return self.signal(definition, element_id)
            case "conditional":
                return self.conditional(definition, element_id)
            case "link":
                return self.link(definition, element_id)
            case "compensate":
                return Event(kind, activity=plain_id(definition.get("activityRef")),
                             waits=definition.get("waitForCompletion", "true") != "false")  # fmt: skip
        return Event(kind)

    def coded(self, definition: xml.Element, kind: str, element_id: str) -> Event | None:
        """Return an error or escalation."""
        reference = definition.get(f"{kind}Ref")
        target = self.referred(reference)
        if reference and (target is None or xml.local(target) != kind):
            self.note(f"no such {kind}", element_id, id=reference)
            return None
        code = (target.get(f"{kind}Code") or "") if target is not None else ""
        text = self.text(code, element_id, N_("code"))
        if text is not None and text.is_expression:
            return Event(kind, expression=text)
        return Event(kind, code=code, code_variable=self.camunda7_value(definition, f"{kind}CodeVariable"),
                     message_variable=self.camunda7_value(definition, f"{kind}MessageVariable"))  # fmt: skip

    @staticmethod
    def camunda7_value(node: xml.Element, attribute: str) -> str:
        """Return an attribute of Camunda 7; empty if there is none."""
        return next((v for space in CAMUNDA7 if (v := node.get(f"{{{space}}}{attribute}"))), "")

    def signal(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return a signal; without a reference it is the one that a multi-instance activity throws itself."""
        reference = definition.get("signalRef")
        if reference is None and self.at_repeated_activity(element_id):
            return Event("signal")
        target = self.referred(reference)
        name = None if target is None else self.text(target.get("name") or target.get("id"), element_id, N_("signal name"))
        if name is None:
            self.note("no signal", element_id)
            return None
        return Event("signal", name=name)

    def at_repeated_activity(self, element_id: str) -> bool:
        """Tell whether a boundary event is attached to a multi-instance activity."""
        node = self.named.get(element_id)
        host = self.referred(node.get("attachedToRef")) if node is not None else None
        return host is not None and bool(self.children(host, "multiInstanceLoopCharacteristics"))

    def conditional(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return a condition."""
        condition = self.expression(self.body(definition, "condition"), element_id, N_("condition"))
        if condition is None:
            self.note("event without condition", element_id)
            return None
        found = self.extension(definition, "conditionalFilter")
        names = found.get("variableNames") if found is not None else self.camunda7_value(definition, "variableName")
        changes = found.get("variableEvents") if found is not None else self.camunda7_value(definition, "variableEvents")
        return Event("conditional", condition=condition, looks_at=_words(names), looks_when=_words(changes))

    def link(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return one end of a link."""
        name = definition.get("name", "").strip()
        if not name:
            self.note("link without name", element_id)
            return None
        return Event("link", name=Text(name, False))

    def message_event(
        self, node: xml.Element, reference: str | None, element_id: str, *, catching: bool
    ) -> Event | None:
        """Return a message; one that is thrown by a job needs no name of its own."""
        message = self.referred(reference)
        by_job = not catching and self.extension(node, "taskDefinition") is not None
        if message is None:
            if by_job:
                return Event("message")
            self.note("no message", element_id)
            return None
        name = self.text(message.get("name"), element_id, N_("message name"))
        subscription = self.extension(message, "subscription")
        published = None if catching else self.extension(node, "publishMessage")
        if published is not None and (published.get("messageId") or published.get("timeToLive")):
            self.note("message with an id of its own", element_id)
        keyed = published if published is not None else subscription
        key = self.text(keyed.get("correlationKey") if keyed is not None else None, element_id, N_("correlation key"))
        if name is None and not by_job:
            self.note("message without name", element_id)
        return Event("message", name=name, correlation_key=key)

    def timer(self, definition: xml.Element, element_id: str) -> Event | None:
        kinds = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
        said = [c for c in self.children(definition, *kinds) if (c.text or "").strip()]
        if len(said) == 1:
            expression = self.text(said[0].text, element_id, N_("timer"))
            return None if expression is None else Event("timer", timer=kinds[xml.local(said[0])], expression=expression)
        self.note("timer of several kinds" if said else "timer of no kind", element_id)
        return None
