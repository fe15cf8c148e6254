"""Where the shipped processes and forms are: next to ``src`` in a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

from inburgering_flow.errors import NotFound

PACKAGE = Path(__file__).resolve().parent.parent


def resource_folder(name: str) -> Path:
    """Return the folder ``processes`` or ``forms``."""
    for candidate in (PACKAGE / "_resources" / name, PACKAGE.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise NotFound(f"The folder {name} is not installed.", remedy="Install the wheel again, or run from a checkout.")
