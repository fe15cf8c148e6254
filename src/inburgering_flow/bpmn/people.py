"""Who does a task, as BPMN itself expresses it. Source: BPMN 2.0.2, sections 10.3.1 (resource assignment) and 10.3.4
(human tasks).

The text of an assignment is FEEL, or names as Camunda 7 and its family write them: ``user(anna), group(team)``.
"""

from __future__ import annotations

import re

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Text
from inburgering_flow.bpmn.extensions import Extensions
from inburgering_flow.i18n import N_

ONE = ("humanPerformer", "performer")  # who does it; a potential owner may claim it
ROLES = (*ONE, "potentialOwner", "resourceRole")
_NAME = re.compile(r"\s*(?:(user|group)\s*\(([^)]*)\)|([^,()]+))\s*(?:,|$)")


class People(Extensions):
    """Reads the resource roles of user tasks."""

    def people(self, node: xml.Element, element_id: str) -> dict[str, Text]:
        """Return the fields that resource roles give: a resource is a group by its name."""
        found: dict[str, list[str]] = {}
        fields: dict[str, Text] = {}
        for role in self.children(node, *ROLES):
            resource = self.referred(self.body(role, "resourceRef"))
            if resource is not None:
                named = str(resource.get("name") or resource.get("id"))
                found.setdefault("candidate_groups", []).append(f'"{named}"')  # one name, also with a comma in it
            plain = "assignee" if xml.local(role) in ONE else "candidate_groups"
            for text in self.assignments(role, element_id):
                if text.is_expression:
                    fields[plain] = text
                    continue
                for kind, names, name in _NAME.findall(text.source):
                    field = {"user": "candidate_users", "group": "candidate_groups"}.get(kind, plain)
                    found.setdefault(field, []).append((names or name).strip())
        return {field: Text(",".join(names), False) for field, names in found.items()} | fields

    def assignments(self, role: xml.Element, element_id: str) -> list[Text]:
        found = (
            self.text(self.body(assignment, tag), element_id, N_("assignee"))
            for assignment in self.children(role, "resourceAssignmentExpression")
            for tag in ("formalExpression", "expression")
        )
        return [text for text in found if text is not None]
