"""Refuses a decision whose expressions cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    if file.model is None:
        return
    foreign = {owner for owner, _language in file.model.foreign}  # said already, as what it is
    for element, error in file.model.unreadable(file.functions):
        if element.id not in foreign:
            said = _("The decision '{name}' cannot be read: {reason}").format(name=element.name, reason=error.reason)
            yield Fault(element.id, said, error.remedy or _("Mend the expression."))


RULE = Rule(
    "dmn-feel-syntax",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een uitdrukking van een beslissing is geen goed FEEL, of noemt een type dat er niet is.",
        why="De beslissing kan niet worden genomen. Zaken die erom vragen, blijven staan met een storing.",
        mend="Verbeter de uitdrukking. Op de pagina Uitproberen kunt u haar testen met voorbeeldwaarden.",
    ),
    en=Page(
        what="An expression of a decision is no proper FEEL, or names a type that there is not.",
        why="The decision cannot be made. Cases that ask for it stop with an incident.",
        mend="Mend the expression. The page Uitproberen lets you test it with example values.",
    ),
    wrong="<text>leeftijd == 18</text>",
    right="<text>leeftijd = 18</text>",
)
