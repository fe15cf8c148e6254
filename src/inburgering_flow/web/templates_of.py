"""How templates are made ready to run: Flask's environment, with less work for each value and call on a page.

A page of the task list writes some three hundred values and calls a hundred macros; what Jinja does around each of them cost
more than half of drawing it (``docs/performance.md``). What templates mean stays the same.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from io import StringIO
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.idtracking import VAR_LOAD_RESOLVE
from jinja2.runtime import Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

FIXED = frozenset(("_", "url_for"))
"""Functions of templates that no page has another of."""
_needs_escaping = re.compile(r"[&<>\"']").search


def written(value: Any) -> str:
    """Return a value as a page has it: ``escape`` without an object for what is safe as it is."""
    kind = type(value)
    if kind is Markup or (kind is str and _needs_escaping(value) is None):
        return value  # type: ignore[no-any-return]
    return str(value) if kind is int else escape(value)


class QuickMacro(Macro):
    """A macro whose arguments are put in order without the cases that ours do not have; those are left to Jinja."""

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        """Return what the macro writes."""
        if self.catch_kwargs or self.catch_varargs or len(args) > self._argument_count or not self._default_autoescape:
            return super().__call__(*args, **kwargs)
        if kwargs:
            arguments = [*args, *[kwargs.pop(name, missing) for name in self.arguments[len(args) :]]]
        else:
            arguments = [*args, *([missing] * (self._argument_count - len(args)))]
        if self.caller and not self.explicit_caller:
            if "caller" not in kwargs:
                return super().__call__(*arguments)
            arguments.append(kwargs.pop("caller"))
        if kwargs:
            raise TypeError(f"macro {self.name!r} takes no keyword argument {next(iter(kwargs))!r}")
        return str.__new__(Markup, self._func(*arguments))  # each value in it is escaped


class Code(CodeGenerator):
    """The Python of a template, which writes values with ``written`` and calls functions without asking what they want:
    only those that get Jinja's own objects are called by way of Jinja.
    """

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802  # Jinja's name
        """Write a module."""
        self.writeline(f"from {__name__} import {written.__name__} as _written, {QuickMacro.__name__} as _Macro")
        super().visit_Template(node, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802  # Jinja's name
        """Write a call."""
        called = node.node
        found = self.environment.globals.get(called.name) if isinstance(called, nodes.Name) else None
        if hasattr(found, "jinja_pass_arg"):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(called, frame)
        stream, self.stream = self.stream, StringIO()
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        arguments, self.stream = self.stream.getvalue(), stream
        self.write(f"({arguments.removeprefix(', ')})")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802  # Jinja's name
        """Write an attribute: found by Python itself, and only what is none, an item or nothing at all, by Jinja."""
        self.write("(_v if (_v := getattr((_o := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing else environment.getattr(_o, {node.attr!r}))")

    def enter_frame(self, frame: Frame) -> None:
        """Write where names come from: those that are the same on every page (``FIXED``) are not looked for in a page's own."""
        loads = frame.symbols.loads
        for target, (action, name) in loads.items():
            if action == VAR_LOAD_RESOLVE and name in FIXED:
                self.writeline(f"{target} = environment.globals[{name!r}]")
        frame.symbols.loads = {
            target: load for target, load in loads.items() if load[0] != VAR_LOAD_RESOLVE or load[1] not in FIXED
        }
        super().enter_frame(frame)
        frame.symbols.loads = loads

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """Write what makes a macro."""
        node = macro_ref.node
        names = "".join(f"{argument.name!r}, " for argument in node.args)
        self.write(
            f"_Macro(environment, macro, {getattr(node, 'name', None)!r}, ({names}), {macro_ref.accesses_kwargs!r},"
            f" {macro_ref.accesses_varargs!r}, {macro_ref.accesses_caller!r}, context.eval_ctx.autoescape)"
        )

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("_written(")


class Templates(Environment):
    """Flask's environment, in which all templates share one dictionary of globals, and one that was loaded is found by its name.

    Jinja gives each template a chain of two, and compares their names in Python at each import of a macro; a page imports
    twenty. No template of ours has globals of its own.
    """

    code_generator_class = Code

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._loaded: dict[str, Template] = {}

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """Return a template."""
        if globals or self.auto_reload or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        found = self._loaded.get(name)
        if found is None:
            found = self._loaded[name] = super().get_template(name, parent)
        return found

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template."""
        return super().make_globals(d) if d else self.globals
