"""Which language a request speaks: the one chosen, else Dutch."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue

from inburgering_flow import i18n
from inburgering_flow.web.access import inside

COOKIE = "taal"
YEAR = 365 * 24 * 3600

speech = Blueprint("language", __name__)


@speech.before_app_request
def choose() -> None:
    """Speak the language of the cookie."""
    i18n.speak(request.cookies.get(COOKIE, i18n.SOURCE))


@speech.post("/taal")
def change() -> ResponseReturnValue:
    """Keep the language chosen and go back to the page."""
    target = request.form.get("terug", "")
    answer = redirect(target if inside(target) else "/")
    answer.set_cookie(COOKIE, request.form.get("taal", i18n.SOURCE), max_age=YEAR, samesite="Lax", httponly=True)
    return answer


def register_language(app: Flask) -> None:
    """Give the templates the catalogue."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n._, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.register_blueprint(speech)

    @app.context_processor
    def spoken() -> dict[str, object]:
        return {"language": i18n.language(), "languages": i18n.LANGUAGES}
