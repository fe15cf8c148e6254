"""Figures over all cases."""

from inburgering_flow.web.insight import views

__all__ = ["views"]
