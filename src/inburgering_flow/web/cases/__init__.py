"""Pages: cases."""

from inburgering_flow.web.cases import views

__all__ = ["views"]
