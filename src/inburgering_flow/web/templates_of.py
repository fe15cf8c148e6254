"""How templates are made ready to run: Flask's environment, with less work for each value and call on a page.

A page of the task list writes some three hundred values and calls a hundred macros; what Jinja does around each of them cost
more than half of drawing it (``docs/performance.md``). What templates mean stays the same.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from types import FunctionType, MethodType
from typing import Any

from flask.templating import Environment
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

_needs_escaping = re.compile(r"[&<>\"']").search
_PLAIN = frozenset({Macro, FunctionType, MethodType, type})


def written(value: Any) -> str:
    """Return a value as a page has it: ``escape`` without an object for what is safe as it is."""
    kind = type(value)
    if kind is Markup or (kind is str and _needs_escaping(value) is None):
        return value  # type: ignore[no-any-return]
    return str(value) if kind is int else escape(value)


class Calls(Context):
    """The variables of a template; functions of ours are called without asking which of Jinja's objects they want."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro or function."""
        if type(called) in _PLAIN and not hasattr(called, "jinja_pass_arg"):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called(*args, **kwargs)
        return super().call(called, *args, **kwargs)


class Code(CodeGenerator):
    """The Python of a template, which writes values with ``written``."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  # Jinja's name
        """Write a module."""
        self.writeline(f"from {__name__} import {written.__name__} as _written")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("_written(")


class Templates(Environment):
    """Flask's environment, in which all templates share one dictionary of globals.

    Jinja gives each template a chain of two, and compares their names in Python at each import of a macro.
    No template of ours has globals of its own.
    """

    code_generator_class = Code
    context_class = Calls

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template."""
        return super().make_globals(d) if d else self.globals
