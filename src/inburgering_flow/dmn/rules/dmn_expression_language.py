"""Refuses expressions of a decision model in another language than FEEL."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    if file.model is None:
        return
    for owner, language in file.model.foreign:
        said = _("An expression is written in {language}, which is not run.").format(language=language)
        yield Fault(owner, said, _("Write it in FEEL, or take the language away where it is FEEL."))


RULE = Rule(
    "dmn-expression-language",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Een uitdrukking in het beslismodel is in een andere taal dan FEEL geschreven, of een functie in Java "
            "of PMML."
        ),
        why="Zij zou als FEEL gelezen worden of niets geven: de beslissing valt dan anders uit dan bedoeld.",
        mend="Schrijf de uitdrukking in FEEL, of haal de taal weg waar het al FEEL is.",
    ),
    en=Page(
        what=(
            "An expression of the decision model is written in another language than FEEL, or a function in Java "
            "or PMML."
        ),
        why="It would be read as FEEL or give nothing: the decision would be another than was meant.",
        mend="Write the expression in FEEL, or take the language away where it is FEEL already.",
    ),
    wrong='<literalExpression id="tekst" expressionLanguage="javascript">',
    right='<literalExpression id="tekst" expressionLanguage="feel">',
)
