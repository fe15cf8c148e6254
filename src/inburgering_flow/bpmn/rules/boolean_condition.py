"""Warns of a condition that can be neither true nor false."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.definition import Element
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.feel.shapes import never_boolean
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for element, _process in diagram.elements():
        for place, text in _conditions(element):
            if text and never_boolean(text):
                said = _("The condition '{text}' can be neither true nor false.").format(text=text)
                yield Fault(place, said, _("Compare: write for example amount > 0, or name = \"x\"."))


def _conditions(element: Element) -> Iterator[tuple[str, str]]:
    """Yield (id of the element or flow, FEEL text) of each condition."""
    for flow in element.outgoing:
        yield flow.id, flow.condition or ""
    yield element.id, element.activation_condition
    for part in element.event.all if element.event is not None else ():
        yield element.id, part.condition
    if element.ad_hoc is not None:
        yield element.id, element.ad_hoc.completion_condition
    if element.loop is not None:
        yield element.id, element.loop.completion_condition
        yield element.id, element.loop.condition
        yield from ((element.id, behavior.condition) for behavior in element.loop.behaviors)


RULE = Rule(
    "boolean-condition",
    WARNING,
    check,
    nl=Page(
        what="Een voorwaarde geeft nooit ja of nee: het is een getal, een tekst, een som of een lijst.",
        why="De zaak blijft daar altijd staan met een storing.",
        mend="Vergelijk iets, zoals `bedrag > 0` of `naam = \"x\"`.",
    ),
    en=Page(
        what="A condition never gives true or false: it is a number, a text, a sum or a list.",
        why="The case always stops there with an incident.",
        mend="Compare something, like `amount > 0` or `name = \"x\"`.",
    ),
    wrong='<conditionExpression>= bedrag + 1</conditionExpression>',
    right='<conditionExpression>= bedrag + 1 > 5</conditionExpression>',
)
