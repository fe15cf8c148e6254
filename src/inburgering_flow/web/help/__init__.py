"""Pages: help."""

from inburgering_flow.web.help import views

__all__ = ["views"]
