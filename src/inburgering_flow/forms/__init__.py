"""form-js schemas: checked at deployment, shown by the page, validated again on the server."""

from __future__ import annotations

from inburgering_flow.forms.rules import check
from inburgering_flow.forms.schema import Field, fields
from inburgering_flow.forms.validate import validate

__all__ = ["Field", "check", "fields", "validate"]
