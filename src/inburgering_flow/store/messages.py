"""Published messages, what waits for them, and what they reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from inburgering_flow.model.runtime import SUSPENDED, Subscription
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.runtime import SUBSCRIPTION_COLUMNS
from inburgering_flow.store.types import constant


@dataclass(frozen=True)
class MessageRow:
    """A published message."""

    key: int
    name: str
    correlation_key: str
    message_id: str | None
    published: datetime
    expires: datetime
    variables: Mapping[str, Any]
    state: str


@dataclass(frozen=True)
class StartRow:
    """A process whose newest version a message starts."""

    definition_key: int
    process_id: str
    name: str
    element_id: str


def add(unit: Unit, row: MessageRow) -> None:
    """Insert a message."""
    unit.connection.execute(insert(t.message), row.__dict__)


def known(unit: Unit, name: str, correlation_key: str, message_id: str) -> bool:
    """Tell whether a message with this id was published before."""
    query = select(t.message.c.key).where(
        t.message.c.name == name, t.message.c.correlation_key == correlation_key, t.message.c.message_id == message_id
    )
    return unit.connection.execute(query).first() is not None


def waiting(unit: Unit, name: str, correlation_key: str) -> list[Subscription]:
    """Return who waits for a message, the oldest first."""
    query = (
        select(*SUBSCRIPTION_COLUMNS)
        .where(
            t.subscription.c.name == name,
            t.subscription.c.correlation_key == correlation_key,
            t.subscription.c.kind == constant("message"),
        )
        .order_by(t.subscription.c.created, t.subscription.c.key)
    )
    return [Subscription(**row._mapping) for row in unit.connection.execute(query)]


def subscription(unit: Unit, key: int) -> Subscription | None:
    """Return one subscription, if it is still open and its case does not stand still."""
    s, i = t.subscription.c, t.process_instance.c
    still = exists().where(i.key == s.root_key, i.state == constant(SUSPENDED))
    query = select(*SUBSCRIPTION_COLUMNS).where(s.key == key, ~still)
    row = unit.connection.execute(query).first()
    return None if row is None else Subscription(**row._mapping)


def waiting_for_signal(unit: Unit, name: str, after: int, most: int) -> list[Subscription]:
    """Return who waits for a signal, in order of key, beginning behind ``after``."""
    s = t.subscription.c
    query = (
        select(*SUBSCRIPTION_COLUMNS)
        .where(s.name == name, s.kind == constant("signal"), s.key > after)
        .order_by(s.key)
        .limit(most)
    )
    return [Subscription(**row._mapping) for row in unit.connection.execute(query)]


def starts(unit: Unit, name: str, kind: str = "message") -> list[StartRow]:
    """Return the processes that a message or signal name starts."""
    c = t.start_subscription.c
    query = select(c.definition_key, c.process_id, c.name, c.element_id).where(c.name == name, c.kind == kind)
    return [StartRow(**row._mapping) for row in unit.connection.execute(query)]


def buffered(unit: Unit, name: str, correlation_key: str, process_id: str, now: datetime) -> list[MessageRow]:
    """Return messages that still wait and have not reached this process, the oldest first."""
    m = t.message
    query = (
        select(
            m.c.key, m.c.name, m.c.correlation_key, m.c.message_id, m.c.published, m.c.expires, m.c.variables, m.c.state
        )
        .where(
            m.c.name == name,
            m.c.correlation_key == correlation_key,
            m.c.expires > now,
            ~exists().where(
                t.message_correlation.c.message_key == m.c.key, t.message_correlation.c.process_id == process_id
            ),
        )
        .order_by(m.c.published, m.c.key)
    )
    return [MessageRow(**row._mapping) for row in unit.connection.execute(query)]


def correlated(unit: Unit, message_key: int, process_id: str, instance_key: int, moment: datetime) -> None:
    """Record that a message has reached a process."""
    unit.connection.execute(
        insert(t.message_correlation),
        {"message_key": message_key, "process_id": process_id, "instance_key": instance_key, "correlated": moment},
    )
    unit.connection.execute(update(t.message).where(t.message.c.key == message_key).values(state="CORRELATED"))


def close_subscription(unit: Unit, key: int) -> bool:
    """Delete one subscription; False when it was gone already."""
    return unit.connection.execute(delete(t.subscription).where(t.subscription.c.key == key)).rowcount == 1


def expire(unit: Unit, now: datetime) -> int:
    """Mark messages whose time to live is over; they stay in the register."""
    statement = (
        update(t.message).where(t.message.c.state == "BUFFERED", t.message.c.expires <= now).values(state="EXPIRED")
    )
    return int(unit.connection.execute(statement).rowcount)
