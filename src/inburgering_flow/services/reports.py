"""What plug-ins count over all instances of a process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inburgering_flow.model.plugin import InstanceFacts
from inburgering_flow.services.context import Context
from inburgering_flow.store import reports


class Reports:
    """Use cases about figures."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def instances(self, process_id: str, names: Sequence[str]) -> Iterator[InstanceFacts]:
        """Yield every instance of a process with these of its variables; what asks has checked that the actor may see them."""
        with self.context.db.read() as unit:
            yield from reports.instances_of(unit, process_id, names)

    def newest(self, process_id: str, names: Sequence[str]) -> InstanceFacts | None:
        """Return the newest instance of a process that has completed, with these of its variables."""
        with self.context.db.read() as unit:
            return reports.newest_of(unit, process_id, names)
