"""What one command changes, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inburgering_flow.model.decisions import DecisionRow
from inburgering_flow.model.runtime import (
    Compensation,
    ElementInstance,
    IncidentRow,
    JobRow,
    MessageOut,
    ProcessInstance,
    SignalOut,
    Subscription,
    UserTask,
)


@dataclass
class Step:
    """What one command changes. Only ``services.steps`` turns it into rows, in one transaction.

    ``variables`` maps (scope key, name) to (value, process instance key). ``close_*`` hold (owner, element id): owners are
    element or process instance keys, an element id of None means all that the owner has open. ``changed_tasks`` maps element
    keys to the fields of their task that change. ``moved_compensations``
    maps keys to their new scope; ``forget_compensations`` holds instances that have ended.
    """

    new_instances: list[ProcessInstance] = field(default_factory=list)
    changed_instances: dict[int, ProcessInstance] = field(default_factory=dict)
    new_elements: list[ElementInstance] = field(default_factory=list)
    changed_elements: dict[int, ElementInstance] = field(default_factory=dict)
    variables: dict[tuple[int, str], tuple[Any, int]] = field(default_factory=dict)
    arrivals: dict[tuple[int, str], dict[str, int]] = field(default_factory=dict)
    new_tasks: list[UserTask] = field(default_factory=list)
    changed_tasks: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    ended_tasks: dict[int, str] = field(default_factory=dict)
    new_jobs: list[JobRow] = field(default_factory=list)
    changed_jobs: list[JobRow] = field(default_factory=list)
    new_subscriptions: list[Subscription] = field(default_factory=list)
    new_incidents: list[IncidentRow] = field(default_factory=list)
    new_decisions: list[DecisionRow] = field(default_factory=list)
    close_subscriptions: set[tuple[int, str | None]] = field(default_factory=set)
    close_jobs: set[tuple[int, str | None]] = field(default_factory=set)
    close_incidents: set[int] = field(default_factory=set)
    replaced_incidents: set[int] = field(default_factory=set)  # of elements that have a newer one
    messages: list[MessageOut] = field(default_factory=list)
    signals: list[SignalOut] = field(default_factory=list)
    changed_subscriptions: dict[int, Subscription] = field(default_factory=dict)
    new_compensations: dict[int, Compensation] = field(default_factory=dict)
    moved_compensations: dict[int, int] = field(default_factory=dict)
    drop_compensations: set[int] = field(default_factory=set)
    forget_compensations: set[int] = field(default_factory=set)

    def prune(self) -> None:
        """Drop rows that were opened and closed again within this step, and end tasks that it opened and ended."""

        def closed(owner: int, element_id: str, gone: set[tuple[int, str | None]]) -> bool:
            return (owner, element_id) in gone or (owner, None) in gone

        self.new_subscriptions = [
            s for s in self.new_subscriptions if not closed(s.owner_key, s.element_id, self.close_subscriptions)
        ]
        self.new_jobs = [
            j for j in self.new_jobs if j.listens_to_end or not closed(j.element_key, j.element_id, self.close_jobs)
        ]
        self.new_incidents = [
            i for i in self.new_incidents if i.phase == "canceling" or i.element_key not in self.close_incidents
        ]
        for task in self.new_tasks:
            state = self.ended_tasks.pop(task.element_key, None)
            if state is not None:
                task.state = state
