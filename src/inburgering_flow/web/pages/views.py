"""Pages that a domain adds: its own template over what it finds with the services."""

from __future__ import annotations

from flask import Blueprint, render_template_string
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.web.access import me, services

pages = Blueprint("pages", __name__)


@pages.get("/pagina/<name>")
def page(name: str) -> ResponseReturnValue:
    """One page of the domain."""
    found = services().context.domain.pages.get(name)
    if found is None:
        raise NotFound(_("Deze pagina bestaat niet."), remedy=_("Kies een pagina uit het menu."))
    if not found.is_for(me()):
        me().require(found.needed[0])
    text = found.template.read_text(encoding="utf-8")
    return render_template_string(text, page=found, **found.values(services(), me()))
