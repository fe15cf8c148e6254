"""Pages: help."""

from inburgering_flow.web.help import handbook, tables, views

__all__ = ["handbook", "tables", "views"]
