"""Figures for managers and policy, as tables: how long things take, where they wait, which terms are kept, how cases end.

Everything is read from what was counted by month (``figures.py``). Who has no power over every case sees no cell under five,
and none that others would tell (``disclosure/counts.py``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from inburgering_flow.analysis.durations import Durations
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import Indicator
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.counting import (
    AMOUNTS,
    CASES,
    FELL_AWAY,
    KEPT,
    MISSED,
    MONEY,
    OTHERS,
    PARTS,
    STOPPED,
    TASKS,
    TERMS,
    WAS_MOVED,
    Step,
)
from inburgering_flow.services.disclosure.counts import (
    SMALLEST,
    counts_names,
    hidden_in_lines,
    hidden_in_table,
    hidden_two_way,
    hide_small,
)
from inburgering_flow.services.figures import Counted, Figures, Names, following, month_of, months_back
from inburgering_flow.services.ledger import SOURCE, SPENT, TIED, Ledger
from inburgering_flow.store import definitions
from inburgering_flow.store.figures import Kept

A_YEAR = 12
MOST = 0.8
"""The share of all that the second length of a step is of."""
COHORTS = 12
"""Quarters that are shown."""
WAYS = 10
FATES = (KEPT, MISSED, WAS_MOVED, FELL_AWAY)
K = TypeVar("K", bound=Hashable)
Value = str | int | Decimal | date | None
"""A cell; None is one that is not shown."""


@dataclass(frozen=True)
class Grid:
    """A table: rows of cells, what stands above the columns that follow from the data, and when it was counted."""

    rows: Sequence[tuple[Value, ...]]
    counted: datetime
    columns: tuple[str, ...] = ()
    missing: int = 0
    """Months that nobody has counted yet."""
    is_closed: bool = False
    """Whether it is not shown, because its sums alone would tell small cells."""
    keys: Sequence[str] = ()
    """What each row is about, for its address."""


@dataclass(frozen=True)
class Period:
    """Months that figures are of: from the first day of one until the first day of another."""

    name: str
    since: date
    until: date


@dataclass(frozen=True)
class Now:
    """What stands at a moment."""

    active: int | None
    counted: datetime
    phases: Grid
    open: Grid
    late: Grid
    indicators: Sequence[tuple[Indicator, Grid]] = field(default=())


def in_days(length: timedelta | None) -> Decimal | None:
    """Return a length in days with one decimal."""
    return None if length is None else Decimal(round(length / timedelta(days=1), 1)).quantize(Decimal("0.1"))


def percent(part: int, whole: int) -> int | None:
    """Return a share in whole per cents; None of nothing."""
    return round(100 * part / whole) if whole else None


class Insight:
    """Use cases about figures."""

    def __init__(self, context: Context, figures: Figures, ledger: Ledger) -> None:
        self.context, self.figures, self.ledger = context, figures, ledger

    @again
    def taken(self, what: str, actor: Actor) -> None:
        """Write into the log that somebody took a file with figures."""
        actor.require(permissions.FIGURES)
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, "export.file", detail={"what": what})

    # -- periods -------------------------------------------------------------------------------------------------------

    def periods(self, actor: Actor) -> list[Period]:
        """Return the periods that figures can be of: twelve whole months and the current one, and each year."""
        actor.require(permissions.FIGURES)
        this = month_of(legal_day(self.context.clock.now()))
        return [
            Period("12", months_back(this, A_YEAR), following(this)),
            *(Period(str(year), date(year, 1, 1), date(year + 1, 1, 1)) for year in self.figures.years()),
        ]

    def period(self, name: str, actor: Actor) -> Period:
        """Return a period by its name; the first one where there is none of that name."""
        found = self.periods(actor)
        return next((one for one in found if one.name == name), found[0])

    # -- now -----------------------------------------------------------------------------------------------------------

    def now(self, actor: Actor) -> Now:
        """Return where cases are, each once by its main phase, and what waits."""
        actor.require(permissions.FIGURES)
        found, is_exact = self.figures.standing(), counts_names(actor)
        content = found.content
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            phases: Counter[str] = Counter()
            for definition_key, element_id, count in content["phases"]:
                phases[names.step(self.context.catalog.process(definition_key).process_id, element_id)] += count
            named = [{names.process(id): n for id, n in content[what].items()} for what in ("open", "late")]
        indicators = []
        for one in self.context.domain.indicators:
            counts: Counter[str] = Counter()
            if one.variable in content["names"]:
                at = 3 + content["names"].index(one.variable)
                for row in content["cohorts"]:
                    counts[row[at]] += row[-1]
            counts.pop("", None)
            indicators.append((one, _counts(counts, found, is_exact)))
        active = content["active"]
        return Now(
            active if is_exact or active == 0 or active >= SMALLEST else None, found.counted, _counts(phases, found, is_exact),
            _counts(named[0], found, is_exact), _counts(named[1], found, is_exact), indicators,
        )  # fmt: skip

    # -- how long things take ------------------------------------------------------------------------------------------

    def steps(self, period: Period, actor: Actor) -> Grid:
        """Return of each step (process, step, done, waiting median and 80 %, work median, whole median and 80 %, per cent done
        again in the same case, days waited in all), the most waiting first.
        """
        found, steps = self._steps(period, actor)
        is_exact = counts_names(actor)
        lines: list[tuple[float, str, tuple[Value, ...]]] = []
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            for place, step in steps.items():
                process_id, _slash, element_id = place.partition("/")
                words = names.process(process_id), names.step(process_id, element_id)
                waited = (step.wait if step.taken else step.whole).days
                lines.append((waited, place, (*words, *_of_step(step, waited, is_exact=is_exact))))
        lines.sort(key=lambda line: (-line[0], line[1]))
        return Grid([row for _w, _p, row in lines], found.moment, missing=found.missing, keys=[place for _w, place, _r in lines])

    def _steps(self, period: Period, actor: Actor) -> tuple[Counted, dict[str, Step]]:
        actor.require(permissions.FIGURES)
        found = self.figures.months(TASKS, period.since, period.until)
        steps: dict[str, Step] = defaultdict(Step)
        for content in found.months.values():
            for place, plain in content.items():
                steps[place].merge(Step.read(plain))
        return found, steps

    def trend(self, place: str, period: Period, actor: Actor) -> tuple[str, Grid]:
        """Return the name of a step (``process/element``) or process, and of each month (first day, done, median, 80 %)."""
        actor.require(permissions.FIGURES)
        process_id, is_step, element_id = place.partition("/")
        found = self.figures.months(TASKS if is_step else PARTS, period.since, period.until)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            title = names.step(process_id, element_id) if is_step else names.process(process_id)
        took = {
            month: Step.read(content[place]).whole if is_step else Durations.read(content[place]["took"])
            for month, content in found.months.items() if place in content
        }  # fmt: skip
        counts = {month: took[month].count if month in took else 0 for month in found.months}
        hidden = _hidden(counts, [counts], is_exact=counts_names(actor))
        rows = [
            (month, None, None, None) if month in hidden
            else (month, count, *((in_days(took[month].quantile(share)) for share in (0.5, MOST)) if count else ("", "")))
            for month, count in counts.items()
        ]  # fmt: skip
        return title, Grid(rows, found.moment, missing=found.missing)

    def parts(self, period: Period, actor: Actor) -> Grid:
        """Return of each process that ended (name, completed, median, 80 %, stopped, per cent with a step done again)."""
        actor.require(permissions.FIGURES)
        found, is_exact = self.figures.months(PARTS, period.since, period.until), counts_names(actor)
        merged = _merged_parts(found)
        rows, keys = [], []
        with self.context.db.read() as unit:
            names = Names(self.context, unit)
            for process_id, part in sorted(merged.items(), key=lambda item: (-item[1].took.days, item[0])):
                done, stopped = part.took.count, part.stopped
                shown = is_exact or done >= SMALLEST
                again = percent(part.again, done) if is_exact or _tells_none(part.again, done) else None
                rows.append((
                    names.process(process_id), _known(done, is_exact),
                    *((in_days(part.took.quantile(share)) if shown else None) if done else "" for share in (0.5, MOST)),
                    _known(stopped, is_exact),
                    again if again is not None or done else "",
                ))  # fmt: skip
                keys.append(process_id)
        return Grid(rows, found.moment, missing=found.missing, keys=keys)

    def ends(self, process_id: str, period: Period, actor: Actor) -> Grid:
        """Return on which ends a process came, and how often."""
        actor.require(permissions.FIGURES)
        found = self.figures.months(PARTS, period.since, period.until)
        part = _merged_parts(found).get(process_id, _Part())
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            counts = Counter[str]()
            for element_id, count in part.ends.items():
                counts[names.step(process_id, element_id) if element_id else _("without an end event")] += count
        if part.stopped:
            counts[_("stopped")] += part.stopped
        return _counts(counts, Kept("", period.since, None, found.moment, False, 0), counts_names(actor), found.missing)

    def ways(self, process_id: str, period: Period, actor: Actor) -> Grid:
        """Return the most frequent orders of the steps of a process, and how often each was gone."""
        actor.require(permissions.FIGURES)
        found = self.figures.months(PARTS, period.since, period.until)
        part = _merged_parts(found).get(process_id, _Part())
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            counts = Counter[str]()
            for way, count in part.ways.most_common(WAYS):
                counts[" → ".join(names.step(process_id, id) for id in way) or _("no task and no called process")] += count
        rest = part.other + sum(part.ways.values()) - counts.total()
        if rest:
            counts[_("every other order")] = rest
        return _counts(counts, Kept("", period.since, None, found.moment, False, 0), counts_names(actor), found.missing)

    # -- terms ---------------------------------------------------------------------------------------------------------

    def terms(self, period: Period, actor: Actor) -> Grid:
        """Return of each term whose last day lay in the period (process, term, kept, missed, moved, fell away, per cent kept of
        those kept or missed).
        """
        found, merged = self._terms(period, actor)
        is_exact = counts_names(actor)
        rows: list[tuple[Value, ...]] = []
        keys: list[str] = []
        hidden = self._hidden_of_terms(merged, is_exact=is_exact)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            for place, one in sorted(merged.items(), key=lambda item: (-item[1]["fates"][MISSED], item[0])):
                process_id, _slash, name = place.partition("/")
                cells = [None if (place, kind) in hidden else one["fates"][kind] for kind in FATES]
                judged = one["fates"][KEPT] + one["fates"][MISSED]
                share = None if cells[0] is None or cells[1] is None else percent(one["fates"][KEPT], judged)
                rows.append((names.process(process_id), names.term(process_id, name), *cells,
                             "" if share is None and not judged else share))  # fmt: skip
                keys.append(place)
        return Grid(rows, found.moment, missing=found.missing, keys=keys)

    def causes(self, period: Period, actor: Actor) -> Grid:
        """Return where cases stood on the last days that passed: (its process, term, process, step, how often)."""
        found, merged = self._terms(period, actor)
        counts = {(place, cause): n for place, one in merged.items() for cause, n in one["causes"].items()}
        hidden = self._hidden_of_terms(merged, is_exact=counts_names(actor))
        rows: list[tuple[Value, ...]] = []
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            for (place, cause), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
                process_id, _slash, name = place.partition("/")
                process, _slash, element = cause.partition("/")
                at = (names.process(process), names.step(process, element)) if cause else ("", _("nothing that waited"))
                words = names.process(process_id), names.term(process_id, name), *at
                rows.append((*words, None if (place, cause) in hidden else count))
        return Grid(rows, found.moment, missing=found.missing)

    def _terms(self, period: Period, actor: Actor) -> tuple[Counted, dict[str, Any]]:
        actor.require(permissions.FIGURES)
        found = self.figures.months(TERMS, period.since, period.until)
        merged: dict[str, Any] = {}
        for content in found.months.values():
            for place, counts in content.items():
                one = merged.setdefault(place, {"fates": Counter(), "causes": Counter()})
                one["fates"].update({kind: n for kind, n in counts.items() if kind != "causes"})
                one["causes"].update(counts["causes"])
        return found, merged

    @staticmethod
    def _hidden_of_terms(merged: Mapping[str, Any], *, is_exact: bool) -> frozenset[tuple[str, str]]:
        """Return which cells of terms, by fate or by cause, are hidden, on whatever page: the fates of a term have a sum that
        tells something, and so have the causes of what was missed, which is one of them.
        """
        lines = [{(p, kind): one["fates"][kind] for kind in FATES} for p, one in merged.items()]
        lines += [
            {(p, MISSED): one["fates"][MISSED], **{(p, cause): n for cause, n in one["causes"].items()}}
            for p, one in merged.items() if one["causes"]
        ]  # fmt: skip
        return _hidden({cell: n for line in lines for cell, n in line.items()}, lines, is_exact=is_exact)

    # -- cohorts -------------------------------------------------------------------------------------------------------

    def processes(self, actor: Actor) -> list[tuple[str, str]]:
        """Return the processes that cases are of, the most frequent first: (id, name)."""
        _found, rows = self._cases(actor)
        counts = Counter[str]()
        for row in rows:
            counts[row["process"]] += row["count"]
        with self.context.db.read() as unit:
            names = Names(self.context, unit)
            return [(id, names.process(id)) for id, _n in counts.most_common()]

    def cohorts(self, process_id: str, by: Sequence[str], actor: Actor) -> list[Grid]:
        """Return for each of ``by`` how the cases of each quarter stand: by how they ended (``outcome``), by whether a term was
        missed (``late``), or by the value of an indicator's variable; rows and columns with their sums. Raises InvalidInput for
        anything else.
        """
        if not {"outcome", "late", *self.figures.names}.issuperset(by):
            raise InvalidInput(_("Cohorts are not told apart by this."), remedy=_("Choose from the list."))
        found, rows = self._cases(actor)
        chosen = [row for row in rows if row["process"] == process_id]
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            names = Names(self.context, unit)
            return [self._cohorts(found, chosen, process_id, one, actor, names) for one in by]

    def _cohorts(
        self, found: Counted, chosen: Sequence[Mapping[str, Any]], process_id: str, by: str, actor: Actor, names: Names
    ) -> Grid:  # fmt: skip
        quarters = sorted({row["cohort"] for row in chosen}, key=_quarter)[-COHORTS:]
        counts: Counter[tuple[str, str]] = Counter()
        for row in chosen:
            if row["cohort"] in quarters:
                counts[row["cohort"], str(row[by])] += row["count"]
        columns = sorted({c for _q, c in counts}, key=lambda c: (-sum(n for (_q, x), n in counts.items() if x == c), c))
        grid = {(q, c): counts[q, c] for q in quarters for c in columns}
        hidden: frozenset[tuple[str, str]] | None = frozenset()
        if not counts_names(actor):
            quarters = [q for q in quarters if sum(grid[q, c] for c in columns) >= SMALLEST]
            columns = [c for c in columns if any(grid[q, c] for q in quarters)]
            grid, columns, hidden = _coarser({(q, c): grid[q, c] for q in quarters for c in columns}, quarters, columns)
            hidden = hidden if quarters or not counts else None
        heads = tuple(self._head(names, process_id, by, column) for column in columns)
        if hidden is None:
            return Grid([], found.moment, heads, found.missing, is_closed=True)
        lines: list[tuple[Value, ...]] = [
            (q, sum(grid[q, c] for c in columns), *(None if (q, c) in hidden else grid[q, c] for c in columns)) for q in quarters
        ]  # fmt: skip
        if lines:
            lines.append((_("together"), sum(grid.values()), *(sum(grid[q, c] for q in quarters) for c in columns)))
        return Grid(lines, found.moment, heads, found.missing)

    def _head(self, names: Names, process_id: str, by: str, column: str) -> str:
        if by == "late":
            return {"True": _("a term missed"), "False": _("no term missed")}.get(column, _("others"))
        if by == "outcome":
            known = {"running": _("running"), OTHERS: _("others"), STOPPED: _("stopped"), "": _("without an end event")}
            return known[column] if column in known else names.step(process_id, column)
        return _("others") if column == OTHERS else column or _("not known yet")

    def _cases(self, actor: Actor) -> tuple[Counted, list[dict[str, Any]]]:
        """Return every case that ended or runs, counted by what it has in common with others."""
        actor.require(permissions.FIGURES)
        this = month_of(legal_day(self.context.clock.now()))
        found, standing = self.figures.months(CASES, date(1971, 1, 1), following(this)), self.figures.standing()
        rows = []
        for content in found.months.values():
            for cohort, process, outcome, late, *values, count in content["rows"]:
                rows.append(self._case(content["names"], cohort, process, outcome, late, values, count))
        for cohort, process, late, *values, count in standing.content["cohorts"]:
            rows.append(self._case(standing.content["names"], cohort, process, "running", late, values, count))
        return Counted({}, found.missing, min(found.moment, standing.counted)), rows

    def _case(
        self, names: Sequence[str], cohort: str, process: str, outcome: str, late: bool, values: Sequence[str], count: int
    ) -> dict[str, Any]:  # fmt: skip
        known = dict(zip(names, values, strict=True))
        own = {name: known.get(name, "") for name in self.figures.names}
        return {**own, "cohort": cohort, "process": process, "outcome": outcome, "late": bool(late), "count": count}

    # -- money ---------------------------------------------------------------------------------------------------------

    def money(self, actor: Actor) -> Grid:
        """Return of each year and budget what was awarded, committed, spent and is left, in euros; for who may see money."""
        actor.require(permissions.FIGURES)
        lines = self.ledger.lines(actor)
        rows: list[tuple[Value, ...]] = []
        for one in lines:
            euros = [Decimal(cents) / 100 for cents in (one.granted, one.tied, one.spent, one.left)]
            rows.append((str(one.year), _(one.budget.title), *euros))
        return Grid(rows, self.context.clock.now(), keys=[f"{one.budget.id}/{one.year}" for one in lines])

    def money_of_cases(self, actor: Actor) -> Grid:
        """Return of the cases that began in each quarter (quarter, awarded, committed, spent, left), in euros: what entries say
        that are for a case. Who sees no names reads no amount that fewer than five cases have, nor one that the others tell.
        """
        actor.require(permissions.FIGURES)
        actor.require(permissions.MONEY_READ)
        this = month_of(legal_day(self.context.clock.now()))
        found = self.figures.months(MONEY, date(1971, 1, 1), following(this))
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        having: dict[str, Counter[str]] = defaultdict(Counter)
        for content in found.months.values():
            for cohort, accounts in content.items():
                for account, (cents, count) in accounts.items():
                    sums[cohort][account] += cents if account != SOURCE else -cents
                    having[cohort][account] += count
        quarters = sorted(sums, key=lambda cohort: _quarter(cohort) if cohort else (0, 0))[-COHORTS:]
        counts = {(q, account): having[q][account] for q in quarters for account in AMOUNTS}
        columns = [[(q, account) for q in quarters] for account in AMOUNTS]
        hidden = _hidden(counts, columns, is_exact=counts_names(actor))
        open_sums = {column[0][1] for column in columns if column and _tells_no_one(counts, hidden.intersection(column))}
        rows = [
            _amounts(q or _("cases that are gone"), sums[q], {a for a in AMOUNTS if (q, a) not in hidden}) for q in quarters
        ]
        if rows:
            whole = {account: sum(sums[q][account] for q in quarters) for account in AMOUNTS}
            rows.append(_amounts(_("together"), whole, open_sums))
        return Grid(rows, found.moment, missing=found.missing)

    # -- the diagram ---------------------------------------------------------------------------------------------------

    def standing_at(self, process_id: str, actor: Actor) -> Mapping[str, int | None]:
        """Return how many cases are at each element of the newest version of a process, None where that is not shown: beside
        the other elements, or beside the other versions, whose sum other pages show.
        """
        actor.require(permissions.FIGURES)
        with self.context.db.read() as unit:
            keys = [row.key for row in definitions.versions(unit, "process", process_id)]
        cells = {(str(key), id): n for key, id, n in self.figures.standing().content["elements"] if key in keys}
        hidden = frozenset[tuple[str, str]]() if counts_names(actor) else hidden_in_table(cells)
        newest = str(keys[0]) if keys else ""
        return {id: None if (key, id) in hidden else n for (key, id), n in cells.items() if key == newest}

    def medians(self, process_id: str, period: Period, actor: Actor) -> dict[str, tuple[int, Decimal | None, Decimal | None]]:
        """Return of each task of a process how often it was done, its median in days, and within how many eight of ten were done,
        as far as that is shown.
        """
        _found, steps = self._steps(period, actor)
        is_exact = counts_names(actor)
        return {
            place.partition("/")[2]: (step.done, in_days(step.whole.quantile(0.5)), in_days(step.whole.quantile(MOST)))
            for place, step in steps.items() if place.partition("/")[0] == process_id and (is_exact or step.done >= SMALLEST)
        }  # fmt: skip


@dataclass
class _Part:
    took: Durations = field(default_factory=Durations)
    ends: Counter[str] = field(default_factory=Counter)
    ways: Counter[tuple[str, ...]] = field(default_factory=Counter)
    stopped: int = 0
    again: int = 0
    other: int = 0


def _merged_parts(found: Counted) -> dict[str, _Part]:
    merged: dict[str, _Part] = defaultdict(_Part)
    for content in found.months.values():
        for process_id, plain in content.items():
            one = merged[process_id]
            one.took.merge(Durations.read(plain["took"]))
            one.ends.update(plain["ends"])
            one.ways.update({tuple(way): count for way, count in plain["ways"]})
            one.stopped += plain["stopped"]
            one.again += plain["again"]
            one.other += plain["other"]
    return merged


def _coarser(
    grid: dict[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]
) -> tuple[dict[tuple[str, str], int], list[str], frozenset[tuple[str, str]] | None]:
    """Return a table in which the smallest columns are taken together, as few as will do, until what has to be hidden of it can
    be; its columns, the largest first; and what is hidden: None where nothing can be shown.
    """
    known = sorted(columns, key=lambda c: (-sum(grid[r, c] for r in rows), c))
    for kept in range(len(known), -1, -1):
        rest = known[kept:]
        made = {(r, c): grid[r, c] for r in rows for c in known[:kept]}
        if rest:
            made |= {(r, OTHERS): sum(grid[r, c] for c in rest) for r in rows}
        names = [*known[:kept], *([OTHERS] if rest else [])]
        is_small = any(0 < sum(made[r, c] for r in rows) < SMALLEST for c in names)
        hidden = None if is_small or len(rest) == 1 else hidden_two_way(made)
        if hidden is not None:
            return made, names, hidden
    return grid, known, None


def _of_step(step: Step, waited: float, *, is_exact: bool) -> tuple[Value, ...]:
    if not is_exact and step.done < SMALLEST:
        return (None,) * 8
    known: tuple[Value, ...]
    if step.taken == 0:
        known = ("", "", "")
    elif is_exact or step.taken >= SMALLEST:
        known = (in_days(step.wait.quantile(0.5)), in_days(step.wait.quantile(MOST)), in_days(step.work.quantile(0.5)))
    else:
        known = (None, None, None)
    again = percent(step.again, step.done) if is_exact or _tells_none(step.again, step.done) else None
    return (step.done, *known, in_days(step.whole.quantile(0.5)), in_days(step.whole.quantile(MOST)), again, round(waited))


def _tells_none(part: int, whole: int) -> bool:
    """Tell whether a share tells no small count: of those that are in it, or of those that are not."""
    return all(count == 0 or count >= SMALLEST for count in (part, whole - part))


def _tells_no_one(counts: Mapping[K, int], hidden: Collection[K]) -> bool:
    """Tell whether the sum of a column may stand under it: what is hidden in it is of several cells, and of no few cases."""
    return not hidden or (len(hidden) > 1 and sum(counts[cell] for cell in hidden) >= SMALLEST)


def _amounts(name: str, cents: Mapping[str, int], shown: Collection[str]) -> tuple[Value, ...]:
    """Return a line of amounts in euros; what is left is shown where all that it is made of is."""
    euros = {account: Decimal(cents[account]) / 100 for account in AMOUNTS}
    left = euros[SOURCE] - euros[TIED] - euros[SPENT] if len(shown) == len(AMOUNTS) else None
    return name, *(euros[account] if account in shown else None for account in AMOUNTS), left


def _known(count: int, is_exact: bool) -> int | None:
    return count if is_exact or count == 0 or count >= SMALLEST else None


def _hidden(counts: Mapping[K, int], lines: Iterable[Iterable[K]], *, is_exact: bool) -> frozenset[K]:
    return frozenset() if is_exact else hidden_in_lines(counts, lines)


def _counts(counts: Mapping[str, int], found: Kept, is_exact: bool, missing: int = 0) -> Grid:
    """Return counts with their labels, the largest first."""
    if is_exact:
        rows: list[tuple[Value, ...]] = [*sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    else:
        rows = [(cell.label, cell.count) for cell in hide_small(counts)]
    return Grid(rows, found.counted, missing=missing)


def _quarter(cohort: str) -> tuple[int, int]:
    year, _dash, quarter = cohort.partition("-")
    return int(year), int(quarter)
