"""Who counts for the specifieke uitkering of a year, computed from the cases, and what the account books and writes.

What is counted once is stored in the run of that year and never counted again: a figure that was accounted for must not change.
Source: Wet inburgering 2021, art. 40 to 42a; Besluit inburgering 2021, chapter 10 (text of 2-4-2026, read 26-11-2026).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.model.plugin import InstanceFacts, Job, JobHandler, Work
from inburgering_flow.services.sheets import written

PROCESS, RUN, BUDGET = "inburgering", "verantwoording", "spuk"
ASYLUM, FAMILY = "asielstatushouder", "gezinsmigrant"
UNSURE = "te controleren"
PROVISIONAL, DEFINITIVE, KNOWN = "voorlopig", "definitief", "peildag"
FACTS = (
    "doelgroep", "kennisgeving", "brpDatum", "verhuisDatum", "uitstroomBrpDatum", "vestigingDatum", "verhuisd", "verhuisdOp",
    "datumOverlijden", "leerroute", "diplomaDatum", "inCoa",
)  # fmt: skip
ASYLUM_PARTS = ("asielDitJaar", "asielVorigJaar", "asielTweeJaarTerug")
PARTS = ("gezins", *ASYLUM_PARTS, "afgerond", "onderwijsroute", "onbekend")
"""As what somebody counts; ``onbekend`` is who cannot be placed without a date, and is to be looked up by a person."""
MONTHS = 12


@dataclass(frozen=True)
class Newcomer:
    """A case as the uitkering sees it: since when somebody lives in a municipality, and from when until when in this one."""

    name: str
    group: str
    housed: date | None
    arrived: date | None
    left: date | None
    has_left: bool
    route: str
    completed: date | None

    @property
    def cohort(self) -> int | None:
        """The year of being housed; None while somebody is in reception, or where no date is known."""
        return None if self.housed is None else self.housed.year

    def lives_here(self, on: date) -> bool:
        """Tell whether this is the woongemeente on a day; the day of moving out is not one."""
        since = self.arrived or self.housed
        return since is not None and since <= on and (self.left is None or on < self.left)

    @property
    def is_unclear(self) -> bool:
        """Tell whether a date is missing without which nobody can say whether somebody counts."""
        return bool(self.group) and (self.housed is None or (self.has_left and self.left is None))


def newcomer(case: InstanceFacts) -> Newcomer:
    """Return a case as the uitkering sees it.

    An asielstatushouder is housed on the day of moving in or, where that is not recorded, of the registration in the municipality
    of housing (N-GEL-07); the years in reception do not count. For anybody else it is the registration, and without one the year
    of the kennisgeving (te controleren). A registration after the move to this municipality says nothing of the first one.
    """
    known = case.values
    group, arrived = str(known.get("doelgroep") or ""), day_of(known.get("vestigingDatum"))
    names = ("verhuisDatum", "brpDatum", "uitstroomBrpDatum") if group == ASYLUM else ("brpDatum", "kennisgeving")
    days = [day for name in names if (day := day_of(known.get(name))) is not None and (arrived is None or day < arrived)]
    died, moved = day_of(known.get("datumOverlijden")), day_of(known.get("verhuisdOp"))
    gone = [day for day in (died, moved) if day is not None]
    return Newcomer(
        case.name, group, days[0] if days else None, arrived, min(gone, default=None), known.get("verhuisd") is True,
        str(known.get("leerroute") or ""), day_of(known.get("diplomaDatum")),
    )  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """As what somebody counts, and why."""

    newcomer: Newcomer
    part: str
    reason: str


@dataclass(frozen=True)
class Count:
    """What is counted of a year, and for which municipality on which day."""

    year: int
    moment: str
    completed_from: int
    completed_until: int
    paid: frozenset[str] = frozenset()
    """Whose onderwijsroute counted in an earlier year: nobody counts twice (N-GEL-12)."""

    @property
    def day(self) -> date:
        """The day on which the woongemeente is looked at (N-GEL-06): the last of the year, provisionally of two years before."""
        return date(self.year - 2 if self.moment == PROVISIONAL else self.year, 12, 31)

    def of(self, one: Newcomer) -> Iterator[Counted]:
        """Yield as what somebody counts; nothing for who does not. Who has fulfilled the duty counts as well (N-GEL-11)."""
        if one.is_unclear:
            if one.has_left or one.arrived is not None:
                yield Counted(one, "onbekend", "Een datum ontbreekt: zoek op sinds wanneer, of tot wanneer.")
            return
        part = self._cohort_part(one)
        if part:
            yield Counted(one, part, f"Cohort {one.cohort}, woonde op {self.day} in deze gemeente.")
        if self._is_completed(one):
            yield Counted(one, "afgerond", f"Diploma of certificaat op {one.completed}.")
        if self._is_new_route(one):
            yield Counted(one, "onderwijsroute", "Onderwijsroute in het PIP, nog niet eerder meegeteld.")

    def _cohort_part(self, one: Newcomer) -> str:
        """Return the part by the cohort: family and others once (N-GEL-06), asiel three years (N-GEL-07, N-GEL-08)."""
        if one.cohort is None or not one.lives_here(self.day):
            return ""
        after = self.year - one.cohort
        if one.group == FAMILY:
            return "gezins" if after == (2 if self.moment == PROVISIONAL else 0) else ""
        if one.group != ASYLUM or not 0 <= after < len(ASYLUM_PARTS) or (self.moment == PROVISIONAL and after != 2):
            return ""
        return ASYLUM_PARTS[after]

    def _is_completed(self, one: Newcomer) -> bool:
        """Tell whether a traject was completed with a diploma or certificaat in the years that count (N-GEL-09, N-GEL-10)."""
        if one.group != ASYLUM or one.completed is None or not one.lives_here(one.completed):
            return False
        return self.completed_from <= one.completed.year <= self.completed_until

    def _is_new_route(self, one: Newcomer) -> bool:
        """Tell whether somebody counts for an onderwijsroute, once (N-GEL-12)."""
        if one.group != ASYLUM or one.route != "O" or one.name in self.paid or self.moment == PROVISIONAL:
            return False
        return one.cohort is not None and one.cohort <= self.year and one.lives_here(self.day)

    def over(self, cases: Iterable[InstanceFacts]) -> tuple[dict[str, int], list[Counted], tuple[int, int]]:
        """Count: how many are in each part, who they are, and of those who began three years before how many have completed."""
        rows: list[Counted] = []
        began = done = 0
        for case in cases:
            one = newcomer(case)
            rows.extend(self.of(one))
            if one.cohort == self.year - 3 and one.lives_here(min(self.day, one.completed or self.day)):
                began += 1
                done += one.completed is not None and one.completed <= self.day
        found = Counter(row.part for row in rows)
        return {part: found[part] for part in PARTS}, rows, (began, done)


def month_amounts(total: Decimal) -> list[Decimal]:
    """Return what is paid each month around the fifteenth: a twelfth, with what rounding leaves in the last one (N-GEL-15)."""
    cents = int(total * 100)
    each = cents // MONTHS
    return [Decimal(each) / 100] * (MONTHS - 1) + [Decimal(cents - each * (MONTHS - 1)) / 100]


def table(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return a file that a Dutch spreadsheet opens."""
    return written(head, [[_cell(value) for value in row] for row in rows])


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace(".", ",") if isinstance(value, Decimal) else str(value)


def day_of(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def _cents(value: Any) -> int:
    return int((Decimal(str(value or 0)) * 100).to_integral_value())


def _euros(cents: int) -> Decimal:
    return Decimal(cents) / 100


def _year(job: Job) -> int:
    year = job.variables.get("jaar")
    if not isinstance(year, int | Decimal):
        raise InvalidInput("The run has no year.", remedy="Correct the variable 'jaar', then retry the incident.")
    return int(year)


def _paid(work: Work, year: int) -> frozenset[str]:
    """Return whose onderwijsroute counted in the account of an earlier year."""
    found: set[str] = set()
    for run in work.instances(RUN, ("jaar", "onderwijsrouteGeteld")):
        if (run.values.get("jaar") or year) < year:
            found.update(map(str, run.values.get("onderwijsrouteGeteld") or ()))
    return frozenset(found)


def _count(job: Job, work: Work) -> Mapping[str, Any]:
    """Count who is in which cohort, and put the list into the case: with numbers of cases, and no names."""
    year, moment = _year(job), job.headers.get("moment", DEFINITIVE)
    period = job.variables.get("periode") or {}
    count = Count(
        year, moment, int(period.get("afgerondVanaf", year - 2)), int(period.get("afgerondTot", year - 2)), _paid(work, year)
    )
    counts, rows, (began, done) = count.over(work.instances(PROCESS, FACTS))
    agenda = job.variables.get("agenda") or {}
    last = day_of(agenda.get("peildag"))
    found: dict[str, Any] = {
        "moment": moment, "geteldOp": work.today.isoformat(), "peildatum": count.day.isoformat(), **counts,
        "prestatieCohort": began, "prestatieBehaald": done,
        "naPeildag": bool(moment == KNOWN and last and work.today > last),
    }  # fmt: skip
    work.add_document(
        name=f"telling-{year}-{moment}.csv", title=f"Telling {year} ({moment}), op {work.today.isoformat()}", kind="telling",
        content=table(
            ("dossiernummer", "doelgroep", "gehuisvest op", "telt mee als", "waarom"),
            ((r.newcomer.name, r.newcomer.group, r.newcomer.housed, r.part, r.reason) for r in rows),
        ),
        media_type="text/csv",
    )  # fmt: skip
    told: dict[str, Any] = {"telling": found}
    if moment != PROVISIONAL:
        told["onderwijsrouteGeteld"] = sorted(r.newcomer.name for r in rows if r.part == "onderwijsroute")
    if moment == KNOWN:
        sums = work.budget(BUDGET, year)
        told["besteedVolgensMiddelen"] = _euros(sums.get("invoice", 0) - sums.get("refund", 0))
        told["uitVorigJaar"] = _euros(sums.get("carry_in", 0))
    return told


def _booking(job: Job, work: Work) -> Mapping[str, Any]:
    """Book what the Minister granted, by how much that became more or less (N-GEL-03, N-GEL-15), what he takes back (N-GEL-14),
    or what is kept for the next year (N-GEL-13).
    """
    year, what, name = _year(job), job.headers.get("wat", ""), str(job.variables.get("dossiernummer") or "")
    if what == "reserve":
        kept = _cents(job.variables.get("reserveren"))
        if kept:
            said = f"Reservering uit {year} voor {year + 1}"
            work.book(BUDGET, "carry_out", kept, year=year, description=said, reference=name)
            work.book(BUDGET, "carry_in", kept, year=year + 1, description=said, reference=name)
        return {"gereserveerdOp": work.today.isoformat()}
    granted, before = _cents(job.variables.get("bedrag")), _cents(job.variables.get("eerder"))
    change = granted - before
    if change:
        title = f"Verschil na {what}" if granted and before else what.capitalize()
        said = f"{title} {year}: {job.variables.get('bron') or ''}"[:500]
        work.book(BUDGET, "grant" if change > 0 else "return", abs(change), year=year, description=said, reference=name)
    return {
        "geboektOp": work.today.isoformat(), "geboektVerschil": _euros(change), "maandbedragen": month_amounts(_euros(granted)),
    }  # fmt: skip


def _sisa(job: Job, work: Work) -> Mapping[str, Any]:
    """Write the file with the indicators of a year (N-GEL-14); the codes that could not be read are marked in it."""
    year = _year(job)
    known = {**dict(job.variables.get("telling") or {}), **job.variables}
    rows = [
        (field["code"], field["omschrijving"], known.get(field["naam"]), year) for field in job.variables.get("sisaVelden") or ()
    ]
    work.add_document(
        name=f"sisa-{year}.csv", title=f"SiSa-bestand {year}", kind="sisa",
        content=table(("code", "indicator", "waarde", "jaar"), rows), media_type="text/csv", certainty=UNSURE,
    )  # fmt: skip
    return {"sisaGemaaktOp": work.today.isoformat(), "sisaWaarden": [{"omschrijving": r[1], "waarde": r[2]} for r in rows]}


def handlers() -> dict[str, JobHandler]:
    """Return the job types of the account."""
    return {"verantwoording.tellen": _count, "verantwoording.boeken": _booking, "verantwoording.sisa": _sisa}
