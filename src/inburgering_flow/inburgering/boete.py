"""What the fine procedure needs besides tables: a reference of its own for each breach, and a last day that never rolls on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.termijnen import wettelijke_termijn, working_day
from inburgering_flow.model.plugin import Job, JobHandler, Work


def uiterlijk_op_werkdag(datum: date | str, lengte: str) -> date:
    """Return the last working day within a maximum of ``lengte`` after the event on ``datum``; it goes back, never on.

    For a maximum that binds the college and does not roll (Wet inburgering 2021, article 22, paragraph 2: at most two
    months after bekendmaking). Raises InvalidInput for what is no date or no length.
    """
    if isinstance(datum, str):
        try:
            datum = date.fromisoformat(datum[:10])
        except ValueError:
            raise InvalidInput(f"'{datum}' is not a date.", remedy="Write it like 2026-04-20.") from None
    if not isinstance(datum, date) or not isinstance(lengte, str):
        raise InvalidInput("uiterlijkOpWerkdag takes a date and a length.", remedy='Write uiterlijkOpWerkdag(d, "P2M").')
    return working_day(wettelijke_termijn(date(datum.year, datum.month, datum.day), lengte).ongeschoven)


def _register(job: Job, work: Work) -> Mapping[str, Any]:
    """Give a report of non-compliance its reference and the day on which the system recorded it.

    Two procedures of one case differ by the key of their process instance, so that a view on one never reaches the other.
    """
    number = job.variables.get("dossiernummer")
    if not number:
        raise InvalidInput(
            "The report of non-compliance has no dossiernummer, so it can have no reference.",
            remedy="Map dossiernummer into the process 'handhaving', then retry the incident.",
        )
    return {"overtredingKenmerk": f"{number}-B{job.process_instance_key}", "geconstateerdOp": work.today.isoformat()}


def handlers() -> dict[str, JobHandler]:
    """Return the job types of enforcement."""
    return {"handhaving.registreren": _register}
