"""Pages: cases."""

from inburgering_flow.web.cases import starting, tabs, views

__all__ = ["starting", "tabs", "views"]
