"""Names in decision models that nothing gives: not required, or not there at all.

Source: DMN 1.5, 6.3.2 and 10.4 (an expression sees what its element requires).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.errors import DmnError
from inburgering_flow.dmn.evaluation import box_names, compiler_for, declared, visible
from inburgering_flow.dmn.model import Decision, KnowledgeModel, Model
from inburgering_flow.errors import Finding
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.i18n import _


def check(model: Model, name: str = "", functions: Collection[str] = ()) -> list[Finding]:
    """Return a warning for each name that an element reads but does not require, and for each that nobody knows.

    A decision without any requirement is drawn as Camunda's simple tables are, which read the variables of the process: of
    those only names that the model itself declares are spoken of. ``name`` is the file, ``functions`` those of plug-ins.
    """
    found: list[Finding] = []
    for element in model.elements.values():
        if not isinstance(element, Decision | KnowledgeModel):
            continue
        box = element.expression if isinstance(element, Decision) else element.logic
        try:
            seen = {*visible(model, element), *box_names(box), *functions, *BUILTINS, "?", "item", "partial"}
            read = dict.fromkeys(n for n in _read(model, element.name, box, tuple(functions)) if n not in seen)
        except DmnError:
            continue  # said elsewhere
        draws = isinstance(element, KnowledgeModel) or bool(element.inputs or element.decisions or element.knowledge)
        for one in read:
            if one in declared(model):
                message = _("'{element}' reads {name} without requiring it.").format(element=element.name, name=one)
                remedy = _("Draw the requirement from {name} to it.").format(name=one)
            elif draws:
                message = _("'{element}' reads {name}, which nothing gives it.").format(element=element.name, name=one)
                near = difflib.get_close_matches(one, sorted(seen - set(BUILTINS)), 1, 0.75)
                remedy = _("Require input data of that name, or mend the name.")
                if near:
                    remedy = _("Did you mean {name}? Otherwise require input data of that name.").format(name=near[0])
            else:
                continue
            found.append(Finding("warning", "decision-unknown-name", name or model.name, element.id, message, remedy))
    return found


def _read(model: Model, owner: str, box: Any, functions: tuple[str, ...]) -> Iterator[str]:
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
