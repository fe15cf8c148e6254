"""Lists that people keep: filters, columns and order under a name, for themselves or for their team."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.lists import SavedList
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import saved_lists

MOST = 100  # of one person
LONGEST_NAME, LONGEST_VALUE = 80, 300


class SavedLists:
    """Use cases about lists that people keep."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def of(self, name: str, actor: Actor) -> list[SavedList]:
        """Return those of a list that the actor made, or that are shared with one of their roles, by name."""
        with self.context.db.read() as unit:
            return saved_lists.of(unit, name, actor.username, actor.roles)

    @again
    def save(
        self, list_name: str, name: str, chosen: Mapping[str, str], role: str, actor: Actor, *, once: str = ""
    ) -> int:  # fmt: skip
        """Keep what an address says under a name, with ``role`` also for everybody who has it; return its key.

        Raises InvalidInput for a name that is empty or too long, Conflict for one that the actor has, Forbidden for a role
        that the actor has not.
        """
        actor.require_role()
        name = name.strip()
        if not name or len(name) > LONGEST_NAME:
            raise InvalidInput(
                _("A list needs a name of at most {most} characters.").format(most=LONGEST_NAME), remedy=_("Give it one.")
            )
        if any(len(key) > LONGEST_VALUE or len(value) > LONGEST_VALUE for key, value in chosen.items()):
            raise InvalidInput(_("What was chosen for this list is too long to keep."), remedy=_("Choose less."))
        if role and role not in actor.roles:
            raise Forbidden(_("This list cannot be shared with a role that you do not have."), remedy=_("Choose one of yours."))
        with self.context.db.write() as unit:

            def make() -> int:
                mine = [one for one in saved_lists.of(unit, list_name, actor.username, ()) if one.name == name]
                if mine:
                    raise Conflict(
                        _("You have a list “{name}” already.").format(name=name), remedy=_("Choose another name, or delete it.")
                    )
                if saved_lists.count(unit, actor.username) >= MOST:
                    raise InvalidInput(
                        _("You keep {most} lists, which is the most.").format(most=MOST),
                        remedy=_("Delete one that you do not use."),
                    )
                key = self.context.keys.next()
                saved_lists.add(unit, SavedList(
                    key, list_name, actor.username, role, name, dict(chosen), self.context.clock.now()
                ))  # fmt: skip
                return key

            return made_once(self.context, unit, "saved list", once, actor, make)

    @again
    def remove(self, key: int, actor: Actor) -> SavedList:
        """Delete a list of one's own, or one that is shared with the actor's role where they lead; return it.

        Raises NotFound for what is not there or not theirs.
        """
        with self.context.db.write() as unit:
            found = saved_lists.get(unit, key)
            leads = found is not None and found.role in actor.roles and actor.may(permissions.CASE_ASSIGN)
            if found is None or not (found.owner == actor.username or leads):
                raise NotFound(_("This list is not there any more."), remedy=_("Choose another one."))
            saved_lists.remove(unit, key)
            return found
