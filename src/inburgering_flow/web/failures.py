"""Turns every failure into a page with a sentence and the next step; never a traceback."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from inburgering_flow.errors import Busy, FlowError, Forbidden, NotFound, TooOften
from inburgering_flow.i18n import N_, _
from inburgering_flow.store.database import without_values
from inburgering_flow.web import limits
from inburgering_flow.web.access import OPEN, actor, expired, page_of, services, still_logged_in, token

log = logging.getLogger(__name__)
SENTENCES = {
    400: N_("Dit verzoek kan niet worden gelezen."),
    403: N_("Dit mag u niet doen."),
    404: N_("Deze bladzijde bestaat niet, of is niet voor u."),
    405: N_("Dit kan hier niet."),
    409: N_("Iemand anders was u voor."),
    413: N_("Dit is te groot."),
    422: N_("Niet alles is goed ingevuld."),
    429: N_("Dit is te vaak niet gelukt."),
    503: N_("Het systeem is even bezet. Probeer het zo opnieuw; er is niets verloren."),
}
NEXT = {404: N_("Kijk of het adres klopt, of begin bij uw werk.")}
"""What to do next where the title says all that is known."""
OF_CODE = {"STEP_LIMIT": N_("Dit is te veel werk in één keer.")}
WRONG, AGAIN = N_("Er ging iets mis."), N_("Probeer het opnieuw.")


def _title(status: int, code: str) -> str:
    return _(OF_CODE.get(code) or SENTENCES.get(status, WRONG))


def _page(status: int, detail: str, code: str = "") -> ResponseReturnValue:
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify({"status": status, "title": _title(status, code), "detail": detail}), status
    return render_template("failure.html", title=_title(status, code), detail=detail, code=code, status=status), status


def note_refusal(error: FlowError) -> None:
    """Leave a line in the log where somebody was refused something: whatever they may not do, and a case, task or document
    that exists but that they were told is not there.
    """
    who = actor()
    if who is None or not isinstance(error, Forbidden | NotFound):
        return
    key = next((value for value in (request.view_args or {}).values() if isinstance(value, int)), None)
    try:
        services().audit_log.refused(who, request.endpoint or "", error.code, key, is_hidden=isinstance(error, NotFound))
    except FlowError as trouble:  # the database: the answer is still a refusal
        log.error("a refusal at %s could not be logged: %s", request.endpoint, trouble.code)


def register_failures(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(FlowError)
    def ours(error: FlowError) -> ResponseReturnValue:
        note_refusal(error)
        answer = make_response(_page(error.status, str(error), error.code))
        if isinstance(error, TooOften | Busy):
            answer.headers["Retry-After"] = str(error.seconds)
        return answer

    @app.errorhandler(CSRFError)
    def token_misses(_error: CSRFError) -> ResponseReturnValue:
        if request.endpoint == "access.logout":
            return _page(400, still_logged_in(), "SESSION")
        if request.endpoint not in OPEN and services().sessions.find(token()) is None:  # looked at before who asks
            return expired()
        said = _("Deze bladzijde is verouderd, bijvoorbeeld omdat u opnieuw inlogde. Wat u verstuurde, is niet bewaard.")
        return _page(400, " ".join((said, _("Open de bladzijde opnieuw en doe het nog een keer."))), "SESSION")

    @app.errorhandler(405)
    def other_method(error: HTTPException) -> ResponseReturnValue:
        if request.method == "GET" and actor() is not None:  # the address of something that was sent, opened again
            return redirect(page_of(request.path))
        return http(error)

    @app.errorhandler(413)
    def too_large(_error: HTTPException) -> ResponseReturnValue:
        return _page(413, _(limits.SENTENCES[limits.most_sent(request.endpoint)]), "TOO_LARGE")

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        return _page(code, _(NEXT.get(code) or SENTENCES.get(code, AGAIN)))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        number = secrets.token_hex(4)
        kind = "database" if services().context.db.is_its_own(error) else "unexpected"
        log.error("%s failure %s at %s: %s", kind, number, request.endpoint, without_values(error))
        said = _("Meld dit aan de beheerder met nummer {number}. Er is niets verloren.").format(number=number)
        return _page(500, said, number)
