"""Refuses a term in a data dictionary that the register could not keep."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule
from inburgering_flow.services.resources import Batch
from inburgering_flow.services.rules.data_dictionary import faults_of_entries
from inburgering_flow.services.term_entries import faults


def check(batch: Batch) -> Iterator[Fault]:
    remedy = _(
        "Write a title; and in, until (lists of names), starts, length, ground (FEEL), whose, decides, missed, "
        "norm (texts), first_day_after (true or false)."
    )
    yield from faults_of_entries(batch, faults, remedy)


RULE = Rule(
    "data-term",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De `term` van een variabele in `gegevens.json` is niet te lezen.",
        why="Uit die `term` maakt het systeem het register van lopende termijnen. Een termijn die niet te lezen is, zou daar in "
            "stilte niet in staan.",
        mend="Schrijf bij een variabele van het type date `term` met ten minste een `title`; daarnaast mogen `in` en `until` "
             "(lijsten van namen), `starts`, `length` en `ground` (FEEL), `whose`, `decides`, `missed`, `norm` (teksten) en "
             "`first_day_after` (true of false).",
    ),
    en=Page(
        what="The `term` of a variable in `gegevens.json` cannot be read.",
        why="From it the register of running terms is made. A term that cannot be read would silently be missing there.",
        mend="Write `term` at a variable of type date, with at least a `title`; besides it may have `in` and `until` (lists of "
             "names), `starts`, `length` and `ground` (FEEL), `whose`, `decides`, `missed`, `norm` (texts) and `first_day_after` "
             "(true or false).",
    ),
    wrong='[{"name": "uiterlijk", "type": "date", "term": {"begin": "vandaag"}}]',
    right='[{"name": "uiterlijk", "type": "date", "term": {"title": "Besluit nemen"}}]',
)  # fmt: skip
