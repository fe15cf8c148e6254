"""A running instance is moved to another definition: the plan is checked as a whole before anything is written.

Source: Camunda 8 documentation, process instance migration. What an open event has evaluated (message name, correlation
key, due moment) stays as it is; so do a job's type and a user task's people and dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.engine import arrivals, bookkeeping, catching, completion, conditions, joins, listeners, waiting
from inburgering_flow.engine.arrivals import GOT
from inburgering_flow.engine.bookkeeping import BODY_TYPE, TO_UNDO, UNDOES_FOR, AdHocQueue, Listening
from inburgering_flow.engine.nodes.kinds import node_class
from inburgering_flow.engine.port import Process, Trouble
from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.engine.variables import names_in, read
from inburgering_flow.i18n import _
from inburgering_flow.model.changes import MigratedEvent, Migration, MigrationPlan, MigrationRefused, Refusal
from inburgering_flow.model.runtime import TERMINATED, ElementInstance, ProcessInstance


def check(run: Run, instance: ProcessInstance, target: Process, plan: MigrationPlan) -> Migration:
    """Return what a plan does to an instance; raises MigrationRefused with a sentence for each obstacle."""
    return _Check(run, instance, target, plan).result()


def settle(run: Run, plan: Migration) -> None:
    """Open what waits from now on, and fire joins whose tokens are now complete; the rows have been moved already.
    Raises MigrationRefused where an expression of a new event fails.
    """
    for owner_key, event_ids in plan.open:
        owner: Owner = run.instance(owner_key) if owner_key == plan.instance_key else run.element(owner_key)
        try:
            catching.open_events(run, waiting.prepare(run, owner, event_ids))
        except Trouble as trouble:
            raise MigrationRefused([Refusal(event_ids[0], trouble.message, trouble.error_type)]) from None
    for key in plan.stuck:
        run.end(run.element(key), TERMINATED)
    for scope_key, join_id in plan.joins:
        scope: Owner = run.instance(scope_key) if scope_key == plan.instance_key else run.element(scope_key)
        joins.look_again(run, scope, run.process_of(scope).elements[join_id])
    for key in plan.stuck:
        completion.token_ended(run, run.element(key).scope_key)
    conditions.look_at(run, (plan.instance_key,))


class _Check:
    """One plan against one instance; collects every refusal."""

    def __init__(self, run: Run, instance: ProcessInstance, target: Process, plan: MigrationPlan) -> None:
        self.run = run
        self.instance = instance
        self.source = run.process_of(instance)
        self.target = target
        self.refusals: dict[tuple[str, str], Refusal] = {}
        self.mapping: dict[str, str] = {}
        if plan.same_ids:
            self.mapping = {i: i for i in self.source.elements if i in target.elements}
        self.mapping.update(self._given(plan.mapping))
        self.rows = run.state.active_elements(instance.key)
        self.by_key = {r.key: r for r in self.rows}
        incidents = run.state.incidents(instance.key)
        self.unopened = {i.element_key for i in incidents if i.phase == "enter"}
        self.stuck = tuple(i.element_key for i in incidents if i.phase == "join")
        self.names: dict[str, str] = {}  # every id that a row may carry
        self.close: set[tuple[int, str]] = set()
        self.open: list[tuple[int, tuple[str, ...]]] = []
        self.data: dict[int, Mapping[str, Any]] = {}
        self.arrivals: dict[tuple[int, str], Mapping[str, int]] = {}
        self.joins: list[tuple[int, str]] = []

    def result(self) -> Migration:
        if listeners.on_process(self.run, self.instance) is not None:
            self.refuse(
                self.source.process_id, _("The listeners of the process are at work: migrate when they are done.")
            )
        for row in self.rows:
            self._row(row)
        for owner in self._scopes():
            self._tokens(owner)
        handlers, dropped = self._compensations()
        if not self.refusals:
            self._events(self.instance, self.source.root, self.target.root)
            for row in self.rows:
                self._events(
                    row, self.source.elements[row.element_id], self.target.elements[self.mapping[row.element_id]]
                )
        if self.refusals:
            raise MigrationRefused(list(self.refusals.values()))
        tasks = {
            e.id: (e.name or e.id, None if e.form_id.startswith("=") else e.form_id)
            for r in self.rows if (e := self.target.elements[self.mapping[r.element_id]]).kind == "userTask"
        }  # fmt: skip
        return Migration(
            self.instance.key, self.target.key, self.target.process_id, self.target.version,
            {a: b for a, b in self.names.items() if a != b}, tasks, frozenset(self.close), tuple(self.open), self.arrivals,
            handlers, dropped, self.data, tuple(self.joins), self._waiting(), self.stuck,
        )  # fmt: skip

    def _waiting(self) -> dict[str, MigratedEvent]:
        """Return how the events that wait already go on waiting."""
        found = {}
        for event_id in self.names.values():
            element = self.target.elements[event_id]
            timers = [part for part in element.event.all if part.kind == "timer"] if element.event is not None else []
            names = (
                {n for part in timers for n in self.target.reads(part.expression)}
                if waiting.follows(element)
                else set()
            )
            if element.event is not None:
                found[event_id] = MigratedEvent(element.interrupting, bool(timers), tuple(sorted(names)))
        return found

    def refuse(self, element_id: str, message: str) -> None:
        self.refusals.setdefault((element_id, message), Refusal(element_id, message))

    def _given(self, mapping: Mapping[str, str]) -> Mapping[str, str]:
        for before, after in mapping.items():
            if before not in self.source.elements:
                self.refuse(before, _("The running process has no element '{id}'.").format(id=before))
            if after not in self.target.elements:
                self.refuse(before, _("The target process has no element '{id}'.").format(id=after))
        return {b: a for b, a in mapping.items() if b in self.source.elements and a in self.target.elements}

    # -- elements --------------------------------------------------------------------------------------------------

    def _row(self, row: ElementInstance) -> None:
        after = self._same(row.element_id, _("'{id}' is active"))
        if after is None:
            return
        before = self.source.elements[row.element_id]
        if self.source.has_compensation and (
            read(self.run, row.key, TO_UNDO) or UNDOES_FOR in names_in(self.run, row.key)
        ):
            self.refuse(before.id, _("'{id}' is undoing activities: migrate when that is done.").format(id=before.id))
        self._interrupting(before, self.target.elements[after])
        self._parts(row, before.id, after)
        if Listening.of(row) is not None or row.stopped:
            self.refuse(
                before.id, _("The listeners of '{id}' are at work: migrate when they are done.").format(id=before.id)
            )
        queue = AdHocQueue.of(row)
        if before.ad_hoc is not None and queue.waiting:
            turns = {i: self._same(i, _("'{id}' waits for its turn")) for i in queue.waiting}
            moved = [turns[i] or i for i in queue.waiting]  # where one has no target the plan is refused
            self.data[row.key] = replace(queue, waiting=moved).beside(row.data)

    def _interrupting(self, before: Element, after: Element) -> None:
        """Refuse an event sub-process that has begun and whose scope would wait for it in another way."""
        if not (before.triggered_by_event and after.triggered_by_event):
            return
        interrupts = self.source.definition.start_events(before.id)[0].interrupting
        if interrupts == self.target.definition.start_events(after.id)[0].interrupting:
            return
        said = _("'{id}' is active and interrupts what is around it, but its target '{after}' does not.")
        if not interrupts:
            said = _("'{id}' is active and does not interrupt what is around it, but its target '{after}' does.")
        self.refuse(before.id, said.format(id=before.id, after=after.id))

    def _same(self, element_id: str, why: str) -> str | None:
        """Return the target at which an element must go on unchanged; None where it cannot."""
        why = why.format(id=element_id)
        after_id = self.mapping.get(element_id)
        if after_id is None:
            self.refuse(element_id, _("{why} and has no target: map it to an element.").format(why=why))
            return None
        before, after = self.source.elements[element_id], self.target.elements[after_id]
        self.names[element_id] = after_id
        wrong = ""
        if before.kind != after.kind or node_class(before) is not node_class(after):
            wrong = _("{why}, but its target '{after}' is of another type ({type} instead of {before}).")
        elif _loop(before) != _loop(after):
            wrong = _("{why}, but its target '{after}' is repeated in another way.")
        elif self._parent(before) != after.parent:
            wrong = _("{why}, but its target '{after}' lies in another scope than that of '{before_id}'.")
        elif before.kind in ("intermediateCatchEvent", "receiveTask") and _kinds(before) != _kinds(after):
            wrong = _("{why}, but its target '{after}' waits for another kind of event.")
        elif (before.job_type is None) != (after.job_type is None):
            wrong = _("{why}, but only one of it and its target '{after}' is done by a job worker.")
        if not wrong:
            return after_id
        self.refuse(
            element_id,
            wrong.format(why=why, after=after_id, type=after.type, before=before.type, before_id=element_id),
        )
        return None

    def _parent(self, element: Element) -> str | None:
        if element.parent == self.source.process_id:
            return self.target.process_id
        return self.mapping.get(element.parent or "")

    # -- tokens at joins, what can be undone ------------------------------------------------------------------------

    def _scopes(self) -> Iterable[Owner]:
        yield self.instance
        for row in self.rows:
            if self.source.elements[row.element_id].is_scope and row.element_type != BODY_TYPE:
                yield row

    def _tokens(self, owner: Owner) -> None:
        container = self.source.root if isinstance(owner, ProcessInstance) else self.source.elements[owner.element_id]
        gone: dict[str, Mapping[str, int]] = {}
        kept: dict[str, Mapping[str, int]] = {}
        for child, stored in arrivals.waiting(self.run, owner.key, container, self.source.elements):
            child_id = child.id
            after_id = self._same(child_id, _("A token waits at '{id}'"))
            if after_id is None:
                continue
            after = self.target.elements[after_id]
            counts = self._over_flows(child, after, stored)
            flows = {f.id for f in after.incoming}
            for flow, count in counts.items():
                if count and not flow.startswith("$") and flow not in flows:
                    self.refuse(
                        child_id,
                        _(
                            "A token waits at '{id}' on flow '{flow}', which does not lead to its target '{after}'."
                        ).format(id=child_id, flow=flow, after=after_id),
                    )
            if not after.waits_for_tokens:
                self.refuse(
                    child_id,
                    _("A token waits at '{id}', but its target '{after}' waits for no tokens.").format(
                        id=child_id, after=after_id
                    ),
                )
            gone[child_id] = dict.fromkeys(stored, 0)
            kept[after_id] = dict(counts)
        for after_id, kept_there in kept.items():
            self.joins.append((owner.key, after_id))
            gone[after_id] = {**gone.get(after_id, {}), **kept_there}
        self.arrivals.update(((owner.key, element_id), final) for element_id, final in gone.items())

    def _over_flows(self, before: Element, after: Element, counts: Mapping[str, int]) -> dict[str, int]:
        """Return the counts by flow of the target: the only one from the mapped source, else the one with the same id."""
        flows = {f.id: f for f in before.incoming}
        found: dict[str, int] = {}
        for name, count in counts.items():
            prefix, flow_id = (GOT, name.removeprefix(GOT)) if name.startswith(GOT) else ("", name)
            flow = flows.get(flow_id)
            if flow is not None:
                near = [f.id for f in after.incoming if f.source == self.mapping.get(flow.source)]
                flow_id = near[0] if len(near) == 1 else flow_id
            found[prefix + flow_id] = found.get(prefix + flow_id, 0) + count
        return found

    def _compensations(self) -> tuple[dict[str, str], tuple[int, ...]]:
        handlers: dict[str, str] = {}
        dropped = []
        for row in self.run.state.compensations_in(self.instance.key) if self.source.has_compensation else ():
            after_id = self._same(row.element_id, _("'{id}' has completed and can be undone"))
            if after_id is None:
                continue
            handler = self.target.elements[after_id].compensation_handler
            if row.handler_id and handler:
                handlers[after_id] = handler
            elif row.handler_id:
                dropped.append(row.key)
        return handlers, tuple(dropped)

    # -- what waits alongside an element ----------------------------------------------------------------------------

    def _events(self, owner: Owner, before: Element, after: Element) -> None:
        """Pair the events that an owner waits for with those of its target; close and open the others."""
        old, new = _waits_for(self.source, owner, before), _waits_for(self.target, owner, after)
        paired: dict[str, str] = {}
        for event_id in old:
            target_id = self._event_target(event_id)
            if target_id is None:
                self.close.add((owner.key, event_id))
            elif target_id not in new:
                self.refuse(
                    event_id,
                    _("'{id}' waits at '{at}', but its target '{after}' does not wait at '{target}'.").format(
                        id=event_id, at=before.id, after=target_id, target=after.id
                    ),
                )
            elif target_id in paired.values():
                self.refuse(event_id, _("'{id}' and another event have the same target.").format(id=event_id))
            elif _kinds(self.source.elements[event_id]) != _kinds(self.target.elements[target_id]):
                self.refuse(
                    event_id,
                    _("'{id}' waits, but its target '{after}' is another kind of event.").format(
                        id=event_id, after=target_id
                    ),
                )
            else:
                paired[event_id] = target_id
                self._parts(owner, event_id, target_id)
        self.names.update(paired)
        fresh = tuple(e for e in new if e not in paired.values())
        if fresh and not self._closed(owner):
            self.open.append((owner.key, fresh))

    def _parts(self, owner: Owner, event_id: str, target_id: str) -> None:
        """Keep which parts of an event that needs several have happened."""
        event = self.source.elements[event_id].event
        if event is None or not event.parallel or event_id == target_id:
            return
        counts = arrivals.at(self.run, owner.key, event_id)
        if any(counts.values()):
            self.arrivals.setdefault((owner.key, event_id), dict.fromkeys(counts, 0))
            self.arrivals[owner.key, target_id] = dict(counts)

    def _event_target(self, event_id: str) -> str | None:
        """Return where an event goes: as mapped, or with the event sub-process that it starts."""
        found = self.mapping.get(event_id)
        event = self.source.elements[event_id]
        if found is None and event.kind == "startEvent":
            inside = self.mapping.get(event.parent or "")
            if inside is not None and self.target.elements[inside].triggered_by_event:
                return self.target.definition.start_events(inside)[0].id
        return found

    def _closed(self, owner: Owner) -> bool:
        """Tell whether an owner waits for nothing (yet, or any more), so that nothing new may be opened at it."""
        inside = [r for r in self.rows if r.scope_key == owner.key]
        if isinstance(owner, ProcessInstance):
            if any(bookkeeping.is_first(r) for r in inside):
                return True
        elif owner.key in self.unopened:
            return True
        for row in inside:
            element = self.source.elements[row.element_id]
            if element.triggered_by_event and self.source.definition.start_events(element.id)[0].interrupting:
                return True
        return False


def _waits_for(process: Process, owner: Owner, element: Element) -> list[str]:
    """Return the events that an owner waits for besides its own work."""
    body = isinstance(owner, ElementInstance) and owner.element_type == BODY_TYPE
    found: list[str] = []
    if isinstance(owner, ElementInstance) and (element.loop is None or body):
        found.extend(element.boundary)
    if element.is_scope and not body:
        found.extend(process.definition.start_events(e)[0].id for e in element.event_subprocesses)
    if element.kind == "eventBasedGateway":
        found.extend(f.target for f in element.outgoing)
    return found


def _kinds(element: Element) -> list[str]:
    return [part.kind for part in element.event.all] if element.event is not None else []


def _loop(element: Element) -> tuple[bool, bool] | None:
    return None if element.loop is None else (element.loop.standard, element.loop.sequential)
