"""Pages: bulk."""

from inburgering_flow.web.bulk import views

__all__ = ["views"]
