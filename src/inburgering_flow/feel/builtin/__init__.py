"""The built-in functions of FEEL, one file per kind of value.

Source: DMN 1.5, 10.3.4; Camunda's additions from the FEEL documentation of Camunda 8.
"""

from __future__ import annotations

from inburgering_flow.feel.builtin import contexts, conversion, lists, numbers, ranges, strings, times
from inburgering_flow.feel.builtin.signature import build
from inburgering_flow.feel.values import Function

BUILTINS: dict[str, Function] = build(
    conversion.TABLE + strings.TABLE + numbers.TABLE + lists.TABLE + contexts.TABLE + times.TABLE + ranges.TABLE
)
"""Every built-in function by its name."""
