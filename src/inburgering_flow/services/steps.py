"""The only writer of runtime rows: runs a command in a unit, makes rows of its step, hands over waiting messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from inburgering_flow.engine.run import Run
from inburgering_flow.model.runtime import Subscription
from inburgering_flow.model.step import Step
from inburgering_flow.services.context import Context
from inburgering_flow.store import messages, runtime
from inburgering_flow.store.database import Unit
from inburgering_flow.store.messages import MessageRow

R = TypeVar("R")
MAX_MESSAGE_ROUNDS = 1_000


class Steps:
    """Commands become steps, steps become rows, in the caller's transaction."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def run(
        self, unit: Unit, command: Callable[[Run], R], *, root_key: int | None = None, user: str | None = None,
        now: datetime | None = None,
    ) -> R:  # fmt: skip
        """Run one command and write what it changes; then deliver messages that were thrown or were waiting."""
        moment = now or self.context.clock.now()
        result, step = self._once(unit, command, root_key, user, moment)
        self._deliver(unit, step, moment)
        return result

    @staticmethod
    def lock(unit: Unit, root_key: int) -> None:
        """Lock a family before looking at what a decision depends on; SQLite has one writer and needs no lock."""
        runtime.RowState(unit).lock(root_key)

    def _once(
        self, unit: Unit, command: Callable[[Run], R], root_key: int | None, user: str | None, now: datetime
    ) -> tuple[R, Step]:
        state = runtime.RowState(unit)
        if root_key is not None:
            state.lock(root_key)
        with self.context.catalog.within(unit):
            run = Run(self.context.env, state, now, user)
            result = command(run)
            step = run.settle()
        runtime.apply(unit, step, now, user)
        if step.new_jobs or step.changed_jobs:
            unit.after_commit(self.context.work_appeared)
        return result, step

    def _deliver(self, unit: Unit, step: Step, now: datetime) -> None:
        """Publish thrown messages and hand buffered ones to new subscriptions, until nothing moves any more."""
        pending = [step]
        rounds = 0
        while pending:
            current = pending.pop(0)
            for out in current.messages:
                row = MessageRow(self.context.keys.next(), out.name, out.correlation_key, None, now, now, out.variables,
                                 "CORRELATED")  # fmt: skip
                messages.add(unit, row)
                pending.extend(self.correlate(unit, row, now)[1])
            for opened in current.new_subscriptions:
                for row in messages.buffered(unit, opened.name, opened.correlation_key, opened.process_id, now)[:1]:
                    handed = self._hand_over(unit, row, opened, now)
                    pending.extend([handed] if handed else [])
            rounds += 1
            if rounds > MAX_MESSAGE_ROUNDS:
                break

    def _hand_over(self, unit: Unit, row: MessageRow, waiting: Subscription, now: datetime) -> Step | None:
        """Give a message to one subscription; None where it has gone meanwhile."""
        self.lock(unit, waiting.root_key)
        subscription = messages.subscription(unit, waiting.key)
        if subscription is None:
            return None
        messages.correlated(unit, row.key, subscription.process_id, subscription.instance_key, now)
        _, step = self._once(
            unit,
            lambda run: run.trigger(
                subscription.owner_key, subscription.instance_key, subscription.element_id, row.variables
            ),
            subscription.root_key,
            None,
            now,
        )
        return step

    def correlate(
        self, unit: Unit, row: MessageRow, now: datetime, person_key: int | None = None
    ) -> tuple[list[int], list[Step]]:
        """Hand a message to whoever waits: once per process, the oldest first; then let it start processes."""
        reached: list[int] = []
        steps: list[Step] = []
        processes: set[str] = set()
        for subscription in messages.waiting(unit, row.name, row.correlation_key):
            if subscription.process_id in processes:
                continue
            handed = self._hand_over(unit, row, subscription, now)
            if handed is None:
                continue  # ended by what an earlier one set going, or taken by somebody else
            processes.add(subscription.process_id)
            reached.append(subscription.instance_key)
            steps.append(handed)
        for start in messages.starts(unit, row.name):
            if start.process_id in processes:
                continue
            process = self.context.catalog.process(start.definition_key)
            instance, step = self._once(
                unit,
                lambda run, process=process, start=start: run.start(  # type: ignore[misc]  # bound defaults
                    process, row.variables, start_event=start.element_id, business_key=row.correlation_key,
                    person_key=person_key,
                ),
                None,
                None,
                now,
            )  # fmt: skip
            messages.correlated(unit, row.key, start.process_id, instance.key, now)
            reached.append(instance.key)
            steps.append(step)
        return reached, steps

    def publish(self, unit: Unit, row: MessageRow, now: datetime, person_key: int | None = None) -> list[int]:
        """Correlate a message that has just been stored, with all that follows; return the instances it reached."""
        reached, steps = self.correlate(unit, row, now, person_key)
        for step in steps:
            self._deliver(unit, step, now)
        return reached
