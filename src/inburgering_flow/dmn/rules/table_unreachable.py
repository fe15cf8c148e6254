"""Warns of a rule of a decision table that can never decide."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import WARNING, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    for grid in file.grids:
        for rule, others in grid.unreachable():
            message = _("Rule {rule} of '{table}' matches no value that its inputs can have.")
            remedy = _("Correct its entries, or remove it.")
            if others:
                message = _("Rule {rule} of '{table}' never decides: whatever it matches, rule {others} matches first.")
                remedy = _("Move it up, narrow the rules above it, or remove it.")
            yield Fault(grid.owner_id, message.format(rule=rule, table=grid.owner, others=others), remedy)


RULE = Rule(
    "table-unreachable",
    WARNING,
    check,
    nl=Page(
        what=(
            "Een regel van de beslistabel beslist nooit: hij past bij geen enkele waarde, of een regel erboven past "
            "altijd eerder."
        ),
        why="Wie de tabel leest, denkt dat de regel geldt. Vaak staat hij op de verkeerde plek.",
        mend="Zet de regel hoger, maak de regels erboven smaller, of haal hem weg.",
    ),
    en=Page(
        what="A rule of the decision table never decides: it matches no value, or a rule above it always matches first.",
        why="Whoever reads the table thinks that the rule applies. It is often in the wrong place.",
        mend="Move the rule up, narrow the rules above it, or remove it.",
    ),
    wrong='<inputEntry id="i2"><text>&gt; 18</text></inputEntry>',
    right='<inputEntry id="i2"><text>]18..65]</text></inputEntry>',
)
