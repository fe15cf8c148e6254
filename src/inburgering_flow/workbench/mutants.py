"""Mutants: models with one small thing wrong. A set of scenarios is good where it notices each of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import Element, Event, Flow, ProcessDefinition, Text
from inburgering_flow.dmn import file as dmn_file
from inburgering_flow.dmn.boxed import Literal, RuleBox, Table
from inburgering_flow.dmn.decisions import Model
from inburgering_flow.dmn.graph import Decision, KnowledgeModel
from inburgering_flow.services.resources import Resource
from inburgering_flow.workbench import slips
from inburgering_flow.workbench.coverage import Place, Walk
from inburgering_flow.workbench.sandbox import Change

NOBODY = "niemand"
POLICIES = {
    "UNIQUE": "COLLECT", "ANY": "COLLECT", "COLLECT": "FIRST", "RULE ORDER": "FIRST", "OUTPUT ORDER": "FIRST",
    "PRIORITY": "FIRST",
}  # fmt: skip
BACKWARDS = "FIRST, from below"


@dataclass(frozen=True)
class Mutant:
    """One thing changed: ``element`` is where, in the file ``resource``: an element, a sequence flow, a decision or a rule.

    ``at`` is what a scenario has to enter for the change to matter: an element of a process, empty for any; or the decision
    whose table is looked at. ``hit`` is what those that notice it first most likely walk.
    """

    kind: str
    resource: str
    model: str
    element: str
    name: str
    was: str
    became: str
    at: Place
    hit: Place
    change: Callable[[], Change]

    def matters_to(self, walk: Walk) -> bool:
        """Tell whether a scenario that walks this could notice it."""
        model, element = self.at
        if self.kind == "output":
            return self.hit in walk.rules
        if self.kind in TABLE_KINDS:
            return model in walk.tables
        return (model, element) in walk.elements if element else any(process == model for process, _ in walk.elements)

    def is_hit_by(self, walk: Walk) -> bool:
        """Tell whether a scenario walks the very place."""
        return self.hit in walk.rules or self.hit in walk.flows or self.hit in walk.elements


TABLE_KINDS = frozenset(("policy", "input", "output"))


def mutants_of(resources: Sequence[Resource], own: frozenset[str]) -> list[Mutant]:
    """Return every mutant of the models in the files named ``own``, and of the tables of decisions that their processes call."""
    found: list[Mutant] = []
    called: set[str] = set()
    for one in resources:
        if one.kind == "bpmn" and one.name in own:
            for process in reader.read(one.content, name=one.name).processes:
                called |= {
                    e.called_decision.source for e in process.elements.values()
                    if e.called_decision is not None and not e.called_decision.is_expression
                }  # fmt: skip
                found.extend(_of_process(process, one.name))
    for one in resources:
        if one.kind == "dmn":
            model = dmn_file.read(one.content, name=one.name).model
            if model is not None:
                found.extend(_of_model(model, one, called, is_own=one.name in own))
    return found


def chosen(found: Sequence[Mutant], most: int | None, seed: int) -> list[int]:
    """Return the places of so many mutants, drawn by a seed, in the order of the models; all of them without ``most``."""
    if most is None or most >= len(found):
        return list(range(len(found)))
    drawn = sorted(range(len(found)), key=lambda place: hashlib.sha256(f"{seed}:{place}".encode()).digest())
    return sorted(drawn[:most])


# -- processes -------------------------------------------------------------------------------------------------------------


def _of_process(process: ProcessDefinition, resource: str) -> Iterator[Mutant]:
    for element in process.elements.values():
        for flow in element.outgoing:
            yield from _conditions(process, resource, element, flow)
        yield from _defaults(process, resource, element)
        yield from _events(process, resource, element)
        yield from _assignments(process, resource, element)


def _mutant(
    kind: str, process: ProcessDefinition, resource: str, element: Element, was: str, became: str,
    make: Callable[[], ProcessDefinition], *, at: str | None = None, flow: Flow | None = None,
) -> Mutant:  # fmt: skip
    where = flow.id if flow is not None else element.id
    names = process.elements
    name = element.name or element.id
    if flow is not None:
        name = f"{name} → {flow.name or names[flow.target].name or flow.target}"
    id = process.process_id
    return Mutant(
        kind, resource, id, where, name, was, became, (id, element.id if at is None else at), (id, where),
        lambda: Change({id: make()}),
    )  # fmt: skip


def _with(process: ProcessDefinition, *changed: Element) -> ProcessDefinition:
    return replace(process, elements={**process.elements, **{e.id: e for e in changed}})


def _with_flow(process: ProcessDefinition, flow: Flow, element: Element | None = None) -> ProcessDefinition:
    """Return a process in which a flow is another; ``element`` is its source, if that is another too."""

    def other(flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
        return tuple(flow if one.id == flow.id else one for one in flows)

    source = element or process.elements[flow.source]
    done = _with(process, replace(source, outgoing=other(source.outgoing)))
    target = done.elements[flow.target]
    return _with(done, replace(target, incoming=other(target.incoming)))


def _conditions(process: ProcessDefinition, resource: str, element: Element, flow: Flow) -> Iterator[Mutant]:
    if not flow.condition:
        return
    for text in dict.fromkeys((slips.negated(flow.condition), *slips.slips(flow.condition))):
        other = replace(flow, condition=text)
        yield _mutant(
            "condition", process, resource, element, flow.condition, text, lambda other=other: _with_flow(process, other),  # type: ignore[misc]
            flow=flow,
        )  # fmt: skip


def _defaults(process: ProcessDefinition, resource: str, element: Element) -> Iterator[Mutant]:
    """Let the default flow and another change places: what goes over one goes over the other."""
    default = next((flow for flow in element.outgoing if flow.id == element.default_flow), None)
    others = [flow for flow in element.outgoing if flow.condition and flow is not default]
    if default is None or not others:
        return
    other = others[0]

    def make() -> ProcessDefinition:
        done = _with_flow(process, replace(default, condition=other.condition), replace(element, default_flow=other.id))
        return _with_flow(done, replace(other, condition=None))

    yield _mutant("default", process, resource, element, f"default: {default.id}", f"default: {other.id}", make, flow=default)


def _events(process: ProcessDefinition, resource: str, element: Element) -> Iterator[Mutant]:
    event = element.event
    if event is None or event.parts:
        return
    at = _waits_at(process, element)

    def with_event(other: Event) -> Callable[[], ProcessDefinition]:
        return lambda: _with(process, replace(element, event=other))

    if event.kind == "timer" and event.expression is not None:
        text = event.expression
        if text.is_expression:
            others = [*slips.slips(text.source), f"({slips.later(text.source)})[1]"]
        else:
            others = list(slips.literal_timer(text.source))
        for source in others:
            said = source if "waarde" not in source else f"{text.source}, a day later or twice as long"
            other = replace(event, expression=Text(source, text.is_expression))
            yield _mutant("timer", process, resource, element, text.source, said, with_event(other), at=at)
    if event.kind == "message" and event.name is not None and element.kind not in ("endEvent", "intermediateThrowEvent"):
        name = event.name
        source = f'({name.source}) + "~"' if name.is_expression else f"{name.source}~"
        other = replace(event, name=Text(source, name.is_expression))
        yield _mutant("message", process, resource, element, name.source, source, with_event(other), at=at)
    if event.kind == "conditional" and event.condition:
        text_of = slips.negated(event.condition)
        other = replace(event, condition=text_of)
        yield _mutant("condition", process, resource, element, event.condition, text_of, with_event(other), at=at)


def _waits_at(process: ProcessDefinition, element: Element) -> str:
    """Return the element that has to be entered for an event to be waited for; empty for the whole process."""
    if element.attached_to:
        return element.attached_to
    around = process.elements.get(element.parent or "")
    if element.kind == "startEvent" and around is not None:
        scope = around.parent if around.triggered_by_event else around.id
        return "" if scope in (None, process.process_id) else str(scope)
    before = process.elements[element.incoming[0].source] if element.incoming else None
    return before.id if before is not None and before.kind == "eventBasedGateway" else element.id


def _assignments(process: ProcessDefinition, resource: str, element: Element) -> Iterator[Mutant]:
    if element.candidate_groups is not None:
        other = replace(element, candidate_groups=Text(NOBODY, False))
        was = element.candidate_groups.source
        yield _mutant("group", process, resource, element, was, NOBODY, lambda other=other: _with(process, other))  # type: ignore[misc]
    for mappings, are_inputs in ((element.inputs, True), (element.outputs, False)):
        for number, one in enumerate(mappings):
            changed = (*mappings[:number], replace(one, source=Text("null", True)), *mappings[number + 1 :])
            other = replace(element, inputs=changed) if are_inputs else replace(element, outputs=changed)
            yield _mutant(
                "assignment", process, resource, element, f"{one.target} = {one.source.source}", f"{one.target} = null",
                lambda other=other: _with(process, other),  # type: ignore[misc]
            )  # fmt: skip
    if element.script and element.result_variable:
        for text in slips.slips(element.script):
            other = replace(element, script=text)
            yield _mutant(
                "assignment", process, resource, element, element.script, text, lambda other=other: _with(process, other)  # type: ignore[misc]
            )  # fmt: skip


# -- decisions -------------------------------------------------------------------------------------------------------------


def _of_model(model: Model, resource: Resource, called: set[str], *, is_own: bool) -> Iterator[Mutant]:
    for element, table in dmn_file.read(resource.content, name=resource.name).tables:
        if not is_own and not (element.id in called or element.name in called):
            continue
        for kind, rule, was, became, other in _tables(table):
            where = rule.id if rule is not None else element.id
            named = f"{element.name}, rule {table.rules.index(rule) + 1}" if rule is not None else element.name
            yield Mutant(
                kind, resource.name, element.name, where, named, was, became, (element.name, ""), (element.name, where),
                lambda other=other, table=table, element=element: Change(  # type: ignore[misc]
                    models={resource.name: with_table(model, element, table, other)}
                ),
            )  # fmt: skip


def _tables(table: Table) -> Iterator[tuple[str, RuleBox | None, str, str, Table]]:
    if table.hit_policy == "FIRST":
        if len(table.rules) > 1:
            yield "policy", None, "FIRST", BACKWARDS, replace(table, rules=table.rules[::-1])
    else:
        other = POLICIES[table.hit_policy]
        yield "policy", None, table.hit_policy, other, replace(table, hit_policy=other, aggregation="")
    for number, rule in enumerate(table.rules):

        def with_rule(changed: RuleBox, number: int = number) -> Table:
            return replace(table, rules=(*table.rules[:number], changed, *table.rules[number + 1 :]))

        for place, text in enumerate(rule.inputs):
            for became in _entries(text):
                entries = (*rule.inputs[:place], became, *rule.inputs[place + 1 :])
                yield "input", rule, text, became, with_rule(replace(rule, inputs=entries))
        for place, box in enumerate(rule.outputs):
            if not isinstance(box, Literal):
                continue
            for became in slips.slips(box.text):
                outputs = (*rule.outputs[:place], replace(box, text=became), *rule.outputs[place + 1 :])
                yield "output", rule, box.text, became, with_rule(replace(rule, outputs=outputs))


def _entries(text: str) -> Iterable[str]:
    if text.strip() in ("", "-"):
        return ()
    opposite = text.strip()[4:-1] if text.strip().startswith("not(") else slips.negated(text)
    return dict.fromkeys(
        one for one in (opposite, *slips.slips(text, is_fit=slips.readable_test)) if slips.readable_test(one)
    )


def with_table(model: Model, element: Decision | KnowledgeModel, table: Table, other: Table) -> Model:
    """Return a decision model in which one table is another."""
    elements = {**model.elements, element.id: _replaced(element, table, other)}
    made = Model(model.name, model.namespace, elements, model.definitions, model.imports, model.imported)
    made.foreign, made.types, made.versions = model.foreign, model.types, dict(model.versions)
    return made


def _replaced(value: Any, old: Table, new: Table) -> Any:
    if value is old:
        return new
    if isinstance(value, tuple):
        return tuple(_replaced(one, old, new) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _replaced(getattr(value, f.name), old, new) for f in fields(value)})
    return value
