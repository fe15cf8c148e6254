"""Changing what runs from outside: tokens put, ended and moved.

Source: Camunda 8 documentation, process instance modification.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import (
    arrivals,
    bookkeeping,
    catching,
    ending,
    incidents,
    listeners,
    mappings,
    moving,
    waiting,
)
from inburgering_flow.engine.bookkeeping import BODY_TYPE, LEFT, AdHocQueue
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import chain, set_local
from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.changes import Activate, Modification, ModificationRefused, Refusal, SetVariables
from inburgering_flow.model.runtime import ACTIVE, ElementInstance, ProcessInstance


class _Refused(Exception):  # collected into one ModificationRefused
    """Why one instruction cannot be carried out."""


@dataclass(frozen=True)
class _Target:
    """An activation to carry out; a move knows the element instance that it comes from."""

    wanted: Activate
    source: ElementInstance | None = None


def modify(run: Run, instance_key: int, wanted: Modification) -> None:
    """Activate, terminate and move; raises ModificationRefused with every reason before anything is done.

    Activations come first, so that a scope that one token leaves stays when another one enters it.
    """
    instance = run.instance(instance_key)
    process = run.process_of(instance)
    targets, leaving = _planned(run, instance, process, wanted)
    scopes: set[int] = set()
    for target in targets:
        try:
            _open_process(run, instance, process, leaving)
            scopes.update(chain(_activate(run, instance, process, target, leaving)))
        except (_Refused, Trouble) as refused:
            kind = refused.error_type if isinstance(refused, Trouble) else ""
            raise ModificationRefused([Refusal(target.wanted.element_id, str(refused), kind)]) from None
    _end_all(run, list(leaving.values()))
    for incident in run.state.incidents(instance.key):
        row = run.element(incident.element_key) if incident.phase == "join" else None
        if row is not None and row.state == ACTIVE and row.scope_key in scopes:
            incidents.retry(run, incident)  # a token may come to the join again


def _planned(
    run: Run, instance: ProcessInstance, process: Process, wanted: Modification
) -> tuple[list[_Target], dict[int, ElementInstance]]:
    """Return what is to be activated and what is to be ended; raises ModificationRefused with every reason against it."""
    refusals = [Refusal(process.process_id, said) for said in _at_work(run, instance)]
    leaving: dict[int, ElementInstance] = {}
    targets = [_Target(a) for a in wanted.activate]
    for end in wanted.terminate:
        try:
            leaving.update((r.key, r) for r in _sources(run, instance, process, end.element_key, end.element_id))
        except _Refused as refused:
            refusals.append(Refusal(end.element_id, str(refused)))
    for move in wanted.move:
        activation = Activate(move.target_id, move.variables, move.ancestor_key)
        try:
            rows = _sources(run, instance, process, move.source_key, move.source_id)
            leaving.update((r.key, r) for r in rows)
            targets.extend(_Target(activation, r) for r in rows)
        except _Refused as refused:
            refusals.append(Refusal(move.source_id, str(refused)))
    for target in targets:
        try:
            _anchor(run, instance, process, _may_activate(process, target.wanted), target, leaving)
        except _Refused as refused:
            refusals.append(Refusal(target.wanted.element_id, str(refused)))
    if not (targets or leaving or refusals):
        refusals.append(Refusal("", _("The modification has no instruction.")))
    if refusals:
        raise ModificationRefused(refusals)
    return targets, leaving


def _at_work(run: Run, instance: ProcessInstance) -> Iterator[str]:
    if listeners.on_process(run, instance) is not None:
        yield _("The listeners of the process are at work: modify when they are done.")
    if any(row.stopped for row in run.state.active_elements(instance.key)):
        yield _("Listeners on canceling are at work: modify when they are done.")


def _open_process(
    run: Run, instance: ProcessInstance, process: Process, leaving: Mapping[int, ElementInstance]
) -> None:
    """Let the process wait for its own events if the first token, which would have opened them, is taken away."""
    for row in leaving.values():
        if bookkeeping.is_first(row):
            catching.open_scope(run, instance, process.root)
            bookkeeping.forget_first(row)
            run.touched(row)


# -- what is ended -----------------------------------------------------------------------------------------------------


def _sources(
    run: Run, instance: ProcessInstance, process: Process, key: int | None, element_id: str
) -> list[ElementInstance]:
    if key is not None:
        try:
            row = run.element(key)
        except NotFound as error:
            raise _Refused(error.message) from None
        if row.instance_key != instance.key or row.state != ACTIVE:
            raise _Refused(_("Element instance {key} is not active in this instance.").format(key=key))
        return [row]
    if not element_id:
        raise _Refused(_("An instruction does not say where: name an element, or an element instance by its key."))
    element = process.elements.get(element_id)
    if element is None or element.parent is None:
        raise _Refused(_("The process has no element '{id}'.").format(id=element_id))
    rows = run.active_at(instance, element_id)
    if element.loop is not None:
        rows = [r for r in rows if r.element_type == BODY_TYPE]
    if not rows:
        raise _Refused(_("'{id}' is not active.").format(id=element_id))
    return rows


def _end_all(run: Run, rows: Sequence[ElementInstance]) -> None:
    ended = []
    for row in rows:
        if row.state == ACTIVE:
            _forget_tokens(run, row)
            if ending.terminate(run, row, LEFT):
                ended.append(row)
    for row in ended:
        ending.ended_by_modification(run, row)
    for instance_key in {r.instance_key for r in rows if r.stopped}:
        instance = run.instance(instance_key)
        if instance.parent_element_key is not None and not any(_goes_on(run, c) for c in run.children(instance_key)):
            raise ending.nothing_left(instance)


def _goes_on(run: Run, row: ElementInstance) -> bool:
    """Tell whether something is left in an element when what listeners hold up has ended."""
    todo = [row]
    while todo:
        one = todo.pop()
        inside = [] if one.stopped else run.children(one.key)
        if not (one.stopped or inside):
            return True
        todo.extend(inside)
    return False


def _forget_tokens(run: Run, row: ElementInstance) -> None:
    """Forget the tokens of a join that is shown because it can never fire: it ends with the tokens that wait at it."""
    if not run.element_of(row).waits_for_tokens:
        return
    if any(i.element_key == row.key and i.phase == "join" for i in run.state.incidents(row.instance_key)):
        arrivals.clear(run, row.scope_key, row.element_id)


# -- what is activated ------------------------------------------------------------------------------------------------


def _around(process: Process, element: Element) -> list[Element]:
    found, parent = [], element.parent
    while parent is not None:
        found.append(process.elements[parent])
        parent = process.elements[parent].parent
    return found


def _may_activate(process: Process, wanted: Activate) -> Element:
    element = process.elements.get(wanted.element_id)
    if element is None or element.parent is None:
        raise _Refused(_("The process has no element '{id}'.").format(id=wanted.element_id))
    why = ""
    if element.kind == "startEvent":
        why = _("'{id}' is a start event: activate the element after it.")
    elif element.kind == "boundaryEvent":
        why = _("'{id}' is a boundary event: activate the element after it.")
    elif element.triggered_by_event:
        why = _("'{id}' is started by its event only: activate an element inside it.")
    elif element.is_for_compensation:
        why = _("'{id}' only undoes another activity: it cannot be activated.")
    elif element.kind == "complexGateway" and element.waits_for_tokens:
        why = _("'{id}' is a gateway that waits for tokens: activate the element after it.")
    elif any(process.elements[f.source].kind == "eventBasedGateway" for f in element.incoming):
        why = _("'{id}' belongs to an event-based gateway: activate the gateway.")
    if why:
        raise _Refused(why.format(id=element.id))
    known = {"", element.id, *(c.id for c in _around(process, element))}
    for given in wanted.variables:
        if given.scope_id not in known:
            raise _Refused(
                _("Variables for '{scope}' were given, but it is not around '{id}'.").format(
                    scope=given.scope_id, id=element.id
                )
            )
    return element


def _anchor(
    run: Run, instance: ProcessInstance, process: Process, element: Element, target: _Target,
    leaving: Mapping[int, ElementInstance],
) -> tuple[Owner, list[Element]]:  # fmt: skip
    """Return the active scope to work in, and the scopes to make inside it, from the outermost in."""
    missing: list[Element] = []
    for container in _around(process, element):
        found: list[Owner] = [instance]
        if container.parent is not None:
            found = [
                r for r in run.active_at(instance, container.id)
                if r.element_type != BODY_TYPE and not any(k in leaving for k in (r.key, *r.path))
            ]  # fmt: skip
        if target.wanted.ancestor_key is not None:
            found = [f for f in found if f.key == target.wanted.ancestor_key]
        elif len(found) > 1 and target.source is not None:
            near = [f for f in found if f.key in target.source.path]
            found = near or found
        if len(found) == 1:
            return found[0], missing[::-1]
        if found:
            raise _Refused(
                _("'{scope}' around '{id}' is active {number} times: say in which one by its key.").format(
                    scope=container.id, id=element.id, number=len(found)
                )
            )
        if container.loop is not None:
            raise _Refused(
                _("'{id}' is inside a repeated activity: activate the activity as a whole.").format(id=element.id)
            )
        missing.append(container)
    raise _Refused(
        _("{key} is not an active scope around '{id}'.").format(key=target.wanted.ancestor_key, id=element.id)
    )


def _activate(
    run: Run,
    instance: ProcessInstance,
    process: Process,
    target: _Target,
    leaving: Mapping[int, ElementInstance],
) -> Owner:
    """Put a token on an element; return the scope that it is in."""
    element = process.elements[target.wanted.element_id]
    owner, missing = _anchor(run, instance, process, element, target, leaving)
    given = _by_scope(target.wanted.variables)
    for name, value in given.get("", {}).items():
        set_local(run, instance, name, value)
    for scope_id in (c.id for c in _around(process, element) if c not in missing):
        if scope_id in given:
            _set_around(run, owner, scope_id, given[scope_id])
    for container in missing:
        owner = _make_scope(run, owner, container, given.get(container.id, {}))
    moving.place(run, owner.key, element.id, {}, local=given.get(element.id))
    return owner


def _set_around(run: Run, owner: Owner, scope_id: str, values: Mapping[str, Any]) -> None:
    while not isinstance(owner, ProcessInstance) and owner.element_id != scope_id:
        owner = run.scope(owner.scope_key)
    for name, value in values.items():
        set_local(run, owner, name, value)


def _make_scope(run: Run, owner: Owner, element: Element, local: Mapping[str, Any]) -> ElementInstance:
    """Enter a sub-process as its task spec does, but without starting at a start event.

    An interrupting event sub-process has then begun, so that its scope waits for no event any more; what else runs
    in the scope goes on, unless the modification ends it.
    """
    row = run.activate(element, owner.key)
    if element.triggered_by_event:
        process = run.process_of(owner)
        if process.definition.start_events(element.id)[0].interrupting:
            waiting.close_scope(run, owner.key, process.elements[element.parent or ""], process)
    if element.ad_hoc is not None:
        AdHocQueue().keep(row)
    for name in element.data:
        set_local(run, row, name, None)
    for name, value in local.items():
        set_local(run, row, name, value)
    mappings.map_inputs(run, row, element)
    catching.open_events(run, waiting.prepare(run, row, element.boundary))
    catching.open_scope(run, row, element)
    return row


def _by_scope(given: Iterable[SetVariables]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in given:
        found.setdefault(one.scope_id, {}).update(one.values)
    return found
