"""What is read of one case inside an open unit, as far as it is open to the actor: each part by itself, so that a page reads
only what it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inburgering_flow.bpmn.definition import Element
from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE, COMPLETED, CREATED, JobRow, ProcessInstance, Subscription, UserTask
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.decisions import DecisionView, views
from inburgering_flow.services.disclosure.incidents import ShownIncident, shown_incident, tells_hidden
from inburgering_flow.services.facts import Fact, facts_of, hidden_from
from inburgering_flow.services.open_parts import OpenParts
from inburgering_flow.services.processes import ElementView, element_view
from inburgering_flow.services.task_access import may_do
from inburgering_flow.store import audit, incidents, instances, jobs, tasks
from inburgering_flow.store import decisions as stored
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit

LOOKS, DECISIONS = 25, 25  # rows on a page of each
TASK, WORK, TIMER, MESSAGE, SIGNAL, CONDITION = "task", "work", "timer", "message", "signal", "condition"
STEPS = frozenset(("intermediateCatchEvent", "receiveTask"))  # what a case stands at; any other event it only listens for


@dataclass(frozen=True)
class Waiting:
    """Something that a case waits for: ``kind`` says what would let it go on, ``name`` is that of the step in the model.

    ``due`` is when a timer fires or a task has to be done, ``message`` the name of a message. ``is_step`` is False for what the
    case only listens for while it goes on.
    """

    kind: str
    name: str
    since: datetime | None = None
    due: datetime | None = None
    task: UserTask | None = None
    message: str = ""
    is_step: bool = True


def elements_of(
    unit: Unit, catalog: StoredCatalog, parts: OpenParts, only: int | None = None
) -> dict[int, list[ElementView]]:
    """Return the steps that the open instances of a case have entered, or those of one of them, in order of start."""
    return {
        i.key: [
            element_view(e, catalog.process(i.definition_key).definition)
            for e in instances.elements(unit, i.key)
            if e.key not in parts.calls
        ]
        for i in parts.family
        if only in (None, i.key)
    }


def endings_of(case: CaseItem, elements: Sequence[ElementView]) -> list[str]:
    """Return the end events that were reached last, in whatever part of the process: an event sub-process may end a case."""
    ends = [e for e in elements if e.element_type == "END_EVENT" and e.state == COMPLETED and e.end_date is not None]
    last = max((e.end_date for e in ends if e.end_date), default=None)
    return list(dict.fromkeys(e.element_name for e in ends if e.end_date == last and e.element_name)) if case.end else []


def facts_in(unit: Unit, catalog: StoredCatalog, family: Sequence[ProcessInstance], actor: Actor) -> list[Fact]:
    """Return the facts of these instances by name; of those that have the same name, that of the newest."""
    facts: dict[str, Fact] = {}
    for instance in family:
        facts.update((fact.name, fact) for fact in facts_of(unit, catalog, instance.key, instance.definition_key, actor))
    return sorted(facts.values(), key=lambda fact: fact.name)


def tasks_of(unit: Unit, root_key: int, parts: OpenParts, actor: Actor) -> list[UserTask]:
    """Return the tasks of a case that the actor reaches, the oldest first."""
    shown = {i.key for i in parts.family}
    return [x for x in tasks.of_case(unit, root_key) if x.instance_key in shown or may_do(x, actor)]


def incidents_of(
    unit: Unit, catalog: StoredCatalog, family: Sequence[ProcessInstance], actor: Actor
) -> list[ShownIncident]:
    """Return what stands still in these instances; a text that tells of a variable that is hidden is left out."""
    found = []
    for instance in family:
        if not instance.has_incident:
            continue
        stuck = [row for row in incidents.of_instance(unit, instance.key) if row.state == ACTIVE]
        if stuck:
            hidden = hidden_from(unit, catalog, instance.key, instance.definition_key, actor)
            process = catalog.process(instance.definition_key)
            found += [shown_incident(x, process, with_text=not tells_hidden(x.message, hidden)) for x in stuck]
    return found


def looks_of(unit: Unit, root_key: int, start: int) -> Page[Mapping[str, Any]]:
    """Return a page of who looked at a case, the newest first."""
    rows = audit.of_case(unit, root_key, LOOKS, start=start, looks=True)
    is_all = start == 0 and len(rows) < LOOKS
    total = len(rows) if is_all else sum(audit.counts_of_case(unit, root_key, looks=True).values())
    return Page(rows, start, total, LOOKS)


def decided_in(
    unit: Unit, root_key: int, family: Mapping[int, ProcessInstance], catalog: StoredCatalog, actor: Actor, start: int
) -> Page[DecisionView]:
    """Return a page of the decisions of the instances given, the newest first."""
    rows = newest_decisions(unit, root_key, family, start + DECISIONS)
    total = len(rows)
    if total >= start + DECISIONS:
        total = sum(count for key, count in stored.counts_of_case(unit, root_key).items() if key in family)
    return Page(views(rows[start : start + DECISIONS], family, catalog, actor), start, total, DECISIONS)


def newest_decisions(unit: Unit, root_key: int, family: Mapping[int, ProcessInstance], wanted: int) -> list[DecisionRow]:
    """Return the newest decisions of the instances given: so many as are wanted, or all."""
    rows: list[DecisionRow] = []
    read = 0
    while len(rows) < wanted:
        some = stored.of_case(unit, root_key, wanted, start=read)
        rows.extend(row for row in some if row.instance_key in family)
        read += len(some)
        if len(some) < wanted:
            break
    return rows[:wanted]


def waiting_of(
    unit: Unit, catalog: StoredCatalog, root_key: int, parts: OpenParts, found: Sequence[UserTask]
) -> list[Waiting]:
    """Return what a case waits for in its open parts: what people do first, what it only listens for last."""
    open_ = {i.key: i for i in parts.family}

    def element(instance_key: int, element_id: str) -> Element | None:
        instance = open_.get(instance_key)
        return None if instance is None else catalog.process(instance.definition_key).elements.get(element_id)

    waits = [Waiting(TASK, x.name, x.created, x.due, x) for x in found if x.state == CREATED]
    for job in jobs.of_instances(unit, root_key):
        at = element(job.instance_key, job.element_id)
        if at is not None and job.due.year < 9000:
            waits.append(_of_job(job, at))
    for row in instances.subscriptions_of(unit, root_key):
        at = element(row.instance_key, row.element_id)
        if at is not None:
            waits.append(_of_subscription(row, at))
    order = (TASK, WORK, MESSAGE, SIGNAL, CONDITION, TIMER)
    return sorted(waits, key=lambda one: (not one.is_step, order.index(one.kind)))


def _of_job(job: JobRow, at: Element) -> Waiting:
    name = at.name or at.id
    if job.kind == "TIMER":
        return Waiting(TIMER, name, None, job.due, is_step=at.kind in STEPS)
    return Waiting(WORK, name)


def _of_subscription(row: Subscription, at: Element) -> Waiting:
    message = row.name if row.kind == MESSAGE else ""
    return Waiting(row.kind, at.name or at.id, row.created, message=message, is_step=at.kind in STEPS)
