"""Whether tests run in every variant (``make test-all``) or in the fewest that cover each test once (``make test``)."""

from __future__ import annotations

import os

ALL = os.environ.get("ALL_VARIANTS") == "1"


def examples(few: int, many: int) -> int:
    """Return how many examples a property draws."""
    return many if ALL else few
