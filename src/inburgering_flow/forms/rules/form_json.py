"""Refuses a file that does not contain a form."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.forms.schema import Form
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, Fault, Page, Rule


def check(form: Form) -> Iterator[Fault]:
    if form.problem:
        yield Fault(
            "", _("The form is not valid JSON: {error}.").format(error=form.problem), _("Save it again in the editor.")
        )
    elif form.schema is None:
        yield Fault("", _("The form has no list of components."), _("Save it again in the editor."))


RULE = Rule(
    "form-json",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Het bestand is geen leesbaar formulier: het is geen JSON, of er staat geen lijst met onderdelen in.",
        why="Er valt niets te tonen. De taak zou een lege pagina zijn.",
        mend=(
            "Open het formulier in de editor en sla het opnieuw op. Hebt u het met de hand gewijzigd, zoek dan naar een "
            "vergeten komma of aanhalingsteken."
        ),
    ),
    en=Page(
        what="The file is not a readable form: it is not JSON, or it contains no list of components.",
        why="There is nothing to show. The task would be an empty page.",
        mend=(
            "Open the form in the editor and save it again. If you changed it by hand, look for a comma or quote that was"
            " forgotten."
        ),
    ),
    wrong='{"id": "intake", "components": [',
    right='{"id": "intake", "components": []}',
)
