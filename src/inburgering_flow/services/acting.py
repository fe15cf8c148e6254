"""Who acts when an account does: with its roles and location, and as the deputy of who is away today."""

from __future__ import annotations

from datetime import date

from inburgering_flow.clock import legal_day
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.context import Context
from inburgering_flow.store import absences
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.database import Unit


def actor_of(context: Context, account: AccountRow, stands_in: date | None) -> Actor:
    """Return who acts when this account does; ``stands_in`` is today where it is a deputy today."""
    return Actor(account.username, account.roles, account.location, table=context.roles, stands_in=stands_in)


def acting(context: Context, unit: Unit, account: AccountRow) -> Actor:
    """Return who acts when this account does today."""
    today = legal_day(context.clock.now())
    is_deputy = absences.is_deputy(unit, account.username, today)
    return actor_of(context, account, today if is_deputy else None)
