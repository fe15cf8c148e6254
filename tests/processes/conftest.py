"""The shipped processes on a database of their own, and what is walked of them is noted."""

from __future__ import annotations

from normen.conftest import _watched, law

__all__ = ["_watched", "law"]
