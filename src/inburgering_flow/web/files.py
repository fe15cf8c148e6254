"""Downloads: the name of a file in a header that every browser reads (RFC 6266)."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import PurePosixPath

from flask import Response, send_file


def plain_name(name: str) -> str:
    """Return the name of a file without what is in folders or cannot be printed."""
    plain = "".join(c for c in PurePosixPath(name.replace("\\", "/")).name if c.isprintable())
    return plain[-200:] or "bestand"


def streamed(parts: Iterable[bytes], name: str, media_type: str) -> Response:
    """Return a file that is sent while it is written; its name is one of ours."""
    answer = Response(parts, mimetype=media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename={plain_name(name)}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def file(content: bytes, name: str, media_type: str, *, inline: bool = False) -> Response:
    """Return a file to keep, or to show; of its name, what is in folders or cannot be printed is left out."""
    answer = send_file(
        BytesIO(content), mimetype=media_type, as_attachment=not inline, download_name=plain_name(name), etag=False,
        conditional=False,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer
