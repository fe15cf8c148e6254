"""What BPMN forbids around links, event-based gateways and compensation, because it would run otherwise than drawn.

Source: BPMN 2.0.2, sections 10.3.5 (ad-hoc), 10.5.1 (compensation), 10.5.2–10.5.5 (events), 10.6.6 (event-based gateway).
"""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.bpmn.activities import Activities
from inburgering_flow.bpmn.definition import Element
from inburgering_flow.i18n import _


class Structure(Activities):
    """Looks at how elements stand together."""

    def check_structure(self, child: Element, elements: Mapping[str, Element]) -> None:
        """Refuse what would be passed over, or taken, though the drawing says otherwise."""
        if child.event is not None and child.event.kind == "link":
            self.check_link(child)
        elif child.kind == "eventBasedGateway":
            self.check_choices(child, elements)

    def check_link(self, link: Element) -> None:
        """Refuse a link that is connected by flows as well, and a target that nothing leads to."""
        if link.kind == "intermediateThrowEvent" and len(link.outgoing) > 1:
            self.error("link-flow", link.id, _("A sequence flow leaves a throwing link event."),
                       _("Remove it: the link itself leads on."))  # fmt: skip
        if link.kind == "intermediateCatchEvent":
            if not link.incoming:
                self.error("link-target", link.id, _("No link event leads here, so it would never run."),
                           _("Draw the throwing link event, with the same name."))  # fmt: skip
            if any(f.id != f"{f.source}.link" for f in link.incoming):
                self.error("link-flow", link.id, _("A sequence flow leads into a catching link event."),
                           _("Remove it: only the link leads here."))  # fmt: skip

    def check_choices(self, gateway: Element, elements: Mapping[str, Element]) -> None:
        """Refuse an event-based gateway that could wait for nothing, or would not do all that is drawn behind it."""
        if not gateway.outgoing:
            self.error("event-gateway", gateway.id, _("The event-based gateway has no event to wait for."),
                       _("Draw at least two events behind it."))  # fmt: skip
        for flow in gateway.outgoing:
            if flow.condition is not None:
                self.error("condition", flow.id, _("A flow out of an event-based gateway has a condition."),
                           _("Remove it: the event decides."))  # fmt: skip
            if elements[flow.target].boundary:
                self.error("event-gateway", flow.target,
                           _("A receive task behind an event-based gateway has no boundary events."),
                           _("Draw them as further events behind the gateway."))  # fmt: skip

    def check_undoing(self, elements: Mapping[str, Element]) -> None:
        """Refuse a compensation event that names an activity which it cannot undo."""
        for element in elements.values():
            for part in element.event.all if element.event is not None else ():
                named = elements.get(part.activity)
                if named is None:
                    continue
                if named.parent not in self.around(element, elements):
                    self.error("compensation-ref", element.id,
                               _("The activity {id} is not visible here, so it would not be undone.").format(id=named.id),
                               _("Name the activity around it that stands in the same scope."))  # fmt: skip
                elif not (named.compensation_handler or named.is_scope):
                    self.error("compensation-ref", element.id,
                               _("The activity {id} has nothing that undoes it.").format(id=named.id),
                               _("Draw a compensation event at its border, with a handler."))  # fmt: skip

    @staticmethod
    def around(element: Element, elements: Mapping[str, Element]) -> list[str]:
        """Return the scopes around an element, the nearest first."""
        found = []
        parent = element.parent
        while parent is not None:
            found.append(parent)
            parent = elements[parent].parent
        return found
