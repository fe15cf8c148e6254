"""Pages: designer."""

from inburgering_flow.web.designer import trials, views

__all__ = ["trials", "views"]
