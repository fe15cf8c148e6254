"""Pages: tasklist."""

from inburgering_flow.web.tasklist import views

__all__ = ["views"]
