"""Pages: entry."""

from inburgering_flow.web.entry import views

__all__ = ["views"]
