"""Pages: admin."""

from inburgering_flow.web.admin import views

__all__ = ["views"]
