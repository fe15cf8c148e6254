"""Pages: designer."""

from inburgering_flow.web.designer import (
    descriptions,
    forecasting,
    projects,
    proposals,
    rehearsals,
    trials,
    trying,
    versions,
    views,
)

__all__ = ["descriptions", "forecasting", "projects", "proposals", "rehearsals", "trials", "trying", "versions", "views"]
