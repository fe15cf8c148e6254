"""Partner organisations: what they tell us, and, shipped as fakes, what we would tell them.

What would go to DUO is written into the case, and nothing is sent: the connector to DUO's own interface will replace
these under the same job types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.i18n import N_
from inburgering_flow.model.plugin import Job, JobHandler, PartnerMessage, Work

MESSAGES = (
    PartnerMessage("coa.uitstroom", N_("COA: uit de opvang vertrokken"), "brpDatum", N_("Datum inschrijving BRP")),
    PartnerMessage("gemeente.brp-inschrijving", N_("BRP: ingeschreven"), "brpDatum", N_("Datum inschrijving BRP")),
    PartnerMessage(
        "gemeente.informatie-gevraagd", N_("Gemeente: informatie van een derde gevraagd"), "informatieDerdenGrond",
        N_("Bij wie en welke informatie"),
    ),
    PartnerMessage(
        "gemeente.informatie-derden", N_("Derde: informatie ontvangen"), "informatieDerdenOntvangen", N_("Ontvangen op"),
    ),
    PartnerMessage(
        "duo.SS131", N_("DUO: uitslag leerbaarheidstoets"), "lbtUitslag",
        N_("Uitslag (B1-route haalbaar / B1-route niet haalbaar)"),
    ),
    PartnerMessage("duo.SS102", N_("DUO: termijn begonnen"), "termijnEinde", N_("Einddatum van DUO")),
    PartnerMessage("duo.SS103", N_("DUO: termijn verlengd"), "termijnEinde", N_("Nieuwe einddatum")),
    PartnerMessage("duo.SS106", N_("DUO: diploma behaald")),
    PartnerMessage("duo.SS107", N_("DUO: vrijstelling")),
    PartnerMessage("duo.SS108", N_("DUO: ontheffing")),
    PartnerMessage("duo.SS110", N_("DUO: plicht vervallen")),
    PartnerMessage("duo.SS111", N_("DUO: overleden")),
    PartnerMessage("gemeente.alsnog-nagekomen", N_("Gemeente: alsnog nagekomen")),
    PartnerMessage(
        "burger.zienswijze", N_("Inwoner: zienswijze ontvangen"), "zienswijze", N_("Tekst van de zienswijze")
    ),
)  # fmt: skip
PARTNERS = frozenset(("burger", "coa", "duo", "rechtbank", "gemeente.betaling"))
DUO_JOBS = ("duo.pip-melden", "duo.pvt-melden", "duo.map-melden", "duo.aanbod-melden")


def _record(job: Job, work: Work) -> Mapping[str, Any]:
    """Record that the message would have gone out; the key makes a second attempt recognisable."""
    name = job.type.removeprefix("duo.").removesuffix("-melden")
    return {f"{name}GemeldOp": work.today.isoformat(), f"{name}BerichtId": f"simulatie-{job.key}"}


def handlers() -> dict[str, JobHandler]:
    """Return the job types of the simulated DUO connector."""
    return dict.fromkeys(DUO_JOBS, _record)
