"""Pages that a domain brings along."""

from inburgering_flow.web.pages import views

__all__ = ["views"]
