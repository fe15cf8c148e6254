"""What is wrong at one trace, in a sentence without values, and what may have been meant.

Most faults are the warnings of the evaluation itself. Some nulls (and some surprising falses) are right by the
standard and come without a warning; for those the rules at the end look at the values of the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from inburgering_flow.feel import nodes
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.feel.errors import FeelWarning, sentence
from inburgering_flow.feel.parser import KEYWORDS
from inburgering_flow.feel.properties import PROPERTIES
from inburgering_flow.feel.trace import Fault, Trace
from inburgering_flow.feel.values import Range, equal, from_plain, kind
from inburgering_flow.feel.words import a_kind, noun, together
from inburgering_flow.i18n import _

MAX_NAMES = 500
ABSENT = frozenset({"NO_VARIABLE_FOUND", "NO_CONTEXT_ENTRY_FOUND", "NO_PROPERTY_FOUND"})
"""The codes for what is simply missing; tests for absence expect them."""


def own_fault(trace: Trace) -> Fault | None:
    """Return what is wrong at exactly this trace, or None."""
    if trace.warnings:
        warning = next((w for w in trace.warnings if w.code != "MORE_WARNINGS"), trace.warnings[0])
        said = _said(trace, warning.message) + _operands(trace, warning)
        is_about_null = "null" in warning.said.source
        return Fault(warning.code, said, _suggestion(trace, warning), is_about_null)
    silent = _SILENT.get(type(trace.node))
    return silent(trace) if silent is not None else None


def _said(trace: Trace, message: str) -> str:
    """Return a warning as a sentence; the name of a function in front of it stays as it is, once."""
    if isinstance(trace.node, nodes.Call) and isinstance(trace.node.function, nodes.Name):
        before = f"{trace.node.function.name}: "
        if message.startswith(before):
            return before + sentence(message.removeprefix(before).removeprefix(before))
    return sentence(message)


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 60 else one_line[:57] + "…"


def _operands(trace: Trace, warning: FeelWarning) -> str:
    """Say which operand is of which type, where the warning is about types."""
    if warning.code not in ("NOT_COMPARABLE", "INVALID_TYPE") or isinstance(trace.node, nodes.Call):
        return ""
    said = [
        _("'{text}' is {kind}").format(text=_short(child.text), kind=noun(child.type))
        for child in trace.children
        if child.evaluated and not isinstance(child.node, nodes.Literal | nodes.Test)
    ]
    if isinstance(trace.node, nodes.Test) and "?" in trace.names:
        said.insert(0, _("the value is {kind}").format(kind=a_kind(from_plain(trace.names["?"]))))
    if not said or len(said) > 3:
        return ""
    return " " + sentence(", ".join(said))


# ─── what may have been meant ───


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most similar to a wrong one, or an empty text."""
    names = [one for one in dict.fromkeys(known) if one != name and not one.startswith("$")][:MAX_NAMES]
    folded: dict[str, str] = {}
    for one in names:
        folded.setdefault(one.casefold(), one)
    if name.casefold() in folded:
        return folded[name.casefold()]
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def meant(name: str) -> str:
    """Return the question whether a name was meant; an empty text for an empty name."""
    return _("Did you mean '{name}'?").format(name=name) if name else ""


def _meant(name: str, known: Iterable[str]) -> str:
    return meant(nearest(name, known))


def _parameters(names: Iterable[str]) -> str:
    return _("Its parameters are: {names}.").format(names=", ".join(names))


def _suggestion(trace: Trace, warning: FeelWarning) -> str:
    suggest = _SUGGEST.get(type(trace.node))
    return suggest(trace, warning) if suggest is not None else ""


def _suggest_name(trace: Trace, _warning: FeelWarning) -> str:
    node = trace.node
    assert isinstance(node, nodes.Name)
    words = node.name.split(" ")
    if len(words) > 1:
        known = set(trace.known)
        for word in words[1:-1] or words[:0]:
            keyword = get_close_matches(word.casefold(), KEYWORDS, n=1, cutoff=0.6)
            if keyword and word not in known:
                return _("Did you mean '{name}' instead of '{word}'?").format(name=keyword[0], word=word)
        if any(word in known for word in words):
            return _("'{name}' is read as one name; is an operator missing in it?").format(name=node.name)
    return _meant(node.name, trace.known)


def _suggest_field(trace: Trace, _warning: FeelWarning) -> str:
    node = trace.node
    assert isinstance(node, nodes.Path)
    source = trace.child(node.source)
    return _meant(node.name, _fields(source.value)) if source is not None else ""


def _fields(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [str(name) for name in list(value)[:MAX_NAMES]]
    if isinstance(value, list):
        return [name for item in value[:20] for name in _fields(from_plain(item))]
    return list(PROPERTIES.get(type(value), ()))


def _suggest_call(trace: Trace, warning: FeelWarning) -> str:
    node = trace.node
    assert isinstance(node, nodes.Call)
    if not isinstance(node.function, nodes.Name):
        return ""
    name = node.function.name
    if warning.code == "NO_FUNCTION_FOUND":
        return _meant(name, trace.known)
    builtin = BUILTINS.get(name)
    if builtin is None or warning.code != "FUNCTION_INVOCATION_FAILURE":
        return ""
    if node.names:
        wrong = [given for given in node.names if given not in builtin.parameters]
        if wrong:
            return _meant(wrong[0], builtin.parameters) or _parameters(builtin.parameters)
    if "cannot be called with" in warning.said.source and builtin.parameters:
        return _parameters(builtin.parameters)
    return ""


def _suggest_loop(_trace: Trace, warning: FeelWarning) -> str:
    return _("Loop over a list or over a range of whole numbers or dates.") if "loop" in warning.said.source else ""


_SUGGEST: dict[type[nodes.Node] | type[None], Callable[[Trace, FeelWarning], str]] = {
    nodes.Name: _suggest_name,
    nodes.Path: _suggest_field,
    nodes.Call: _suggest_call,
    nodes.For: _suggest_loop,
    nodes.Quantified: _suggest_loop,
}


# ─── right by the standard, but hardly meant ───


def _literal(trace: Trace) -> Fault | None:
    if trace.value is None and trace.text.startswith("@"):
        said = _("{text} is not a date, time or duration.").format(text=trace.text)
        return Fault("INVALID_LITERAL", said, _('Write it like @"2026-01-31".'))
    return None


def _no_boolean(child: Trace | None) -> bool:
    return child is not None and child.evaluated and child.value is not None and not isinstance(child.value, bool)


def _not_boolean(child: Trace) -> Fault:
    said = _("True or false is expected instead of '{text}', which is {kind}.")
    return Fault("NOT_BOOLEAN", said.format(text=_short(child.text), kind=noun(child.type)))


def _if(trace: Trace) -> Fault | None:
    assert isinstance(trace.node, nodes.If)
    condition = trace.child(trace.node.condition)
    return _not_boolean(condition) if condition is not None and _no_boolean(condition) else None


def _logic(trace: Trace) -> Fault | None:
    assert isinstance(trace.node, nodes.Binary)
    if trace.node.operator not in ("and", "or") or trace.value is not None:
        return None
    wrong = next((child for child in trace.children if _no_boolean(child)), None)
    return _not_boolean(wrong) if wrong is not None else None


def _path(trace: Trace) -> Fault | None:
    assert isinstance(trace.node, nodes.Path)
    source, name = trace.child(trace.node.source), trace.node.name
    if source is None or not isinstance(source.value, list) or not isinstance(trace.value, list):
        return None
    items = [from_plain(item) for item in source.value]
    lacking = [item for item in items if isinstance(item, Mapping) and name not in item]
    others = [item for item in items if item is not None and not isinstance(item, Mapping)]
    if others and all(found is None for found in trace.value):
        said = _("{kind} in the list has no '{name}'.").format(kind=a_kind(others[0]), name=name)
        return Fault("NO_PROPERTY_FOUND", sentence(said))
    if not lacking:
        return None
    said = _("Not every item of the list has '{name}'.")
    if len(lacking) == len(items):
        said = _("No item of the list has '{name}'.")
    return Fault("NO_CONTEXT_ENTRY_FOUND", said.format(name=name), _meant(name, _fields(source.value)))


def _filter(trace: Trace) -> Fault | None:
    assert isinstance(trace.node, nodes.Filter)
    for child in trace.children:
        if child.node is trace.node.condition and _no_boolean(child) and child.type != "number":
            return _not_boolean(child)
    return None


def _call(trace: Trace) -> Fault | None:
    node = trace.node
    assert isinstance(node, nodes.Call)
    if not isinstance(node.function, nodes.Name) or node.function.name != "get value" or trace.value is not None:
        return None
    if len(node.arguments) != 2:
        return None
    context, key = (trace.child(argument) for argument in node.arguments)
    if context is None or key is None or not isinstance(context.value, Mapping) or not isinstance(key.value, str):
        return None
    if key.value in context.value:
        return None
    said = _("The context has no {name}.").format(name=key.text)
    return Fault("NO_CONTEXT_ENTRY_FOUND", said, _meant(key.value, _fields(context.value)))


def _membership(trace: Trace) -> Fault | None:
    """``in`` is false, not null, if the value is of another kind than everything that it is compared with."""
    assert isinstance(trace.node, nodes.In)
    value = trace.child(trace.node.value)
    if value is None or value.value is None or trace.value is True:
        return None
    refused = next(
        (child.fault for child in trace.children if child.fault and isinstance(child.node, nodes.Test)), None
    )
    if refused is not None:
        return refused
    kinds: set[str] = set()
    for test in trace.node.tests:
        if test.operator or not (trace.child(test) or Trace("", "", 0, 0)).evaluated:
            return None
        operand = test.operand
        found = operand.value if isinstance(operand, nodes.Literal) else _operand_value(trace.child(test), operand)
        items = found if isinstance(found, list) else [found]
        kinds.update(_kind_inside(from_plain(item)) for item in items)
    if not kinds or kinds & {value.type, "null", "Any"}:
        return None
    said = _("'{text}' is {kind}, but is looked for among other kinds of values: {kinds}.")
    return Fault(
        "NOT_COMPARABLE",
        said.format(text=_short(value.text), kind=noun(value.type), kinds=together(sorted(kinds))),
    )


def _operand_value(test: Trace | None, operand: nodes.Node) -> Any:
    child = test.child(operand) if test is not None else None
    return child.value if child is not None else None


def _kind_inside(value: Any) -> str:
    if isinstance(value, Range):
        return kind(value.low if value.low is not None else value.high)
    return kind(value)


def _test(trace: Trace) -> Fault | None:
    """A unary test that compares unlike kinds gives null without a warning."""
    node = trace.node
    assert isinstance(node, nodes.Test)
    if trace.value is not None or "?" not in trace.names or isinstance(node.operand, nodes.Tests):
        return None
    value = from_plain(trace.names["?"])
    found = node.operand.value if isinstance(node.operand, nodes.Literal) else _operand_value(trace, node.operand)
    if value is None or found is None or isinstance(found, Range | list) or equal(value, found) is not None:
        return None
    said = _("The value is {kind}, but the test has {other}.").format(kind=a_kind(value), other=a_kind(found))
    return Fault("NOT_COMPARABLE", said)


_SILENT: dict[type[nodes.Node] | type[None], Callable[[Trace], Fault | None]] = {
    nodes.Literal: _literal,
    nodes.If: _if,
    nodes.Binary: _logic,
    nodes.Path: _path,
    nodes.Filter: _filter,
    nodes.Call: _call,
    nodes.In: _membership,
    nodes.Test: _test,
}
