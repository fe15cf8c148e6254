"""Refuses a file that is nested too deeply to be read."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    problem = diagram.problem
    if problem is not None and problem.code == "XML_TOO_DEEP":
        yield Fault("", problem.message, problem.remedy)


RULE = Rule(
    "xml-too-deep",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="De elementen in het bestand zitten meer dan 200 lagen diep in elkaar.",
        why="Geen leesbaar diagram is zo diep. Een bestand dat met opzet zo is gemaakt, kan de server laten vastlopen.",
        mend="Teken het proces platter: maak van binnenste subprocessen eigen processen en roep die aan.",
    ),
    en=Page(
        what="The elements of the file are nested more than 200 levels deep.",
        why="No diagram that people can read is that deep. A file made like that on purpose could bring the server down.",
        mend="Draw the process flatter: turn the innermost sub-processes into processes of their own, and call them.",
    ),
    wrong='<subProcess id="laag_1"> <subProcess id="laag_2"> … 200 × … </subProcess> </subProcess>',
    right="""
<subProcess id="aanvraag">
  <subProcess id="beoordeling">
    <startEvent id="start_beoordeling"/>
  </subProcess>
</subProcess>
""",
)
