"""Mappings: what goes into an element's own scope before its work and out of it afterwards.

Source: Camunda 8 documentation, input and output mappings; BPMN 2.0.2, section 10.4.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import expressions
from inburgering_flow.engine.bookkeeping import OUTPUT
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import local_variables, lookup, names_in, propagate, set_local, typed
from inburgering_flow.model.runtime import ElementInstance
from inburgering_flow.values import load_value


def map_inputs(run: Run, row: ElementInstance, element: Element) -> None:
    """Evaluate the input mappings into the element's own scope."""
    for mapping in element.inputs:
        value = expressions.value(run, row, mapping.source, f"input mapping of '{mapping.target}'")
        _assign(run, row, mapping.target, value)
    for mapping in element.data_inputs:
        value = expressions.value(run, row, mapping.source, f"data input '{mapping.target}'")
        _assign(run, row, mapping.target, value)


def keep_results(run: Run, row: ElementInstance, element: Element, variables: Mapping[str, Any]) -> None:
    """Write an element's results: into its own scope where it has output mappings, else outwards (Camunda 8)."""
    if not element.outputs:
        propagate(run, row.key, variables)
        return
    for name, value in variables.items():
        set_local(run, row, name, value)


def map_outputs(run: Run, row: ElementInstance, element: Element) -> None:
    """Evaluate the output mappings over what the element sees, and write them to the scopes around it."""
    results = _outward(run, row, run.scope(row.scope_key), element, {})
    propagate(run, row.scope_key, results)
    if element.loop is not None:
        # The output element is evaluated inside, where a value of the same name would hide this one.
        for name in results.keys() & set(names_in(run, row.key)):
            set_local(run, row, name, results[name])
    _data_outputs(run, row, element)


def _data_outputs(run: Run, row: ElementInstance, element: Element) -> None:
    """Carry values into data objects and properties around an activity."""
    for mapping in element.data_outputs:
        value = expressions.value(run, row, mapping.source, f"data output '{mapping.target}'")
        propagate(run, row.scope_key, {mapping.target: value})


def _outward(
    run: Run, owner: Owner, around: Owner, element: Element, given: Mapping[str, Any], *, only: str = ""
) -> dict[str, Any]:
    """Return what the output mappings give over what ``owner`` sees with what is ``given``; parts of a context are put into
    what there is ``around``. With ``only``, mappings that read another variable than this one are left out.
    """
    results: dict[str, Any] = {}
    for mapping in element.outputs:
        if only and run.process_of(owner).reads(mapping.source) != (only,):
            continue
        what = f"output mapping of '{mapping.target}'"
        value = expressions.value(run, owner, mapping.source, what, {**given, **results})
        name, _, rest = mapping.target.partition(".")
        if rest:
            before = results.get(name, lookup(run, around).get(name))
            value = _nested(before, mapping.target, value)
        results[name] = value
    return results


def inputs_of(run: Run, around: Owner, element: Element) -> dict[str, Any]:
    """Return what the input mappings give now, over what is seen around an element; nothing is written."""
    given: dict[str, Any] = {}
    types = run.process_of(around).types
    for mapping in (*element.inputs, *element.data_inputs):
        value = expressions.value(run, around, mapping.source, f"input mapping of '{mapping.target}'", given)
        name, _, rest = mapping.target.partition(".")
        given[name] = typed(_nested(given.get(name), mapping.target, value) if rest else value, types.get(name))
    return given


def results_of(
    run: Run, around: Owner, element: Element, given: Mapping[str, Any], name: str, result: Any, *, alone: bool = False
) -> dict[str, Any]:
    """Return what the ``result`` of an element, which it calls ``name``, becomes around it now; nothing is written.
    With ``alone`` only what follows from the result and nothing else.
    """
    if not (element.outputs or element.data_outputs):
        return {} if name in given else {name: result}
    seen = {**given, name: typed(result, run.process_of(around).types.get(name))}
    results = _outward(run, around, around, element, seen, only=name if alone else "")
    for mapping in element.data_outputs:
        if not alone or run.process_of(around).reads(mapping.source) == (name,):
            what = f"data output '{mapping.target}'"
            results[mapping.target] = expressions.value(run, around, mapping.source, what, seen)
    return results


def _assign(run: Run, row: ElementInstance, target: str, value: Any) -> None:
    name, _, rest = target.partition(".")
    if rest:
        value = _nested(local_variables(run, row.key).get(name), target, value)
    set_local(run, row, name, value)


def collect_output(run: Run, row: ElementInstance, element: Element) -> None:
    """Keep the output element of one inner instance until its body is done."""
    if element.loop and element.loop.output_element:
        set_local(run, row, OUTPUT, expressions.evaluate(run, row, element.loop.output_element, "output element"))


def outputs(run: Run, body: ElementInstance) -> Iterator[tuple[int, Any]]:
    """Yield (loop counter, output) of each inner instance of a body that has an output."""
    collected: dict[int, dict[str, Any]] = {}
    if not run.is_new(body.key):
        for name in (OUTPUT, "loopCounter"):
            for key, text in run.state.outputs(body.key, name):
                collected.setdefault(key, {})[name] = load_value(text)
    for (key, name), (value, _) in run.step.variables.items():
        if name in (OUTPUT, "loopCounter") and run.is_inside(key, body.key):
            collected.setdefault(key, {})[name] = value
    for found in collected.values():
        if OUTPUT in found and "loopCounter" in found:
            yield int(found["loopCounter"]), found[OUTPUT]


def _nested(before: Any, target: str, value: Any) -> dict[str, Any]:
    """Return the context ``before`` with a value at the path of a target; raises Trouble where something else stands on it."""
    name, *path = target.split(".")
    whole: dict[str, Any] = {}
    inner, there = whole, before
    for depth, part in enumerate(path, 1):
        if there is not None and not isinstance(there, dict):
            place = ".".join([name, *path[: depth - 1]])
            kind = expressions.kind_of(there)
            raise Trouble(
                "IO_MAPPING_ERROR",
                f"The mapping into '{target}' would replace '{place}', which is a {kind} and no context. "
                "Map into another variable, or set it to null or a context; then retry.",
            )
        inner.update(there or {})
        there = inner.get(part)
        if depth < len(path):
            inner[part] = {}
            inner = inner[part]
        else:
            inner[part] = value
    return whole
