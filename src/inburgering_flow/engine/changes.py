"""Changing what runs from outside: tokens put, ended and moved; a case that goes on after it stood still.

Source: Camunda 8 documentation, process instance modification.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import arrivals, bookkeeping, listeners
from inburgering_flow.engine.adhoc import AdHoc
from inburgering_flow.engine.bookkeeping import BODY_TYPE, LEFT, AdHocQueue
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.port import Trouble
from inburgering_flow.errors import Conflict, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.changes import Activate, Modification, ModificationRefused, Refusal, SetVariables
from inburgering_flow.model.runtime import ACTIVE, ElementInstance, ProcessInstance

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run


class _Refused(Exception):  # collected into one ModificationRefused
    """Why one instruction cannot be carried out."""


@dataclass(frozen=True)
class _Target:
    """An activation to do; a move knows the element instance that it comes from."""

    wanted: Activate
    source: ElementInstance | None = None


class Changing(AdHoc):
    """Modification of an instance, and going on after a suspension."""

    def active_at(self, instance: ProcessInstance, element_id: str) -> list[ElementInstance]:
        """Return the active element instances of an element, oldest first."""
        found = {
            r.key: self._elements.setdefault(r.key, r) for r in self.state.active_elements(instance.key, (element_id,))
        }
        found.update((k, self._elements[k]) for k in self._fresh if k in self._elements)
        return [
            r for _k, r in sorted(found.items())
            if r.state == ACTIVE and r.element_id == element_id and r.instance_key == instance.key
        ]  # fmt: skip

    def look_at_conditions(self, instance_keys: Iterable[int]) -> None:
        """Look at every condition of instances that have stood still, or whose conditions are others now."""
        for instance_key in instance_keys:
            process = self.process_of(self.instance(instance_key))
            for row in self.state.conditions(instance_key):
                event = process.elements[row.element_id].event
                if event is not None:
                    part = event.all[row.part]
                    names = part.looks_at or process.feel(part.condition).variables
                    changes = dict.fromkeys(names, next(iter(part.looks_when), "update"))
                    self._changed(self._subscriptions.setdefault(row.key, row), changes)

    def modify(self, instance_key: int, wanted: Modification) -> None:
        """Activate, terminate and move; raises ModificationRefused with every reason before anything is done.

        Activations come first, so that a scope that a token leaves stays when another one comes in.
        """
        instance = self.instance(instance_key)
        process = self.process_of(instance)
        refusals: list[Refusal] = []
        if listeners.on_process(self, instance) is not None:
            refusals.append(
                Refusal(process.process_id, _("The listeners of the process are at work: modify when they are done."))
            )
        if any(row.stopped for row in self.state.active_elements(instance.key)):
            refusals.append(
                Refusal(process.process_id, _("Listeners on canceling are at work: modify when they are done."))
            )
        ending: dict[int, ElementInstance] = {}
        targets = [_Target(a) for a in wanted.activate]
        for end in wanted.terminate:
            try:
                ending.update((r.key, r) for r in self._sources(instance, process, end.element_key, end.element_id))
            except _Refused as refused:
                refusals.append(Refusal(end.element_id, str(refused)))
        for move in wanted.move:
            activation = Activate(move.target_id, move.variables, move.ancestor_key)
            try:
                rows = self._sources(instance, process, move.source_key, move.source_id)
                ending.update((r.key, r) for r in rows)
                targets.extend(_Target(activation, r) for r in rows)
            except _Refused as refused:
                refusals.append(Refusal(move.source_id, str(refused)))
        for target in targets:
            try:
                element = self._may_activate(process, target.wanted)
                self._anchor(instance, process, element, target, ending)
            except _Refused as refused:
                refusals.append(Refusal(target.wanted.element_id, str(refused)))
        if not (targets or ending or refusals):
            refusals.append(Refusal("", _("The modification has no instruction.")))
        if refusals:
            raise ModificationRefused(refusals)
        scopes: set[int] = set()
        for target in targets:
            try:
                self._open_process(instance, process, ending)
                scopes.update(self.chain(self._activate(instance, process, target, ending)))
            except (_Refused, Trouble) as refused:
                raise ModificationRefused([Refusal(target.wanted.element_id, str(refused))]) from None
        self._end_all(list(ending.values()))
        for incident in self.state.incidents(instance.key):
            row = self.element(incident.element_key) if incident.phase == "join" else None
            if row is not None and row.state == ACTIVE and row.scope_key in scopes:
                cast("Run", self).retry(incident)  # a token may come to the join again

    def _open_process(
        self, instance: ProcessInstance, process: CompiledProcess, ending: Mapping[int, ElementInstance]
    ) -> None:
        """Let the process wait for its own events where the first token, which would have opened them, is taken away."""
        for row in ending.values():
            if bookkeeping.is_first(row):
                self.open_scope(instance.key, process.root, instance)
                bookkeeping.forget_first(row)
                self.touched(row)

    # -- what is ended ---------------------------------------------------------------------------------------------

    def _sources(
        self, instance: ProcessInstance, process: CompiledProcess, key: int | None, element_id: str
    ) -> list[ElementInstance]:
        if key is not None:
            try:
                row = self.element(key)
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
        rows = self.active_at(instance, element_id)
        if element.loop is not None:
            rows = [r for r in rows if r.element_type == BODY_TYPE]
        if not rows:
            raise _Refused(_("'{id}' is not active.").format(id=element_id))
        return rows

    def _end_all(self, rows: Sequence[ElementInstance]) -> None:
        ended = []
        for row in rows:
            if row.state == ACTIVE:
                self._forget_tokens(row)
                if self.terminate(row, LEFT):
                    ended.append(row)
        for row in ended:
            self.ended_by_modification(row)
        for instance_key in {r.instance_key for r in rows if r.stopped}:
            instance = self.instance(instance_key)
            if instance.parent_element_key is not None and not any(
                self._goes_on(c) for c in self.children(instance_key)
            ):
                raise self._nothing_left(instance)

    def _goes_on(self, row: ElementInstance) -> bool:
        """Tell whether something is left in an element when what listeners hold up has ended."""
        inside = self.children(row.key)
        return not row.stopped and (not inside or any(self._goes_on(child) for child in inside))

    @staticmethod
    def _nothing_left(instance: ProcessInstance) -> Conflict:
        return Conflict(
            _(
                "Nothing would be active in instance {key} any more, but {parent_key} called it and waits for it."
            ).format(key=instance.key, parent_key=instance.parent_key),
            remedy=_("Terminate the call activity in the calling instance instead."),
        )

    def ended_by_modification(self, row: ElementInstance) -> None:
        """Go on undoing where the element worked for a compensation, and settle the scope that it leaves."""
        if self.is_undoing(row):
            self.queue(partial(self.undone, row))
        self._left(row.scope_key)

    def _forget_tokens(self, row: ElementInstance) -> None:
        """A join that is shown because it can never fire ends with the tokens that wait at it."""
        if not self.element_of(row).waits_for_tokens:
            return
        if any(i.element_key == row.key and i.phase == "join" for i in self.state.incidents(row.instance_key)):
            arrivals.clear(cast("Run", self), row.scope_key, row.element_id)

    def _left(self, scope_key: int) -> None:
        """Settle a scope that an ended element leaves: where nothing is left in it, it ends too.

        A multi-instance body counts the instance as done; an ad-hoc sub-process is asked whether it is; a join that
        waits for a token that can no longer come shows it as an incident.
        """
        scope = self.scope(scope_key)
        if scope.state != ACTIVE:
            return
        if isinstance(scope, ElementInstance) and scope.element_type == BODY_TYPE:
            self.token_ended(scope_key)
            return
        if self.children(scope_key):
            return
        process = self.process_of(scope)
        container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
        waiting = any(arrivals.waiting(cast("Run", self), scope_key, container, process.elements))
        if waiting or container.ad_hoc is not None:
            self.token_ended(scope_key)
        elif isinstance(scope, ElementInstance):
            self.terminate(scope)
            self._left(scope.scope_key)
        elif scope.parent_element_key is not None:
            raise self._nothing_left(scope)
        else:
            self._terminate_instance(scope)

    # -- what is activated -----------------------------------------------------------------------------------------

    @staticmethod
    def _around(process: CompiledProcess, element: Element) -> list[Element]:
        found, parent = [], element.parent
        while parent is not None:
            found.append(process.elements[parent])
            parent = process.elements[parent].parent
        return found

    def _may_activate(self, process: CompiledProcess, wanted: Activate) -> Element:
        element = process.elements.get(wanted.element_id)
        if element is None or element.parent is None:
            raise _Refused(_("The process has no element '{id}'.").format(id=wanted.element_id))
        why = ""
        if element.kind == "startEvent":
            why = _("'{id}' is a start event: activate the element behind it.")
        elif element.kind == "boundaryEvent":
            why = _("'{id}' is a boundary event: activate the element behind it.")
        elif element.triggered_by_event:
            why = _("'{id}' is started by its event only: activate an element inside it.")
        elif element.is_for_compensation:
            why = _("'{id}' only undoes another activity: it cannot be activated.")
        elif element.kind == "complexGateway" and element.waits_for_tokens:
            why = _("'{id}' is a gateway that waits for tokens: activate the element behind it.")
        elif any(process.elements[f.source].kind == "eventBasedGateway" for f in element.incoming):
            why = _("'{id}' belongs to an event-based gateway: activate the gateway.")
        if why:
            raise _Refused(why.format(id=element.id))
        known = {"", element.id, *(c.id for c in self._around(process, element))}
        for given in wanted.variables:
            if given.scope_id not in known:
                raise _Refused(
                    _("Variables for '{scope}' were given, but it is not around '{id}'.").format(
                        scope=given.scope_id, id=element.id
                    )
                )
        return element

    def _anchor(
        self, instance: ProcessInstance, process: CompiledProcess, element: Element, target: _Target,
        ending: Mapping[int, ElementInstance],
    ) -> tuple[Owner, list[Element]]:  # fmt: skip
        """Return the active scope to work in, and the scopes to make inside it, from the outermost in."""
        missing: list[Element] = []
        for container in self._around(process, element):
            found: list[Owner] = [instance]
            if container.parent is not None:
                found = [
                    r for r in self.active_at(instance, container.id)
                    if r.element_type != BODY_TYPE and not any(k in ending for k in (r.key, *r.path))
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
        self,
        instance: ProcessInstance,
        process: CompiledProcess,
        target: _Target,
        ending: Mapping[int, ElementInstance],
    ) -> Owner:
        """Put a token on an element; return the scope that it is in."""
        element = process.elements[target.wanted.element_id]
        owner, missing = self._anchor(instance, process, element, target, ending)
        given = _by_scope(target.wanted.variables)
        for name, value in given.get("", {}).items():
            self.set_local(instance, name, value)
        for scope_id in (c.id for c in self._around(process, element) if c not in missing):
            if scope_id in given:
                self._set_around(owner, process, scope_id, given[scope_id])
        for container in missing:
            owner = self._make_scope(owner, container, given.get(container.id, {}))
        self.place(owner.key, element.id, {}, local=given.get(element.id))
        return owner

    def _set_around(self, owner: Owner, process: CompiledProcess, scope_id: str, values: Mapping[str, Any]) -> None:
        while not isinstance(owner, ProcessInstance) and owner.element_id != scope_id:
            owner = self.scope(owner.scope_key)
        for name, value in values.items():
            self.set_local(owner, name, value)

    def _make_scope(self, owner: Owner, element: Element, local: Mapping[str, Any]) -> ElementInstance:
        """Enter a sub-process without starting it: as its task spec does, but no start event.

        An interrupting event sub-process has then begun, so that its scope waits for no event any more; what else runs
        in the scope goes on, unless the modification ends it.
        """
        row = self.activate(element, owner.key)
        if element.triggered_by_event:
            process = self.process_of(owner)
            if process.definition.start_events(element.id)[0].interrupting:
                self.close_scope_events(owner.key, process.elements[element.parent or ""], process)
        if element.ad_hoc is not None:
            AdHocQueue().keep(row)
        for name in element.data:
            self.set_local(row, name, None)
        for name, value in local.items():
            self.set_local(row, name, value)
        self.map_inputs(row, element)
        self.open_events(self.prepare_events(row, element.boundary))
        self.open_scope(row.key, element, row)
        return row


def _by_scope(given: Iterable[SetVariables]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in given:
        found.setdefault(one.scope_id, {}).update(one.values)
    return found
