"""The domain plug-in: the Wet inburgering 2021."""

from __future__ import annotations

from inburgering_flow.inburgering import brieven, partners
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import feel_wettelijke_termijn, wettelijke_termijn
from inburgering_flow.model.plugin import Plugin


def plugin() -> Plugin:
    """Return the tables of this plug-in."""
    return Plugin(
        name="inburgering",
        job_types={**brieven.handlers(), **partners.handlers()},
        functions={"wettelijkeTermijn": feel_wettelijke_termijn},
        explanations={"termijn": wettelijke_termijn},
        resources=(resource_folder("processes"), resource_folder("forms")),
    )
