"""What a browser sends of a form of form-js: its JSON where scripts ran, else plain fields."""

from __future__ import annotations

from typing import Any

from flask import request

from inburgering_flow import forms
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.services.tasks import Asked
from inburgering_flow.values import load_sent


def sent_json() -> dict[str, Any] | None:
    """Return form-js's JSON where it ran; raises InvalidInput if it cannot be read."""
    text = request.form.get("form_json")
    if not text:
        return None
    try:
        found = load_sent(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(
            _("De antwoorden zijn niet leesbaar aangekomen. Er is niets bewaard en de taak staat nog open."),
            remedy=_("Ga terug naar de taak en probeer het opnieuw."),
        )
    return found


def answers_to(asked: Asked, sent: dict[str, Any] | None) -> dict[str, Any]:
    """Return what was submitted: form-js's JSON where it ran, else the plain fields."""
    if sent is not None:
        return sent
    # A browser sends a nameless file for a question that was left empty.
    files = {name for name in request.files if any(file.filename for file in request.files.getlist(name))}
    return {} if asked.schema is None else forms.read_plain(asked.schema, asked.variables, request.form, files)
