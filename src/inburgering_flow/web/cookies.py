"""The signed cookie and the token of forms, as Flask and Flask-WTF have them, without signing the same thing twice.

Each answer that says what was done changes the cookie, and each page with a form has a token: signing, checking and compressing
those cost a tenth of a completion (``docs/performance.md``).
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from flask import Flask, Response, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

MOST = 4096  # cookies and tokens that are kept
KEPT = 300  # seconds for which what was signed or checked here need not be checked again
SAID = "_flashes"  # what the next page tells, as Flask keeps it
LONGEST_SAID = 2000  # bytes of it: browsers drop a cookie of more than 4096
TOKEN = "csrf_token"  # noqa: S105  # its name in the session and in g

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Signer(URLSafeTimedSerializer):
    """Signs what is in the cookie: our own texts, numbers and lists.

    What a cookie said is kept for some minutes by the whole cookie, so that only what was signed with our key is ever found.
    Whether the session that it names still lasts is asked of the database each time.
    """

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._known: dict[str | bytes, tuple[float, str]] = {}

    def dump_payload(self, obj: Any) -> bytes:
        """Return what is signed, as it is: it is too short to become much shorter."""
        return base64_encode(_encode(obj))

    def dumps(self, obj: Any, salt: Any = None) -> Any:
        """Return the text of a cookie."""
        signed = super().dumps(obj, salt)
        self._keep(signed, obj)
        return signed

    def loads(self, s: str | bytes, *given: Any, **more: Any) -> Any:
        """Return what a cookie says; raises BadSignature where nobody with the key has made it, or too long ago."""
        known = self._known.get(s)
        if known is not None and time.monotonic() - known[0] < KEPT:
            return json.loads(known[1])
        said = super().loads(s, *given, **more)
        self._keep(s, said)
        return said

    def _keep(self, cookie: str | bytes, said: Any) -> None:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[cookie] = time.monotonic(), _encode(said)


def shortened(said: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return what the next page tells, as far as a cookie holds it: the newest whole; of a text that is too long its begin."""
    found: list[tuple[str, Any]] = []
    left = LONGEST_SAID
    for kind, text in reversed(said):
        size = len(_encode(text))
        if size > left:
            if not found and isinstance(text, str):  # a letter is twelve bytes at most there
                found.append((kind, f"{text[: left // 12 - 1]}…"))
            break
        found.append((kind, text))
        left -= size
    return found[::-1]


class SignedCookie(SecureCookieSessionInterface):
    """Flask's sessions, with one signer for all requests."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, app: Flask) -> None:
        self.signer = Signer(
            app.secret_key or "", salt=self.salt, serializer=json,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
        )  # fmt: skip

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        """Return what signs."""
        return self.signer


def signer_of(app: Flask) -> Signer:
    """Return what signs the cookies of an application."""
    sessions = app.session_interface
    assert isinstance(sessions, SignedCookie)
    return sessions.signer


def register_cookies(app: Flask) -> None:
    """Let an application use both."""
    app.session_interface = SignedCookie(app)
    signed: dict[str, str] = {}  # of each session's own token; without a time limit one is as good as the next

    def csrf_token() -> str:
        """Return the token of the forms on a page."""
        said = g.get(TOKEN)
        if said is None:
            own = session.get(TOKEN)
            said = signed.get(own) if own else None
            if said is None:
                said = generate_csrf()
                if len(signed) >= MOST:
                    signed.clear()
                signed[session[TOKEN]] = said
            setattr(g, TOKEN, said)
        return str(said)

    @app.after_request
    def shorten(response: Response) -> Response:
        if request.endpoint == "static":
            return response  # without a look at the session, by which an answer is kept for one cookie alone
        said = session.get(SAID)
        if said and sum(len(_encode(text)) for _kind, text in said) > LONGEST_SAID:
            session[SAID] = shortened(said)
        return response

    app.jinja_env.globals[TOKEN] = csrf_token
    app.context_processor(lambda: {TOKEN: csrf_token})
