"""Pages: files that are made every week."""

from inburgering_flow.web.regular_reports import making, views

__all__ = ["making", "views"]
