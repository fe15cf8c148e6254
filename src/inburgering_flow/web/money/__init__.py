"""Pages: money."""

from inburgering_flow.web.money import views

__all__ = ["views"]
