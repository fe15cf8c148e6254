"""The engine's slice of state for many elements at once, read in a few statements: for looking, not for steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from inburgering_flow.model.runtime import ElementInstance, ProcessInstance
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import INSTANCE_COLUMNS, RowState


class RowsAhead(RowState):
    """Element instances with all that they see, read ahead; what else is asked is read when it is asked."""

    def __init__(self, unit: Unit, element_keys: Sequence[int]) -> None:
        super().__init__(unit)
        self._ahead = {row.key: row for row in super().elements(element_keys)}
        around = {key for row in self._ahead.values() for key in row.path} - self._ahead.keys()
        if around:
            self._ahead |= {row.key: row for row in super().elements(sorted(around))}
        keys = {row.instance_key for row in self._ahead.values()}
        rows = unit.connection.execute(select(*INSTANCE_COLUMNS).where(t.process_instance.c.key.in_(keys)))
        self._instances_ahead = {row.key: ProcessInstance(**row._mapping) for row in rows}
        self._variables: dict[int, list[tuple[int, str, str]]] = {key: [] for key in (*self._ahead, *self._instances_ahead)}
        for one in super().variables(list(self._variables)):
            self._variables[one[0]].append(one)

    def instance(self, key: int) -> ProcessInstance:
        return self._instances_ahead.get(key) or super().instance(key)

    def element(self, key: int) -> ElementInstance:
        return self._ahead.get(key) or super().element(key)

    def elements(self, keys: Sequence[int]) -> list[ElementInstance]:
        known = [self._ahead[key] for key in keys if key in self._ahead]
        return known if len(known) == len(keys) else super().elements(keys)

    def variables(self, scope_keys: Sequence[int]) -> Iterable[tuple[int, str, str]]:
        if all(key in self._variables for key in scope_keys):
            return [one for key in scope_keys for one in self._variables[key]]
        return super().variables(scope_keys)
