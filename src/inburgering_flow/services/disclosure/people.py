"""Names and identifying numbers of people, as an actor may read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from inburgering_flow.i18n import N_, _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import IdentifyingNumber, Person, PersonSchema
from inburgering_flow.store import people
from inburgering_flow.store.database import Unit

NOT_SHOWN = N_("Name not shown")
"""What stands in the place of every name that an actor may not read."""
MASK, LEGIBLE = "•", 3  # how many last digits of a secret number stay readable


@dataclass(frozen=True)
class Admitted:
    """That somebody has been let into a case; only what checks access makes one."""

    root_key: int
    username: str


class AboutSomebody(Protocol):
    """A row about a case: of a list of cases, or of tasks."""

    @property
    def person_key(self) -> int | None:
        """Whom the case is about, if it is about a person."""
        ...


def shown_names(unit: Unit, actor: Actor, cases: Iterable[tuple[int, AboutSomebody]]) -> dict[int, str]:
    """Return by key of the case the name of its person; cases that are about nobody are left out.

    The statement that reads the names asks itself which of these cases the actor sees; of the others there is ``NOT_SHOWN``.
    """
    wanted = [key for key, row in cases if row.person_key is not None]
    found = people.names(unit, actor, wanted)
    return {key: found[key] if key in found else _(NOT_SHOWN) for key in wanted}


def shown_name(unit: Unit, admitted: Admitted, root_key: int, about: AboutSomebody) -> str:
    """Return the name of the person of one case to somebody who was let into it; empty if it is about nobody."""
    if about.person_key is None:
        return ""
    return people.name(unit, about.person_key) if admitted.root_key == root_key else _(NOT_SHOWN)


def masked(number: str) -> str:
    """Return a number with only its last three digits readable, and a short one with none."""
    if len(number) <= 2 * LEGIBLE:
        return MASK * len(number)
    return MASK * (len(number) - LEGIBLE) + number[-LEGIBLE:]


def shown_person(schema: PersonSchema, person: Person, *, in_full: bool = False) -> Person:
    """Return a person with the secret numbers masked, or ``in_full`` to somebody whose reason has been logged."""
    if in_full:
        return person
    secret = {number.name for number in schema.numbers if number.is_secret}
    return Person(person.key, person.name, {n: masked(v) if n in secret else v for n, v in person.values.items()})


def masked_numbers(schema: PersonSchema, shown: Person) -> list[IdentifyingNumber]:
    """Return the secret numbers that are known of a person and masked in what is shown."""
    return [n for n in schema.numbers if n.is_secret and str(shown.get(n.name)).startswith(MASK)]
