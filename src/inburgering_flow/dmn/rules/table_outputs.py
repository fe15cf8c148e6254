"""Refuses a decision table whose outputs cannot be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from inburgering_flow.dmn.file import DecisionFile
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(file: DecisionFile) -> Iterator[Fault]:
    for owner, table in file.tables:
        remedy = _("Give each output a name of its own.")
        if not table.outputs:
            yield Fault(owner.id, _("'{table}' has no output.").format(table=owner.name), _("Add an output."))
        names = Counter(output.name for output in table.outputs)
        if len(table.outputs) > 1 and names[""]:
            yield Fault(owner.id, _("An output of '{table}' has no name.").format(table=owner.name), remedy)
        for name in [n for n, count in names.items() if n and count > 1]:
            said = _("More than one output of '{table}' is called '{name}'.").format(table=owner.name, name=name)
            yield Fault(owner.id, said, remedy)


RULE = Rule(
    "table-outputs",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what=(
            "Van de uitvoerkolommen van een beslistabel heeft er één geen naam terwijl er meer zijn, of twee "
            "heten hetzelfde; of er is er geen."
        ),
        why="De uitkomst is een context met die namen. Wat geen eigen naam heeft, gaat verloren.",
        mend="Geef elke uitvoerkolom een eigen naam.",
    ),
    en=Page(
        what="One of several outputs of a decision table has no name, or two have the same; or there is none.",
        why="The result is a context with these names. What has no name of its own is lost.",
        mend="Give each output a name of its own.",
    ),
    wrong='<output id="uit2" name="bedrag" typeRef="number"/>',
    right='<output id="uit2" name="termijn" typeRef="number"/>',
)
