"""What tests of the engine do and ask, in a word each: deploy, complete a task, look at what is left."""

from __future__ import annotations

import pytest
from diagrams import Diagram
from sqlalchemy import func, select

from engine.in_memory import InMemory
from inburgering_flow.errors import DeploymentRejected
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import tables as t

ELEMENT = tuple[str, str]
CLERK = Actor("karin", ("klantmanager",), table=ROLES)


def deploy(platform: Platform, *diagrams: Diagram) -> None:
    for diagram in diagrams:
        platform.deploy_content(f"{diagram.process_id}.bpmn", diagram.xml())


def open_tasks(platform: Platform, key: int) -> list[str]:
    return sorted(t.element_id for t in platform.tasks(state="CREATED", instance=key))


def do(platform: Platform, key: int, element: str, variables: dict | None = None, user: str = "anna") -> None:
    task = next(t for t in platform.tasks(state="CREATED", instance=key) if t.element_id == element)
    platform.complete(task.key, variables, user=user)


def history(platform: Platform, key: int) -> list[ELEMENT]:
    return [(e.element_id, e.state) for e in platform.instance(key).elements]


def leftovers(platform: Platform) -> dict[str, int]:
    """Return open rows of every kind, which a finished case must not leave."""
    if isinstance(platform, InMemory):
        return platform.leftovers()
    with platform.context.db.read() as unit:

        def count(query: object) -> int:
            return unit.connection.execute(query).scalar_one()  # type: ignore[call-overload]

        return {
            name: n
            for name, n in {
                "tokens": count(select(func.count()).where(t.element_instance.c.state == "ACTIVE")),
                "tasks": count(select(func.count()).where(t.user_task.c.state == "CREATED")),
                "jobs": count(select(func.count()).select_from(t.job)),
                "subscriptions": count(select(func.count()).select_from(t.subscription)),
                "incidents": count(select(func.count()).where(t.incident.c.state == "ACTIVE")),
            }.items()
            if n
        }


def states(platform: Platform, key: int) -> dict[str, str]:
    return dict(history(platform, key))


def finished(platform: Platform, key: int) -> bool:
    return platform.instance(key).state == "COMPLETED" and leftovers(platform) == {}


def refusals(platform: Platform, diagram: Diagram) -> list[tuple[str, str]]:
    """Return rule and element of each error for which a diagram is refused."""
    with pytest.raises(DeploymentRejected) as caught:
        deploy(platform, diagram)
    return [(f.rule, f.element_id) for f in caught.value.findings if f.severity == "error"]


def trail(platform: Platform, key: int) -> list[str]:
    return list(platform.instance(key).variables.get("spoor", []))


def troubles(platform: Platform, key: int) -> list[str]:
    return [i.error_message for i in platform.instance(key).incidents if i.state == "ACTIVE"]


def element_key(platform: Platform, key: int, element: str, number: int = 0) -> int:
    found = [e.key for e in platform.instance(key).elements if e.element_id == element and e.state == "ACTIVE"]
    return found[number]


def due(platform: Platform, key: int) -> dict[str, object]:
    with platform.context.db.read() as unit:
        rows = unit.connection.execute(select(t.job.c.element_id, t.job.c.due).where(t.job.c.instance_key == key))
        return {row[0]: row[1] for row in rows}


def waiting_for(platform: Platform, key: int) -> dict[str, str]:
    s = t.subscription.c
    with platform.context.db.read() as unit:
        return {r[0]: r[1] for r in unit.connection.execute(select(s.element_id, s.name).where(s.instance_key == key))}


def actions(platform: Platform) -> list[str]:
    with platform.context.db.read() as unit:
        return list(unit.connection.execute(select(t.audit.c.action).order_by(t.audit.c.key)).scalars())
