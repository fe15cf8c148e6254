"""Pages: cockpit."""

from inburgering_flow.web.cockpit import views

__all__ = ["views"]
