"""The menu: drawn once for all who have the same roles and stand at the same place, then remembered."""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template, request
from markupsafe import Markup

from inburgering_flow import i18n
from inburgering_flow.web.access import me

MOST = 4_096  # menus that are kept: combinations of roles, of which there are few, and places
WITH_ARGUMENTS = "pages.page"
"""The one endpoint of the menu whose address says more than its name."""


def register_menu(app: Flask) -> None:
    """Give the templates ``menu()``. What it shows depends on the language, the roles and the place alone, and never on who
    somebody is: it has two dozen questions about roles, and half as many addresses, on every page.
    """
    kept: dict[tuple[Any, ...], Markup] = {}

    def menu() -> Markup:
        """Return the menu for this request."""
        actor, arguments = me(), request.view_args or {}
        place: tuple[Any, ...] = ()
        if not arguments or request.endpoint == WITH_ARGUMENTS:
            place = (request.endpoint, *arguments.items())
        key = (request.environ.get("SCRIPT_NAME"), i18n.language(), actor.roles, place)
        found = kept.get(key)
        if found is None:
            found = Markup(render_template("menu.html"))  # noqa: S704  # a template's own
            if len(kept) >= MOST:
                kept.clear()
            kept[key] = found
        return found

    app.jinja_env.globals["menu"] = menu
