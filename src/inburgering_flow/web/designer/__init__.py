"""Pages: designer."""

from inburgering_flow.web.designer import trials, versions, views

__all__ = ["trials", "versions", "views"]
