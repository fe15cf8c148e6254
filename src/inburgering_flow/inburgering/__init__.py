"""The domain plug-in: the Wet inburgering 2021."""

from __future__ import annotations

from inburgering_flow.inburgering.plugin import plugin

__all__ = ["plugin"]
