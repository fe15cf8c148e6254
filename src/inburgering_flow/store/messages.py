"""Published messages, what waits for them, and what they reached."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, exists, func, insert, literal_column, select, tuple_, update

from inburgering_flow.model.runtime import STARTED_FOR, SUSPENDED, Subscription
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.prepared import Prepared
from inburgering_flow.store.runtime import SUBSCRIPTION_COLUMNS
from inburgering_flow.store.types import Moment, constant
from inburgering_flow.values import load_value


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


UNTIL_HEARD = datetime(9999, 1, 1, tzinfo=UTC)
"""When a message expires that must not expire unseen."""
STILL_HEARD = timedelta(hours=24)
"""How long such a message can still reach further processes after a first one has heard it: not every process of later years."""


@dataclass(frozen=True)
class StartRow:
    """A process whose newest version a message starts."""

    definition_key: int
    process_id: str
    name: str
    element_id: str


_s, _m, _c, _i = t.subscription.c, t.message.c, t.message_correlation.c, t.process_instance.c
_add = Prepared(insert(t.message), tuple(MessageRow.__dataclass_fields__))
_waiting = Prepared(
    select(*SUBSCRIPTION_COLUMNS)
    .where(_s.name == bindparam("wanted"), _s.correlation_key == bindparam("for_key"), _s.kind == constant("message"))
    .order_by(_s.created, _s.key)
)
_open = Prepared(
    select(*SUBSCRIPTION_COLUMNS)
    .where(_s.key == bindparam("wanted"), ~exists().where(_i.key == _s.root_key, _i.state == constant(SUSPENDED)))
)
_start = t.start_subscription.c
_starts = Prepared(
    select(_start.definition_key, _start.process_id, _start.name, _start.element_id)
    .where(_start.name == bindparam("wanted"), _start.kind == bindparam("of_kind"))
)
_started_for = t.variable.c
_active_for = Prepared(
    select(_i.key)
    .join(t.message_correlation, _c.instance_key == _i.key)
    .join(t.message, _m.key == _c.message_key)
    .join(t.variable, and_(_started_for.scope_key == _i.key, _started_for.name == bindparam("started_for")))
    .where(
        _m.name.in_(select(_start.name).where(_start.process_id == bindparam("process"), _start.kind == constant("message"))),
        _m.correlation_key == bindparam("for_key"), _c.process_id == bindparam("process"), _i.end.is_(None),
    )
    .limit(literal_column("1"))
)  # fmt: skip
_correlated = Prepared(insert(t.message_correlation), ("message_key", "process_id", "instance_key", "correlated"))
_heard = Prepared(
    update(t.message).where(_m.key == bindparam("b_key")).values(
        state="CORRELATED",
        expires=case((_m.expires == bindparam("b_never", type_=Moment), bindparam("b_until", type_=Moment)), else_=_m.expires),
    )
)


@cache
def _for_signal(most: int) -> Prepared:
    return Prepared(
        select(*SUBSCRIPTION_COLUMNS)
        .where(_s.name == bindparam("wanted"), _s.kind == constant("signal"), _s.key > bindparam("after"))
        .order_by(_s.key).limit(literal_column(str(int(most))))
    )  # fmt: skip


def add(unit: Unit, row: MessageRow) -> None:
    """Insert a message."""
    _add.run(unit, [row.__dict__])


def known(unit: Unit, name: str, correlation_key: str, message_id: str) -> bool:
    """Tell whether a message with this id was published before."""
    query = select(t.message.c.key).where(
        t.message.c.name == name, t.message.c.correlation_key == correlation_key, t.message.c.message_id == message_id
    )
    return unit.connection.execute(query).first() is not None


def waiting(unit: Unit, name: str, correlation_key: str) -> list[Subscription]:
    """Return what waits for a message, the oldest first."""
    return [Subscription(*row) for row in _waiting.rows(unit, {"wanted": name, "for_key": correlation_key})]


def waiting_in(unit: Unit, root_key: int) -> list[tuple[str, str, int]]:
    """Return the messages that the instances of a case wait for, the oldest wait first: name, correlation key, and the key
    of the definition of the process that waits.
    """
    s, i = t.subscription.c, t.process_instance.c
    query = (
        select(s.name, s.correlation_key, i.definition_key)
        .join_from(t.subscription, t.process_instance, i.key == s.instance_key)
        .where(i.root_key == root_key, s.kind == constant("message"))
        .order_by(s.key)
    )
    return [tuple(row) for row in unit.connection.execute(query)]


def subscription(unit: Unit, key: int) -> Subscription | None:
    """Return one subscription, if it is still open and its case is not suspended."""
    rows = _open.rows(unit, {"wanted": key})
    return Subscription(*rows[0]) if rows else None


def waiting_for_signal(unit: Unit, name: str, after: int, most: int) -> list[Subscription]:
    """Return what waits for a signal, in order of key, starting after ``after``."""
    return [Subscription(*row) for row in _for_signal(most).rows(unit, {"wanted": name, "after": after})]


def starts(unit: Unit, name: str, kind: str = "message") -> list[StartRow]:
    """Return the processes that a message or signal name starts."""
    return [StartRow(*row) for row in _starts.rows(unit, {"wanted": name, "of_kind": kind})]


def started_for(unit: Unit, instance_key: int) -> str:
    """Return the correlation key of the message that started an instance; empty where none did."""
    v = t.variable.c
    query = select(v.value).where(v.scope_key == instance_key, v.name == STARTED_FOR)
    found = unit.connection.execute(query).scalar_one_or_none()
    return "" if found is None else str(load_value(found))


def lock_start(unit: Unit, process_id: str, correlation_key: str) -> None:
    """Make others that start the same process for the same key wait."""
    digest = hashlib.blake2b(f"{process_id}\n{correlation_key}".encode(), digest_size=8).digest()
    unit.dialect.hold(unit.connection, int.from_bytes(digest, signed=True))


def lock_waiting(unit: Unit, name: str, correlation_key: str) -> bool:
    """Let a message and a new subscription for it come one after the other; False where they always do. Both take the
    lock as the last thing before they look for the other, and keep it until they have committed: whichever comes second
    finds what the first one stored.
    """
    if unit.dialect.one_writer:
        return False
    digest = hashlib.blake2b(f"{name}\n{correlation_key}".encode(), digest_size=8, person=b"waiting").digest()
    unit.dialect.hold(unit.connection, int.from_bytes(digest, signed=True))
    return True


def is_active_for(unit: Unit, process_id: str, correlation_key: str) -> bool:
    """Tell whether an instance that a message with this correlation key has started is active."""
    return bool(_active_for.rows(unit, {"process": process_id, "for_key": correlation_key, "started_for": STARTED_FOR}))


def buffered_start(unit: Unit, process_id: str, correlation_key: str, now: datetime) -> tuple[MessageRow, StartRow] | None:
    """Return the oldest message with this correlation key that still waits to start a process, and what it starts."""
    s = t.start_subscription.c
    query = select(s.definition_key, s.process_id, s.name, s.element_id).where(
        s.process_id == process_id, s.kind == constant("message")
    )
    starts = {row.name: StartRow(**row._mapping) for row in unit.connection.execute(query)}
    found = [m for name in starts for m in buffered(unit, name, correlation_key, process_id, now)]
    if not found:
        return None
    first = min(found, key=lambda m: (m.published, m.key))
    return first, starts[first.name]


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
    values = {"message_key": message_key, "process_id": process_id, "instance_key": instance_key, "correlated": moment}
    _correlated.run(unit, [values])
    _heard.run(unit, [{"b_key": message_key, "b_never": UNTIL_HEARD, "b_until": moment + STILL_HEARD}])


def unheard(unit: Unit, start: int, size: int) -> tuple[list[MessageRow], int]:
    """Return a page of the messages that no case has heard and that must not expire, the oldest first, and how many there are;
    without their variables.
    """
    m = t.message.c
    wanted = (m.state == constant("BUFFERED"), m.expires == UNTIL_HEARD)
    total = unit.connection.execute(select(func.count()).select_from(t.message).where(*wanted)).scalar_one()
    query = (
        select(m.key, m.name, m.correlation_key, m.message_id, m.published, m.expires, m.state)
        .where(*wanted).order_by(m.published, m.key).offset(start).limit(size)
    )  # fmt: skip
    return [MessageRow(**row._mapping, variables={}) for row in unit.connection.execute(query)], total


def handled(unit: Unit, key: int, now: datetime) -> bool:
    """Let a message that waits until it is heard expire; False if it does not wait any more."""
    m = t.message.c
    query = update(t.message).where(m.key == key, m.state == constant("BUFFERED"), m.expires == UNTIL_HEARD)
    return bool(unit.connection.execute(query.values(expires=now)).rowcount)


def forget_unheard(unit: Unit, before: datetime, most: int) -> int:
    """Forget up to ``most`` messages that expired before a moment and reached nobody."""
    m = t.message.c
    keys = select(m.key).where(m.state == constant("BUFFERED"), m.expires <= before).order_by(m.expires).limit(most)
    return unit.connection.execute(delete(t.message).where(m.key.in_(keys.scalar_subquery()))).rowcount


def forget_heard(unit: Unit, now: datetime, most: int) -> int:
    """Delete up to ``most`` records that a message reached a case that has since been deleted, once its time to live is
    over. The message goes with the last of them.
    """
    m, c = t.message.c, t.message_correlation.c
    query = (
        select(c.message_key, c.process_id)
        .join(t.message, m.key == c.message_key)
        .where(c.instance_key == 0, m.expires <= now)
        .limit(most)
    )
    found = list(unit.connection.execute(query))
    keys = sorted({key for key, _process in found})
    unit.connection.execute(
        delete(t.message_correlation).where(tuple_(c.message_key, c.process_id).in_(list(map(tuple, found))))
    )
    unit.connection.execute(delete(t.message).where(m.key.in_(keys), ~exists().where(c.message_key == m.key)))
    return len(found)
