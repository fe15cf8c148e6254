"""form-js schemas: checked at deployment, shown by the page, validated again on the server as form-js does it."""

from __future__ import annotations

from inburgering_flow.forms.plain import Question, questions
from inburgering_flow.forms.plain import read as read_plain
from inburgering_flow.forms.plain import rearranged as rearrange_plain
from inburgering_flow.forms.rules import check
from inburgering_flow.forms.schema import has_expressions, names, sources
from inburgering_flow.forms.tree import Path, put
from inburgering_flow.forms.validate import Outcome, Upload, problem_with, submit, validate

__all__ = [
    "Outcome", "Path", "Question", "Upload", "check", "has_expressions", "names", "problem_with", "put", "questions",
    "read_plain", "rearrange_plain", "sources", "submit", "validate",
]  # fmt: skip
