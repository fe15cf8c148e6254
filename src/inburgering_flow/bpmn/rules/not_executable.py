"""Refuses a file without an executable process."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    if diagram.is_bpmn and not diagram.is_executable:
        yield Fault(
            "", _("No process in the file is marked executable."), _("Set Executable in the properties of the process.")
        )


RULE = Rule(
    "not-executable",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Geen enkel proces in het bestand is gemarkeerd als uitvoerbaar.",
        why=(
            "Een proces zonder die markering is een tekening. Het klaarzetten zou niets opleveren, en niemand zou dat "
            "merken."
        ),
        mend="Klik in de modeler op de lege achtergrond en zet bij de eigenschappen Executable aan.",
    ),
    en=Page(
        what="No process in the file is marked as executable.",
        why="A process without that mark is only a drawing. Deploying it would have no effect, and nobody would notice.",
        mend="Click on the empty canvas in the modeler and switch Executable on in the properties.",
    ),
    wrong='<process id="zaak">',
    right='<process id="zaak" isExecutable="true">',
)
