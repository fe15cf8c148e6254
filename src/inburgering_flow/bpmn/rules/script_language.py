"""Refuses a script in a language other than FEEL, and warns of one that does not name its language."""

from __future__ import annotations

from collections.abc import Iterator

from inburgering_flow.bpmn.around import Around
from inburgering_flow.bpmn.diagram import Diagram
from inburgering_flow.i18n import _
from inburgering_flow.model.lint import ERROR, WARNING, Fault, Page, Rule


def check(diagram: Diagram, _around: Around) -> Iterator[Fault]:
    for note in diagram.noted("script without language"):
        yield Fault(
            note.element_id,
            _("The script does not name its language; it is read as FEEL."),
            _("Set its format to feel, or begin it with =."),
            WARNING,
        )
    for note in diagram.noted("script in another language"):
        yield Fault(
            note.element_id,
            _("A script in {language} cannot be executed.").format(**note.details),
            _("Write it in FEEL, or set a job type and let a worker do it."),
        )


RULE = Rule(
    "script-language",
    ERROR,
    check,
    protects=True,
    nl=Page(
        what="Een scripttaak is in een andere taal dan FEEL geschreven, of zegt niet in welke taal.",
        why=(
            "Code uit een diagram wordt nooit uitgevoerd. Zegt een script zijn taal niet, dan wordt het als FEEL gelezen "
            "en krijgt u een waarschuwing."
        ),
        mend="Schrijf het script in FEEL met een `=` ervoor, of geef de taak een jobtype en laat een worker het doen.",
    ),
    en=Page(
        what="A script task is written in a language other than FEEL, or does not name its language.",
        why=(
            "Code in a diagram is never run. A script that does not name its language is read as FEEL, and you get a "
            "warning."
        ),
        mend="Write the script in FEEL with a leading `=`, or give the task a job type and let a worker do it.",
    ),
    wrong='<scriptTask id="taak_rekenen" scriptFormat="javascript"><script>bedrag * 2</script></scriptTask>',
    right='<scriptTask id="taak_rekenen" scriptFormat="feel"><script>= bedrag * 2</script></scriptTask>',
)
