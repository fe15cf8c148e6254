"""The only writer of runtime rows: runs a command in a unit, turns its step into rows, hands over waiting messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar, cast

from inburgering_flow.engine import commands
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.variables import typed
from inburgering_flow.errors import Conflict, FlowError, InvalidInput
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel import to_plain
from inburgering_flow.feel.scope import Budget, Total
from inburgering_flow.i18n import _
from inburgering_flow.model.runtime import COMPLETED, TERMINATED, JobRow, ProcessInstance, Subscription
from inburgering_flow.model.step import Step
from inburgering_flow.services import start_parts
from inburgering_flow.services.appointments import Appointments
from inburgering_flow.services.case_facts import FactRegister
from inburgering_flow.services.case_places import CasePlaces
from inburgering_flow.services.context import Context
from inburgering_flow.services.telling import Telling
from inburgering_flow.services.terms import Register
from inburgering_flow.store import jobs, messages, retention, runtime
from inburgering_flow.store.database import Unit
from inburgering_flow.store.messages import MessageRow, StartRow

R = TypeVar("R")
DEFAULT_TIME_TO_LIVE = timedelta(hours=24)  # of a message that is published or thrown
MAX_GENERATIONS = 1_000  # of steps that trigger each other by messages and signals
MAX_STEPS = 50_000
SIGNAL_BATCH = 100


def _happen(subscription: Subscription, variables: Mapping[str, Any], run: Run) -> None:
    commands.happen(run, subscription, variables)


class TooMuchWork(FlowError):
    """What was sent makes a process do more than one transaction may; nothing of it was stored."""

    code = "STEP_LIMIT"
    status = 422


@dataclass
class _Work:
    """What the steps of one transaction may take together, and what becomes of it if that is not enough."""

    total: Total
    goes_by_itself: bool = False


class Steps:
    """Commands become steps, steps become rows, in the caller's transaction."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.telling = Telling(context)
        self.register = Register(context, self.telling)
        self.appointments = Appointments(context)
        self.places = CasePlaces(context)
        self.facts = FactRegister(context)

    def run(
        self, unit: Unit, command: Callable[[Run], R], *, root_key: int | None = None, user: str | None = None,
        now: datetime | None = None,
    ) -> R:  # fmt: skip
        """Run one command and write what it changes; then deliver messages that were thrown or were waiting."""
        moment = now or self.context.clock.now()
        result, step = self._once(unit, command, root_key, user, moment)
        self._deliver(unit, step, moment)
        return result

    def by_itself(self, unit: Unit) -> None:
        """Say that nobody waits for what this transaction does: where it takes too much work, the elements that it cannot go
        beyond become incidents, and the rest is stored. Otherwise whoever sent it is refused, and nothing is.
        """
        self._work(unit).goes_by_itself = True

    def _work(self, unit: Unit) -> _Work:
        found = unit.kept.get(_Work)
        if found is None:
            env = self.context.env
            found = unit.kept[_Work] = _Work(Total(env.step_rounds, env.step_seconds))
        return cast(_Work, found)

    def _renewed(self, work: _Work) -> Total:
        """Give what comes next a budget of its own."""
        work.total = Total(self.context.env.step_rounds, self.context.env.step_seconds)
        return work.total

    @staticmethod
    def lock(unit: Unit, root_key: int) -> None:
        """Lock a family before looking at what a decision depends on."""
        runtime.RowState(unit).lock(root_key)

    def _once(
        self, unit: Unit, command: Callable[[Run], R], root_key: int | None, user: str | None, now: datetime
    ) -> tuple[R, Step]:
        state = runtime.RowState(unit)
        if root_key is not None:
            state.lock(root_key)
        with self.context.catalog.within(unit):
            work = self._work(unit)
            run = Run(self.context.env, state, now, user, work.total)
            result = command(run)
            step = commands.settle(run)
        if work.total.is_exceeded and not work.goes_by_itself:
            raise TooMuchWork(
                _("This cannot be done: what the process does next takes too much work."),
                remedy=_("Nothing was stored. Report this to the administrator: the model has to be changed."),
            )
        runtime.apply(unit, step, now, run.user)
        with self.context.catalog.within(unit):
            self.register.note(unit, run)
            self.appointments.note(unit, run)
            self.places.note(unit, run)
            self.facts.note(unit, run)
        self.telling.note(unit, step, run.user)
        if step.new_jobs or step.changed_jobs:
            unit.after_commit(self.context.work_appeared)
        return result, step

    def _deliver(self, unit: Unit, step: Step, now: datetime) -> None:
        """Publish thrown messages and hand buffered ones to new subscriptions, until nothing moves any more.

        Raises Conflict, and so rolls everything back, if that has no end.
        """
        generation, total = [step], 0
        for _number in range(MAX_GENERATIONS):
            total += len(generation)
            if total > MAX_STEPS:
                break
            generation = [following for one in generation for following in self._deliver_once(unit, one, now)]
            if not generation:
                return
        raise Conflict(
            _("A message or signal triggers more than {most:,} steps one after the other.").format(most=MAX_GENERATIONS),
            remedy=_("Look for processes that start each other without waiting for anything."),
        )

    def _deliver_once(self, unit: Unit, step: Step, now: datetime) -> list[Step]:
        """Return the steps that follow from what one step threw, opened and ended."""
        following: list[Step] = []
        for out in step.messages:
            row = MessageRow(self.context.keys.next(), out.name, out.correlation_key, None, now,
                             now + DEFAULT_TIME_TO_LIVE, out.variables, "BUFFERED")  # fmt: skip
            messages.add(unit, row)
            following.extend(self.correlate(unit, row, now)[1])
        for signal in step.signals:
            following.extend(self.broadcast(unit, signal.name, signal.variables, now, except_root=signal.root_key)[1])
        waiting = [s for s in step.new_subscriptions if s.kind == "message"]
        for name, key in sorted({(s.name, s.correlation_key) for s in waiting}):
            messages.lock_waiting(unit, name, key)
        for opened in waiting:
            found = messages.buffered(unit, opened.name, opened.correlation_key, opened.process_id, now)
            for row in found[:1] if opened.interrupting else found:  # a non-interrupting one waits on
                handed = self._hand_over(unit, row, opened, now)
                following.extend([handed] if handed else [])
        for ended in (*step.new_instances, *step.changed_instances.values()):
            if ended.state in (COMPLETED, TERMINATED):
                self._keep(unit, ended, now)
                following.extend(self._start_next(unit, ended, now))
        return following

    def _keep(self, unit: Unit, ended: ProcessInstance, now: datetime) -> None:
        """Write down that a case has ended whose time to be kept the domain decides."""
        if ended.parent_key is None and self.context.domain.retention_of(ended.process_id) is not None:
            retention.expect(unit, ended, now)

    def deliver_buffered(self, unit: Unit, waiting: Sequence[Subscription]) -> None:
        """Hand buffered messages to subscriptions that could not take them when they arrived."""
        self._deliver(unit, Step(new_subscriptions=list(waiting)), self.context.clock.now())

    def _start_next(self, unit: Unit, ended: ProcessInstance, now: datetime) -> list[Step]:
        """Start the next instance for a correlation key whose instance has ended, if a message waits for that."""
        with self.context.catalog.within(unit):
            triggers = self.context.catalog.process(ended.definition_key).definition.triggers()
        if not any(event.kind == "message" for _element, event in triggers):
            return []
        key = messages.started_for(unit, ended.key)
        if not key:
            return []
        messages.lock_start(unit, ended.process_id, key)
        if messages.is_active_for(unit, ended.process_id, key):
            return []
        found = messages.buffered_start(unit, ended.process_id, key, now)
        if found is None:
            return []
        row, start = found
        instance_key, step = self._start(unit, start, row.variables, now, business_key=key, correlation_key=key)
        messages.correlated(unit, row.key, ended.process_id, instance_key, now)
        return [step]

    def _hand_over(self, unit: Unit, row: MessageRow, waiting: Subscription, now: datetime) -> Step | None:
        """Give a message to one subscription; None if that has gone meanwhile."""
        self.lock(unit, waiting.root_key)
        subscription = messages.subscription(unit, waiting.key)
        if subscription is None:
            return None
        messages.correlated(unit, row.key, subscription.process_id, subscription.instance_key, now)
        self.telling.answered(unit, row, subscription)
        _, step = self._once(
            unit,
            lambda run: commands.trigger(
                run, subscription.owner_key, subscription.instance_key, subscription.element_id, row.variables, subscription.part
            ),
            subscription.root_key,
            None,
            now,
        )
        return step

    def correlate(
        self, unit: Unit, row: MessageRow, now: datetime, person_key: int | None = None
    ) -> tuple[list[int], list[Step]]:
        """Hand a message to the subscriptions that wait: one per process, the oldest first; then let it start processes."""
        reached: list[int] = []
        steps: list[Step] = []
        processes: set[str] = set()
        for is_locked in (False, True):  # the lock comes last: its waiter may hold the family that is needed
            if is_locked and not messages.lock_waiting(unit, row.name, row.correlation_key):
                break  # nobody can have begun to wait in between
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
            held = row.correlation_key if self._is_start_event(unit, start) else ""
            if held:
                messages.lock_start(unit, start.process_id, row.correlation_key)
                if messages.is_active_for(unit, start.process_id, row.correlation_key):
                    continue  # it waits, within its time to live, until that instance has ended (as in Camunda 8)
            brought = self._brought(unit, start, "message", row.name, row.variables, row.correlation_key)
            if brought is None:
                messages.correlated(unit, row.key, start.process_id, 0, now)  # kept with the start event
                continue
            key, step = self._start(
                unit, start, brought, now, business_key=row.correlation_key, person_key=person_key, correlation_key=held
            )
            messages.correlated(unit, row.key, start.process_id, key, now)
            reached.append(key)
            steps.append(step)
        return reached, steps

    def _is_start_event(self, unit: Unit, start: StartRow) -> bool:
        """Tell whether this is a start event, not a gateway or receive task, which starts an instance for each message."""
        with self.context.catalog.within(unit):
            return self.context.catalog.process(start.definition_key).elements[start.element_id].kind == "startEvent"

    def _brought(
        self, unit: Unit, start: StartRow, kind: str, name: str, variables: Mapping[str, Any], correlation_key: str = ""
    ) -> Mapping[str, Any] | None:
        """Return what the start event brings now that it has happened; None while it still needs other events."""
        with self.context.catalog.within(unit):
            process = self.context.catalog.process(start.definition_key)
        element = process.elements[start.element_id]
        if element.kind != "startEvent" or element.event is None or not element.event.parallel:
            return variables
        numbers = start_parts.named(self.context, element.event, kind, name)
        return start_parts.gather(self.context, unit, process, element, numbers, variables, correlation_key)

    def start_by_timer(self, unit: Unit, definition_key: int, element_id: str, now: datetime) -> None:
        """Start a process at its timer start event, unless that still needs other events."""
        with self.context.catalog.within(unit):
            process = self.context.catalog.process(definition_key)
        element, variables = process.elements[element_id], None
        if element.event is not None and element.event.parallel:
            numbers = [n for n, part in enumerate(element.event.all) if part.kind == "timer"]
            variables = start_parts.gather(self.context, unit, process, element, numbers, {})
            if variables is None:
                return
        self.run(unit, lambda run: commands.start(run, process, variables or {}, start_event=element_id), now=now)

    def _start(
        self, unit: Unit, start: StartRow, variables: Mapping[str, Any], now: datetime, **given: Any
    ) -> tuple[int, Step]:
        """Start a process at the start event that has happened; return the key of the instance."""
        process = self.context.catalog.process(start.definition_key)

        def command(run: Run) -> int:
            return commands.start(run, process, variables, start_event=start.element_id, **given).key

        return self._once(unit, command, None, None, now)

    def broadcast(
        self, unit: Unit, name: str, variables: Mapping[str, Any], now: datetime, *, after: int = 0, starts: bool = True,
        except_root: int = 0, own: list[Total] | None = None,
    ) -> tuple[list[int], list[Step]]:  # fmt: skip
        """Hand a signal to what waits for it, in order of key starting after ``after``, and let it start processes. At
        most ``SIGNAL_BATCH`` catch it in this transaction; a job goes on with the rest.

        With ``own``, which gets the budget that each step has left, what one case computes is not taken from another's; the
        batch ends where all together have taken what one may, so that nobody waits for a hundred budgets.
        """
        reached: list[int] = []
        steps: list[Step] = []
        work, spent = self._work(unit), Total(self.context.env.step_rounds, self.context.env.step_seconds)
        last, is_cut = after, False
        if starts:
            for start in messages.starts(unit, name, "signal"):
                brought = self._brought(unit, start, "signal", name, variables)
                if brought is None:
                    continue
                if own is not None:
                    own.append(self._renewed(work))
                key, step = self._start(unit, start, brought, now)
                reached.append(key)
                steps.append(step)
        waiting = messages.waiting_for_signal(unit, name, after, SIGNAL_BATCH)
        for subscription in waiting:
            if subscription.root_key == except_root:
                continue
            self.lock(unit, subscription.root_key)
            if messages.subscription(unit, subscription.key) is None:
                continue
            if own is not None:
                own.append(self._renewed(work))
            reached.append(subscription.instance_key)
            steps.append(
                self._once(unit, partial(_happen, subscription, variables), subscription.root_key, None, now)[1]
            )
            last = subscription.key
            if own is not None and spent.is_spent(own[-1]):
                is_cut = True
                break
        if is_cut or len(waiting) == SIGNAL_BATCH:
            last = last if is_cut else waiting[-1].key
            jobs.add(
                unit,
                JobRow(self.context.keys.next(), "SIGNAL", name, 0, 0, 0, "", now, 0,
                       {"variables": to_plain(dict(variables)), "after": last, "except": except_root}),
            )  # fmt: skip
            unit.after_commit(self.context.work_appeared)
        return reached, steps

    def signal(
        self, unit: Unit, name: str, variables: Mapping[str, Any], now: datetime, *, after: int = 0, starts: bool = True,
        except_root: int = 0,
    ) -> list[int]:  # fmt: skip
        """Broadcast a signal with all that follows; return the instances that caught it in this transaction."""
        own: list[Total] = []
        reached, steps = self.broadcast(
            unit, name, variables, now, after=after, starts=starts, except_root=except_root, own=own
        )
        for step, total in zip(steps, own, strict=True):
            self._work(unit).total = total  # what follows from a case is its own work too
            self._deliver(unit, step, now)
        return reached

    def publish(self, unit: Unit, row: MessageRow, now: datetime, person_key: int | None = None) -> list[int]:
        """Correlate a message that has just been stored, with all that follows; return the instances it reached."""
        reached, steps = self.correlate(unit, row, now, person_key)
        for step in steps:
            self._deliver(unit, step, now)
        return reached

    def start_conditionally(
        self, unit: Unit, variables: Mapping[str, Any], process_id: str | None, now: datetime
    ) -> list[int]:
        """Start the processes whose conditional start event holds for these variables, with all that follows."""
        reached: list[int] = []
        events: set[tuple[str, str]] = set()  # a multiple start event has a row for each of its conditions
        for start in messages.starts(unit, "", "conditional"):
            event = (start.process_id, start.element_id)
            if process_id not in (None, start.process_id) or event in events:
                continue
            events.add(event)
            with self.context.catalog.within(unit):
                process = self.context.catalog.process(start.definition_key)
            holding = self._conditions_that_hold(process, start.element_id, variables, now, self._work(unit).total)
            if not holding:
                continue
            element, brought = process.elements[start.element_id], variables
            if element.event is not None and element.event.parallel:
                gathered = start_parts.gather(self.context, unit, process, element, holding, variables)
                if gathered is None:
                    continue
                brought = gathered
            key, step = self._start(unit, start, brought, now)
            reached.append(key)
            self._deliver(unit, step, now)
        return reached

    def _conditions_that_hold(
        self, process: CompiledProcess, element_id: str, variables: Mapping[str, Any], now: datetime, total: Total
    ) -> list[int]:
        """Return which parts of a start event are conditions that hold."""
        holding = []
        event = process.elements[element_id].event
        env = self.context.env
        scope = {name: typed(value, process.types.get(name)) for name, value in variables.items()}
        for number, part in enumerate(event.all if event is not None else ()):
            if part.kind != "conditional":
                continue
            feel = FeelContext(now, env.zone, env.functions, builtin_values=False)
            feel.budget = Budget(feel.limits.iterations, total)
            total.take()
            found = process.feel(part.condition).evaluate(scope, feel)
            feel.budget.close()
            if found is not None and not isinstance(found, bool):
                raise InvalidInput(
                    _("The condition of '{element}' in '{process}' gives neither true nor false.").format(
                        element=element_id, process=process.process_id
                    ),
                    remedy=_("Correct the condition in the diagram."),
                )
            if found:
                holding.append(number)
        return holding
