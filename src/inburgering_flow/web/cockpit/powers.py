"""What roles may do and see, in words."""

from __future__ import annotations

from collections.abc import Mapping

from inburgering_flow.i18n import N_
from inburgering_flow.model import permissions as p
from inburgering_flow.model.permissions import Role, Roles
from inburgering_flow.web.display import label

SEES: Mapping[str, str] = {
    p.ALL: N_("Alle zaken."),
    p.CASELOAD: N_("De eigen zaken, en zaken zonder eigenaar. Andere zaken alleen met een reden, die wordt vastgelegd."),
    p.LOCATION: N_("Zaken van de eigen locatie waarin de rol een open taak heeft."),
    p.ROLE: N_("Zaken waarin de rol een taak heeft of had."),
    p.NONE: N_("Geen zaken."),
}
MAY: Mapping[str, str] = {
    p.CASE_START: N_("Zaken starten en overnemen"), p.CASE_MESSAGE: N_("Melden wat er in een zaak is gebeurd"),
    p.CASE_NOTE: N_("Notities en documenten in een zaak zetten"), p.CASE_ASSIGN: N_("Werk verdelen en vervanging regelen"),
    p.CASE_CORRECT: N_("Gegevens verbeteren, met een reden"),
    p.CASE_REASON: N_("Een zaak van een ander openen, met een reden"),
    p.DIAGRAM: N_("Het diagram van een zaak zien"), p.BOARD: N_("Het bord met alle zaken zien"),
    p.FIGURES: N_("Cijfers zonder namen zien"), p.DEFINITION_READ: N_("Processen en hun versies lezen"),
    p.DEPLOY: N_("Processen ontwerpen en klaarzetten"), p.SIMULATE: N_("Processen uitproberen met verzonnen zaken"),
    p.INCIDENT: N_("Storingen oplossen, zonder gegevens van de persoon"), p.JOBS: N_("Zien wat er draait en wacht"),
    p.ACCOUNTS: N_("Accounts en hun rollen beheren"), p.SETTINGS: N_("Instellingen beheren"),
    p.PROCESS_MANAGE: N_("Zaken stilzetten, verplaatsen, overzetten en stoppen"), p.AUDIT: N_("Het logboek lezen"),
    p.MONEY: N_("Geld boeken"), p.MONEY_READ: N_("Middelen en betalingen zien"),
    p.RETENTION: N_("Bewaartermijnen bepalen, en met een tweede persoon vernietigen"),
    p.SECRET: N_("Een afgeschermd nummer tonen, met een reden"),
    p.EXTRACT: N_("Een overzicht maken van alles over een persoon, met een reden"),
}
"""Permission of the platform → what it allows. A plug-in says it of its own (``Plugin.powers``)."""


def allowed(roles: Roles, own: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return each permission in words with the roles that have it; one that no role has is left out."""
    found = ((said, [role.name for role in roles.values() if name in role.may]) for name, said in {**MAY, **own}.items())
    return [(said, names) for said, names in found if names]


def secret(roles: Roles) -> list[str]:
    """Return the roles that may show an identifying number that is otherwise masked."""
    return [role.name for role in roles.values() if p.SECRET in role.may]


def closed(role: Role) -> str:
    """Return the families of processes that stay closed to a role, as words of the model."""
    return ", ".join(map(label, sorted(role.hides)))


def sees(role: Role) -> str:
    """Return which cases a role sees, in words that are still to be translated."""
    return SEES[role.cases]
