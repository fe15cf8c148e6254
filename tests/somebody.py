"""What a test without the law's own work still needs from it: somebody whom a case is about, roles, a case's name."""

from __future__ import annotations

from inburgering_flow.inburgering import people, roles, start_forms
from inburgering_flow.model.plugin import Plugin

PEOPLE = Plugin("people", person=people.PERSON, roles=roles.OWN, case_name=start_forms.CASE_NAME)
