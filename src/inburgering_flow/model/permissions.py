"""Who may do what: one table, role by role. Consulted by services; pages only hide what is refused anyway.

Source: the role table of the domain description (README, "Who may do what"), section 10 of the dossier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inburgering_flow.errors import Forbidden
from inburgering_flow.i18n import _

# What a role sees of cases.
ALL = "all"  # every case
CASELOAD = "caseload"  # cases it owns, and cases without an owner; another's with a reason, logged
LOCATION = "location"  # cases of its own location that have an open task for the role
ROLE = "role"  # cases that have, or had, a task for the role
NONE = "none"  # no case

# What may be done.
CASE_START, CASE_MESSAGE, CASE_NOTE, CASE_ASSIGN = "case.start", "case.message", "case.note", "case.assign"
CASE_CORRECT = "case.correct"  # mend a wrong fact or a person's data, with a reason, and let a stopped step try again
CASE_REASON = "case.with_reason"  # open a case outside the own caseload after giving a reason
DIAGRAM, BOARD, FIGURES = "diagram.read", "board.read", "figures.read"
DEFINITION_READ, DEPLOY, SIMULATE = "definition.read", "definition.deploy", "definition.simulate"
INCIDENT, JOBS, ACCOUNTS, SETTINGS = "incident.manage", "job.manage", "account.manage", "setting.manage"
PROCESS_MANAGE = "process.manage"  # cancel, modify, migrate
AUDIT = "audit.read"
BSN = "person.bsn"  # show an unmasked BSN, with a reason


@dataclass(frozen=True)
class Role:
    """One row of the table."""

    name: str
    cases: str
    may: frozenset[str]
    hides: frozenset[str] = frozenset()
    """Families of processes (folders of ``processes/``) that stay closed to the role inside a case that it sees."""


def _role(name: str, cases: str, *may: str, hides: tuple[str, ...] = ()) -> tuple[str, Role]:
    return name, Role(name, cases, frozenset(may), frozenset(hides))


ROLES: Mapping[str, Role] = dict(
    (
        _role("klantmanager", CASELOAD, CASE_START, CASE_MESSAGE, CASE_NOTE, CASE_CORRECT, CASE_REASON, DIAGRAM, BSN),
        _role("consulent", ROLE, CASE_NOTE, DIAGRAM, BSN, hides=("handhaving",)),
        _role("begeleider", ROLE, CASE_NOTE, hides=("handhaving",)),
        _role("coa-medewerker", LOCATION, CASE_NOTE, DIAGRAM, hides=("inburgering", "leerroute", "handhaving")),
        _role("taalaanbieder", ROLE, CASE_NOTE, hides=("inburgering", "voorinburgering", "handhaving")),
        _role("handhaver", ROLE, CASE_NOTE, DIAGRAM, BSN),
        _role("jurist", ROLE, CASE_NOTE, DIAGRAM, BSN),
        _role("teammanager", ALL, CASE_NOTE, CASE_CORRECT, CASE_ASSIGN, DIAGRAM, BOARD, FIGURES, BSN),
        _role(
            "regievoerder", ALL, CASE_START, CASE_MESSAGE, CASE_NOTE, CASE_CORRECT, CASE_ASSIGN, DIAGRAM, BOARD, FIGURES,
            BSN,
        ),
        _role("financieel-medewerker", ROLE, CASE_NOTE, hides=("inburgering", "voorinburgering", "leerroute")),
        _role("beleidsadviseur", NONE, FIGURES, DEFINITION_READ),
        _role("procesontwerper", NONE, DEFINITION_READ, DEPLOY, SIMULATE, FIGURES),
        _role(
            "functioneel-beheerder", NONE, DEFINITION_READ, INCIDENT, JOBS, ACCOUNTS, SETTINGS, PROCESS_MANAGE, FIGURES
        ),
        _role("auditor", NONE, AUDIT, DEFINITION_READ),
    )
)


@dataclass(frozen=True)
class Actor:
    """Who acts: an account with its roles, or the program itself (``is_system``), which may do everything."""

    username: str
    roles: tuple[str, ...] = ()
    location: str | None = None
    is_system: bool = False

    def may(self, permission: str) -> bool:
        """Tell whether one of the roles allows this."""
        return self.is_system or any(permission in ROLES[r].may for r in self.roles if r in ROLES)

    def require(self, permission: str) -> None:
        """Raise Forbidden unless one of the roles allows this."""
        if not self.may(permission):
            needed = ", ".join(sorted(r.name for r in ROLES.values() if permission in r.may))
            raise Forbidden(
                _("{username} may not do this ({permission}).").format(username=self.username, permission=permission),
                remedy=_("Ask somebody with the role {needed}.").format(needed=needed),
            )

    @property
    def sees(self) -> frozenset[str]:
        """Return the kinds of cases that the roles see together."""
        if self.is_system:
            return frozenset((ALL,))
        return frozenset(ROLES[r].cases for r in self.roles if r in ROLES) - {NONE}

    def closed(self, family: str) -> bool:
        """Tell whether a family of processes stays closed to every role of this actor."""
        roles = [ROLES[r] for r in self.roles if r in ROLES and ROLES[r].cases != NONE]
        return not self.is_system and bool(roles) and all(family in r.hides for r in roles)


SYSTEM = Actor("system", is_system=True)
