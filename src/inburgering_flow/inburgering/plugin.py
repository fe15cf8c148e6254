"""The table of this plug-in: all that the platform knows about the Wet inburgering 2021 is here or is named here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from inburgering_flow.i18n import N_
from inburgering_flow.inburgering import (
    bewaren,
    boete,
    brieven,
    cbs,
    cijfers,
    demo,
    entry_forms,
    notices,
    partners,
    people,
    roles,
    spuk,
    spuk_page,
    start_forms,
    te_controleren,
    terms,
    uitleg,
    verantwoording,
)
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.inburgering.termijnen import (
    feel_termijn_vanaf,
    feel_wettelijke_termijn,
    feel_working_day,
    free_day,
    termijn_vanaf,
    wettelijke_termijn,
)
from inburgering_flow.model.permissions import DEFINITION_READ
from inburgering_flow.model.plugin import PageFile, Plugin

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "wettelijkeTermijn": feel_wettelijke_termijn,
    "wettelijkeTermijnVanaf": feel_termijn_vanaf,
    "werkdag": feel_working_day,
    "uiterlijkOpWerkdag": boete.uiterlijk_op_werkdag,
}


def fonts() -> Iterator[tuple[str, str, str]]:
    """Check whether letters can be written in every script."""
    found = len(list(brieven.FONTS.glob("*.ttf")))
    remedy = "" if found else "Install again: a name in another script would stop a letter."
    yield "letter fonts", str(found), remedy


def plugin() -> Plugin:
    """Return the tables of this plug-in."""
    return Plugin(
        name="inburgering",
        title=N_("Inburgering"),
        organisation="Gemeente Voorbeeldstad",
        job_types={**brieven.handlers(), **partners.handlers(), **boete.handlers(), **spuk.handlers(), **cijfers.handlers()},
        previews=frozenset(brieven.handlers()),
        addressees={f"brief.{one.template}": one.to for one in brieven.LETTERS if one.to != brieven.RESIDENT},
        letters={f"brief.{one.template}": one.title for one in brieven.LETTERS},
        functions=FUNCTIONS,
        element_templates=(Path(__file__).parent / "sjablonen",),
        free_day=free_day,
        fonts=brieven.FONTS,
        explanations={"termijn": wettelijke_termijn, "termijnVanaf": termijn_vanaf},
        resources=(resource_folder("processes"), resource_folder("forms")),
        roles=roles.OWN,
        powers=roles.POWERS,
        citations={one.id: one.place or one.title for one in verantwoording.norms().values()},
        person=people.PERSON,
        case_name=start_forms.CASE_NAME,
        headline=("doelgroep",),
        start_forms=start_forms.START_FORMS,
        entry_forms=entry_forms.ENTRY_FORMS,
        notices=notices.NOTICES,
        budgets=terms.BUDGETS,
        retention=bewaren.RETENTION,
        pages=(
            spuk_page.page(),
            cijfers.page(
                PageFile("cbs-levering.csv", N_("Levering aan het CBS (CSV)"), roles.STATISTICS, cbs.delivery),
                layout=cbs.layout(),
            ),
            verantwoording.page((resource_folder("processes"),), (DEFINITION_READ, roles.LAW)),
            te_controleren.page((resource_folder("processes"),)),
        ),
        partners=partners.PARTNERS,
        indicators=terms.INDICATORS,
        followed=terms.FOLLOWED,
        glossary=uitleg.glossary(),
        manuals=uitleg.manuals(),
        pictures=uitleg.PICTURES,
        acronyms=terms.ACRONYMS,
        deeds={"person.bsn": N_("bekeek het BSN met een reden")},
        location=N_("Locatie van het COA"),
        locales=Path(__file__).parent / "locales",
        checks=fonts,
        demo=demo.load,
        accounts=demo.ACCOUNTS,
    )
