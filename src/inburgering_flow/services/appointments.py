"""The register of appointments: when people of a case meet, kept in the transaction that sets it.

Which variables hold appointments, a data dictionary says (``appointment_entries.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.timers import parse_beginning
from inburgering_flow.model.runtime import COMPLETED, TERMINATED, ProcessInstance
from inburgering_flow.services.appointment_entries import Appointment
from inburgering_flow.services.context import Context
from inburgering_flow.store import appointments, instances
from inburgering_flow.store.appointments import OPEN, AppointmentRow
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import RowState

PORTION = 200


class Appointments:
    """What ``Steps`` tells the register of each step."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._caught_up: int | None = 0  # the last instance that was looked at; None when there are no more

    def note(self, unit: Unit, run: Run) -> None:
        """Keep what a step has done to appointments; asks the database only where it has done something."""
        changed: dict[int, dict[str, Any]] = {}
        for (scope, name), (value, instance_key) in run.step.variables.items():
            if scope == instance_key:
                changed.setdefault(instance_key, {})[name] = value
        for key, names in changed.items():
            instance = run.instance(key)
            for name, one in self.context.catalog.appointments_of(instance.definition_key).items():
                if name in names:
                    self._keep(unit, run, instance, name, names[name])
                if any(names.get(over) is not None for over in one.until):
                    appointments.finish(unit, key, name)
        for instance in (*run.step.new_instances, *run.step.changed_instances.values()):
            if instance.state in (COMPLETED, TERMINATED) and self._known(instance):
                appointments.drop_coming(unit, instance.key, run.now)

    def _known(self, instance: ProcessInstance) -> Mapping[str, Appointment]:
        return self.context.catalog.appointments_of(instance.definition_key)

    def _keep(self, unit: Unit, run: Run, instance: ProcessInstance, name: str, value: Any) -> None:
        begins = _moment(run, value)
        before = appointments.of_variable(unit, instance.key, name)
        if before is not None and begins is not None and before.begins == begins:
            return
        if before is not None:
            appointments.remove(unit, before.key)
        if begins is not None:
            is_day = len(value.strip()) == 10 if isinstance(value, str) else not isinstance(value, datetime)
            appointments.add(unit, AppointmentRow(
                self.context.keys.next(), instance.root_key, instance.key, instance.definition_key, name, OPEN, begins, is_day,
                run.now, tenant_id=instance.tenant_id,
            ))  # fmt: skip

    def catch_up(self) -> int:
        """Put appointments into the register that were made before it knew them, a portion of instances at a time, once in the
        life of a program; return how many instances. Safe to run at any time and by several nodes.
        """
        context, after = self.context, self._caught_up
        if after is None:
            return 0
        with context.db.read() as unit:
            known = {d: x for d in instances.running_definitions(unit) if (x := context.catalog.appointments_of(d))}
            names = {name for one in known.values() for name in one}
            found = appointments.without(unit, list(known), names, after, PORTION) if known else []
        for key in found:
            with context.db.write() as unit, context.catalog.within(unit):
                state = RowState(unit)
                run = Run(context.env, state, context.clock.now())
                instance = run.instance(key)
                state.lock(instance.root_key)
                own = instances.variables(unit, key)
                for name, one in known[instance.definition_key].items():
                    if name in own and appointments.of_variable(unit, key, name) is None:
                        self._keep(unit, run, instance, name, own[name])
                    if any(own.get(over) is not None for over in one.until):
                        appointments.finish(unit, key, name)
        self._caught_up = found[-1] if len(found) == PORTION else None
        return len(found)


def _moment(run: Run, value: Any) -> datetime | None:
    """Return when something begins, None for what is no day or moment: the dictionary's range refuses it where it was typed."""
    try:
        return None if value is None else parse_beginning(value, run.zone)
    except Trouble:
        return None
