"""Variables that hold when people of a case meet: what a data dictionary says of one, read, and judged for the lint.

The entry of such a variable (type date or date and time) has ``appointment``, with a ``title``; ``in`` names the processes that
make it (without it every process of the family), ``until`` the variables that say that it is over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow.i18n import _


@dataclass(frozen=True)
class Appointment:
    """An appointment as the dictionary declares it."""

    title: str
    within: tuple[str, ...] = ()
    """The processes that make it; empty for every process of the family."""
    until: tuple[str, ...] = ()
    """Variables: when one of them gets a value, it is over."""


_LISTS = {"in": "within", "until": "until"}


def faults(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the appointment of an entry of a dictionary, one sentence each; nothing where it has none."""
    name, given = entry.get("name"), entry.get("appointment")
    if given is None:
        return
    if not isinstance(given, Mapping) or not isinstance(given.get("title"), str) or not given["title"].strip():
        yield _("'appointment' of '{name}' needs a 'title'.").format(name=name)
        return
    if entry.get("type") not in ("date", "date and time"):
        yield _("'{name}' has an 'appointment', so its type must be date, or date and time.").format(name=name)
    for key, value in given.items():
        if key not in ("title", *_LISTS):
            yield _("'appointment' of '{name}' has an unknown '{key}'.").format(name=name, key=key)
        elif key in _LISTS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            yield _("'{key}' in the 'appointment' of '{name}' must be a list of names.").format(name=name, key=key)


def data_appointments(content: bytes | None, process_id: str) -> dict[str, Appointment]:
    """Return the appointments that a process makes, by variable; those that cannot be read are left out."""
    if content is None:
        return {}
    found = {}
    for entry in json.loads(content):
        if isinstance(entry, dict) and entry.get("appointment") is not None and not any(faults(entry)):
            said = entry["appointment"]
            one = Appointment(said["title"], **{name: tuple(said.get(key, ())) for key, name in _LISTS.items()})
            if not one.within or process_id in one.within:
                found[entry["name"]] = one
    return found
