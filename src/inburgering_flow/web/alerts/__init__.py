"""Pages: alerts."""

from inburgering_flow.web.alerts import views

__all__ = ["views"]
