"""Which language a request uses: the one chosen, else Dutch."""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from inburgering_flow import i18n
from inburgering_flow.web.access import inside
from inburgering_flow.web.protection import cookie

COOKIE = "taal"
FIRST = "nl"
MODELLED = "nl"  # what the shipped models, their forms and the law's texts are written in
YEAR = 365 * 24 * 3600

speech = Blueprint("language", __name__)


def known(chosen: str) -> str:
    """Return a language that exists; anything else becomes Dutch."""
    return chosen if chosen in i18n.LANGUAGES else FIRST


@speech.before_app_request
def choose() -> None:
    """Use the language of the cookie."""
    i18n.speak(known(request.cookies.get(cookie(COOKIE), FIRST)))


@speech.teardown_app_request
def leave(_error: BaseException | None) -> None:
    """Let nothing after the request in this thread use its language."""
    i18n.speak(i18n.OUTSIDE_PAGES)


@speech.post("/taal")
def change() -> ResponseReturnValue:
    """Keep the language chosen and go back to the page."""
    target = request.form.get("terug", "")
    answer = redirect(target if inside(target) else "/")
    answer.set_cookie(
        cookie(COOKIE), known(request.form.get("taal", FIRST)), max_age=YEAR, samesite="Lax", httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip
    return answer


def here() -> str:
    """Return the address that shows this page again; after a refused form, the page that the form was on."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    if request.url_rule is not None and "GET" in (request.url_rule.methods or ()):
        return request.path
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:
        return "/"
    return came_from.path if came_from.netloc == request.host and came_from.path else "/"


_MARKED = Markup(f'<span lang="{MODELLED}">%s</span>')  # noqa: S704  # no user text


def modelled(text: object) -> Markup:
    """Return text from a model; a page in another language tells screen readers that this is Dutch."""
    return escape(text) if i18n.language() == MODELLED else _MARKED % (text,)


@lru_cache(maxsize=8192)
def _said(sentence: str, catalogue: NullTranslations) -> tuple[Markup, Markup]:
    """Return a sentence as it is looked up, and as it reads without values."""
    found = Markup(catalogue.gettext(sentence))  # noqa: S704  # a catalogue's, or a template's own
    try:
        return found, found % {}
    except KeyError:
        return found, found


class Dutch:
    """The attribute of an element that contains a model's text, in the language of the request."""

    def __html__(self) -> str:
        return "" if i18n.language() == MODELLED else f' lang="{MODELLED}"'


def say(sentence: str, /, **values: object) -> Markup:
    """Return a sentence of a template in the current language, as Jinja's own ``_`` does; the values are escaped."""
    if isinstance(sentence, Markup):  # it stays what it is, and Jinja's ``_`` looks it up by its text as well
        sentence = str(sentence)
    found, plain = _said(sentence, i18n.translations(i18n.language()))
    return found % values if values else plain


def register_language(app: Flask) -> None:
    """Give the templates the catalogue, and ``dutch``: the attribute of elements that contain a model's text."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n._, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = say  # Jinja's looks the catalogue and its own context up for each sentence
    app.jinja_env.globals.update(dutch=Dutch(), languages=i18n.LANGUAGES, here=here)
    app.jinja_env.filters["modelled"] = modelled
    app.register_blueprint(speech)

    @app.context_processor
    def spoken() -> dict[str, object]:
        return {"language": i18n.language()}
