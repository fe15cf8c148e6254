"""The list component, and what people keep of it and do with many rows at once."""

from inburgering_flow.web.lists import views

__all__ = ["views"]
