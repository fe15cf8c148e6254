"""Pages: designer."""

from inburgering_flow.web.designer import (
    descriptions,
    projects,
    proposals,
    rehearsals,
    trials,
    trying,
    versions,
    views,
)

__all__ = ["descriptions", "projects", "proposals", "rehearsals", "trials", "trying", "versions", "views"]
