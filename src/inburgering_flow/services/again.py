"""Retrying a use case that the database rolled back because another one stood in its way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from inburgering_flow.errors import Collided

P = ParamSpec("P")
R = TypeVar("R")
TIMES = 8
PAUSE = 0.01  # seconds before the second attempt; doubled after each


def again(use_case: Callable[P, R]) -> Callable[P, R]:
    """Run a use case, one whole transaction, until it is not rolled back; raises Collided after eight attempts.

    Families that send each other messages lock each other in any order, and a server ends one of two transactions that
    would wait for ever. It stored nothing, so it runs again as if it had come a moment later.
    """

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for number in range(TIMES - 1):
            try:
                return use_case(*args, **kwargs)
            except Collided:
                time.sleep(PAUSE * 2**number * random.uniform(0.5, 1.5))  # noqa: S311  # no secret
        return use_case(*args, **kwargs)

    return run
