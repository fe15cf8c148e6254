"""The files of the program in a browser: kept for a year under an address that says what they contain.

Asked for under any other address, such as that of another version on a node that is being updated, a file is asked for again at
each use, as its ETag allows. Source: RFC 8246 (immutable), RFC 9111, 5.2.2.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

KEPT = "public, max-age=31536000, immutable"
HASHED = re.compile(r"-[0-9A-Z]{8}\.\w+$")  # what esbuild calls a font: its name says what is in it
VERSION = "v"


def register_static_files(app: Flask) -> None:
    """Let the addresses of static files say their version, and browsers keep what has the version that was asked for."""
    folder = Path(app.static_folder or "")
    known: dict[str, tuple[int, str]] = {}

    def version(name: str) -> str:
        """Return the version of a file, read again when it has changed; nothing where it is not built."""
        path = folder / name
        if not path.is_file():
            return ""
        changed = path.stat().st_mtime_ns
        found = known.get(name)
        if found is None or found[0] != changed:
            found = known[name] = (changed, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
        return found[1]

    @app.url_defaults
    def say_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (said := version(values["filename"])):
            values[VERSION] = said

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code not in (200, 304):
            return response
        name = (request.view_args or {})["filename"]
        if HASHED.search(name) or request.args.get(VERSION) == version(name):
            response.headers["Cache-Control"] = KEPT
        return response
