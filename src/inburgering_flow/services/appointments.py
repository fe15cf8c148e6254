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
from inburgering_flow.services.registers import CatchUp, own_variables
from inburgering_flow.store import appointments
from inburgering_flow.store.appointments import OPEN, AppointmentRow
from inburgering_flow.store.database import Unit


class Appointments:
    """What ``Steps`` tells the register of each step."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._behind = CatchUp(context, context.catalog.appointments_of, appointments.without, self._keep_held)

    def note(self, unit: Unit, run: Run) -> None:
        """Keep what a step has done to appointments; asks the database only where it has done something."""
        for key, names in own_variables(run).items():
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
        """Put appointments into the register that were made before it knew them; see ``CatchUp``."""
        return self._behind.portion()

    def _keep_held(
        self, unit: Unit, run: Run, instance: ProcessInstance, known: Mapping[str, Appointment], own: Mapping[str, Any]
    ) -> None:
        for name, one in known.items():
            if name in own and appointments.of_variable(unit, instance.key, name) is None:
                self._keep(unit, run, instance, name, own[name])
            if any(own.get(over) is not None for over in one.until):
                appointments.finish(unit, instance.key, name)


def _moment(run: Run, value: Any) -> datetime | None:
    """Return when something begins, None for what is no day or moment: the dictionary's range refuses it where it was typed."""
    try:
        return None if value is None else parse_beginning(value, run.zone)
    except Trouble:
        return None
