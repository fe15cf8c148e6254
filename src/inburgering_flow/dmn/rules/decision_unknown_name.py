"""Warns of names that a decision reads but nothing provides."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.dmn.names import unknown_names
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    for one in unknown_names(file.model, file.functions) if file.model is not None else ():
        message = _("'{element}' reads {name}, which nothing provides.")
        remedy = _("Require input data of that name, or correct the name.")
        if one.is_declared:
            message = _("'{element}' reads {name} without requiring it.")
            remedy = _("Draw the requirement from {name} to it.").format(name=one.name)
        elif one.meant:
            remedy = _("Did you mean {name}? Otherwise require input data of that name.").format(name=one.meant)
        yield Fault(one.element_id, message.format(element=one.element, name=one.name), remedy)


RULE = Rule(
    "decision-unknown-name",
    WARNING,
    check,
    nl=Page(
        what=(
            "Een beslissing leest een naam die niets haar geeft: er loopt geen pijl vanaf die invoer, of de naam bestaat "
            "niet."
        ),
        why="De waarde is dan leeg (null) en de beslissing valt anders uit dan bedoeld.",
        mend=(
            "Teken in het beslisdiagram de pijl van de invoer naar de beslissing, of verbeter de naam. De melding noemt "
            "een naam die erop lijkt."
        ),
    ),
    en=Page(
        what="A decision reads a name that nothing provides: no arrow leads from that input, or the name does not exist.",
        why="The value is then empty (null), and the decision has a different outcome from the one intended.",
        mend=(
            "Draw the arrow from the input to the decision in the requirements diagram, or correct the name. The "
            "message gives a similar one."
        ),
    ),
    wrong='<literalExpression id="e1"><text>leefijd >= 18</text></literalExpression>',
    right='<literalExpression id="e1"><text>leeftijd >= 18</text></literalExpression>',
)
