"""Texts of forms with FEEL in them: ``=…``, or ``{{…}}`` inside a text.

form-js draws them in the browser; this is for the sentences of the server and for its plain form. Blocks
(``{{#if}}``, ``{{#loop}}``) are left out here. Source: feelers 3, "templating".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inburgering_flow.forms.expressions import is_expression

if TYPE_CHECKING:
    from inburgering_flow.forms.state import State

_PART = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def plain_text(text: str, scope: Mapping[str, Any], state: State) -> str:
    """Return a text with its expressions computed; what is null becomes nothing."""
    if is_expression(text):
        return _written(state.value_of(text, scope))
    return _PART.sub(lambda found: _inside(found[1].strip(), scope, state), text) if "{{" in text else text


def _inside(text: str, scope: Mapping[str, Any], state: State) -> str:
    return "" if text.startswith(("#", "/")) else _written(state.value_of(f"={text}", scope))


def _written(value: Any) -> str:
    from inburgering_flow.forms.state import text_of

    if value is None or isinstance(value, list | Mapping):
        return ""
    return value if isinstance(value, str) else text_of(value)
