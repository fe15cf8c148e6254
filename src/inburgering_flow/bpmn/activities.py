"""What activities have besides their work: loops, ad-hoc rules, data. Source: BPMN 2.0.2, sections 10.3.7–10.3.8, 10.4."""

from __future__ import annotations

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import AdHoc, Behavior, Event, IoMapping, Loop, Text
from inburgering_flow.bpmn.events import Events
from inburgering_flow.bpmn.notes import CAMUNDA7
from inburgering_flow.i18n import N_

PLACEHOLDER = "__targetRef_placeholder"  # what bpmn-js draws where an association only shows something


def quoted(name: str | None) -> str | None:
    """Return the FEEL that reads a variable: names may contain hyphens and brackets, which FEEL would read as
    operators.
    """
    return f"`{name}`" if name else None


class Activities(Events):
    """Reads loop characteristics, ad-hoc rules and data."""

    # -- loops -----------------------------------------------------------------------------------------------------

    def loop(self, node: xml.Element, element_id: str) -> Loop | None:
        """Return how often an activity is done."""
        if len(self.children(node, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics")) > 1:
            self.note("two markers", element_id)
        for child in self.children(node, "standardLoopCharacteristics"):
            maximum = child.get("loopMaximum", "")
            condition = self.expression(self.body(child, "loopCondition"), element_id, N_("loop condition")) or ""
            if not maximum and not condition:
                self.note("loop without end", element_id)
            return Loop(
                True, standard=True, condition=condition, test_before=child.get("testBefore") == "true",
                maximum=self.times(maximum, element_id, N_("loop maximum")),
            )  # fmt: skip
        for child in self.children(node, "multiInstanceLoopCharacteristics"):
            return self.multi_instance(child, element_id)
        return None

    def multi_instance(self, node: xml.Element, element_id: str) -> Loop | None:
        """Return multi-instance characteristics: Camunda 8's, BPMN's own, or Camunda 7's."""
        zeebe = self.extension(node, "loopCharacteristics")
        given: dict[str, str | None] = dict(zeebe.attrib) if zeebe is not None else {}  # type: ignore[arg-type]  # lxml's own mapping
        collection = given.get("inputCollection") or quoted(self.loop_data(node, "loopDataInputRef", element_id))
        element = given.get("inputElement") or self.item_name(node, "inputDataItem")
        for space in CAMUNDA7:
            collection = collection or node.get(f"{{{space}}}collection")
            element = element or node.get(f"{{{space}}}elementVariable")
        cardinality = self.times(self.body(node, "loopCardinality"), element_id, N_("loop cardinality"))
        items = self.expression(collection, element_id, N_("input collection")) or ""
        if not items and not cardinality and not self.body(node, "loopDataInputRef"):
            self.note("no input collection", element_id)
        if not items and not cardinality:
            return None
        behavior = (node.get("behavior") or "All").lower()
        output_item = self.item_name(node, "outputDataItem")
        return Loop(
            node.get("isSequential") == "true", items, element or "",
            given.get("outputCollection") or self.loop_data(node, "loopDataOutputRef", element_id) or "",
            self.expression(given.get("outputElement") or quoted(output_item), element_id, N_("output element")) or "",
            self.expression(self.body(node, "completionCondition"), element_id, N_("completion condition")) or "",
            cardinality=cardinality, behavior=behavior, behaviors=self.behaviors(node, behavior, element_id),
        )  # fmt: skip

    def loop_data(self, node: xml.Element, tag: str, element_id: str) -> str | None:
        """Return the variable that a multi-instance activity repeats over or gathers in."""
        reference = (self.body(node, tag) or "").strip()
        name = self.data_name(reference)
        if reference and name is None:
            self.note("no such data", element_id, id=reference)
        return name

    def times(self, value: str | None, element_id: str, what: str) -> str:
        """Return how often an activity is done: an expression, or a number that is not negative."""
        text = self.expression(value, element_id, what) or ""
        if text.startswith("-") and text[1:].strip().isdecimal():
            self.note("number below zero", element_id, what=what)
        return text

    def behaviors(self, node: xml.Element, behavior: str, element_id: str) -> tuple[Behavior, ...]:
        """Return the events that a multi-instance activity throws when its instances complete."""
        if behavior == "complex":
            found: list[Behavior] = []
            for definition in self.children(node, "complexBehaviorDefinition"):
                condition = self.expression(self.body(definition, "condition"), element_id, N_("condition")) or ""
                for thrown in self.children(definition, "event"):
                    events = self.event_definitions(thrown, element_id)
                    found.extend(Behavior(e, condition) for d in events if (e := self.thrown(d, element_id)))
            if not found:
                self.note("behavior without event", element_id)
            return tuple(found)
        if behavior not in ("none", "one"):
            return ()
        reference = node.get(f"{behavior}BehaviorEventRef")
        if reference is None:
            return (Behavior(Event("signal")),)  # BPMN's default signal, caught at the activity's own border
        target = self.referred(reference)
        event = self.thrown(target, element_id) if target is not None else None
        if event is None:
            self.note("behavior of nothing", element_id)
            return ()
        return (Behavior(event),)

    def thrown(self, definition: xml.Element, element_id: str) -> Event | None:
        """Return an event definition that a multi-instance activity throws itself."""
        return self.definition(definition, definition, "endEvent", element_id, part=True)

    # -- ad-hoc ----------------------------------------------------------------------------------------------------

    def ad_hoc(self, node: xml.Element, element_id: str) -> AdHoc:
        """Return the rules of an ad-hoc sub-process.

        With ``zeebe:adHoc`` only the elements that it names begin (if none, it waits for activation from outside);
        without it, every activity that no flow leads to.
        """
        zeebe = self.extension(node, "adHoc")
        elements = zeebe.get("activeElementsCollection") if zeebe is not None else None
        return AdHoc(
            node.get("ordering") == "Sequential",
            self.expression(elements, element_id, N_("collection of active elements")) or "",
            zeebe is not None,
            self.expression(self.body(node, "completionCondition"), element_id, N_("completion condition")) or "",
            node.get("cancelRemainingInstances", "true") != "false",
            (zeebe.get("outputCollection") or "") if zeebe is not None else "",
            self.expression(zeebe.get("outputElement") if zeebe is not None else None, element_id, N_("output element")) or "",
        )  # fmt: skip

    # -- data ------------------------------------------------------------------------------------------------------

    def data(self, node: xml.Element) -> tuple[str, ...]:
        """Return the variables that a scope's data objects and an element's properties are."""
        found = [e.get("name") or e.get("id") or "" for e in self.children(node, "dataObject", "property")]
        return tuple(dict.fromkeys(n for n in found if n and n != PLACEHOLDER))

    def data_name(self, reference: str | None) -> str | None:
        """Return the variable behind a data object, property, input or output."""
        if reference is None or not reference.strip():
            return None
        node = self.referred(reference)
        if node is None:
            return None
        if node.get("dataObjectRef"):
            return self.data_name(node.get("dataObjectRef"))
        if xml.local(node) in ("dataStoreReference", "dataStore"):
            return None
        return node.get("name") or node.get("id")

    def data_expression(self, reference: str | None) -> str | None:
        """Return the FEEL that reads what ``data_name`` names."""
        return quoted(self.data_name(reference))

    def item_name(self, node: xml.Element, tag: str) -> str | None:
        """Return the variable of one item of a multi-instance activity."""
        return next((e.get("name") or e.get("id") for e in self.children(node, tag)), None)

    def associations(self, node: xml.Element, element_id: str, tag: str) -> tuple[IoMapping, ...]:
        """Return what data associations carry in (``dataInputAssociation``) or out, without those that only illustrate."""
        found: list[IoMapping] = []
        for association in self.children(node, tag):
            for assignment in self.children(association, "assignment"):
                source = self.expression(self.body(assignment, "from"), element_id, N_("data association"))
                target = (self.body(assignment, "to") or "").strip()
                if source and target:
                    found.append(IoMapping(Text(source, True), self.data_name(target) or target.removeprefix("=").strip()))
            target_name = self.data_name(self.body(association, "targetRef"))
            name = self.data_expression(self.body(association, "sourceRef"))
            source = self.expression(self.body(association, "transformation"), element_id, N_("data association")) or name
            if source and target_name and target_name != PLACEHOLDER and not self.children(association, "assignment"):
                found.append(IoMapping(Text(self.feel(source, element_id, N_("data association")), True), target_name))
        return tuple(found)
