"""Warns of a called process that is neither deployed nor among the files."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for call, _process in diagram.elements("callActivity"):
        called = call.called_process
        if called is None or called.is_expression or around.has_process(call, called.source):
            continue
        tag = _(" with the version tag '{tag}'").format(tag=call.version_tag) if call.binding == "versionTag" else ""
        yield Fault(
            call.id,
            _("There is no process {id}{tag}.").format(id=called.source, tag=tag),
            _("Deploy it with the diagram, or before the first case comes here; or mend the id."),
        )


RULE = Rule(
    "missing-process",
    WARNING,
    check,
    nl=Page(
        what="Een aanroep-activiteit noemt een proces dat niet is klaargezet.",
        why="Een zaak die hier komt, blijft staan met een storing tot het proces er is.",
        mend=(
            "Zet het proces samen met het diagram klaar, of verbeter de id. Komt het later, dan kunt u de "
            "waarschuwing laten staan."
        ),
    ),
    en=Page(
        what="A call activity names a process that is not deployed.",
        why="A case that comes here stops with an incident until the process is there.",
        mend=(
            "Deploy the process together with the diagram, or mend the id. If it comes later, the warning may "
            "stay."
        ),
    ),
    wrong='<zeebe:calledElement processId="controel" propagateAllChildVariables="false"/>',
    right='<zeebe:calledElement processId="controle" propagateAllChildVariables="false"/>',
)
