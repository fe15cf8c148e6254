"""Refuses a rule of a decision table with more or fewer entries than there are columns."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    for owner, table in file.tables:
        for number, rule in enumerate(table.rules, 1):
            said = _(
                "Rule {rule} of '{table}' has {inputs} input entries and {outputs} output entries; the table has {columns} "
                "inputs and {results} outputs."
            )
            if (len(rule.inputs), len(rule.outputs)) != (len(table.inputs), len(table.outputs)):
                yield Fault(
                    owner.id,
                    said.format(
                        rule=number, table=owner.name, inputs=len(rule.inputs), outputs=len(rule.outputs),
                        columns=len(table.inputs), results=len(table.outputs),
                    ),
                    _("Give the rule one entry for each column; a dash stands for any value."),
                )  # fmt: skip


RULE = Rule(
    "table-entries",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een regel van een beslistabel heeft meer of minder cellen dan de tabel kolommen heeft.",
        why="Cellen horen op volgorde bij de kolommen. Met één te weinig wordt een voorwaarde niet getoetst.",
        mend="Geef de regel voor elke kolom één cel; een streepje staat voor elke waarde.",
    ),
    en=Page(
        what="A rule of a decision table has more or fewer entries than the table has columns.",
        why="Entries belong to the columns by their order. With one too few a condition is not tested.",
        mend="Give the rule one entry for each column; a dash stands for any value.",
    ),
    wrong='<rule id="een"><outputEntry id="o1"><text>0</text></outputEntry></rule>',
    right=(
        '<rule id="een"><inputEntry id="i1"><text>-</text></inputEntry>'
        '<outputEntry id="o1"><text>0</text></outputEntry></rule>'
    ),
)
