"""Variables that come in from outside: as they are stored, and under names that the engine does not keep for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import to_plain
from inburgering_flow.i18n import _


def variables(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return variables as they are stored; raises InvalidInput for a name or number that cannot be kept."""
    found: dict[str, Any] = to_plain(dict(values or {}))
    for name in found:
        if not name or name.startswith("$"):
            raise InvalidInput(
                _("'{name}' cannot be the name of a variable.").format(name=name[:40]),
                remedy=_("Give it a name that does not begin with a dollar sign: those are the engine's own."),
            )
    return found
