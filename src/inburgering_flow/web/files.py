"""Downloads: the name of a file in a header that every browser reads (RFC 6266)."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePosixPath

from flask import Response, send_file


def file(content: bytes, name: str, media_type: str, *, inline: bool = False) -> Response:
    """Return a file to keep, or to show; of its name, what is in folders or cannot be printed is left out."""
    plain = "".join(c for c in PurePosixPath(name.replace("\\", "/")).name if c.isprintable())
    answer = send_file(
        BytesIO(content), mimetype=media_type, as_attachment=not inline, download_name=plain or "bestand", etag=False,
        conditional=False,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer
