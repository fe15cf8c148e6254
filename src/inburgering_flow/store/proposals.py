"""Proposals to deploy, waiting for a second pair of eyes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.types import constant


@dataclass(frozen=True)
class ProposalRow:
    """A proposal; ``resources`` holds name → content as base64 text."""

    key: int
    proposed_at: datetime
    proposed_by: str
    resources: dict[str, str]
    state: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str = ""


COLUMNS: list[Any] = [t.deployment_proposal.c[n] for n in ProposalRow.__dataclass_fields__]


def add(unit: Unit, row: ProposalRow) -> None:
    """Insert a proposal."""
    unit.connection.execute(insert(t.deployment_proposal), row.__dict__)


def get(unit: Unit, key: int) -> ProposalRow | None:
    """Return one proposal."""
    found = unit.connection.execute(select(*COLUMNS).where(t.deployment_proposal.c.key == key)).first()
    return None if found is None else ProposalRow(**found._mapping)


def waiting(unit: Unit) -> list[ProposalRow]:
    """Return the proposals that nobody has decided on, oldest first."""
    p = t.deployment_proposal.c
    query = select(*COLUMNS).where(p.state == constant("OPEN")).order_by(p.key)
    return [ProposalRow(**row._mapping) for row in unit.connection.execute(query)]


def decide(unit: Unit, key: int, state: str, moment: datetime, who: str) -> bool:
    """Close an open proposal; False if somebody else was first."""
    p = t.deployment_proposal
    done = unit.connection.execute(
        update(p).where(p.c.key == key, p.c.state == constant("OPEN"))
        .values(state=state, decided_at=moment, decided_by=who)
    )  # fmt: skip
    return done.rowcount == 1
