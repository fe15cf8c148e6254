"""Deployments, resources and the versions of definitions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select, update

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.types import running

STARTS = 0x666C6F77  # the number of the lock around what starts processes


@dataclass(frozen=True)
class StoredVersion:
    """A version with what is known of its deployment."""

    row: DefinitionRow
    label: str
    deployed_at: datetime
    deployed_by: str
    reason: str


@dataclass(frozen=True)
class DefinitionRow:
    """One version of a process, decision or form."""

    key: int
    kind: str
    id: str
    version: int
    name: str
    version_tag: str
    resource_key: int
    deployment_key: int
    data_resource_key: int | None
    checksum: str


COLUMNS = [
    t.definition.c[n]
    for n in ("key", "kind", "id", "version", "name", "version_tag", "resource_key", "deployment_key",
              "data_resource_key", "checksum")
]  # fmt: skip


def add_deployment(unit: Unit, key: int, moment: datetime, by: str, reason: str = "") -> None:
    """Insert a deployment."""
    unit.connection.execute(
        insert(t.deployment), {"key": key, "deployed_at": moment, "deployed_by": by, "reason": reason}
    )


def add_resource(
    unit: Unit, key: int, deployment_key: int, name: str, kind: str, checksum: str, content: bytes
) -> None:
    """Insert a resource."""
    unit.connection.execute(
        insert(t.resource),
        {
            "key": key,
            "deployment_key": deployment_key,
            "name": name,
            "kind": kind,
            "checksum": checksum,
            "content": content,
        },
    )


def add_definition(unit: Unit, row: DefinitionRow) -> None:
    """Insert one version."""
    unit.connection.execute(insert(t.definition), row.__dict__)


_latest = Prepared(
    select(*COLUMNS)
    .where(t.definition.c.kind == bindparam("kind"), t.definition.c.id == bindparam("wanted"))
    .order_by(t.definition.c.version.desc())
    .limit(1)
)


def latest(unit: Unit, kind: str, id: str) -> DefinitionRow | None:
    """Return the newest version with this id."""
    rows = _latest.rows(unit, {"kind": kind, "wanted": id})
    return DefinitionRow(*rows[0]) if rows else None


def in_deployment(unit: Unit, kind: str, id: str, deployment_key: int) -> DefinitionRow | None:
    """Return the version that came with a deployment."""
    query = select(*COLUMNS).where(
        t.definition.c.kind == kind, t.definition.c.id == id, t.definition.c.deployment_key == deployment_key
    )
    row = unit.connection.execute(query).first()
    return None if row is None else DefinitionRow(**row._mapping)


def tagged(unit: Unit, kind: str, id: str, version_tag: str) -> DefinitionRow | None:
    """Return the newest version of a definition that has a version tag."""
    query = (
        select(*COLUMNS)
        .where(t.definition.c.kind == kind, t.definition.c.id == id, t.definition.c.version_tag == version_tag)
        .order_by(t.definition.c.version.desc())
        .limit(1)
    )
    row = unit.connection.execute(query).first()
    return None if row is None else DefinitionRow(**row._mapping)


def by_key(unit: Unit, key: int) -> DefinitionRow | None:
    """Return one version by its key."""
    row = unit.connection.execute(select(*COLUMNS).where(t.definition.c.key == key)).first()
    return None if row is None else DefinitionRow(**row._mapping)


def versions(unit: Unit, kind: str, id: str) -> list[DefinitionRow]:
    """Return all versions, newest first."""
    query = (
        select(*COLUMNS)
        .where(t.definition.c.kind == kind, t.definition.c.id == id)
        .order_by(t.definition.c.version.desc())
    )
    return [DefinitionRow(**row._mapping) for row in unit.connection.execute(query)]


def newest(unit: Unit, kind: str) -> list[DefinitionRow]:
    """Return the newest version of each id of a kind, by name."""
    top = (
        select(t.definition.c.id, func.max(t.definition.c.version).label("version"))
        .where(t.definition.c.kind == kind)
        .group_by(t.definition.c.id)
        .subquery()
    )
    query = (
        select(*COLUMNS)
        .join(top, (top.c.id == t.definition.c.id) & (top.c.version == t.definition.c.version))
        .where(t.definition.c.kind == kind)
        .order_by(t.definition.c.name)
    )
    return [DefinitionRow(**row._mapping) for row in unit.connection.execute(query)]


def content(unit: Unit, resource_key: int) -> tuple[str, bytes]:
    """Return a resource's name and content."""
    row = unit.connection.execute(
        select(t.resource.c.name, t.resource.c.content).where(t.resource.c.key == resource_key)
    ).one()
    return row[0], bytes(row[1])


def latest_data(unit: Unit, folder: str) -> tuple[int, str] | None:
    """Return the key and checksum of the newest data dictionary of a folder."""
    query = (
        select(t.resource.c.key, t.resource.c.checksum)
        .where(t.resource.c.kind == "data", t.resource.c.name == f"{folder}/gegevens.json")
        .order_by(t.resource.c.key.desc())
        .limit(1)
    )
    row = unit.connection.execute(query).first()
    return None if row is None else (row[0], row[1])


def replace_starts(unit: Unit, process_id: str, rows: list[dict[str, Any]]) -> None:
    """Let messages start the newest version of a process."""
    unit.connection.execute(t.start_subscription.delete().where(t.start_subscription.c.process_id == process_id))
    if rows:
        unit.connection.execute(insert(t.start_subscription), rows)


def lock_starts(unit: Unit, *, shared: bool = False) -> None:
    """Let deployments run one after the other, and none while a timer start is being armed again (``shared``)."""
    unit.dialect.hold(unit.connection, STARTS, shared=shared)


def replace_start_timers(unit: Unit, process_id: str, rows: list[dict[str, Any]]) -> None:
    """Let timers start the newest version of a process."""
    unit.connection.execute(t.job.delete().where(t.job.c.kind == "START", t.job.c.type == process_id))
    if rows:
        unit.connection.execute(insert(t.job), rows)


def add_start_timer(unit: Unit, row: dict[str, Any]) -> None:
    """Arm the next round of a cyclic timer start event."""
    unit.connection.execute(insert(t.job), row)


def start_parts(unit: Unit, definition_key: int, element_id: str) -> list[tuple[int, Mapping[str, Any]]]:
    """Return what has happened for a start event that needs several events: (key, part), the oldest first."""
    c = t.job.c
    query = select(c.key, c.payload).where(
        c.element_key == definition_key, c.element_id == element_id, c.kind == "START", c.suspended
    )
    return [(row[0], row[1]) for row in unit.connection.execute(query.order_by(c.key))]


def add_start_part(
    unit: Unit, key: int, process_id: str, definition_key: int, element_id: str, part: Mapping[str, Any], now: datetime
) -> None:
    """Keep one of several events that start a process: an idle job of the start, gone with the next version."""
    row = {"key": key, "kind": "START", "type": process_id, "instance_key": 0, "root_key": 0,
           "element_key": definition_key, "element_id": element_id, "due": now, "retries": 0, "suspended": True,
           "payload": dict(part), "watches": ()}  # fmt: skip
    unit.connection.execute(insert(t.job), row)


def drop_start_parts(unit: Unit, keys: Sequence[int]) -> None:
    """Forget events that together have started a process."""
    unit.connection.execute(t.job.delete().where(t.job.c.key.in_(keys)))


# -- versions ------------------------------------------------------------------------------------------------------


def history(unit: Unit, kind: str, id: str) -> list[StoredVersion]:
    """Return all versions with who deployed them, when and why, newest first."""
    d, p = t.definition.c, t.deployment.c
    query = (
        select(*COLUMNS, d.label.label("called"), p.deployed_at, p.deployed_by, p.reason)
        .join(t.deployment, p.key == d.deployment_key)
        .where(d.kind == kind, d.id == id).order_by(d.version.desc())
    )  # fmt: skip
    width = len(COLUMNS)
    return [StoredVersion(DefinitionRow(*row[:width]), *row[width:]) for row in unit.connection.execute(query)]


def moments(unit: Unit, deployments: Collection[int]) -> dict[int, datetime]:
    """Return when deployments were made, by key."""
    p = t.deployment.c
    return {row[0]: row[1] for row in unit.connection.execute(select(p.key, p.deployed_at).where(p.key.in_(deployments)))}


def running_cases(unit: Unit, keys: Sequence[int]) -> dict[int, int]:
    """Return how many cases of each version of a process run; ended ones cost nothing."""
    i = t.process_instance.c
    query = select(i.definition_key, func.count()).where(running(i.state), i.definition_key.in_(keys)).group_by(i.definition_key)
    counted = {row[0]: int(row[1]) for row in unit.connection.execute(query)}
    return {key: counted.get(key, 0) for key in keys}


def set_label(unit: Unit, key: int, label: str) -> None:
    """Call a version something."""
    unit.connection.execute(update(t.definition).where(t.definition.c.key == key).values(label=label))


def is_kept(unit: Unit, row: DefinitionRow) -> bool:
    """Tell whether a case that is kept, running or not, used a version: as its process, or as a decision that was taken."""
    if row.kind == "process":
        used = exists().where(t.process_instance.c.definition_key == row.key)
    elif row.kind == "decision":
        d = t.decision_instance.c
        used = exists().where(d.decision_id == row.id, d.version == row.version)
    else:
        return False
    return bool(unit.connection.execute(select(used)).scalar())


def in_use(unit: Unit) -> list[DefinitionRow]:
    """Return the versions of processes that are in force or have running cases."""
    i = t.process_instance.c
    keys = [row.key for row in newest(unit, "process")]
    alive = select(i.definition_key).where(running(i.state)).distinct()
    query = select(*COLUMNS).where(or_(t.definition.c.key.in_(keys), t.definition.c.key.in_(alive)))
    return [DefinitionRow(**row._mapping) for row in unit.connection.execute(query)]


def remove(unit: Unit, row: DefinitionRow) -> None:
    """Delete a version, what would start it, and its files and its deployment where nothing else is of them."""
    d, r, p, s = t.definition, t.resource, t.deployment, t.start_subscription
    execute = unit.connection.execute
    execute(delete(s).where(s.c.definition_key == row.key))
    execute(delete(t.job).where(t.job.c.kind == "START", t.job.c.element_key == row.key))
    execute(delete(d).where(d.c.key == row.key))
    for key in (row.resource_key, row.data_resource_key):
        if key is not None:
            used = exists().where(or_(d.c.resource_key == key, d.c.data_resource_key == key))
            newest_data = r.c.kind == "data"  # the newest dictionary of a folder is that of what is deployed there next
            execute(delete(r).where(r.c.key == key, ~used, ~newest_data))
    left = exists().where(or_(d.c.deployment_key == row.deployment_key))
    files = exists().where(r.c.deployment_key == row.deployment_key)
    execute(delete(p).where(p.c.key == row.deployment_key, ~left, ~files))
