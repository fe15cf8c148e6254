"""Putting a file that somebody chose on a page into a case."""

from __future__ import annotations

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.web.access import me, services
from inburgering_flow.web.answers import sent_files


def put_into_case(root_key: int, back: str, *, task_key: int | None = None) -> ResponseReturnValue:
    """Put the file of a request into a case and go back to the page it was sent from; what is refused is told there."""
    sent = sent_files().get("bestand", [])
    if not sent:
        flash(_("Er is geen bestand gekozen. Kies eerst een bestand."), "problem")
        return redirect(back)
    try:
        services().documents.add(root_key, sent[0], me(), task_key=task_key, once=request.form.get("eenmalig", ""))
    except InvalidInput as error:
        flash(_("Het bestand is niet bewaard. {why}").format(why=error), "problem")
        return redirect(back)
    flash(_("Het bestand staat in de zaak."))
    return redirect(back)
