"""Unary tests outside decision tables: allowed values and type constraints.

Source: DMN 1.5, 7.3.3 and table 55.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inburgering_flow.feel import Context, compile_unary_tests
from inburgering_flow.feel.expression import CompiledTests


def value_check(text: str) -> Callable[[Any], bool]:
    """Return a check of values against unary tests, compiled when first needed.

    The check may raise ``FeelError``.
    """
    compiled: list[CompiledTests] = []

    def check(value: Any) -> bool:
        if not compiled:
            compiled.append(compile_unary_tests(text))
        return compiled[0].test(value, {}, Context()) is True

    return check
