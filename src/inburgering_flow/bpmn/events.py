"""Event definitions: what an event waits for or throws. Source: BPMN 2.0.2, section 10.5."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Event, Text
from inburgering_flow.bpmn.notes import CAMUNDA7, plain_id
from inburgering_flow.bpmn.people import People
from inburgering_flow.i18n import N_, _

# Which event definitions may stand where; the element table of the documentation is made from this.
EVENTS_ALLOWED: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset(("none", "message", "timer", "signal", "conditional", "multiple")),
    "eventSubprocessStart": frozenset(
        ("message", "timer", "error", "escalation", "signal", "conditional", "compensate", "multiple")
    ),
    "intermediateCatchEvent": frozenset(("message", "timer", "signal", "conditional", "link", "multiple")),
    "boundaryEvent": frozenset(
        ("message", "timer", "error", "escalation", "signal", "conditional", "compensate", "cancel", "multiple")
    ),
    "intermediateThrowEvent": frozenset(("none", "message", "escalation", "signal", "link", "compensate", "multiple")),
    "endEvent": frozenset(
        ("none", "terminate", "error", "escalation", "message", "signal", "compensate", "cancel", "multiple")
    ),
}
NOT_IN_MULTIPLE = frozenset(("none", "link", "cancel", "multiple"))
CHANGES = frozenset(("create", "update"))
CATCHING = frozenset(("startEvent", "intermediateCatchEvent", "boundaryEvent"))
INSTEAD: Mapping[str, str] = {
    "error": N_("Draw an error end event, and catch it at the border of the activity."),
    "cancel": N_("Draw it inside a transaction, or use an error event."),
    "terminate": N_("Draw a terminate end event."),
    "link": N_("Draw the sequence flow."),
    "compensate": N_("Draw a compensation throw or end event."),
    "conditional": N_("Draw an intermediate conditional event in front of it."),
    "timer": N_("Draw an intermediate timer event in front of it."),
}
PLACES: Mapping[str, str] = {
    "startEvent": N_("start of a process"),
    "eventSubprocessStart": N_("start of an event sub-process"),
    "intermediateCatchEvent": N_("intermediate, catching"),
    "boundaryEvent": N_("boundary"),
    "intermediateThrowEvent": N_("intermediate, throwing"),
    "endEvent": N_("end"),
}


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
            return self.message_event(node, node.get("messageRef"), element_id, catching=catching,
                                      is_start=node.get("instantiate") == "true")  # fmt: skip
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
                self.error("event-definition-ref", element_id,
                           _("The event refers to an event definition that does not exist: {id}.").format(
                               id=(reference.text or "").strip()),
                           _("Choose one of the file's event definitions, or define the event itself."))  # fmt: skip
            else:
                found.append(target)
        return found

    def allowed(self, kind: str, place: str, element_id: str, *, part: bool = False) -> bool:
        """Tell whether an event definition may stand in a place, and say so where it may not."""
        if kind in EVENTS_ALLOWED[place] and not (part and kind in NOT_IN_MULTIPLE):
            return True
        what = _("A {kind} event cannot be executed here ({place}).")
        if kind == "none":
            what = _("An event without a definition cannot be executed here ({place}).")
        others = ", ".join(sorted(EVENTS_ALLOWED[place] - {"none", "multiple"}))
        self.error("unsupported-event", element_id, what.format(kind=kind, place=_(PLACES[place])),
                   _(INSTEAD[kind]) if kind in INSTEAD else _("Choose one of these: {kinds}.").format(kinds=others))  # fmt: skip
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
                return self.message_event(node, definition.get("messageRef"), element_id, catching=catching,
                                          is_start=place == "startEvent")  # fmt: skip
            case "timer":
                return self.timer(definition, element_id)
            case "error" | "escalation":
                return self.coded(definition, kind, element_id, catching=catching)
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

    def coded(self, definition: xml.Element, kind: str, element_id: str, *, catching: bool) -> Event | None:
        """Return an error or escalation."""
        reference = definition.get(f"{kind}Ref")
        target = self.referred(reference)
        if reference and (target is None or xml.local(target) != kind):
            self.error(f"{kind}-ref", element_id, _("There is no {kind} {id} in the file.").format(kind=kind, id=reference),
                       _("Choose one of the file, or none to catch every one."))  # fmt: skip
            return None
        code = (target.get(f"{kind}Code") or "") if target is not None else ""
        if not catching and not code:
            self.error(f"{kind}-code", element_id, _("The {kind} that is thrown has no code.").format(kind=kind),
                       _("Choose one with a code."))  # fmt: skip
        text = self.text(code, element_id, _("code"))
        if text is not None and text.is_expression:
            if catching:
                self.error(f"{kind}-code", element_id, _("A code that is caught cannot be an expression."),
                           _("Write the code itself, or none to catch every one."))  # fmt: skip
            return Event(kind, expression=text)
        return Event(kind, code=code, code_variable=self.camunda7_value(definition, f"{kind}CodeVariable"),
                     message_variable=self.camunda7_value(definition, f"{kind}MessageVariable"))  # fmt: skip

    @staticmethod
    def camunda7_value(node: xml.Element, attribute: str) -> str:
        """Return an attribute of Camunda 7; empty where there is none."""
        return next((v for space in CAMUNDA7 if (v := node.get(f"{{{space}}}{attribute}"))), "")

    def signal(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return a signal; without a reference it is the one that a multi-instance activity throws itself."""
        reference = definition.get("signalRef")
        if reference is None and self.at_repeated_activity(element_id):
            return Event("signal")
        target = self.referred(reference)
        name = None if target is None else self.text(target.get("name") or target.get("id"), element_id, _("signal name"))
        if name is None:
            self.error("signal-ref", element_id, _("The event names no signal."), _("Choose a signal with a name."))
            return None
        return Event("signal", name=name)

    def at_repeated_activity(self, element_id: str) -> bool:
        """Tell whether a boundary event stands at a multi-instance activity."""
        node = self.named.get(element_id)
        host = self.referred(node.get("attachedToRef")) if node is not None else None
        return host is not None and bool(self.children(host, "multiInstanceLoopCharacteristics"))

    def conditional(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return a condition."""
        condition = self.expression(self.body(definition, "condition"), element_id, _("condition"))
        if condition is None:
            self.error("condition", element_id, _("The event has no condition."), _("Write one in FEEL."))
            return None
        found = self.extension(definition, "conditionalFilter")
        names = found.get("variableNames") if found is not None else self.camunda7_value(definition, "variableName")
        changes = found.get("variableEvents") if found is not None else self.camunda7_value(definition, "variableEvents")
        if wrong := _words(changes) - CHANGES:
            self.error("conditional-filter", element_id,
                       _("{change} is no change of a variable that a condition can wait for.").format(
                           change=", ".join(sorted(wrong))),
                       _("Choose create, update or both."))  # fmt: skip
        return Event("conditional", condition=condition, looks_at=_words(names), looks_when=_words(changes))

    def link(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return one end of a link."""
        name = definition.get("name", "").strip()
        if not name:
            self.error("link-name", element_id, _("The link has no name."), _("Give both ends the same name."))
            return None
        return Event("link", name=Text(name, False))

    def message_event(
        self, node: xml.Element, reference: str | None, element_id: str, *, catching: bool, is_start: bool = False
    ) -> Event | None:
        """Return a message; one that is thrown by a job needs no name of its own."""
        message = self.referred(reference)
        if message is None:
            if not catching and self.extension(node, "taskDefinition") is not None:
                return Event("message")
            self.error("message-ref", element_id, _("The event names no message."), _("Choose a message with a name."))
            return None
        name = self.text(message.get("name"), element_id, _("message name"))
        subscription = self.extension(message, "subscription")
        published = None if catching else self.extension(node, "publishMessage")
        if published is not None and (published.get("messageId") or published.get("timeToLive")):
            self.error("publish-message", element_id, _("A thrown message has no id or time to live of its own."),
                       _("Remove them, or let a job publish the message."))  # fmt: skip
        keyed = published if published is not None else subscription
        key = self.text(keyed.get("correlationKey") if keyed is not None else None, element_id, _("correlation key"))
        if name is None:
            self.error(
                "message-name", element_id, _("The message has no name."), _("Give it the name <partner>.<event>.")
            )
        if catching and not is_start and key is None:
            self.error("correlation-key", element_id, _("The message has no subscription correlation key."),
                       _("Set it, for example to =dossiernummer."))  # fmt: skip
        return Event("message", name=name, correlation_key=key)

    def timer(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return a timer."""
        kinds = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
        said = [c for c in self.children(definition, *kinds) if (c.text or "").strip()]
        if len(said) == 1:
            expression = self.text(said[0].text, element_id, _("timer"))
            return None if expression is None else Event("timer", timer=kinds[xml.local(said[0])], expression=expression)
        message = _("The timer says more than one of date, duration and cycle.")
        if not said:
            message = _("The timer says neither date, duration nor cycle.")
        self.error("timer", element_id, message, _("Set one of the three."))
        return None
