"""Pages that a domain adds: its own template over what it finds with the services."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template_string, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.plugin import Page
from inburgering_flow.web.access import me, services
from inburgering_flow.web.files import file

pages = Blueprint("pages", __name__)


def _found(name: str) -> Page:
    found = services().context.domain.pages.get(name)
    if found is None:
        raise NotFound(_("Deze pagina bestaat niet."), remedy=_("Kies een pagina uit het menu."))
    if not found.is_for(me()):
        me().require(found.needed[0])
    return found


@pages.route("/pagina/<name>", methods=["GET", "POST"])
def page(name: str) -> ResponseReturnValue:
    """One page of the domain, and what its button does."""
    found = _found(name)
    if request.method == "POST":
        if found.act is None:
            raise NotFound(_("Op deze pagina is niets te doen."), remedy=_("Kies een pagina uit het menu."))
        flash(found.act(services(), me(), request.form.get("eenmalig", "")))
        return redirect(url_for("pages.page", name=name))
    text = found.template.read_text(encoding="utf-8")
    return render_template_string(text, page=found, files=found.offered(me()), **found.values(services(), me()))


@pages.get("/pagina/<name>/<wanted>")
def taken(name: str, wanted: str) -> ResponseReturnValue:
    """A file of a page of the domain; that somebody took it is logged before it goes."""
    one = next((one for one in _found(name).files if one.name == wanted), None)
    if one is None:
        raise NotFound(_("Dit bestand bestaat niet."), remedy=_("Kies een bestand van de pagina."))
    me().require(one.permission)
    content = one.content(services(), me())
    services().audit_log.taken(me(), wanted)
    return file(content, one.name, one.media_type)
