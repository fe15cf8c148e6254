"""Who works on inburgering, and what each may do and see.

Source: the role table of the domain description (README, "Who may do what"), section 10 of the dossier.
"""

from __future__ import annotations

from inburgering_flow.i18n import N_
from inburgering_flow.model.permissions import (
    ALL,
    BOARD,
    CASE_ASSIGN,
    CASE_CORRECT,
    CASE_MESSAGE,
    CASE_NOTE,
    CASE_REASON,
    CASE_START,
    CASELOAD,
    DEFINITION_READ,
    DIAGRAM,
    EXTRACT,
    FIGURES,
    LOCATION,
    MONEY,
    MONEY_READ,
    NONE,
    PLATFORM_ROLES,
    RETENTION,
    ROLE,
    SECRET,
    Roles,
    role,
    table,
)

LAW = "law.read"  # which rule of the law stands where
STATISTICS = "statistics.deliver"  # take the file with a record for each case that goes to the statistics office

# Special data is for the role whose task needs it, which the entry of a data dictionary names: who has another role reads it on
# no page (N-DAT-03). Where a backup lies, and who can reach it, is for who runs the program.
# The BSN is for the college; a begeleider of another organisation has no ground for it (N-DAT-01).
OWN: Roles = table(
    role("klantmanager", CASELOAD, CASE_START, CASE_MESSAGE, CASE_NOTE, CASE_CORRECT, CASE_REASON, DIAGRAM, SECRET,
         title=N_("klantmanager")),
    role("consulent", ROLE, CASE_NOTE, DIAGRAM, SECRET, hides=("handhaving",), title=N_("consulent")),
    role("begeleider", ROLE, CASE_NOTE, hides=("handhaving",), title=N_("begeleider")),
    role("coa-medewerker", LOCATION, CASE_NOTE, DIAGRAM, hides=("inburgering", "leerroute", "handhaving"),
         title=N_("coa-medewerker")),
    role("taalaanbieder", ROLE, CASE_NOTE, hides=("inburgering", "voorinburgering", "handhaving"),
         title=N_("taalaanbieder")),
    role("handhaver", ROLE, CASE_NOTE, DIAGRAM, SECRET, LAW, title=N_("handhaver")),
    role("jurist", ROLE, CASE_NOTE, DIAGRAM, SECRET, LAW, RETENTION, title=N_("jurist")),
    role("teammanager", ALL, CASE_NOTE, CASE_CORRECT, CASE_ASSIGN, DIAGRAM, BOARD, FIGURES, SECRET, LAW, MONEY_READ,
         STATISTICS, RETENTION, EXTRACT, title=N_("teammanager")),
    role("regievoerder", ALL, CASE_START, CASE_MESSAGE, CASE_NOTE, CASE_CORRECT, CASE_ASSIGN, DIAGRAM, BOARD, FIGURES,
         SECRET, LAW, MONEY_READ, STATISTICS, EXTRACT, title=N_("regievoerder")),
    role("financieel-medewerker", ROLE, CASE_NOTE, MONEY, MONEY_READ, hides=("inburgering", "voorinburgering", "leerroute"),
         title=N_("financieel-medewerker")),
    role("beleidsadviseur", NONE, FIGURES, DEFINITION_READ, MONEY_READ, title=N_("beleidsadviseur")),
)  # fmt: skip

POWERS = {
    LAW: N_("Zien welke regel van de wet waar staat"), STATISTICS: N_("Het bestand voor het CBS ophalen"),
}  # fmt: skip

ROLES: Roles = {**PLATFORM_ROLES, **OWN}
"""Everybody who has an account in a municipality."""
