"""Unknown names in the expressions of a diagram: variables that nothing writes, functions that do not exist."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from inburgering_flow.bpmn.definition import Element, Event, Loop, ProcessDefinition, Text
from inburgering_flow.feel import FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.i18n import N_

# What the engine itself gives to expressions at certain elements.
OF_LOOP = frozenset(
    ("loopCounter", "numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances",
     "numberOfTerminatedInstances")
)  # fmt: skip
OF_GATEWAY = frozenset(("activationCount", "waitingForStart"))
NAMED: Mapping[str, str] = {
    "assignee": N_("assignee"), "candidate_groups": N_("candidate groups"), "candidate_users": N_("candidate users"),
    "due_date": N_("due date"), "follow_up_date": N_("follow-up date"), "priority": N_("priority"),
    "job_type": N_("job type"), "retries": N_("number of retries"), "called_process": N_("called process"),
    "called_decision": N_("called decision"),
}  # fmt: skip


@dataclass(frozen=True)
class Unknown:
    """An unknown variable or function that an element's expression (``what``) names; ``meant`` is a similar known one."""

    element_id: str
    what: str
    name: str
    meant: str


def unknown(
    definition: ProcessDefinition, declared: Collection[str], functions: Collection[str] = ()
) -> list[Unknown]:
    """Return the unknown variables of a process, each once per element and expression, in the order of the diagram.

    ``declared`` are the names of the data dictionary and of the forms; ``functions`` those of plug-ins. What workers, called
    processes and messages bring cannot be known, so the output mappings of elements that get something from them are left out.
    """
    elements = definition.elements
    everywhere = set(declared).union(*(_written(e) for e in elements.values()))
    inside: dict[str, frozenset[str]] = {}

    def seen(element: Element) -> frozenset[str]:
        """Return what an element's own expressions see besides the process's variables."""
        if element.id not in inside:
            around = seen(elements[element.parent]) if element.parent else frozenset()
            host = seen(elements[element.attached_to]) if element.attached_to else frozenset()
            inside[element.id] = around | host | _local(element)
        return inside[element.id]

    found: dict[Unknown, None] = {}
    for element in elements.values():
        for what, text in _expressions(element):
            for name in _reads(text, functions):
                if name not in everywhere and name not in seen(element):
                    near = difflib.get_close_matches(name, sorted(everywhere | seen(element)), 1, 0.75)
                    found[Unknown(element.id, what, name, near[0] if near else "")] = None
    return list(found)


def is_slip(name: str, meant: str) -> bool:
    """Tell whether a name differs from another by one slip of the fingers inside a word, not by an ending or a digit."""
    first = next((n for n, (a, b) in enumerate(zip(name, meant, strict=False)) if a != b), min(len(name), len(meant)))
    a, b = name[first:], meant[first:]
    swapped = len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    one_letter = bool(a and b) and (a[1:] == b[1:] or a[1:] == b or a == b[1:]) and min(len(a), len(b)) > 1
    return len(meant) > 3 and (swapped or one_letter) and not any(letter.isdigit() for letter in (a + b)[:1] + b[:1])


def unknown_functions(definition: ProcessDefinition, functions: Collection[str] = ()) -> list[Unknown]:
    """Return the functions that a process calls but that do not exist, each once per element and expression.

    A variable of a process never holds a function, so such a call can never give a result. ``functions`` are those of
    plug-ins.
    """
    known = sorted({*BUILTINS, *functions})
    found: dict[Unknown, None] = {}
    for element in definition.elements.values():
        for what, text in (*_expressions(element), *_results(element)):
            for name in _calls(text, functions):
                near = difflib.get_close_matches(name, known, 1, 0.75)
                found[Unknown(element.id, what, name, near[0] if near else "")] = None
    return list(found)


def _calls(text: str, functions: Collection[str]) -> list[str]:
    try:
        return sorted(compile_feel(text, functions=functions).called)
    except FeelError:
        return []  # reported already under its own name


def _reads(text: str, functions: Collection[str]) -> list[str]:
    try:
        compiled = compile_feel(text, functions=functions)
        return sorted(compiled.variables - compiled.only_in_filters)  # a field of an item is not a variable
    except FeelError:
        return []  # reported already under its own name


def written_by(element: Element) -> set[str]:
    """Return the variables that an element writes outside its own scope, as far as the diagram says so."""
    return _written(element)


def expressions_of(element: Element) -> Iterator[str]:
    """Yield the FEEL of an element."""
    yield from (text for _what, text in (*_expressions(element), *_results(element)))


def _written(element: Element) -> set[str]:
    """Return the variables that an element writes outside its own scope."""
    names = {mapping.target.partition(".")[0] for mapping in (*element.outputs, *element.data_outputs)}
    names.update((element.result_variable, element.properties.get("uitvoerderIn", "")))
    if element.kind == "process":
        names.update(element.data)
    if element.loop is not None:
        names.add(element.loop.output_collection)
    return names - {""}


def _local(element: Element) -> frozenset[str]:
    """Return the variables of an element's own scope."""
    names = {mapping.target.partition(".")[0] for mapping in (*element.inputs, *element.data_inputs)}
    names.update(element.data)
    if element.loop is not None:
        names.update(OF_LOOP, (element.loop.input_element,))
    if element.kind == "complexGateway":
        names |= OF_GATEWAY
    return frozenset(names)


def _gets_from_outside(element: Element) -> bool:
    """Tell whether a worker, a called process, a message or a person without a form gives an element variables."""
    by_hand = element.kind == "userTask" and (not element.form_id or bool(element.task_listeners))
    return bool(
        element.job_type or element.event or by_hand or element.execution_listeners
        or element.kind in ("callActivity", "receiveTask", "serviceTask", "sendTask")
    )  # fmt: skip


def _outputs(element: Element) -> Iterator[tuple[str, str]]:
    for mapping in element.outputs:
        if mapping.source.is_expression:
            yield N_("output mapping"), mapping.source.source


def _results(element: Element) -> Iterator[tuple[str, str]]:
    """Yield the expressions that may read what an element has received."""
    yield from _outputs(element)
    for mapping in element.data_outputs:
        if mapping.source.is_expression:
            yield N_("data output"), mapping.source.source
    if element.loop is not None and element.loop.output_element:
        yield N_("output element"), element.loop.output_element


def _expressions(element: Element) -> Iterator[tuple[str, str]]:
    """Yield (what it is, text) of each expression of an element whose names can be known."""
    if not _gets_from_outside(element):
        yield from _outputs(element)
    for name, what in NAMED.items():
        text: Text | None = getattr(element, name)
        if text is not None and text.is_expression:
            yield what, text.source
    for mapping in (*element.inputs, *element.data_inputs):
        if mapping.source.is_expression:
            yield N_("input mapping"), mapping.source.source
    for flow in element.outgoing:
        if flow.condition:
            yield N_("condition of an outgoing flow"), flow.condition
    if element.script:
        yield N_("script"), element.script
    if element.activation_condition:
        yield N_("activation condition"), element.activation_condition
    if element.properties.get("nietDoor"):
        yield N_("property nietDoor"), element.properties["nietDoor"].removeprefix("=")
    if element.ad_hoc is not None:
        for text_ in (element.ad_hoc.active_elements, element.ad_hoc.completion_condition):
            if text_:
                yield N_("ad-hoc sub-process"), text_
    if element.event is not None:
        yield from _of_event(element.event)
    if element.loop is not None:
        yield from _of_loop(element.loop)


def _of_event(event: Event) -> Iterator[tuple[str, str]]:
    for part in event.all:
        for what, text in (
            (N_("message or signal name"), part.name), (N_("correlation key"), part.correlation_key),
            (N_("timer"), part.expression),
        ):  # fmt: skip
            if text is not None and text.is_expression:
                yield what, text.source
        if part.condition:
            yield N_("condition"), part.condition


def _of_loop(loop: Loop) -> Iterator[tuple[str, str]]:
    for what, text in (
        (N_("input collection"), loop.input_collection), (N_("completion condition"), loop.completion_condition),
        (N_("number of instances"), loop.cardinality), (N_("loop condition"), loop.condition),
        (N_("number of rounds"), loop.maximum),
    ):  # fmt: skip
        if text:
            yield what, text
