"""Names in decision models that nothing provides: not required, or not defined at all.

Source: DMN 1.5, 6.3.2 and 10.4 (an expression sees what its element requires).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.errors import DmnError
from inburgering_flow.dmn.evaluation import box_names, by_id, compiler_for, declared, visible
from inburgering_flow.dmn.graph import Decision, Graph, KnowledgeModel
from inburgering_flow.feel.builtin import BUILTINS


@dataclass(frozen=True)
class UnknownName:
    """A name that an element reads: the model declares it but the element does not require it, or nothing defines it."""

    element_id: str
    element: str
    name: str
    is_declared: bool
    meant: str


def unknown_names(model: Graph, functions: Collection[str] = ()) -> Iterator[UnknownName]:
    """Yield each name that an element reads but nothing provides. A decision without any requirement is drawn like
    Camunda's simple tables, which read the variables of the process: for those only names that the model itself
    declares are reported. ``functions`` are those of plug-ins.
    """
    for element in model.elements.values():
        if not isinstance(element, Decision | KnowledgeModel):
            continue
        box = element.expression if isinstance(element, Decision) else element.logic
        try:
            told = {*visible(model, element), *by_id(model, element)}
            seen = {*told, *box_names(box), *functions, *BUILTINS, "?", "item", "partial"}
            read = dict.fromkeys(n for n in _read(model, element.name, box, tuple(functions)) if n not in seen)
        except DmnError:
            continue  # reported elsewhere
        draws = isinstance(element, KnowledgeModel) or bool(element.inputs or element.decisions or element.knowledge)
        for one in read:
            is_declared = one in declared(model)
            if is_declared or draws:
                near = difflib.get_close_matches(one, sorted(seen - set(BUILTINS)), 1, 0.75)
                yield UnknownName(element.id, element.name, one, is_declared, near[0] if near else "")


def _read(model: Graph, owner: str, box: Any, functions: tuple[str, ...]) -> Iterator[str]:
    """Yield the names that the expressions in a box read."""
    compiler = compiler_for(model, owner, functions)
    for text, is_tests in _texts(box):
        compiled = compiler.tests(text) if is_tests else compiler.feel(text)
        yield from sorted(compiled.variables - compiled.only_in_filters - BUILTINS.keys())  # those may be functions


def _texts(box: Any) -> Iterator[tuple[str, bool]]:
    """Yield (text, whether it is unary tests) of each expression in a box."""
    match box:
        case boxed.Literal(text=text, language=language):
            if text.strip() and not language:
                yield text, False
        case boxed.InputClause(expression=expression, values=values):
            yield from ((t, n == 1) for n, t in enumerate((expression, values)) if t.strip())
        case boxed.OutputClause(values=values, default=default):
            if values.strip():
                yield values, True
            yield from _texts(default)
        case boxed.RuleBox(inputs=inputs, outputs=outputs):
            yield from ((text, True) for text in inputs if text.strip())
            yield from _texts(outputs)
        case boxed.FunctionBox(kind=kind, body=body):
            if kind == "FEEL":
                yield from _texts(body)
        case tuple():
            for one in box:
                yield from _texts(one)
        case boxed.Boxed() | boxed.Binding():
            for attribute in type(box).__dataclass_fields__:
                value = getattr(box, attribute)
                if isinstance(value, boxed.Boxed | boxed.Binding | tuple):
                    yield from _texts(value)
