"""Addresses of pages in templates: built once, then remembered."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

MOST = 16_384  # addresses that are kept
_SIMPLE = frozenset((int, str))


def register_addresses(app: Flask) -> None:
    """Give the templates ``url_for`` as Flask has it: each page has dozens of addresses, most of them on every page."""
    kept: dict[tuple[Any, ...], str] = {}

    def url_for(endpoint: str, **values: Any) -> str:
        """Return the address of a page within this application."""
        if endpoint[:1] == "." or not _SIMPLE.issuperset(map(type, values.values())):
            return app.url_for(endpoint, **values)  # it depends on the page, or 1 and True are equal but make two
        key = (request.environ.get("SCRIPT_NAME"), endpoint, *values.items())
        found = kept.get(key)
        if found is None:
            found = app.url_for(endpoint, **values)
            if len(kept) >= MOST:
                kept.clear()
            kept[key] = found
        return found

    app.jinja_env.globals["url_for"] = url_for
