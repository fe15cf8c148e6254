"""What a browser sends of a form of form-js: its JSON where scripts ran, else plain fields."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import request

from inburgering_flow import forms
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.services.tasks import Asked
from inburgering_flow.values import load_sent
from inburgering_flow.web.files import plain_name


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


def sent_files() -> dict[str, list[forms.Upload]]:
    """Return the files that were sent, by the name of their field."""
    found = {}
    for name in request.files:
        sent = [file for file in request.files.getlist(name) if file.filename]  # a nameless one stands for no file
        if sent:
            found[name] = [
                forms.Upload(plain_name(file.filename or ""), file.mimetype or "application/octet-stream", file.read())
                for file in sent
            ]
    return found


def answers_to(asked: Asked, sent: dict[str, Any] | None, files: Collection[str] | None = None) -> dict[str, Any]:
    """Return what was submitted: form-js's JSON where it ran, else the plain fields; ``files`` are the names of fields with
    files, those of the request where none are given.
    """
    if sent is not None:
        return sent
    if files is None:
        files = {name for name in request.files if any(file.filename for file in request.files.getlist(name))}
    return {} if asked.schema is None else forms.read_plain(asked.schema, asked.variables, request.form, files)
