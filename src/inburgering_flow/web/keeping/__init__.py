"""Pages: how long closed cases are kept."""

from inburgering_flow.web.keeping import views

__all__ = ["views"]
