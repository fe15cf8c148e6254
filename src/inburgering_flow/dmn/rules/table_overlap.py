"""Refuses two rules of a decision table that match the same input where at most one may."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    for grid in file.grids:
        for first, second, example in grid.overlaps():
            message = _(
                "Rules {first} and {second} of '{table}' both match, for example, {example}: with hit policy {policy} "
                "it then gives null."
            )
            yield Fault(
                grid.owner_id,
                message.format(
                    first=first, second=second, table=grid.owner, example=grid.said(example), policy=grid.hit_policy
                ),
                _("Make the rules exclude each other, or choose another hit policy."),
            )


RULE = Rule(
    "table-overlap",
    ERROR,
    check,
    nl=Page(
        what="Twee regels van de beslistabel passen bij dezelfde invoer, terwijl er hoogstens één mag passen.",
        why=(
            "De tabel geeft dan niets (null): het is niet te zeggen welke regel geldt. Twee burgers in dezelfde situatie "
            "moeten dezelfde beslissing krijgen."
        ),
        mend="Laat de regels elkaar uitsluiten, of kies een andere hit policy, zoals FIRST.",
    ),
    en=Page(
        what="Two rules of the decision table match the same input, where at most one may.",
        why=(
            "The table then gives nothing (null): nobody can say which rule applies. Two citizens in the same situation "
            "must get the same decision."
        ),
        mend="Make the rules exclude each other, or choose another hit policy, such as FIRST.",
    ),
    wrong='<inputEntry id="i1"><text>&lt; 20</text></inputEntry>',
    right='<inputEntry id="i1"><text>&lt;= 18</text></inputEntry>',
)
