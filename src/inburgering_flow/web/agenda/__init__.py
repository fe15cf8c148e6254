"""Pages: agenda."""

from inburgering_flow.web.agenda import views

__all__ = ["views"]
