"""Variables by which lists can be narrowed: what a data dictionary says of one, read, and judged for the lint.

The entry of such a variable has ``searchable``, with a ``title``. It is a boolean, or a string whose ``pattern`` names the values
that it can have, ``B1|O|Z``; its ``category`` is none: what somebody chooses stands in the address of a list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow.i18n import _

MOST_VALUES, LONGEST_NAME, LONGEST_VALUE = 50, 64, 64
TRUE, FALSE = "true", "false"


@dataclass(frozen=True)
class Searchable:
    """A variable by which a list can be narrowed, and the values that it can have; a boolean has none."""

    name: str
    title: str
    values: tuple[str, ...]

    def stored(self, value: Any) -> str | None:
        """Return a value as it is looked for, None for one that nobody can look for."""
        if not self.values:
            return (TRUE if value else FALSE) if isinstance(value, bool) else None
        return value if isinstance(value, str) and value in self.values else None


def faults(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with how an entry of a dictionary is searchable, one sentence each; nothing where it is not."""
    name, given = entry.get("name"), entry.get("searchable")
    if given is None:
        return
    if not isinstance(given, Mapping) or set(given) != {"title"} or not str(given["title"]).strip():
        yield _("'searchable' of '{name}' needs a 'title', and nothing else.").format(name=name)
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        yield _("'{name}' is too long a name to be searchable.").format(name=str(name)[:LONGEST_NAME])
    if entry.get("category") != "none":
        yield _("'{name}' is searchable, so its 'category' must be none: a choice stands in an address.").format(name=name)
    if entry.get("type") != "boolean" and not _values(entry):
        yield _("'{name}' is searchable, so it must be a boolean, or a string whose 'pattern' names its values: a|b|c.").format(
            name=name
        )


def _values(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values that a pattern names; none where it says anything else."""
    pattern = entry.get("pattern")
    if entry.get("type") != "string" or not isinstance(pattern, str):
        return ()
    found = tuple(dict.fromkeys(pattern.split("|")))
    is_plain = all(one and len(one) <= LONGEST_VALUE and not re.search(r"[][\\.^$*+?{}()]", one) for one in found)
    return found if is_plain and len(found) <= MOST_VALUES else ()


def data_searchable(content: bytes | None) -> dict[str, Searchable]:
    """Return the searchable variables of a dictionary by name; those that cannot be read are left out."""
    if content is None:
        return {}
    found = {}
    for entry in json.loads(content):
        if isinstance(entry, dict) and entry.get("searchable") is not None and not any(faults(entry)):
            found[entry["name"]] = Searchable(entry["name"], str(entry["searchable"]["title"]).strip(), _values(entry))
    return found
