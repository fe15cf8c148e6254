"""What guards every page: the name it is called by, CSRF, how much may be sent, headers. No inline script or style anywhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from flask import Flask, Response, current_app, g, request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import RequestEntityTooLarge

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.settings import Settings
from inburgering_flow.web.limits import most_sent

csrf = CSRFProtect()



def written(policy: Mapping[str, str]) -> str:
    """Return a Content-Security-Policy as a header has it."""
    return "; ".join(f"{directive} {sources}".rstrip() for directive, sources in policy.items())


# Directive → sources; a page may name more in ``g.sources`` (a form with pictures or frames from elsewhere).
POLICY = {
    "default-src": "'self'", "img-src": "'self' data:", "font-src": "'self' data:", "object-src": "'none'",
    "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'", "script-src": "'self'", "style-src": "'self'",
}  # fmt: skip
CUT_OFF = {"default-src": "'none'", "img-src": "'self' data:", "style-src": "'unsafe-inline'", "base-uri": "'none'",
           "form-action": "'none'", "frame-ancestors": "'none'", "sandbox": ""}  # fmt: skip
"""Of a file that somebody sent and that is shown (``g.policy``): no script, no form, no address of ours."""
READ_BY_VIEWER = {directive: sources for directive, sources in CUT_OFF.items() if directive != "sandbox"}
"""Of a PDF: Chromium's own viewer, which is cut off from pages by itself, does not open under ``sandbox``."""
# form-js, the viewer and the modeler set style attributes on what they draw.
DRAWING = ("tasklist.task", "case.drawing", "cockpit.definition", "projects.editor", "designer.definition", "versions.compared",
            "proposals.review", "interventions.change")
UNUSED = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi",
          "payment", "publickey-credentials-get", "screen-wake-lock", "usb", "web-share", "xr-spatial-tracking")  # fmt: skip
HEADERS = {
    "Content-Security-Policy": written(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"  # a year, for this name only: others below the organisation's domain may not have HTTPS


def cookie(name: str) -> str:
    """Return what a cookie is called: over HTTPS so that no other name below the domain, and no HTTP, can set it."""
    return name_of_cookie(name, secure=current_app.config["SESSION_COOKIE_SECURE"])


def name_of_cookie(name: str, *, secure: bool) -> str:
    """Return what a cookie is called. Source: RFC 6265bis, 4.1.3.2, the prefix ``__Host-``."""
    return f"__Host-{name}" if secure else name


def is_among(host: str, names: Collection[str]) -> bool:
    """Tell whether a header Host (a name or address, with or without a port) is one of the names, or below one with a dot."""
    called = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?", host.lower())
    return called is not None and any(
        called[1] == name or (name.startswith(".") and called[1].endswith(name)) for name in names
    )


def _policy_of(endpoint: str | None) -> dict[str, str]:
    policy = dict(POLICY)
    if endpoint in DRAWING:
        policy["style-src-attr"] = "'unsafe-inline'"
    if endpoint == "projects.editor":
        policy["style-src-elem"] = "'self' 'unsafe-inline'"  # the properties panel adds a style element
    return policy


@lru_cache(maxsize=512)
def _headers_of(endpoint: str | None) -> Mapping[str, str]:
    """Return the headers of each answer of a route."""
    kept = {} if endpoint == "static" else {"Cache-Control": "no-store"}
    return {**HEADERS, "Content-Security-Policy": written(_policy_of(endpoint)), **kept}


def protect(app: Flask, settings: Settings) -> None:
    """Register the guards."""
    hosts = settings.hosts

    @app.before_request
    def called_by_name() -> None:
        """Refuse a name that is not ours: what is decided by it, such as where a form may come from, would be another's."""
        if hosts and not is_among(request.environ.get("HTTP_HOST", ""), hosts):
            raise InvalidInput(
                _("Het systeem is onder deze naam niet bereikbaar."),
                remedy=_("Gebruik het adres dat u van uw organisatie kreeg. Beheerder: zie de instelling ALLOWED_HOSTS."),
                code="UNKNOWN_HOST",
            )

    @app.before_request
    def not_too_much() -> None:
        """Refuse what is too large for its route before any of it is read; Werkzeug stops reading what hides its length."""
        request.max_content_length = request.max_form_memory_size = most_sent(request.endpoint)
        if (request.content_length or 0) > request.max_content_length:
            raise RequestEntityTooLarge

    csrf.init_app(app)

    @app.after_request
    def headers(response: Response) -> Response:
        endpoint, secure = request.endpoint, settings.cookie_secure or request.is_secure
        found = {**_headers_of(endpoint), **({"Strict-Transport-Security": HSTS} if secure else {})}
        if own := g.get("policy"):
            found["Content-Security-Policy"] = written(own)
        if sources := g.get("sources"):
            more = {directive: " ".join(("'self'", *sorted(named))) for directive, named in sources.items()}
            found["Content-Security-Policy"] = written({**_policy_of(endpoint), **more})
        for name in list(response.headers.keys()):
            if name == "Cache-Control":
                found.pop(name, None)  # the page has said it
            elif name in found:
                response.headers.remove(name)
        response.headers.extend(found)
        return response
