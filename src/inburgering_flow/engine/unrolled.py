"""Walks of any depth: what calls and scopes nest is data, and must not need a frame of Python's for each level."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

R = TypeVar("R")
Walk = Generator["Walk[Any]", Any, R]
"""A function that yields the walks whose results it wants, and returns its own."""


def walked(walk: Walk[R]) -> R:
    """Run a walk and those that it asks for to their end, on a stack of its own, and return its result."""
    stack: list[Walk[Any]] = [walk]
    result: Any = None
    while stack:
        try:
            stack.append(stack[-1].send(result))
            result = None
        except StopIteration as done:
            stack.pop()
            result = done.value
    found: R = result
    return found
