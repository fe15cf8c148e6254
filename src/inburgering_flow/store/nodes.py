"""The processes that work on this database: each leases a number, by the database's clock, and gives it back."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, inspect, select, update

from inburgering_flow.clock import real_now
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit

LEASE = timedelta(seconds=60)
CHOSEN = 64  # numbers below are drawn last: they are for whoever gives a node its number
LEASING = 0x10F  # number of the lock under which numbers are given


@dataclass(frozen=True)
class NodeRow:
    """A process that works on this database, as it last told."""

    number: int
    owner: str
    name: str
    role: str
    version: str
    schema_version: str
    since: datetime
    lease_until: datetime
    is_draining: bool = False
    facts: Mapping[str, Any] | None = None

    @property
    def heard(self) -> datetime:
        """When it last extended its lease."""
        return self.lease_until - LEASE


_COLUMNS = [t.node.c[name] for name in NodeRow.__dataclass_fields__]


def now(unit: Unit) -> datetime:
    """Return the time that leases go by."""
    return unit.server_time() or real_now()


def lease(
    unit: Unit, owner: str, *, wanted: int | None, most: int, name: str, role: str, version: str, schema_version: str,
    is_dead: Callable[[str], bool] = lambda _name: False,
) -> int | None:  # fmt: skip
    """Lease a number for ``owner``: the ``wanted`` one, or any up to ``most``; None where it is, or all are, taken.

    What has run out is free, and so is the wanted number of a node that ``is_dead`` by its name. A number is drawn from those
    that are free, so that one given back does not come at once again.
    """
    hold_joining(unit)
    moment = now(unit)
    unit.connection.execute(delete(t.node).where(t.node.c.lease_until < moment))
    taken = set(unit.connection.execute(select(t.node.c.number)).scalars())
    if wanted is not None and wanted in taken:
        name_there = unit.connection.execute(select(t.node.c.name).where(t.node.c.number == wanted)).scalar_one()
        if is_dead(name_there):
            unit.connection.execute(delete(t.node).where(t.node.c.number == wanted))
            taken.remove(wanted)
    free = [number for number in ([wanted] if wanted is not None else range(most + 1)) if number not in taken]
    if not free:
        return None
    number = random.choice([one for one in free if one >= CHOSEN] or free)  # noqa: S311  # no secret
    row = {
        "number": number, "owner": owner, "name": name, "role": role, "version": version,
        "schema_version": schema_version, "since": moment, "lease_until": moment + LEASE, "is_draining": False,
    }  # fmt: skip
    unit.connection.execute(insert(t.node), row)
    return number


def renew(unit: Unit, number: int, owner: str, changed: Mapping[str, Any]) -> bool:
    """Extend a lease, and store what a node tells of itself; False where the lease was lost."""
    moment = now(unit)
    statement = update(t.node).where(t.node.c.number == number, t.node.c.owner == owner, t.node.c.lease_until >= moment)
    return unit.connection.execute(statement.values(lease_until=moment + LEASE, **changed)).rowcount == 1


def give_back(unit: Unit, number: int, owner: str) -> None:
    """Give a number back."""
    unit.connection.execute(delete(t.node).where(t.node.c.number == number, t.node.c.owner == owner))


def every(unit: Unit) -> list[NodeRow]:
    """Return the nodes whose lease runs, by number."""
    query = select(*_COLUMNS).where(t.node.c.lease_until >= now(unit)).order_by(t.node.c.number)
    return [NodeRow(**row._mapping) for row in unit.connection.execute(query)]


class AtWork(NamedTuple):
    """A node whose lease runs, as far as every schema version tells."""

    number: int
    name: str
    schema_version: str


def at_work(unit: Unit) -> list[AtWork]:
    """Return the nodes whose lease runs, also where the database has another schema version than this program's."""
    if not inspect(unit.connection).has_table(t.node.name):
        return []
    columns = [t.node.c[name] for name in AtWork._fields]
    query = select(*columns).where(t.node.c.lease_until >= now(unit)).order_by(t.node.c.number)
    return [AtWork(*row) for row in unit.connection.execute(query)]


def hold_joining(unit: Unit) -> None:
    """Let nobody begin to work on the database until this transaction ends."""
    unit.dialect.hold(unit.connection, LEASING)


def oldest_program(connection: Connection, *, becomes: str = "") -> str:
    """Return the schema version of the oldest program that can work with the database, or change it; empty where there is no
    place for it yet.
    """
    if not inspect(connection).has_table(t.oldest_program.name):
        return ""
    if becomes:
        connection.execute(delete(t.oldest_program))
        connection.execute(insert(t.oldest_program), {"schema_version": becomes})
    return connection.execute(select(t.oldest_program.c.schema_version)).scalar() or ""
