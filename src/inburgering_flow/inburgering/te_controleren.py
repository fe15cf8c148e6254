"""What is still to be verified, on one page: norms, rules of tables, steps and letters, and laws that were read long ago.

What a norm asks, and who can answer it, stands in ``normen.json`` (``nakijken``, ``check``, ``door``). For the rest it
follows from what kind of thing it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.i18n import N_
from inburgering_flow.inburgering import verantwoording as law
from inburgering_flow.model.plugin import Page

JURIST, MONEY, POLICY = "jurist", "financieel-medewerker", "teammanager"
ASKED = {
    law.PROCESS: (N_("Doet het proces hier wat de bron vraagt?"), JURIST),
    law.DECISION: (N_("Staat deze regel zo in de bron?"), JURIST),
    law.TERM: (N_("Is deze lengte die van de bron?"), JURIST),
    law.AMOUNT: (N_("Is dit het bedrag van de bron, voor dit jaar?"), MONEY),
    law.LETTER: (N_("Staat in de brief wat de bron vraagt?"), JURIST),
    law.CALCULATION: (N_("Rekent het systeem zoals de bron het vraagt?"), JURIST),
}
"""Kind of place → what has to be looked at, and by which role."""
AGREED = (N_("Wil de gemeente deze werkafspraak zo houden? De wet noemt geen lengte."), POLICY)


@dataclass(frozen=True)
class Open:
    """A place that is to be verified: what, and by which role."""

    place: law.Place
    asked: str
    role: str


def opened(place: law.Place) -> Open:
    """Return what has to be verified of a place."""
    asked, role = AGREED if "werkafspraak" in place.source.lower() else ASKED[place.kind]
    return Open(place, asked, role)


def unsure_places(services: Any, resources: Iterable[Path]) -> Iterator[law.Place]:
    """Yield the places that themselves say that they are to be verified; what rests on such a norm is told with the norm."""
    files = {**dict(services.deployments.newest_files()), **dict(law.own_files(resources))}
    for place in law.places(files):
        if place.certainty == law.UNSURE:
            yield place


def values(services: Any, _actor: Any, resources: Iterable[Path]) -> dict[str, Any]:
    """Return what the page shows."""
    settings, today = services.context.settings, legal_day(services.context.clock.now())
    found = [opened(place) for place in unsure_places(services, resources)]
    return {
        "norms": [one for one in law.norms().values() if one.certainty == law.UNSURE],
        "groups": [(kind, [one for one in found if one.place.kind == kind]) for kind in law.KINDS],
        "laws": list(law.laws().values()), "days": settings.source_age_days,
        "old": {one.code for one in law.laws().values() if one.is_old(today, settings.source_age_days)},
        "role": JURIST,
    }  # fmt: skip


def page(resources: tuple[Path, ...]) -> Page:
    """Return the page of the plug-in; it says nothing of any case, and is for everybody."""
    return Page(
        "te-controleren", N_("Nog te controleren"), (), law.HERE / "te_controleren.html",
        lambda services, actor: values(services, actor, resources), under="help.terms",
    )  # fmt: skip
