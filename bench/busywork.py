"""A plug-in for measurements: a job that does nothing."""

from __future__ import annotations

from typing import Any

from inburgering_flow.model.plugin import Plugin


def nothing(_job: Any, _work: Any) -> None:
    """Do nothing."""


def plugin() -> Plugin:
    """Return the table of this plug-in."""
    return Plugin(name="busywork", job_types={"werk": nothing})
