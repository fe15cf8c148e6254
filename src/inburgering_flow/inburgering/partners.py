"""Partner organisations: what they tell us, and, shipped as fakes, what we would tell them.

What would go to DUO is written into the case, and nothing is sent: the connector to DUO's own interface will replace
these under the same job types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.model.plugin import Job, JobHandler, Work

PARTNERS = frozenset(("burger", "coa", "duo", "rechtbank", "gemeente.betaling", "gemeente.gegevens-opgevraagd"))
# What the college has to tell the Minister (N-DAT-07); no term in the law.
DUO_JOBS = ("duo.pip-melden", "duo.pvt-melden", "duo.map-melden", "duo.aanbod-melden")


def _record(job: Job, work: Work) -> Mapping[str, Any]:
    """Record that the message would have gone out; the key makes a second attempt recognisable."""
    name = job.type.removeprefix("duo.").removesuffix("-melden")
    return {f"{name}GemeldOp": work.today.isoformat(), f"{name}BerichtId": f"simulatie-{job.key}"}


def handlers() -> dict[str, JobHandler]:
    """Return the job types of the simulated DUO connector."""
    return dict.fromkeys(DUO_JOBS, _record)
