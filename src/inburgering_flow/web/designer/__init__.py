"""Pages: designer."""

from inburgering_flow.web.designer import views

__all__ = ["views"]
