"""What guards every page: CSRF, headers. No inline script or style anywhere."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_wtf import CSRFProtect

csrf = CSRFProtect()

POLICY = (
    "default-src 'self'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; script-src 'self'; style-src 'self'"
)
# form-js, the viewer and the modeler set style attributes on what they draw.
DRAWING = ("tasklist.task", "cases.case", "cockpit.definition", "designer.modeler", "designer.definition")


def protect(app: Flask) -> None:
    """Register the guards."""
    csrf.init_app(app)

    @app.after_request
    def headers(response: Response) -> Response:
        policy = POLICY
        if request.endpoint in DRAWING:
            policy += "; style-src-attr 'unsafe-inline'"
        if request.endpoint == "designer.modeler":
            policy += "; style-src-elem 'self' 'unsafe-inline'"  # the properties panel adds a style element
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
