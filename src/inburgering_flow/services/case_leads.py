"""Who leads a case, and where it belongs: handing it over takes its open tasks along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import CASELOAD, SYSTEM, Actor
from inburgering_flow.model.runtime import CREATED, SUSPENDED
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.tasks import Tasks
from inburgering_flow.store import accounts, cases, instances, tasks
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.cases import CaseItem
from inburgering_flow.store.database import Unit


@dataclass(frozen=True)
class HandedOver:
    """What happened to the open tasks of whoever led the case until now."""

    taken: int
    """They are the new leader's."""
    freed: int
    """They are free for the roles they are for, as the new leader may not do them, or there is none."""


class CaseLeads:
    """Use cases about the owner and the location of a case."""

    def __init__(self, context: Context, user_tasks: Tasks) -> None:
        self.context = context
        self.user_tasks = user_tasks

    def leaders(self, actor: Actor) -> list[AccountRow]:
        """Return who can lead a case, by name; nobody where the actor may not assign."""
        if not actor.may(permissions.CASE_ASSIGN):
            return []
        with self.context.db.read() as unit:
            return self._who_lead(accounts.all_accounts(unit))

    def a_few_leaders(self, actor: Actor, most: int) -> list[AccountRow] | None:
        """Return what ``leaders`` does, but None where more than ``most`` may be asked: those are not all read."""
        if not actor.may(permissions.CASE_ASSIGN):
            return []
        with self.context.db.read() as unit:
            asked = accounts.open_with(unit, self._leading(), most + 1)
        return None if len(asked) > most else self._who_lead(asked)

    def _leading(self) -> set[str]:
        return {name for name, role in self.context.roles.items() if role.cases == CASELOAD}

    def _who_lead(self, people: Iterable[AccountRow | None]) -> list[AccountRow]:
        leading = self._leading()
        return [one for one in people if one is not None and one.active and not leading.isdisjoint(one.roles)]

    @staticmethod
    def _case(unit: Unit, key: int, actor: Actor) -> CaseItem:
        case = cases.get(unit, key)
        if case is None or not (actor.is_system or cases.sees(unit, actor, key)):
            raise NotFound(_("There is no such case, or it is not for you."), remedy=_("Look at your list of cases."))
        return case

    @again
    def hand_over(self, key: int, owner: str | None, actor: Actor = SYSTEM) -> HandedOver:
        """Say who leads a case from now on; the open tasks of the one before go along.

        Tasks of a suspended case stay as they are. Raises NotFound, or InvalidInput for an owner who cannot lead a case
        (the program itself may name anybody).
        """
        actor.require(permissions.CASE_ASSIGN)
        taken = freed = 0
        with self.context.db.write() as unit, self.context.catalog.within(unit):
            case = self._case(unit, key, actor)
            if owner is not None and not actor.is_system and not self._who_lead([accounts.get(unit, owner)]):
                raise InvalidInput(
                    _("{username} cannot lead a case.").format(username=owner[:60]), remedy=_("Choose somebody from the list.")
                )
            instances.set_owner(unit, key, owner)
            if case.owner and case.owner != owner and case.state != SUSPENDED:
                for task in tasks.of_case(unit, key):
                    if task.state == CREATED and task.assignee == case.owner:
                        if self.user_tasks.give_in(unit, task, owner, actor):
                            taken += 1
                        else:
                            freed += 1
            self.context.log(
                unit, actor.username, "case.assign", root_key=key,
                detail={"owner": owner, "before": case.owner, "taken": taken, "freed": freed},
            )  # fmt: skip
        return HandedOver(taken, freed)

    @again
    def move(self, key: int, location: str | None, actor: Actor = SYSTEM) -> None:
        """Say at which location a case belongs, one that somebody works at; tasks for a location follow it."""
        actor.require(permissions.CASE_ASSIGN)
        with self.context.db.write() as unit:
            case = self._case(unit, key, actor)
            if location is not None and not actor.is_system and location not in accounts.locations(unit):
                raise InvalidInput(
                    _("Nobody works at the location {location}.").format(location=location[:60]),
                    remedy=_("Choose a location from the list."),
                )
            instances.set_location(unit, key, location)
            self.context.log(
                unit, actor.username, "case.move", root_key=key, detail={"location": location, "before": case.location}
            )
