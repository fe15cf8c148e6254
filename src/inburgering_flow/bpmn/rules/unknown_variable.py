"""Warns of a variable that neither the data dictionary, the forms nor the diagram know."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.bpmn.variables import is_slip, unknown
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, around: Around) -> Iterator[Fault]:
    for process in diagram.processes:  # without a dictionary only what is like a known name is said
        declared = around.declared(process)
        found = unknown(process, declared or around.filled(process), around.functions or ())
        for one in found if declared else (f for f in found if is_slip(f.name, f.meant)):
            remedy = _("Declare it in gegevens.json, or mend the name.")
            if one.meant:
                remedy = _("Did you mean {name}? Otherwise declare it in gegevens.json.").format(name=one.meant)
            message = _("The {what} reads {name}, which neither the data dictionary nor the diagram knows.").format(
                what=_(one.what), name=one.name
            )
            yield Fault(one.element_id, message, remedy)


RULE = Rule(
    "unknown-variable",
    WARNING,
    check,
    nl=Page(
        what=(
            "Een expressie leest een variabele die niet in `gegevens.json` staat, in geen formulier voorkomt en nergens "
            "in het diagram wordt gemaakt."
        ),
        why=(
            "Vaak is het een tikfout. De waarde is dan leeg (null) en een voorwaarde kiest de verkeerde weg zonder dat "
            "iemand het merkt."
        ),
        mend="Verbeter de naam, of zet de variabele met type en betekenis in `gegevens.json`.",
    ),
    en=Page(
        what=(
            "An expression reads a variable that is not in `gegevens.json`, occurs in no form and is not written "
            "anywhere in the diagram."
        ),
        why=(
            "It is often a typing error. The value is then empty (null), and a condition takes the wrong path without "
            "anybody noticing."
        ),
        mend="Correct the name, or declare the variable with its type and meaning in `gegevens.json`.",
    ),
    wrong='<zeebe:script expression="= bedrga * 2" resultVariable="dubbel"/>',
    right='<zeebe:script expression="= bedrag * 2" resultVariable="dubbel"/>',
)
