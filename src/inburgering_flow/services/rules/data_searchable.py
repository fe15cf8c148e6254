"""Refuses a searchable variable in a data dictionary that no list could be narrowed by."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule
from inburgering_flow.services.resources import Batch
from inburgering_flow.services.rules.data_dictionary import faults_of_entries
from inburgering_flow.services.searchable_entries import faults


def check(batch: Batch) -> Iterator[Fault]:
    remedy = _("Write searchable with a title, at a boolean or at a string whose pattern names its values, of category none.")
    yield from faults_of_entries(batch, faults, remedy)


RULE = Rule(
    "data-searchable",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Op een variabele in `gegevens.json` met `searchable` kan geen lijst worden gefilterd.",
        why="Wat iemand kiest, staat in het adres van een lijst. Daarom kan het alleen bij een variabele met vaste waarden die "
            "niets over een persoon zegt (`category` none); een andere zou in stilte niet te kiezen zijn.",
        mend="Schrijf `searchable` met een `title` bij een variabele van het type boolean, of van het type string met een "
             "`pattern` dat de waarden noemt (`B1|O|Z`), en met `category` none.",
    ),
    en=Page(
        what="No list can be narrowed by a variable in `gegevens.json` that has `searchable`.",
        why="What somebody chooses stands in the address of a list. So it takes a variable with fixed values that says nothing "
            "of a person (`category` none); another one could silently not be chosen.",
        mend="Write `searchable` with a `title` at a variable of type boolean, or of type string with a `pattern` that names its "
             "values (`B1|O|Z`), and with `category` none.",
    ),
    wrong='[{"name": "leeftijd", "type": "number", "category": "personal", "searchable": {"title": "Leeftijd"}}]',
    right='[{"name": "soort", "type": "string", "pattern": "kort|lang", "category": "none", "searchable": {"title": "Soort"}}]',
)  # fmt: skip
