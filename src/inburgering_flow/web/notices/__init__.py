"""Pages: notices."""

from inburgering_flow.web.notices import views

__all__ = ["views"]
