"""Refuses a data dictionary that is not a list of names and types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule
from inburgering_flow.services.resources import Batch


def check(batch: Batch) -> Iterator[Fault]:
    for resource in batch.resources:
        if resource.is_data and not is_list_of_names(resource.content):
            yield Fault(
                "",
                _("The data dictionary is not a list of entries with name and type."),
                _('Write [{"name": …, "type": …, …}, …].'),
                resource=resource.name,
            )


def is_list_of_names(content: bytes) -> bool:
    """Tell whether a data dictionary can be read: a list of entries with name and type, and roles as texts."""
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(entries, list) and all(map(_is_entry, entries))


def faults_of_entries(
    batch: Batch, faults: Callable[[Mapping[str, Any]], Iterator[str]], remedy: str
) -> Iterator[Fault]:  # fmt: skip
    """Yield what ``faults`` says of each entry of each dictionary that can be read."""
    for resource in batch.resources:
        if resource.is_data and is_list_of_names(resource.content):
            for entry in json.loads(resource.content):
                for said in faults(entry):
                    yield Fault(str(entry["name"]), said, remedy, resource=resource.name)


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not isinstance(entry.get("type"), str):
        return False
    roles = entry.get("roles") or []
    return isinstance(roles, list) and all(isinstance(role, str) for role in roles)


RULE = Rule(
    "data-dictionary",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bestand `gegevens.json` is geen lijst van variabelen met een naam en een type.",
        why="Uit die lijst volgt wie welke gegevens mag zien. Zonder een leesbare lijst zou dat niet te zeggen zijn.",
        mend="Schrijf een lijst: voor elke variabele minstens `name` en `type`, en liefst ook betekenis en bron.",
    ),
    en=Page(
        what="The file `gegevens.json` is not a list of variables with a name and a type.",
        why="Who may see which data follows from that list. Without a readable list, nobody could tell.",
        mend="Write a list: at least `name` and `type` for each variable, and if possible its meaning and source.",
    ),
    wrong='{"bedrag": "number"}',
    right='[{"name": "bedrag", "type": "number"}]',
)
