"""Pages: scenarios played, how good they are, and real cases played again."""

from inburgering_flow.web.proving import views

__all__ = ["views"]
