"""Refuses the same id in two files of one deployment."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, WARNING, Fault, Page, Rule
from inburgering_flow.services.resources import Batch, Resource


def check(batch: Batch) -> Iterator[Fault]:
    first: dict[tuple[str, str], Resource] = {}
    for part in batch.parts:
        other = first.setdefault((part.kind, part.id), part.resource)
        if other.name == part.resource.name:
            continue
        if other.content == part.resource.content:
            yield Fault(
                part.id,
                _("The {kind} stands in {other} too, in the same words.").format(kind=part.kind, other=other.name),
                _("It is deployed once. Leave the copy out."),
                WARNING,
                part.resource.name,
            )
        else:
            yield Fault(
                part.id,
                _("The {kind} id is also in {other}.").format(kind=part.kind, other=other.name),
                _("Give each its own id."),
                resource=part.resource.name,
            )


RULE = Rule(
    "duplicate-definition",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Twee bestanden die samen worden klaargezet, bevatten een proces, beslissing of formulier met dezelfde id.",
        why="Zaken vinden hun proces op id. Het zou van toeval afhangen welke van de twee de nieuwste versie wordt.",
        mend=(
            "Geef er één een andere id. Is het tweede bestand een oude kopie, laat het dan weg. Voor een gelijke kopie "
            "krijgt u alleen een waarschuwing."
        ),
    ),
    en=Page(
        what="Two files that are deployed together hold a process, decision or form with the same id.",
        why="Cases find their process by its id. It would depend on chance which of the two becomes the newest version.",
        mend=(
            "Give one of them another id. If the second file is an old copy, leave it out. An equal copy is only "
            "a warning."
        ),
    ),
    wrong='besluit.bpmn: <process id="besluit">   kopie.bpmn: <process id="besluit">',
    right='besluit.bpmn: <process id="besluit">   bezwaar.bpmn: <process id="bezwaar">',
)
