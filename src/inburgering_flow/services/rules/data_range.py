"""Refuses a range in a data dictionary that no value could be held against."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule
from inburgering_flow.services.ranges import faults
from inburgering_flow.services.resources import Batch
from inburgering_flow.services.rules.data_dictionary import faults_of_entries


def check(batch: Batch) -> Iterator[Fault]:
    remedy = _(
        "Write a minimum and maximum as numbers, earliest and latest as 2026-12-31 or today + P6M, longest as "
        "a whole number, pattern as a regular expression."
    )
    yield from faults_of_entries(batch, faults, remedy)


RULE = Rule(
    "data-range",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bereik van een variabele in `gegevens.json` is niet te lezen, hoort bij een ander type, of laat niets toe.",
        why="Tegen dat bereik wordt gehouden wat iemand invult, start of verbetert. Een bereik dat niet te lezen is, houdt in "
            "stilte niets tegen.",
        mend="Schrijf bij een getal `minimum` en `maximum`, bij een datum `earliest` en `latest` (2026-12-31, `today` of "
             "`today + P6M`), bij een tekst `longest` en `pattern`; het laagste niet boven het hoogste.",
    ),
    en=Page(
        what="The range of a variable in `gegevens.json` cannot be read, belongs to another type, or lets nothing through.",
        why="What somebody fills in, starts with or corrects is held against that range. One that cannot be read would silently "
            "stop nothing.",
        mend="Write `minimum` and `maximum` for a number, `earliest` and `latest` for a date (2026-12-31, `today` or "
             "`today + P6M`), `longest` and `pattern` for a text; the lowest not beyond the highest.",
    ),
    wrong='[{"name": "bedrag", "type": "number", "minimum": "niets"}]',
    right='[{"name": "bedrag", "type": "number", "minimum": 0, "maximum": 1250}]',
)  # fmt: skip
