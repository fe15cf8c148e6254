"""Who may do what: one table, role by role, made up of the platform's roles and those of the domain's plug-in.

Consulted by services; pages only hide what is refused anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from inburgering_flow.errors import Forbidden
from inburgering_flow.i18n import N_, _

# What a role sees of cases.
ALL = "all"  # every case
CASELOAD = "caseload"  # cases it owns, and cases without an owner; another's with a reason, logged
LOCATION = "location"  # cases of its own location that have an open task for the role
ROLE = "role"  # cases that have, or had, a task for the role
NONE = "none"  # no case

# What may be done.
CASE_START, CASE_MESSAGE, CASE_NOTE, CASE_ASSIGN = "case.start", "case.message", "case.note", "case.assign"
CASE_CORRECT = "case.correct"  # correct a wrong fact or a person's data, with a reason, and retry a stopped step
CASE_REASON = "case.with_reason"  # open a case outside one's own caseload after giving a reason
DIAGRAM, BOARD, FIGURES = "diagram.read", "board.read", "figures.read"
DEFINITION_READ, DEPLOY, SIMULATE = "definition.read", "definition.deploy", "definition.simulate"
INCIDENT, JOBS, ACCOUNTS, SETTINGS = "incident.manage", "job.manage", "account.manage", "setting.manage"
PROCESS_MANAGE = "process.manage"  # cancel, modify, migrate
AUDIT = "audit.read"
MONEY, MONEY_READ = "money.keep", "money.read"  # write down what happens with budgets; see it
RETENTION = "case.destroy"  # say how long a closed case is kept, and with a second person destroy it
SECRET = "person.secret"  # noqa: S105  # show an identifying number that is otherwise masked, with a reason
EXTRACT = "person.extract"  # give somebody everything that is held about them (AVG, article 15), with a reason

FAR = frozenset((CASE_ASSIGN, DEPLOY, ACCOUNTS, PROCESS_MANAGE, AUDIT))  # what two people give: see ``Role.reaches_far``


@dataclass(frozen=True)
class Role:
    """One row of the table of a domain or of the platform."""

    name: str
    cases: str
    may: frozenset[str]
    hides: frozenset[str] = frozenset()
    """Families of processes (folders of ``processes/``) that stay closed to the role inside a case that it sees."""
    title: str = ""
    """What people call it; if empty, its name."""


    @property
    def reaches_far(self) -> bool:
        """Tell whether the role sees every case, or can give power over cases or the platform: two people give it."""
        return self.cases == ALL or bool(self.may & FAR)


Roles = Mapping[str, Role]


def role(name: str, cases: str, *may: str, hides: tuple[str, ...] = (), title: str = "") -> Role:
    """Return a row of the table: what a role sees of cases, and what it may do."""
    return Role(name, cases, frozenset(may), frozenset(hides), title)


def table(*rows: Role) -> Roles:
    """Return roles by name."""
    return {row.name: row for row in rows}


PLATFORM_ROLES: Roles = table(
    role("procesontwerper", NONE, DEFINITION_READ, DEPLOY, SIMULATE, FIGURES, title=N_("procesontwerper")),
    role(
        "functioneel-beheerder", NONE, DEFINITION_READ, INCIDENT, JOBS, ACCOUNTS, SETTINGS, PROCESS_MANAGE, FIGURES,
        title=N_("functioneel-beheerder"),
    ),
    role("auditor", NONE, AUDIT, DEFINITION_READ, title=N_("auditor")),
)  # fmt: skip
"""Those who build and maintain the platform itself, whatever the domain; none of them sees a case."""


@dataclass(frozen=True)
class Actor:
    """Who acts: an account with its roles, or the program itself (``is_system``), which may do everything.

    ``table`` says what the roles mean; a role that it does not hold gives nothing.
    """

    username: str
    roles: tuple[str, ...] = ()
    location: str | None = None
    is_system: bool = False
    table: Roles = field(default_factory=dict, compare=False, repr=False)
    stands_in: date | None = None
    """Today, where a colleague who is away today has named this actor as a deputy: then what they see is more, and what their
    roles may do is the same. None where nobody has.
    """

    @cached_property
    def powers(self) -> tuple[Role, ...]:
        """The rows of the table that this actor has."""
        return tuple(self.table[name] for name in self.roles if name in self.table)

    @cached_property
    def allowed(self) -> frozenset[str]:
        """What the roles allow together."""
        return frozenset(permission for power in self.powers for permission in power.may)

    def may(self, permission: str) -> bool:
        """Tell whether one of the roles allows this."""
        return self.is_system or permission in self.allowed

    def require(self, permission: str) -> None:
        """Raise Forbidden unless one of the roles allows this."""
        if not self.may(permission):
            needed = ", ".join(sorted(_(r.title or r.name) for r in self.table.values() if permission in r.may))
            raise Forbidden(
                _("{username} may not do this.").format(username=self.username),
                remedy=_("Ask somebody with the role {needed}.").format(needed=needed),
            )

    def require_role(self) -> None:
        """Raise Forbidden for somebody without any role."""
        if not (self.is_system or self.powers):
            raise Forbidden(
                _("{username} has no role here.").format(username=self.username),
                remedy=_("Ask the functional administrator for one."),
            )

    @cached_property
    def sees(self) -> frozenset[str]:
        """Return the kinds of cases that the roles together see."""
        if self.is_system:
            return frozenset((ALL,))
        return frozenset(power.cases for power in self.powers) - {NONE}

    def closed(self, family: str) -> bool:
        """Tell whether a family of processes stays closed to every role of this actor."""
        roles = [power for power in self.powers if power.cases != NONE]
        return not self.is_system and bool(roles) and all(family in r.hides for r in roles)


SYSTEM = Actor("system", is_system=True)
