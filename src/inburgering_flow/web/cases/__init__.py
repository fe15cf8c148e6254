"""Pages: cases."""

from inburgering_flow.web.cases import starting, views

__all__ = ["starting", "views"]
