"""Pages: when people are away, and who does their tasks."""

from inburgering_flow.web.absence import views

__all__ = ["views"]
