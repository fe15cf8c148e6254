"""Pages: designer."""

from inburgering_flow.web.designer import projects, trials, views

__all__ = ["projects", "trials", "views"]
