"""Retrying a use case that the database rolled back because another one stood in its way, or that has to prepare itself."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from inburgering_flow.errors import Collided, FlowError

P = ParamSpec("P")
R = TypeVar("R")
TIMES = 8
PAUSE = 0.01  # seconds before the second attempt; doubled after each


MOST_PREPARED = 1_000  # pieces of work that one use case has done first


class First(Exception):
    """Work that has to be done first, while no transaction is open: others would wait for it."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self.work = work


class _Local(threading.local):
    can_prepare = False


_local = _Local()


def first(work: Callable[[], object]) -> None:
    """Have work done while no transaction is open, where the use case can begin again after it; else do nothing."""
    if _local.can_prepare:
        raise First(work)


def again(use_case: Callable[P, R]) -> Callable[P, R]:
    """Run a use case, one whole transaction, until it is not rolled back; raises Collided after eight attempts.

    Families that send each other messages lock each other in any order, and a server ends one of two transactions that
    would wait for ever. It stored nothing, so it runs again as if it had come a moment later. So it does after work that
    it asks to have done ``first``.
    """

    @wraps(use_case)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        if _local.can_prepare:  # inside another use case, which begins again as a whole
            return use_case(*args, **kwargs)
        for _number in range(MOST_PREPARED):
            _local.can_prepare = True
            try:
                return use_case(*args, **kwargs)
            except First as found:
                work = found.work
            finally:
                _local.can_prepare = False
            try:
                work()
            except FlowError:  # it needs what this transaction only stores, or is told where it is needed
                break
        return use_case(*args, **kwargs)

    @wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for number in range(TIMES - 1):
            try:
                return attempt(*args, **kwargs)
            except Collided:
                time.sleep(PAUSE * 2**number * random.uniform(0.5, 1.5))  # noqa: S311  # no secret
        return attempt(*args, **kwargs)

    return run
