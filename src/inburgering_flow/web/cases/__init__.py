"""Pages: cases."""

from inburgering_flow.web.cases import papers, starting, tabs, views

__all__ = ["papers", "starting", "tabs", "views"]
