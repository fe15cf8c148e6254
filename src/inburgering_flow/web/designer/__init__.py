"""Pages: designer."""

from inburgering_flow.web.designer import projects, proposals, rehearsals, trials, trying, versions, views

__all__ = ["projects", "proposals", "rehearsals", "trials", "trying", "versions", "views"]
