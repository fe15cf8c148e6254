"""Figures per cohort: counted by a job over all cases, kept as the variable of its run, and shown without cells that are small.

Each measure divides a whole (its base) into answers, so that what is hidden in one cannot be found from another. A cohort is the
year of the kennisgeving. Source: dossier 7.4 (indicators), normen N-DAT-11 (Wet inburgering 2021, art. 39).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.i18n import N_, _
from inburgering_flow.inburgering.spuk import ASYLUM, FAMILY, PROCESS, day_of, table
from inburgering_flow.model.permissions import FIGURES
from inburgering_flow.model.plugin import InstanceFacts, Job, JobHandler, Page, PageFile, Work
from inburgering_flow.services.disclosure.counts import SMALLEST, hidden_in_lines

RUN, NAMES = "cijfers", ("cijfers",)
ONE = "cijfer-"  # the file of one figure
ALL, YES, NO = "allen", "ja", "nee"
SIX_MONTHS = timedelta(days=183)
MONTH_DAYS = 30.4375  # days in a month, over four years
FACTS = (
    "doelgroep", "kennisgeving", "vestigingDatum", "koppelingOp", "verhuisDatum", "pipUiterlijk", "pipVerzondenOp",
    "pipDagtekening", "informatieDerdenGrond", "lbtUitslag", "leerroute", "termijnEinde", "diplomaDatum",
)  # fmt: skip
PARTS: Mapping[str, tuple[str, ...]] = {
    "brede-intake": (), "participatieverklaring": ("datumOndertekening",), "map": ("datumEindgesprek",),
    "schakelen": ("wijzigingBesluit",), "afschalen": ("wijzigingBesluit",),
    "handhaving": ("waarschuwingVerzondenOp", "verwijtbaar", "boeteVerzondenOp"),
    "bezwaar-en-beroep": ("bezwaarOntvangenOp", "beslissingVerzondenOp", "bezwaarUitkomst"), "ontzorgen": ("ontzorgTot",),
}  # fmt: skip
"""The processes besides the case itself that are counted, and which of their variables."""


@dataclass
class Case:
    """What is known of a case and of what it called."""

    facts: Mapping[str, Any]
    today: date
    parts: dict[str, list[InstanceFacts]] = field(default_factory=lambda: defaultdict(list))

    def day(self, name: str) -> date | None:
        """Return a date of the case itself."""
        return day_of(self.facts.get(name))

    def part_day(self, process: str, name: str) -> date | None:
        """Return the earliest date that an instance of a called process has; None without one."""
        return min((day for one in self.parts.get(process, ()) if (day := day_of(one.values.get(name)))), default=None)

    @property
    def intake(self) -> date | None:
        """The day on which the brede intake was completed."""
        ends = [legal_day(one.end) for one in self.parts.get("brede-intake", ()) if one.end and one.state == "COMPLETED"]
        return min(ends, default=None)

    @property
    def pip(self) -> date | None:
        """The day on which the PIP was sent, or dated where only that is known."""
        return self.day("pipVerzondenOp") or self.day("pipDagtekening")


Answer = Callable[[Case], str]


@dataclass(frozen=True)
class Measure:
    """An indicator: for whom it counts (``base``: a measure and its answer), the question, and who gives which answer."""

    id: str
    title: str
    definition: str
    basis: str
    answers: tuple[tuple[str, str], ...]
    answer: Answer
    base: tuple[str, str] = (ALL, ALL)


@dataclass(frozen=True)
class Duration:
    """A number of days from one fact to another, as the median of those of whom both are known."""

    id: str
    title: str
    definition: str
    basis: str
    first: Callable[[Case], date | None]
    last: Callable[[Case], date | None]

    def days(self, case: Case) -> int | None:
        """Return the days in one case; None where a fact is missing, or the order cannot be."""
        first, last = self.first(case), self.last(case)
        return (last - first).days if first and last and last >= first else None


def _yes(found: bool) -> str:
    return YES if found else NO


def _pip_in_time(case: Case) -> str:
    last, sent = case.day("pipUiterlijk"), case.pip
    if last is None or sent is None:
        return "onbekend"
    return f"{'op tijd' if sent <= last else 'te laat'}{' met derden' if case.facts.get('informatieDerdenGrond') else ''}"


def _changed(case: Case) -> str:
    switched, lowered = (_was_granted(case, one) for one in ("schakelen", "afschalen"))
    return "beide" if switched and lowered else "gewisseld" if switched else "afgeschaald" if lowered else "geen"


def _was_granted(case: Case, process: str) -> bool:
    return any(one.values.get("wijzigingBesluit") == "toewijzen" for one in case.parts.get(process, ()))


def _after(process: str, name: str) -> Answer:
    def answer(case: Case) -> str:
        done, start = case.part_day(process, name), case.day("pipDagtekening") or case.pip
        if done is None:
            return "nog niet"
        months = 0 if start is None else (done - start).days / MONTH_DAYS
        return next((f"{limit} maanden" for limit in (12, 24, 30) if months <= limit), "later")

    return answer


def _soon(case: Case) -> str:
    end = case.day("termijnEinde")
    if end is None or case.day("diplomaDatum") or not case.today < end <= case.today + SIX_MONTHS:
        return "nee"
    done = case.part_day("participatieverklaring", "datumOndertekening") and (
        case.facts.get("leerroute") == "O" or case.part_day("map", "datumEindgesprek")
    )
    return "klaar" if done else "open"


def _outcome(case: Case) -> str:
    if case.part_day("handhaving", "boeteVerzondenOp"):
        return "boete"
    return "waarschuwing" if case.part_day("handhaving", "waarschuwingVerzondenOp") else "anders"


def _blame(case: Case) -> str:
    given = [str(one.values.get("verwijtbaar") or "") for one in case.parts.get("handhaving", ())]
    return next((one for one in reversed(given) if one), "nog niet")


OUTCOMES = {"herroepen": "gegrond", "lager bedrag": "gegrond", "ongegrond": "ongegrond"}


def _objection(case: Case) -> str:
    found = case.parts.get("bezwaar-en-beroep", ())
    if not found:
        return "geen"
    outcomes = {
        OUTCOMES.get(str(one.values.get("bezwaarUitkomst") or ""), "loopt" if one.end is None else "anders") for one in found
    }  # fmt: skip
    return next(one for one in ("gegrond", "ongegrond", "anders", "loopt") if one in outcomes)


def _relief(case: Case) -> str:
    found = case.parts.get("ontzorgen", ())
    if not found:
        return "geen"
    one = found[-1]
    last = day_of(one.values.get("ontzorgTot"))
    if one.end is None:
        return "te laat" if last and case.today > last else "loopt"
    return "te laat" if last and legal_day(one.end) > last + timedelta(days=1) else "op tijd"


def _moved_here(case: Case) -> str:
    return _yes(case.day("vestigingDatum") is not None)


def _route(case: Case) -> str:
    found = str(case.facts.get("leerroute") or "")
    return found if found in ("B1", "O", "Z") else "onbekend"


def _test(case: Case) -> str:
    found = {"B1-route haalbaar": "haalbaar", "B1-route niet haalbaar": "niet haalbaar"}
    return found.get(str(case.facts.get("lbtUitslag")), "geen")


EVERYBODY = N_("Alle zaken van het cohort")
WITH_PIP = N_("Zaken van het cohort met een PIP")
ENFORCED = N_("Zaken van het cohort met handhaving")
BOTH_KNOWN = N_("beide datums bekend")
BOTH_DAYS = N_("Zaken met beide datums")
WHEN = (
    ("12 maanden", N_("binnen 12 maanden")), ("24 maanden", N_("na 12 tot 24 maanden")),
    ("30 maanden", N_("na 24 tot 30 maanden")), ("later", N_("later")), ("nog niet", N_("nog niet")),
)  # fmt: skip
BOTH = ((YES, N_("ja")), (NO, N_("nee")))
TESTED = (("haalbaar", N_("B1-route haalbaar")), ("niet haalbaar", N_("B1-route niet haalbaar")), ("geen", N_("geen uitslag")))
LEARNABLE = (
    ("B1", N_("Leerbaarheidstoets bij de B1-route")), ("O", N_("Leerbaarheidstoets bij de onderwijsroute")),
    ("Z", N_("Leerbaarheidstoets bij de zelfredzaamheidsroute")),
)  # fmt: skip

MEASURES = (
    Measure(
        "groep", N_("Doelgroep"), N_("De doelgroep van nu."), EVERYBODY,
        ((ASYLUM, N_("asielstatushouder")), (FAMILY, N_("gezinsmigrant of overige migrant")), ("onbekend", N_("onbekend"))),
        lambda case: str(case.facts.get("doelgroep") or "onbekend"),
    ),
    Measure(
        "intake", N_("Brede intake afgerond"), N_("De brede intake is in dit systeem afgerond."), EVERYBODY, BOTH,
        lambda case: _yes(case.intake is not None),
    ),
    Measure("pip", N_("PIP vastgesteld"), N_("Het PIP is verstuurd."), EVERYBODY, BOTH, lambda case: _yes(case.pip is not None)),
    Measure(
        "pip-op-tijd", N_("PIP op tijd"),
        N_("Verstuurd op of voor de laatste dag van de termijn van tien weken, zonder en met informatie van derden."), WITH_PIP,
        (("op tijd", N_("op tijd")), ("te laat", N_("te laat")), ("op tijd met derden", N_("op tijd, met informatie van derden")),
         ("te laat met derden", N_("te laat, met informatie van derden")), ("onbekend", N_("laatste dag onbekend"))),
        _pip_in_time, ("pip", YES),
    ),
    Measure(
        "route", N_("Leerroute"), N_("De leerroute van nu."), WITH_PIP,
        (("B1", N_("B1-route")), ("O", N_("onderwijsroute")), ("Z", N_("zelfredzaamheidsroute")), ("onbekend", N_("onbekend"))),
        _route, ("pip", YES),
    ),
    *(Measure(
        f"lbt-{route}", title, N_("De uitslag van de leerbaarheidstoets van wie deze leerroute heeft."),
        N_("Zaken van het cohort met deze leerroute"), TESTED, _test, ("route", route),
    ) for route, title in LEARNABLE),
    Measure(
        "gewisseld", N_("Gewisseld of afgeschaald"), N_("Een andere leerroute of een lager niveau is toegestaan."), WITH_PIP,
        (("geen", N_("geen van beide")), ("gewisseld", N_("andere leerroute")), ("afgeschaald", N_("lager niveau")),
         ("beide", N_("allebei"))),
        _changed, ("pip", YES),
    ),
    Measure(
        "pvt", N_("Participatieverklaring getekend"), N_("Maanden van het PIP tot de ondertekening."), WITH_PIP, WHEN,
        _after("participatieverklaring", "datumOndertekening"), ("pip", YES),
    ),
    Measure(
        "map", N_("MAP afgerond"), N_("Maanden van het PIP tot het eindgesprek."), WITH_PIP, WHEN,
        _after("map", "datumEindgesprek"), ("pip", YES),
    ),
    Measure(
        "klaar", N_("Diploma of certificaat behaald"), N_("DUO meldde een diploma of certificaat."), EVERYBODY, BOTH,
        lambda case: _yes(case.day("diplomaDatum") is not None),
    ),
    Measure(
        "zes-maanden", N_("Termijn eindigt binnen een half jaar"),
        N_("Binnen 183 dagen na de telling, en nog geen diploma. Open: de PVT of de MAP is nog niet klaar."),
        EVERYBODY, (("open", N_("ja, PVT of MAP open")), ("klaar", N_("ja, PVT en MAP klaar")), ("nee", N_("nee"))), _soon,
    ),
    Measure(
        "handhaving", N_("Handhaving begonnen"), N_("Er is een niet-nakoming gemeld."), EVERYBODY, BOTH,
        lambda case: _yes(bool(case.parts.get("handhaving"))),
    ),
    Measure(
        "afloop", N_("Waarschuwing en boete"), N_("Het verste dat in de zaak is verstuurd."), ENFORCED,
        (("waarschuwing", N_("waarschuwing, geen boete")), ("boete", N_("boete")), ("anders", N_("geen van beide"))),
        _outcome, ("handhaving", YES),
    ),
    Measure(
        "oorzaak", N_("Te verwijten"), N_("Het laatste oordeel over het verwijt in de zaak."), ENFORCED,
        ((YES, N_("ja")), (NO, N_("nee, goede reden")), ("onduidelijk", N_("onduidelijk")),
         ("nog niet", N_("nog niet onderzocht"))),
        _blame, ("handhaving", YES),
    ),
    Measure(
        "bezwaar", N_("Bezwaar"), N_("De uitkomst van bezwaar, gegrond voor ongegrond waar er meer zijn."), EVERYBODY,
        (("geen", N_("geen bezwaar")), ("loopt", N_("loopt")), ("gegrond", N_("gegrond")), ("ongegrond", N_("ongegrond")),
         ("anders", N_("anders"))),
        _objection,
    ),
    Measure(
        "ontzorgen", N_("Ontzorgen op tijd geëindigd"), N_("Geëindigd op of voor de laatste dag van de zes maanden."), EVERYBODY,
        (("geen", N_("geen ontzorgen")), ("loopt", N_("loopt")), ("op tijd", N_("op tijd")), ("te laat", N_("te laat"))), _relief,
    ),
    Measure(
        "verhuisd", N_("Kwam uit een andere gemeente"), N_("Hier ingeschreven na een verhuizing met een PIP van elders."),
        EVERYBODY, BOTH, _moved_here,
    ),
    Measure(
        "verhuisd-pip", N_("PIP op tijd na een verhuizing"), N_("Verstuurd op of voor de laatste dag na de verhuizing."),
        N_("Zaken van het cohort die uit een andere gemeente kwamen"),
        (("op tijd", N_("op tijd")), ("te laat", N_("te laat")), ("onbekend", N_("nog geen PIP of geen laatste dag"))),
        lambda case: _pip_in_time(case).removesuffix(" met derden"), ("verhuisd", YES),
    ),
)  # fmt: skip
DURATIONS = (
    Duration("dagen-huisvesting", N_("Van koppeling tot huisvesting"), N_("Dagen van de koppeling tot de verhuizing."),
             BOTH_DAYS, lambda case: case.day("koppelingOp"), lambda case: case.day("verhuisDatum")),
    Duration("dagen-intake", N_("Van kennisgeving tot brede intake"), N_("Dagen tot de intake was afgerond."),
             BOTH_DAYS, lambda case: case.day("kennisgeving"), lambda case: case.intake),
    Duration("dagen-huis-intake", N_("Van huisvesting tot brede intake"), N_("Dagen tot de intake was afgerond."),
             BOTH_DAYS, lambda case: case.day("verhuisDatum"), lambda case: case.intake),
    Duration("dagen-intake-pip", N_("Van brede intake tot PIP"), N_("Dagen van de afgeronde intake tot het PIP."),
             BOTH_DAYS, lambda case: case.intake, lambda case: case.pip),
    Duration("dagen-pip", N_("Van kennisgeving tot PIP"), N_("Dagen van de kennisgeving tot het PIP."),
             BOTH_DAYS, lambda case: case.day("kennisgeving"), lambda case: case.pip),
    Duration("dagen-bezwaar", N_("Doorlooptijd van bezwaar"), N_("Dagen van de ontvangst tot de beslissing."),
             BOTH_DAYS, lambda case: case.part_day("bezwaar-en-beroep", "bezwaarOntvangenOp"),
             lambda case: case.part_day("bezwaar-en-beroep", "beslissingVerzondenOp")),
)  # fmt: skip
MISSING = (
    (N_("Dagen van vergunning tot koppeling"), N_("De dag van de vergunning staat niet in de zaak.")),
    (N_("Examens gehaald per onderdeel"), N_("Uitslagen per onderdeel komen pas met een koppeling met DUO.")),
    (N_("Verlengingen naar grond"), N_("DUO beslist en meldt alleen de nieuwe einddatum, zonder de grond.")),
    (N_("Uren les en participatie tegen de norm"), N_("De uren staan per gesprek in de zaak en zijn nog niet te tellen.")),
    (N_("Boetes vernietigd"), N_("De stand van een boete staat per boeking in de zaak.")),
    (N_("Zienswijzen gevolgd"), N_("Het oordeel over een zienswijze is een tekst.")),
    (N_("Werk of opleiding na twaalf maanden"), N_("Werk en opleiding worden niet vastgelegd.")),
    (N_("Berichten die DUO weigerde"), N_("Er is nog geen koppeling met DUO.")),
)  # fmt: skip
"""Indicators of the dossier that what is recorded cannot give, and why."""

HEAD = (
    N_("indicator"), N_("cohort"), N_("antwoord"), N_("aantal"), N_("telt"), N_("aantal in de basis"), N_("definitie"),
    N_("geteld op"),
)  # fmt: skip
Cell = tuple[str, str, str]  # cohort, measure, answer


def count(cases: Iterable[Case]) -> tuple[Counter[Cell], dict[tuple[str, str], list[int]]]:
    """Return how many cases there are in each cell, and the days of each duration."""
    cells: Counter[Cell] = Counter()
    days: dict[tuple[str, str], list[int]] = defaultdict(list)
    for case in cases:
        told = case.day("kennisgeving")
        if told is None:
            continue
        cohort, given = str(told.year), {ALL: ALL}
        cells[(cohort, ALL, ALL)] += 1
        for one in MEASURES:
            if given.get(one.base[0]) == one.base[1]:
                given[one.id] = one.answer(case)
                cells[(cohort, one.id, given[one.id])] += 1
        for duration in DURATIONS:
            found = duration.days(case)
            cells[(cohort, duration.id, _yes(found is not None))] += 1
            if found is not None:
                days[(cohort, duration.id)].append(found)
    return cells, days


def _cases(work: Work) -> Iterator[Case]:
    parts: dict[int, dict[str, list[InstanceFacts]]] = defaultdict(lambda: defaultdict(list))
    for process, names in PARTS.items():
        for one in work.instances(process, names):
            parts[one.root_key][process].append(one)
    for case in work.instances(PROCESS, FACTS):
        yield Case(case.values, work.today, parts.pop(case.key, {}))


def _count(_job: Job, work: Work) -> Mapping[str, Any]:
    cells, days = count(_cases(work))
    return {"cijfers": {
        "geteldOp": work.today.isoformat(),
        "cellen": [[*cell, number] for cell, number in sorted(cells.items())],
        "dagen": [[*cell, round(median(found))] for cell, found in sorted(days.items())],
    }}  # fmt: skip


def handlers() -> dict[str, JobHandler]:
    """Return the job types of the figures."""
    return {"cijfers.tellen": _count}


# -- what is shown -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A cohort in the table of a measure: its numbers by answer, None for what is hidden; ``days`` is a duration's median."""

    cohort: str
    base: int | None
    numbers: tuple[int | None, ...]
    days: int | None = None


@dataclass(frozen=True)
class Shown:
    """A measure as the page shows it."""

    id: str
    title: str
    definition: str
    basis: str
    answers: tuple[str, ...]
    rows: tuple[Row, ...]
    is_duration: bool = False


def hidden_cells(counts: Mapping[Cell, int]) -> frozenset[Cell]:
    """Return which cells nobody sees: in each cohort, the answers to a question and the whole that they divide are one line. Sums
    over cohorts are shown nowhere.
    """
    cohorts = sorted({cell[0] for cell in counts})
    return hidden_in_lines(counts, [
        [cell for cell in ((cohort, *base), *((cohort, id, one) for one in answers)) if cell in counts]
        for id, answers, base in _divisions() for cohort in cohorts
    ])  # fmt: skip


def _divisions() -> Iterator[tuple[str, tuple[str, ...], tuple[str, str]]]:
    for one in MEASURES:
        yield one.id, tuple(key for key, _label in one.answers), one.base
    for duration in DURATIONS:
        yield duration.id, (YES, NO), (ALL, ALL)


def shown(found: Mapping[str, Any]) -> list[Shown]:
    """Return every measure as it may be shown to anybody."""
    counts: dict[Cell, int] = {(c, m, a): int(n) for c, m, a, n in found.get("cellen", ())}
    medians = {(c, m): int(n) for c, m, n in found.get("dagen", ())}
    hidden = hidden_cells(counts)

    def number(cell: Cell, base: Cell) -> int | None:
        """Of a small whole nothing is told, not even that none of it gave an answer: then all of it gave another."""
        return None if cell in hidden or base in hidden else counts.get(cell, 0)

    cohorts = sorted({cell[0] for cell in counts}, reverse=True)
    def row(cohort: str, id: str, keys: Iterable[str], base: tuple[str, str]) -> Row:
        whole = (cohort, *base)
        return Row(cohort, number(whole, whole), tuple(number((cohort, id, key), whole) for key in keys))

    measures = [Shown(
        one.id, one.title, one.definition, one.basis, tuple(label for _key, label in one.answers),
        tuple(row(cohort, one.id, [key for key, _label in one.answers], one.base) for cohort in cohorts),
    ) for one in MEASURES]  # fmt: skip
    durations = []
    for duration in DURATIONS:
        rows = []
        for found_row in (row(cohort, duration.id, (YES,), (ALL, ALL)) for cohort in cohorts):
            days = medians.get((found_row.cohort, duration.id)) if found_row.numbers[0] else None
            rows.append(replace(found_row, days=days))
        durations.append(Shown(
            duration.id, duration.title, duration.definition, duration.basis, (BOTH_KNOWN,), tuple(rows), is_duration=True,
        ))  # fmt: skip
    return [*measures, *durations]


def file(services: Any, only: str = "") -> bytes:
    """Return the figures, or ``only`` one of them, as a file with the same cells hidden as on the page."""
    newest = services.reports.newest(RUN, NAMES)
    found = newest.values["cijfers"] if newest else {}
    not_shown = _("niet getoond")
    rows: list[Sequence[Any]] = []
    for one in shown(found):
        for row in one.rows if only in ("", one.id) else ():
            cells = [*zip(one.answers, row.numbers, strict=True)]
            rows.extend(
                (_(one.title), row.cohort, _(label), not_shown if number is None else number, _(one.basis),
                 not_shown if row.base is None else row.base, _(one.definition), found.get("geteldOp"))
                for label, number in cells
            )  # fmt: skip
            if one.is_duration:
                rows.append((_(one.title), row.cohort, _("mediaan in dagen"), not_shown if row.days is None else row.days,
                             _(one.basis), "", _(one.definition), found.get("geteldOp")))  # fmt: skip
    return table([_(name) for name in HEAD], rows)


def _values(services: Any, _actor: Any) -> Mapping[str, Any]:
    newest = services.reports.newest(RUN, NAMES)
    found = newest.values["cijfers"] if newest else {}
    measures = [
        (one, [_("Cohort"), _("Basis"), *map(_, one.answers), *([_("Mediaan in dagen")] if one.is_duration else [])])
        for one in shown(found)
    ]  # fmt: skip
    return {"measures": measures, "counted": day_of(found.get("geteldOp")), "smallest": SMALLEST, "missing": MISSING}


def _again(services: Any, actor: Any, token: str) -> str:
    services.case_starts.start(RUN, {}, actor, once=token)
    return _("Het tellen is begonnen. Laad de pagina zo opnieuw.")


def _only(id: str) -> Callable[[Any, Any], bytes]:
    return lambda services, _actor: file(services, id)


def page(*more: PageFile, layout: Sequence[tuple[str, str]] = ()) -> Page:
    """Return the page of the plug-in, with files that it offers besides its own and the layout of their records."""
    single = [(one.id, one.title) for one in MEASURES] + [(one.id, one.title) for one in DURATIONS]
    return Page(
        "cijfers", N_("Cijfers per cohort"), FIGURES, Path(__file__).parent / "cijfers.html",
        lambda services, actor: {**_values(services, actor), "layout": layout, "prefix": ONE},
        (PageFile("cijfers.csv", N_("Cijfers per cohort (CSV)"), FIGURES, _only("")), *more,
         *(PageFile(f"{ONE}{id}.csv", title, FIGURES, _only(id)) for id, title in single)),
        _again, "insight.figures",
    )  # fmt: skip
