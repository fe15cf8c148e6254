"""Warns of inputs that no rule of a decision table matches."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    for grid in file.grids:
        for example in grid.gaps():
            yield Fault(
                grid.owner_id,
                _("No rule of '{table}' matches, for example, {example}: it then gives null.").format(
                    table=grid.owner, example=grid.said(example)
                ),
                _("Add a rule or a default output, or limit the input values."),
            )


RULE = Rule(
    "table-gap",
    WARNING,
    check,
    nl=Page(
        what="Er is een invoer waar geen regel van de beslistabel bij past. De melding geeft een voorbeeld.",
        why="De tabel geeft dan niets (null). Wat daarna komt, gaat verder met een lege uitkomst of loopt vast.",
        mend=(
            "Voeg een regel of een standaarduitkomst toe. Kan de waarde in het echt niet voorkomen, beperk dan de "
            "invoerwaarden."
        ),
    ),
    en=Page(
        what="There is an input that no rule of the decision table matches. The message gives an example.",
        why="The table then gives nothing (null). What follows goes on with an empty result, or stops.",
        mend="Add a rule or a default output. If the value cannot occur in reality, limit the input values.",
    ),
    wrong='<inputEntry id="i1"><text>&lt; 18</text></inputEntry>',
    right='<inputEntry id="i1"><text>&lt;= 18</text></inputEntry>',
)
