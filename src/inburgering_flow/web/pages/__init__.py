"""Pages that a domain adds."""

from inburgering_flow.web.pages import views

__all__ = ["views"]
