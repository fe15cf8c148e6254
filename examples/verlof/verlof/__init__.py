"""A second, tiny domain on the same platform: asking for leave, which somebody else approves, and withdrawing the
request.

Serve it with ``INBURGERING_FLOW_PLUGINS=verlof`` and this folder's parent on ``PYTHONPATH``; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inburgering_flow.i18n import N_
from inburgering_flow.model.explaining import Word
from inburgering_flow.model.permissions import ALL, BOARD, CASE_NOTE, CASE_START, CASELOAD, DIAGRAM, role, table
from inburgering_flow.model.plugin import CaseName, Page, Plugin, StartField, StartForm

HERE = Path(__file__).parent
PASSWORD = "demo"  # noqa: S105  # of the demonstration, which shows it
ACCOUNTS = {
    "anna": ("Anna Voorbeeld", "medewerker"), "omar": ("Omar Voorbeeld", "medewerker"),
    "lea": ("Lea Voorbeeld", "leidinggevende"), "piet": ("Piet Voorbeeld", "procesontwerper"),
}  # fmt: skip
ROLES = table(
    role("medewerker", CASELOAD, CASE_START, CASE_NOTE, title=N_("medewerker")),
    role("leidinggevende", ALL, CASE_START, CASE_NOTE, DIAGRAM, BOARD, title=N_("leidinggevende")),
)
START = StartForm(
    "verlof",
    N_("Verlof vragen"),
    (
        StartField("omschrijving", N_("Omschrijving"), missing=N_("Vul in waarvoor het verlof is.")),
        StartField("van", N_("Eerste dag"), "date", N_("Vul de eerste dag in.")),
        StartField("tot", N_("Laatste dag"), "date", N_("Vul de laatste dag in.")),
    ),
    with_person=False,
    owner_role="medewerker",
    starter_variable="aanvrager",
)


def calendar(services: Any, _actor: Any) -> Mapping[str, Any]:
    """Return the leave that has been approved and is not over: who is away, from when until when."""
    leave = []
    for instance in services.processes.search("verlof", "ACTIVE"):
        facts = services.processes.get(instance.key).variables
        if facts.get("besluit") == "goedgekeurd":
            leave.append({"who": facts["aanvrager"], "first": facts["van"], "last": facts["tot"]})
    return {"leave": sorted(leave, key=lambda one: str(one["first"]))}


def demo(platform: Any) -> None:
    """Create the accounts, and a leave request that waits for approval."""
    for username, (name, role_name) in ACCOUNTS.items():
        platform.services.accounts.save(username, display_name=name, password=PASSWORD, roles=(role_name,))
    platform.start(
        "verlof",
        {"omschrijving": "Zomervakantie", "van": "2027-07-12", "tot": "2027-07-30", "aanvrager": "omar"},
        owner="omar",
    )


def plugin() -> Plugin:
    """Return the tables of this domain."""
    return Plugin(
        name="verlof",
        title=N_("Verlof"),
        organisation="Bureau Voorbeeld",
        resources=(HERE / "processes", HERE / "forms"),
        roles=ROLES,
        case_name=CaseName("omschrijving", N_("Omschrijving"), N_("Zaaknummers of omschrijvingen")),
        start_forms=(START,),
        pages=(Page("kalender", N_("Verlofkalender"), CASE_NOTE, HERE / "pages" / "kalender.html", calendar),),
        glossary=(
            Word(
                "verlof", "Verlof", "Dagen waarop u vrij bent en doorbetaald wordt.",
                translated={"en": ("Leave", "Days on which you are free and are paid.")},
            ),
        ),
        locales=HERE / "locales",
        demo=demo,
        accounts=ACCOUNTS,
    )
