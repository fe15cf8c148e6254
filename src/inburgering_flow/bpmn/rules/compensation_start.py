"""Refuses compensation of a whole process."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for start, process in diagram.elements("startEvent"):
        around_it = process.elements[start.parent or ""].parent
        at_the_top = around_it is not None and process.elements[around_it].kind == "process"
        if start.event is not None and start.event.has("compensate") and at_the_top:
            yield Fault(
                start.id,
                _("A process as a whole is not compensated."),
                _("Draw the compensation event sub-process inside a sub-process."),
            )


RULE = Rule(
    "compensation-start",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een gebeurtenis-subproces voor compensatie staat direct in het proces.",
        why=(
            "Compensatie maakt een afgerond subproces ongedaan. Een heel proces wordt niet door zichzelf ongedaan "
            "gemaakt, dus dit zou nooit gebeuren."
        ),
        mend="Teken het gebeurtenis-subproces voor compensatie in het subproces dat het ongedaan maakt.",
    ),
    en=Page(
        what="An event sub-process for compensation is drawn directly in the process.",
        why=(
            "Compensation undoes a sub-process that is done. A whole process is not undone by itself, so this would never"
            " happen."
        ),
        mend="Draw the event sub-process for compensation inside the sub-process that it undoes.",
    ),
    wrong="""
<subProcess id="ongedaan" triggeredByEvent="true">
  <startEvent id="terug">
    <compensateEventDefinition/>
  </startEvent>
</subProcess>
""",
    right="""
<subProcess id="uitkering">
  <startEvent id="b"/>
  <subProcess id="ongedaan" triggeredByEvent="true">
    <startEvent id="terug">
      <compensateEventDefinition/>
    </startEvent>
  </subProcess>
</subProcess>
<sequenceFlow id="naar" sourceRef="begin" targetRef="uitkering"/>
""",
)
