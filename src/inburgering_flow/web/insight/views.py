"""Inzicht: figures without names, each with what it means, a drawing, a table and a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.analysis.effects import LEAST as ENOUGH
from inburgering_flow.analysis.lateness import LEAST
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import ALL
from inburgering_flow.services import sheets
from inburgering_flow.services.disclosure.counts import SMALL, SMALLEST, counts_names
from inburgering_flow.services.effects import Group
from inburgering_flow.services.event_logs import MOST_CASES, OCEL, XES
from inburgering_flow.services.insight import Period
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.designer.naming import TYPES
from inburgering_flow.web.display import element_name, number
from inburgering_flow.web.files import file, streamed
from inburgering_flow.web.insight import tables
from inburgering_flow.web.insight.tables import Table, table
from inburgering_flow.web.paging import key_in

insight = Blueprint("insight", __name__)
FILES = {"csv": sheets.CSV, "xlsx": sheets.XLSX}
EVENT_LOGS = {OCEL: ("zaken.jsonocel", "application/json"), XES: ("zaken.xes", "application/xml")}
OFFERED = (("csv", "CSV"), ("xlsx", "Excel"))
BY = {"uitkomst": ("outcome", N_("hoe zij eindigden")), "termijn": ("late", N_("of een termijn is gemist"))}
"""How cohorts are told apart, besides by the indicators of the domain: in the address → for the service, in words."""
ASKED = ("voor", "na", "van_1", "tot_1", "van_2", "tot_2")
NEVER: tuple[int, None, None] = (0, None, None)  # how often a task was done, its median, and the length of eight of ten
LENGTH = 120  # of what an address names


@dataclass(frozen=True)
class Part:
    """A page of Inzicht: its title, the question that it answers, and its tables."""

    title: str
    question: str
    tables: Callable[[], Sequence[Table]]
    permission: str = permissions.FIGURES
    has_period: bool = True
    has_process: bool = False


def _period() -> Period:
    return services().insight.period(request.args.get("periode", "")[:LENGTH], me())


def _known() -> list[tuple[str, str]]:
    """Return every process, those that cases are of first; counted once for a page."""
    if "insight_processes" not in g:
        g.insight_processes = _processes()
    return cast("list[tuple[str, str]]", g.insight_processes)


def _process() -> str:
    """Return the process that the address asks for, else that of most cases."""
    asked = request.args.get("proces", "")[:LENGTH]
    known = [id for id, _name in _known()]
    return asked if asked in known else next(iter(known), "")


def _processes() -> list[tuple[str, str]]:
    found = services().insight.processes(me())
    others = [(row.id, row.name or row.id) for row in services().deployments.newest("process")]
    return [*found, *sorted((one for one in others if one not in found), key=lambda one: one[1].lower())]


def _address(**more: str) -> dict[str, Any]:
    """Return what of the address files and links keep."""
    kept = {name: request.args.get(name, "")[:LENGTH] for name in ("periode", "proces", "stap", "naar")}
    return {name: value for name, value in {**kept, **more}.items() if value}


def _now() -> list[Table]:
    found = services().insight.now(me())
    phases = [url_for("cockpit.cases", fase=row[0]) if me().may(permissions.BOARD) else "" for row in found.phases.rows]
    values = [
        table(tables.VALUES, grid, title=_(one.title), head=_(one.head), address=f"waarden-{one.variable}")
        for one, grid in found.indicators
    ]  # fmt: skip
    return [
        table(tables.PHASES, found.phases, links=phases, address="fasen"), table(tables.OPEN, found.open, address="open"),
        table(tables.LATE, found.late, address="te-laat"), *values,
    ]  # fmt: skip


def _steps() -> list[Table]:
    period, service = _period(), services().insight
    steps, parts = service.steps(period, me()), service.parts(period, me())
    to = [url_for("insight.part", part="verloop", **_address(stap=place)) for place in (*steps.keys, *parts.keys)]
    return [
        table(tables.STEPS, steps, address="stappen", links=to[: len(steps.keys)]),
        table(tables.PARTS, parts, address="processen", links=to[len(steps.keys) :]),
    ]  # fmt: skip


def _trend() -> list[Table]:
    title, grid = services().insight.trend(request.args.get("stap", "")[:LENGTH] or _process(), _period(), me())
    return [table(tables.TREND, grid, title=_("{name}, per maand").format(name=title), address="verloop")]


def _terms() -> list[Table]:
    period, service = _period(), services().insight
    return [
        table(tables.TERMS, service.terms(period, me()), address="termijnen"),
        table(tables.CAUSES, service.causes(period, me()), address="oorzaken"),
    ]  # fmt: skip


def _cohort_choices() -> list[tuple[str, str, str]]:
    """Return (in the address, for the service, in words)."""
    own = [(one.variable, one.variable, _(one.head).lower()) for one in services().context.domain.indicators]
    return [(name, by, _(title)) for name, (by, title) in BY.items()] + own


def _cohorts() -> list[Table]:
    choices = _cohort_choices()
    grids = services().insight.cohorts(_process(), [by for _name, by, _title in choices], me())
    return [
        table(tables.COHORTS, grid, title=_("Per kwartaal, naar {what}").format(what=title), address=f"cohorten-{name}")
        for grid, (name, _by, title) in zip(grids, choices, strict=True)
    ]  # fmt: skip


def _ways() -> list[Table]:
    period, process, service = _period(), _process(), services().insight
    return [
        table(tables.WAYS, service.ways(process, period, me()), address="volgorde"),
        table(tables.ENDS, service.ends(process, period, me()), address="afloop"),
    ]  # fmt: skip


def _followed() -> list[Table]:
    period, service = _period(), services().insight
    return [
        table(tables.ENDS, service.ends(process, period, me()), title=_(title), address=f"afloop-{process}")
        for process, title in services().context.domain.followed
    ]  # fmt: skip


def _money() -> list[Table]:
    found = services().insight.money(me())
    links = [url_for("money.entries", budget=key.partition("/")[0], year=int(key.partition("/")[2])) for key in found.keys]
    of_cases = services().insight.money_of_cases(me())
    return [
        table(tables.MONEY, found, address="geld", links=links),
        table(tables.MONEY_OF_CASES, of_cases, address="geld-cohorten"),
    ]  # fmt: skip


PARTS: Mapping[str, Part] = {
    "nu": Part(N_("Nu"), N_("Waar staan de zaken, en wat wacht er?"), _now, has_period=False),
    "duur": Part(N_("Doorlooptijd"), N_("Hoe lang duurt elke stap, en waar wacht het?"), _steps),
    "verloop": Part(N_("Per maand"), N_("Hoe ging het van maand tot maand?"), _trend),
    "termijnen": Part(N_("Termijnen"), N_("Welke termijnen zijn gehaald, en waar ging het mis?"), _terms),
    "cohorten": Part(N_("Cohorten"), N_("Hoe verging het de mensen die in hetzelfde kwartaal begonnen?"), _cohorts,
                     has_period=False, has_process=True),
    "wegen": Part(N_("Wegen"), N_("In welke volgorde gaan zaken, en hoe eindigen zij?"), _ways, has_process=True),
    "afloop": Part(N_("Afloop"), N_("Hoe liepen deze procedures af?"), _followed),
    "geld": Part(N_("Geld"), N_("Wat is toegekend, vastgelegd, uitgegeven en over?"), _money, permissions.MONEY_READ,
                 has_period=False),
}  # fmt: skip


def parts_for_me() -> list[tuple[str, Part]]:
    """Return the pages that the reader may open."""
    has_followed = bool(services().context.domain.followed)
    return [(name, part) for name, part in PARTS.items() if me().may(part.permission) and (name != "afloop" or has_followed)]


def others() -> list[tuple[str, str]]:
    """Return the pages of Inzicht besides those with tables only: endpoint and title."""
    found = [("insight.diagram", _("Diagram")), ("insight.effect", _("Vergelijken"))]
    if me().may(permissions.BOARD):
        found.append(("insight.expected", _("Dreigt te laat")))
    return [*found, ("insight.mining", _("Procesanalyse"))] if me().sees else found


@insight.get("/inzicht")
@needs(permissions.FIGURES)
def figures() -> ResponseReturnValue:
    """How many cases are where, and how much work waits."""
    return _shown("nu", active=services().insight.now(me()).active)


@insight.get("/inzicht/<part>")
@needs(permissions.FIGURES)
def part(part: str) -> ResponseReturnValue:
    """One question about all cases, answered with tables."""
    if part not in PARTS or part == "nu":
        raise NotFound(_("Deze cijfers zijn er niet."), remedy=_("Kies een onderdeel van Inzicht."))
    return _shown(part)


def _shown(name: str, **more: Any) -> str:
    chosen = PARTS[name]
    me().require(chosen.permission)
    found = chosen.tables()
    return render_template(
        "insight/part.html", name=name, part=chosen, parts=parts_for_me(), others=others(), tables=found,
        missing=max((one.grid.missing for one in found), default=0), is_exact=counts_names(me()), smallest=SMALLEST,
        periods=services().insight.periods(me()) if chosen.has_period else [], period=_period().name if chosen.has_period else "",
        processes=_known() if chosen.has_process else [], process=_process() if chosen.has_process else "",
        kept=_address(), files=OFFERED, **more,
    )  # fmt: skip


@insight.get("/inzicht/<part>/<address>.<kind>")
@needs(permissions.FIGURES)
def download(part: str, address: str, kind: str) -> ResponseReturnValue:
    """A table as a file, with the same cells as on the page."""
    chosen = PARTS.get(part)
    if chosen is None or kind not in FILES:
        raise NotFound(_("Dit bestand is er niet."), remedy=_("Kies een bestand onder een tabel van Inzicht."))
    me().require(chosen.permission)
    found = next((one for one in chosen.tables() if one.address == address), None)
    if found is None:
        raise NotFound(_("Dit bestand is er niet."), remedy=_("Kies een bestand onder een tabel van Inzicht."))
    services().insight.taken(f"inzicht-{address}.{kind}", me())
    return file(tables.as_file(found, kind), f"inzicht-{address}.{kind}", FILES[kind])


@insight.get("/inzicht/diagram")
@needs(permissions.FIGURES)
def diagram() -> ResponseReturnValue:
    """The diagram of a process with how many cases are where now, and how long each task took; the same as a table."""
    if not (me().may(permissions.BOARD) or me().may(permissions.DEFINITION_READ)):
        me().require(permissions.BOARD)
    process = _process()
    key = next((row.key for row in services().deployments.newest("process") if row.id == process), None)
    shown, rows = None, []
    if key is not None:
        there = services().insight.standing_at(process, me())
        active = {one: SMALL if n is None else n for one, n in there.items()}
        took = services().insight.medians(process, _period(), me())
        known = services().context.catalog.process(key).definition.elements
        spent = {one: _("{days} d").format(days=number(days)) for one, (_n, days, _most) in took.items() if days is not None}
        shown = {"key": key, "marks": {"active": active, "incidents": {}, "completed": [], "spent": spent}, "xml": ""}
        for one in sorted(set(active) | set(took), key=lambda one: (-took.get(one, NEVER)[0], one)):
            if one in known:
                name = element_name(key, one, known[one].name or one)
                kind = _(TYPES.get(known[one].kind, known[one].kind))
                rows.append((name, kind, active.get(one, 0), *took.get(one, NEVER), _there(known[one], process)))
    return render_template(
        "insight/diagram.html", shown=shown, rows=rows, parts=parts_for_me(), others=others(), name="diagram",
        processes=_known(), process=process, periods=services().insight.periods(me()), period=_period().name,
        is_exact=counts_names(me()), smallest=SMALLEST, kept=_address(),
    )  # fmt: skip


@insight.get("/inzicht/vergelijken")
@needs(permissions.FIGURES)
def effect() -> ResponseReturnValue:
    """Compare two versions of a process, or two periods."""
    process, given = _process(), {name: request.args.get(name, "")[:LENGTH] for name in ASKED}
    found, problem = None, ""
    if given["voor"] or given["van_1"]:
        try:
            found = services().effects.compare(process, _group(given, "voor", "1"), _group(given, "na", "2"), me())
        except InvalidInput as error:
            problem = f"{error.message} {error.remedy}"
    versions = services().effects.versions(process, me()) if process else []
    return render_template(
        "insight/effect.html", name="effect", parts=parts_for_me(), others=others(), processes=_known(), process=process,
        versions=versions, given=given, found=found, problem=problem, least=ENOUGH, kept=_address(), is_exact=counts_names(me()),
        smallest=SMALLEST,
    ), 422 if problem else 200  # fmt: skip


def _group(given: Mapping[str, str], version: str, period: str) -> Group:
    """Return the group that a form asks for: a version, or else a period."""
    if given[version]:
        number = key_in(given[version])
        if number is None:
            raise InvalidInput(_("Deze versie is er niet."), remedy=_("Kies een versie uit de lijst."))
        return Group(version=number)
    try:
        return Group(None, date.fromisoformat(given[f"van_{period}"]), date.fromisoformat(given[f"tot_{period}"]))
    except ValueError:
        raise InvalidInput(_("Vul van beide perioden twee datums in."), remedy=_("Of kies van beide een versie.")) from None


@insight.get("/inzicht/dreigt")
@needs(permissions.BOARD)
def expected() -> ResponseReturnValue:
    """The terms that will perhaps be missed, the most probable first, and what each waits for."""
    found = services().outlooks.expected(me())
    return render_template(
        "insight/expected.html", name="expected", parts=parts_for_me(), others=others(), found=found, least=LEAST
    )


@insight.get("/inzicht/procesanalyse")
@needs(permissions.FIGURES)
def mining() -> ResponseReturnValue:
    """Ask which cases somebody wants in an event log."""
    return _mining({})


def _mining(given: Mapping[str, str], problem: str = "") -> str:
    today = legal_day(services().clock.now())
    usual = {"soort": "ocel", "van": date(today.year - 1, today.month, 1).isoformat(), "tot": today.isoformat()}
    return render_template(
        "insight/mining.html", name="mining", parts=parts_for_me(), others=others(), given={**usual, **given}, problem=problem,
        most=MOST_CASES,
    )  # fmt: skip


@insight.post("/inzicht/procesanalyse")
@needs(permissions.FIGURES)
def event_log() -> ResponseReturnValue:
    """An event log as a file, sent while it is written."""
    given = {name: request.form.get(name, "")[:LENGTH] for name in ("soort", "van", "tot")}
    try:
        since, until = (date.fromisoformat(given[name]) for name in ("van", "tot"))
    except ValueError:
        return _mining(given, _("Vul twee datums in.")), 422
    try:
        found = services().event_logs.write(given["soort"], since, until, me())
    except InvalidInput as error:
        return _mining(given, f"{error.message} {error.remedy}"), 422
    name, kind = EVENT_LOGS[given["soort"]]
    return streamed(found, name, kind)


def _there(element: Any, process: str) -> str:
    """Return the address of the cases or tasks that are at an element, for who may see them."""
    if element.kind == "userTask" and me().sees:
        return url_for("tasklist.tasks", lijst="alle", process_id=process, vraag=element.name or element.id)
    if element.kind == "callActivity" and ALL in me().sees and me().may(permissions.BOARD):
        return url_for("cockpit.cases", stap=f"{process}/{element.id}")
    return ""
