"""Pages: designer."""

from inburgering_flow.web.designer import proposals, rehearsals, trials, versions, views

__all__ = ["proposals", "rehearsals", "trials", "versions", "views"]
