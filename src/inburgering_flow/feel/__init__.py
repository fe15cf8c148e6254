"""FEEL, the expression language of DMN 1.5, compiled to Python closures.

``evaluate(text, variables)`` for a single use; ``compile`` once and ``Compiled.evaluate`` often; ``explain`` to see
why.
"""

from inburgering_flow.feel.errors import FeelError, FeelWarning
from inburgering_flow.feel.explain import Explanation, explain, explain_unary_tests
from inburgering_flow.feel.expression import (
    Compiled,
    CompiledTests,
    compile,  # noqa: A004 the public name is feel.compile
    compile_unary_tests,
    evaluate,
)
from inburgering_flow.feel.scope import Context, Limits
from inburgering_flow.feel.stored import storable, variables_given
from inburgering_flow.feel.values import from_plain, to_plain, to_python

__all__ = [
    "Compiled",
    "CompiledTests",
    "Context",
    "Explanation",
    "FeelError",
    "FeelWarning",
    "Limits",
    "compile",
    "compile_unary_tests",
    "evaluate",
    "explain",
    "explain_unary_tests",
    "from_plain",
    "storable",
    "to_plain",
    "to_python",
    "variables_given",
]
