"""Refuses a result that would be written to no variable."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.feel.stored import LONGEST_NAME
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        loop, ad_hoc = element.loop, element.ad_hoc
        written = [
            element.result_variable,
            *element.data,
            *((loop.input_element, loop.output_collection) if loop else ()),
            *((ad_hoc.output_collection,) if ad_hoc else ()),
        ]
        targets = [mapping.target for mapping in (*element.inputs, *element.outputs)]
        for name in (*filter(None, written), *targets):
            is_good = 0 < len(name) <= LONGEST_NAME and name[0] != "$"
            if not is_good or (name in targets and not all(name.split("."))):
                yield Fault(
                    element.id,
                    _("'{name}' cannot be the name of a variable.").format(name=name[:60]),
                    _("Use 1 to {most} characters, not starting with $, and a name on each side of a dot.").format(
                        most=LONGEST_NAME
                    ),
                )


RULE = Rule(
    "variable-name",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Een uitkomst wordt geschreven naar een naam die geen variabele kan zijn: leeg, te lang, of beginnend met "
            "`$`."
        ),
        why="De uitkomst zou verloren gaan, of de boekhouding van het platform zelf overschrijven.",
        mend="Gebruik een naam van 1 tot 255 tekens die niet met `$` begint, met aan beide kanten van een punt een naam.",
    ),
    en=Page(
        what="A result is written to a name that cannot be a variable: empty, too long, or beginning with `$`.",
        why="The result would be lost, or would overwrite the bookkeeping of the platform itself.",
        mend="Use a name of 1 to 255 characters that does not begin with `$`, with a name on each side of a dot.",
    ),
    wrong='<zeebe:output source="= 1" target="$teller"/>',
    right='<zeebe:output source="= 1" target="teller"/>',
)
