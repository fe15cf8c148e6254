"""Pages: cockpit."""

from inburgering_flow.web.cockpit import interventions, views

__all__ = ["interventions", "views"]
