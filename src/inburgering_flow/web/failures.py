"""Every failure becomes a page with a sentence and the next step; never a traceback."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from inburgering_flow.errors import FlowError

log = logging.getLogger(__name__)
SENTENCES = {
    400: "Dit verzoek kan niet worden gelezen.",
    403: "Dit mag u niet doen.",
    404: "Deze bladzijde bestaat niet, of is niet voor u.",
    405: "Dit kan hier niet.",
    409: "Iemand anders was u voor.",
    413: "Het bestand is te groot. Gebruik een bestand van hoogstens 10 MB.",
    422: "Niet alles is goed ingevuld.",
    429: "U heeft het te vaak geprobeerd. Wacht een minuut en probeer het opnieuw.",
    503: "Het systeem is even bezet. Probeer het zo opnieuw; er is niets verloren.",
}


def _page(status: int, detail: str, code: str = "") -> ResponseReturnValue:
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(
            {"status": status, "title": SENTENCES.get(status, "Er ging iets mis."), "detail": detail}
        ), status
    title = SENTENCES.get(status, "Er ging iets mis.")
    return render_template("failure.html", title=title, detail=detail, code=code, status=status), status


def register_failures(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(FlowError)
    def ours(error: FlowError) -> ResponseReturnValue:
        return _page(error.status, str(error), error.code)

    @app.errorhandler(CSRFError)
    def expired(_: CSRFError) -> ResponseReturnValue:
        return _page(
            400, "Uw sessie is verlopen. Log opnieuw in en doe het nog een keer. Uw concept is bewaard.", "SESSION"
        )

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        return _page(error.code or 500, SENTENCES.get(error.code or 500, "Probeer het opnieuw."))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        number = secrets.token_hex(4)
        log.error("unexpected failure %s at %s", number, request.endpoint, exc_info=error)
        return _page(500, f"Meld dit aan de beheerder met nummer {number}. Er is niets verloren.", number)
