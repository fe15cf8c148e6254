"""Refuses two files with the same name in one deployment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule
from inburgering_flow.services.resources import Batch


def check(batch: Batch) -> Iterator[Fault]:
    for name, times in Counter(resource.name for resource in batch.resources).items():
        if times > 1:
            yield Fault("", _("Two files have this name."), _("Give each its own name or folder."), resource=name)


RULE = Rule(
    "duplicate-file",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Twee bestanden die samen worden klaargezet, hebben dezelfde naam.",
        why="Bestanden worden op naam bewaard. Het ene zou het andere vervangen.",
        mend="Geef elk bestand een eigen naam, of zet ze in verschillende mappen.",
    ),
    en=Page(
        what="Two files that are deployed together have the same name.",
        why="Files are stored by name. One would replace the other.",
        mend="Give each file a name of its own, or put them in different folders.",
    ),
    wrong="besluit.bpmn, besluit.bpmn",
    right="besluit.bpmn, bezwaar.bpmn",
)
