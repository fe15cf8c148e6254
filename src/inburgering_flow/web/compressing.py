"""Answers are sent compressed to whoever can read that.

A page repeats what its address says, beside the token of its forms; how far it can be compressed would tell the token letter by
letter (BREACH, CVE-2013-3587). So each page gets a random number of bytes that mean nothing, in the name that gzip has room for.
Source: Heal the BREACH, Palacios et al., IEEE Access 2022.
"""

from __future__ import annotations

import gzip
import io
import secrets
import threading

from flask import Flask, Response, request

LEAST = 700  # bytes; what is smaller fits into one packet as it is
MOST_RANDOM = 100
KINDS = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/xml")
LEVEL, OF_FILES = 6, 9


def register_compression(app: Flask) -> None:
    """Compress what the application answers."""
    kept: dict[str, bytes] = {}
    lock = threading.Lock()

    @app.after_request
    def compress(response: Response) -> Response:
        if not _can(response):
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"] or "Range" in request.headers:
            return response
        if request.endpoint == "static":
            content = _file(response, kept, lock)
        else:
            content = zipped(response.get_data(), LEVEL, secrets.token_urlsafe(secrets.randbelow(MOST_RANDOM) + 1))
        response.set_data(content)
        response.headers["Content-Encoding"] = "gzip"
        tag, _is_weak = response.get_etag()
        if tag is not None:
            response.set_etag(tag, weak=True)  # the same content, not the same bytes
        return response


def _can(response: Response) -> bool:
    """Tell whether an answer is whole, of a kind that gets smaller, and not small or compressed already."""
    if response.status_code != 200 or "Content-Encoding" in response.headers or not (response.mimetype or "").startswith(KINDS):
        return False
    if request.endpoint == "static":
        response.direct_passthrough = False  # a file of ours, which fits in memory
    elif response.is_streamed or response.direct_passthrough:
        return False
    return len(response.get_data()) >= LEAST


def _file(response: Response, kept: dict[str, bytes], lock: threading.Lock) -> bytes:
    """Return a file of the application compressed, once for each version of it."""
    name = f"{request.path} {response.get_etag()[0]}"
    with lock:
        if name not in kept:
            kept[name] = zipped(response.get_data(), OF_FILES, "")
        return kept[name]


def zipped(content: bytes, level: int, name: str) -> bytes:
    """Return content compressed, with a name that says nothing."""
    out = io.BytesIO()
    with gzip.GzipFile(name, "wb", level, out, mtime=0) as file:
        file.write(content)
    return out.getvalue()
