"""The page of the specifieke uitkering: for each year what was counted, granted and booked, as the runs have stored it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from inburgering_flow.i18n import N_
from inburgering_flow.inburgering.spuk import PARTS, RUN, UNSURE, day_of
from inburgering_flow.model.permissions import MONEY, MONEY_READ, Actor
from inburgering_flow.model.plugin import InstanceFacts, Page
from inburgering_flow.services.disclosure.counts import SMALLEST, counts_exactly, hidden_in_lines

COUNTS = ("tellingVoorlopig", "tellingDefinitief", "tellingPeildag")
DUO = {
    "gezins": "duoGezins", "asielDitJaar": "duoAsielDitJaar", "asielVorigJaar": "duoAsielVorigJaar",
    "asielTweeJaarTerug": "duoAsielTweeJaarTerug", "afgerond": "duoAfgerond", "onderwijsroute": "duoOnderwijsroute",
}  # fmt: skip
LABELS = {
    "gezins": N_("Gezinsmigranten en overige migranten"), "asielDitJaar": N_("Asielstatushouders, dit jaar gehuisvest"),
    "asielVorigJaar": N_("Asielstatushouders, een jaar eerder gehuisvest"),
    "asielTweeJaarTerug": N_("Asielstatushouders, twee jaar eerder gehuisvest"),
    "afgerond": N_("Trajecten met diploma of certificaat"), "onderwijsroute": N_("Onderwijsroutes, voor het eerst"),
    "onbekend": N_("Niet te plaatsen zonder datum"),
}  # fmt: skip
NAMES = (
    "jaar", "agenda", "periode", "herzieningUiterlijk", *COUNTS, *DUO.values(), "verschilUitleg", "uitkeringVoorlopig",
    "uitkeringDefinitief", "voorlopigToegekend", "voorlopigBron", "herzienToegekend", "herzienBron", "definitiefToegekend",
    "definitiefBron", "definitiefVerschil", "maandbedragen", "prestatie2020", "sisaWaarden",
)  # fmt: skip
FIRST_YEAR = N_("of dit het eerste jaar is waarin alle jaren sinds 2022 tellen")
LAST = N_("Definitief, eigen berekening")
OWN = "Tabel SPUK uitkering, met de cijfers van DUO en de Minister"


@dataclass(frozen=True)
class Part:
    """As what people count, with the numbers of each moment and DUO's; None where there is none, or it is not shown."""

    label: str
    numbers: tuple[int | None, ...]
    duo: int | None
    difference: int | None
    doubt: str = ""
    """What of it is still to be checked."""


@dataclass(frozen=True)
class Amount:
    """A sum in cents, and where it comes from; one that is ``ours`` is what D18 makes of the numbers that were entered."""

    label: str
    cents: int
    source: str = ""
    ours: bool = False
    is_unsure: bool = False


@dataclass(frozen=True)
class Year:
    """The run of a year."""

    year: int
    key: int
    is_over: bool
    days: list[Mapping[str, Any]]
    parts: list[Part]
    hides: bool
    is_late: bool
    """Counted after the day on which what the Minister knows counts."""
    reason: str
    amounts: list[Amount]
    months: list[int]
    what_if: Mapping[str, Any]
    sisa: list[Mapping[str, Any]]
    sisa_document: int | None


def cents(value: Any) -> int | None:
    """Return an amount in euros as cents."""
    return None if value is None else int((Decimal(str(value)) * 100).to_integral_value())


def year_of(run: InstanceFacts, *, exact: bool, documents: Sequence[Any] = ()) -> Year:
    """Return the run of a year as somebody may see it: who may not see exact counts gets no sum either that tells one."""
    known = run.values
    counted = {
        (moment, part): int(found[part]) for moment in COUNTS if (found := known.get(moment)) for part in PARTS if part in found
    }  # fmt: skip
    lines = [[cell for cell in counted if cell[0] == moment] for moment in COUNTS]
    hidden = frozenset() if exact else hidden_in_lines(counted, lines)
    parts = []
    for part in PARTS:
        numbers = tuple(None if (moment, part) in hidden else counted.get((moment, part)) for moment in COUNTS)
        duo, ours = known.get(DUO.get(part, "")), counted.get((COUNTS[1], part))
        told = None if hidden or duo is None or ours is None else int(duo) - ours
        doubted = part == "afgerond" and (known.get("periode") or {}).get("zekerheid") == UNSURE
        theirs = None if hidden or duo is None else int(duo)
        parts.append(Part(LABELS[part], numbers, theirs, told, FIRST_YEAR if doubted else ""))
    sisa = next((one.key for one in reversed(documents) if one.kind == "sisa"), None)
    return Year(
        int(known["jaar"]), run.key, run.end is not None, _days(known), parts, bool(hidden),
        bool((known.get(COUNTS[2]) or {}).get("naPeildag")), str(known.get("verschilUitleg") or ""),
        [*_amounts(known, with_ours=not hidden)], [cents(one) or 0 for one in known.get("maandbedragen") or ()],
        {} if hidden else known.get("prestatie2020") or {},
        list(known.get("sisaWaarden") or ()) if exact else [], sisa if exact else None,
    )  # fmt: skip


def _days(known: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = [{**one, "dag": day_of(one["dag"])} for one in (known.get("agenda") or {}).get("dagen") or ()]
    revised = day_of(known.get("herzieningUiterlijk"))
    if revised:
        found.append({"titel": "Herziening bekendgemaakt", "dag": revised, "wie": "de Minister", "norm": "N-GEL-03",
                      "gevolg": "Binnen vier weken na de wijziging van de wet.", "zekerheid": "vast"})  # fmt: skip
    return sorted(found, key=lambda one: str(one["dag"]))


def _amounts(known: Mapping[str, Any], *, with_ours: bool) -> list[Amount]:
    first, last = known.get("uitkeringVoorlopig") or {}, known.get("uitkeringDefinitief") or {}
    rows = (
        (N_("Voorlopig, toegekend"), known.get("voorlopigToegekend"), str(known.get("voorlopigBron") or ""), False),
        (N_("Voorlopig, eigen berekening"), first.get("voorlopig"), OWN, True),
        (N_("Herzien in het jaar"), known.get("herzienToegekend"), str(known.get("herzienBron") or ""), False),
        (N_("Definitief, toegekend"), known.get("definitiefToegekend"), str(known.get("definitiefBron") or ""), False),
        (LAST, last.get("definitief"), OWN, True),
        (N_("Verschil dat is verrekend"), known.get("definitiefVerschil"), "", False),
    )
    return [
        Amount(label, found, source, ours, label == LAST and bool(last.get("onderwijsroute")))
        for label, value, source, ours in rows if (with_ours or not ours) and (found := cents(value)) is not None
    ]  # fmt: skip


def _values(services: Any, actor: Actor) -> Mapping[str, Any]:
    exact = actor.may(MONEY) or counts_exactly(actor)
    runs = sorted(services.reports.instances(RUN, NAMES), key=lambda run: -int(run.values.get("jaar") or 0))
    found = [year_of(run, exact=exact, documents=services.documents.of_case(run.key) if exact else ()) for run in runs]
    return {"years": found, "exact": exact, "smallest": SMALLEST, "cents": cents}


def page() -> Page:
    """Return the page of the plug-in."""
    return Page("spuk", N_("Specifieke uitkering"), MONEY_READ, Path(__file__).parent / "spuk.html", _values, under="money.lines")
