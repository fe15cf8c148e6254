"""What must be true after each day, whatever was drawn: each a function that reads the database and says what is wrong, where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from inburgering_flow.inburgering.simulation.rows import Rows


@dataclass(frozen=True)
class Broken:
    """A case in which something is not as it must be, in a sentence."""

    case: str
    says: str


Invariant = Callable[[Rows, datetime], Iterator[Broken]]


def no_incident(rows: Rows, _now: datetime) -> Iterator[Broken]:
    """No process has stopped with an incident."""
    numbers = rows.case_numbers()
    for row in rows.all("SELECT * FROM incident WHERE state = 'ACTIVE' ORDER BY key"):
        yield Broken(
            numbers[row["root_key"]], f"{row['process_id']} stands still at {row['element_id']}: {row['message']}"
        )


def every_case_goes_on(rows: Rows, _now: datetime) -> Iterator[Broken]:
    """Each place where a running case stands waits for a task, a timer or job, a message or condition, or has an incident."""
    query = """
        SELECT e.key, e.element_id, e.element_type, i.process_id, i.root_key FROM element_instance e
        JOIN process_instance i ON i.key = e.instance_key AND i.state = 'ACTIVE'
        WHERE e.state = 'ACTIVE'
        AND NOT EXISTS (SELECT 1 FROM user_task t WHERE t.element_key = e.key AND t.state = 'CREATED')
        AND NOT EXISTS (SELECT 1 FROM job j WHERE j.element_key = e.key)
        AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.owner_key = e.key)
        AND NOT EXISTS (SELECT 1 FROM incident x WHERE x.element_key = e.key AND x.state = 'ACTIVE')
        AND NOT EXISTS (SELECT 1 FROM element_instance c WHERE c.scope_key = e.key AND c.state = 'ACTIVE')
        AND NOT EXISTS (SELECT 1 FROM process_instance p WHERE p.parent_element_key = e.key AND p.state = 'ACTIVE')
        ORDER BY e.key"""
    numbers = rows.case_numbers()
    for row in rows.all(query):
        yield Broken(numbers[row["root_key"]], f"{row['process_id']} stands at {row['element_id']}, where nothing is waited for.")


INVARIANTS: tuple[Invariant, ...] = (no_incident, every_case_goes_on)
