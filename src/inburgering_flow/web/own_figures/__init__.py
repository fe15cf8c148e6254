"""Pages: the figures that somebody has chosen."""

from inburgering_flow.web.own_figures import views

__all__ = ["views"]
