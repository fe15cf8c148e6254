"""Which browser somebody uses, in words that they recognise in the list of their sessions."""

from __future__ import annotations

# What the header User-Agent contains → what it is; the first that fits counts, for each names its ancestors too.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(header: str) -> str:
    """Return ``Firefox, Windows`` for a User-Agent header; only words of the tables, nothing that the header says itself."""
    found = [next((name for part, name in table if part in header), "") for table in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))
