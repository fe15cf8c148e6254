"""Refuses an appointment in a data dictionary that no agenda could show."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule
from inburgering_flow.services.appointment_entries import faults
from inburgering_flow.services.resources import Batch
from inburgering_flow.services.rules.data_dictionary import faults_of_entries


def check(batch: Batch) -> Iterator[Fault]:
    remedy = _("Write a title; and in, until (lists of names), at a variable of type date, or date and time.")
    yield from faults_of_entries(batch, faults, remedy)


RULE = Rule(
    "data-appointment",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De `appointment` van een variabele in `gegevens.json` is niet te lezen.",
        why="Uit die `appointment` maakt het systeem de agenda. Een afspraak die niet te lezen is, zou daar in stilte niet in "
            "staan.",
        mend="Schrijf bij een variabele van het type date, of date and time, `appointment` met een `title`; daarnaast mogen `in` "
             "en `until` (lijsten van namen).",
    ),
    en=Page(
        what="The `appointment` of a variable in `gegevens.json` cannot be read.",
        why="From it the agenda is made. An appointment that cannot be read would silently be missing there.",
        mend="Write `appointment` at a variable of type date, or date and time, with a `title`; besides it may have `in` and "
             "`until` (lists of names).",
    ),
    wrong='[{"name": "gesprekOp", "type": "date", "appointment": {"when": "morgen"}}]',
    right='[{"name": "gesprekOp", "type": "date", "appointment": {"title": "Gesprek"}}]',
)  # fmt: skip
