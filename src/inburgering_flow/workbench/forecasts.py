"""A forecast: many futures of a process, with the band in which each figure lies."""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from inburgering_flow.analysis.bands import Band, band
from inburgering_flow.analysis.office import MOST_PEOPLE, Group
from inburgering_flow.analysis.weeks import Figures, totals, weekly
from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import ProcessDefinition, Text, written_names
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.services.resources import Resource
from inburgering_flow.workbench.histories import MOST_WEEKS, History
from inburgering_flow.workbench.needed import needed
from inburgering_flow.workbench.observing import Observed, observe
from inburgering_flow.workbench.sandbox import NOTHING, Change, Sandbox
from inburgering_flow.workbench.simulated import Future, Past, Plan, Shares
from inburgering_flow.workbench.standins import QUOTED

MOST_FUTURES = 200
MOST_ARRIVALS = 500
FUTURES = 40


@dataclass(frozen=True)
class Assumptions:
    """What a forecast assumes where it does not follow the past: nothing says that it does.

    ``arrivals`` are cases a week. ``minutes`` are those that somebody works on a task: by role, or by process and element.
    ``shares`` are weights of the flows of exclusive gateways (process, element), in the place of their conditions. ``timers``
    are durations, dates or cycles (with ``=`` FEEL) in the place of those drawn: (process, element). ``resources`` are deployed
    for the cases that begin from now on.
    """

    weeks: int = 12
    arrivals: float | None = None
    groups: Sequence[Group] | None = None
    minutes: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    timers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    resources: Sequence[Resource] = ()
    futures: int = FUTURES
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= MOST_WEEKS or not 2 <= self.futures <= MOST_FUTURES:
            raise InvalidInput(
                _("A forecast is of 1 to {weeks} weeks, by 2 to {futures} futures.").format(
                    weeks=MOST_WEEKS, futures=MOST_FUTURES
                ),
                remedy=_("Choose a number between them."),
            )
        if sum(one.people for one in self.groups or ()) > MOST_PEOPLE or (self.arrivals or 0) > MOST_ARRIVALS:
            raise InvalidInput(
                _("A forecast is of at most {people} people, and {cases} new cases a week.").format(
                    people=MOST_PEOPLE, cases=MOST_ARRIVALS
                ),
                remedy=_("Take a part of them, such as one team."),
            )
        numbers = [self.arrivals or 0.0, *self.minutes.values(), *(w for one in self.shares.values() for w in one.values())]
        if any(not 0 <= one < 100_000 for one in numbers) or any(not sum(one.values()) for one in self.shares.values()):
            raise InvalidInput(
                _("A number of cases, minutes or a share is 0 or more, and the shares of a gateway are not all 0."),
                remedy=_("Correct the number."),
            )


@dataclass(frozen=True)
class Forecast:
    """What is expected: figure → its band in each week, None where no future has a value; and of the whole time."""

    begin: datetime
    weeks: int
    futures: int
    roles: Sequence[str]
    figures: Mapping[str, Sequence[Band | None]]
    totals: Mapping[str, Band | None]
    shares: Mapping[str, Mapping[str, float]]
    """Of exclusive gateways (process/element): over which part of the tokens of the past each flow was taken."""
    left: Mapping[str, int]
    """What could not be played, by what it was: how often in all futures together."""
    played: int
    """Cases of the past that went as they had gone."""
    unplayed: int
    """Cases of the past that did not, or of which nobody knows all that was done to them."""
    running: int

    def widened(self, factors: Mapping[str, float]) -> Forecast:
        """Return the forecast with the bands of each figure so many times as wide."""

        def of(name: str, one: Band | None) -> Band | None:
            return None if one is None else one.widened(factors.get(name.partition(":")[0], 1.0))

        return replace(
            self, figures={name: [of(name, one) for one in bands] for name, bands in self.figures.items()},
            totals={name: of(name, one) for name, one in self.totals.items()},
        )  # fmt: skip


def plan_of(past: History, given: Assumptions) -> Plan:
    """Return what a future is made of: what is assumed, and else what was measured."""
    return Plan(
        past.process_id, given.weeks, past.arrivals if given.arrivals is None else (given.arrivals,), given.arrivals is None,
        past.groups if given.groups is None else given.groups, {**past.minutes, **given.minutes}, past.calendar,
    )  # fmt: skip


def forecast(
    past: History, given: Assumptions, models: Sequence[Resource], *, processes: int | None = None,
    plugins: Sequence[Plugin] | None = None, told: Callable[[int], None] | None = None,
) -> Forecast:  # fmt: skip
    """Play futures of a process on these models and return what they have in common; ``told`` hears how many there are.

    With ``plugins`` of one's own there is one process: others have those of the settings. Raises DeploymentRejected where the
    models or those assumed are not sound, and InvalidInput where something assumed is not in them.
    """
    plan = plan_of(past, given)
    with Sandbox.open(of_process(past.process_id, models), plugins=plugins) as sandbox, tempfile.TemporaryDirectory() as folder:
        seen = observe(sandbox, past.process_id, past.stories, past.until, past.calendar_of)
        shares = _shares(sandbox)
        if given.resources:
            platform = sandbox.fresh(past.until)
            sandbox.deploy(given.resources, platform)
            sandbox.keep()
        _check(sandbox, given)
        _check_roles(given, {*past.minutes, *seen.roles, *_drawn_roles(sandbox)}, seen.fates)
        results: list[Played] = []
        for one in _played(sandbox, Path(folder), seen, plan, given, 1 if plugins is not None else processes):
            results.append(one)
            if told is not None:
                told(len(results))
    return _together(past, plan, seen, shares, results)


def of_process(process_id: str, models: Sequence[Resource]) -> Sequence[Resource]:
    """Return the models that a process may come to; all of them where none of them has it, which says so."""
    for one in models:
        if one.kind == "bpmn" and process_id.encode() in one.content and process_id in _processes_in(one):
            return needed(one.name, models)
    return models


def _processes_in(one: Resource) -> set[str]:
    return {process.process_id for process in reader.read(one.content, name=one.name).processes}


@dataclass(frozen=True)
class Played:
    """What one future came to."""

    figures: Figures
    left: Mapping[str, int]


def roles_of(plan: Plan) -> list[str]:
    """Return the roles whose figures are told: those with people."""
    return sorted({role for group in plan.groups for role in group.roles})


def _played(
    sandbox: Sandbox, folder: Path, seen: Observed, plan: Plan, given: Assumptions, processes: int | None
) -> Iterator[Played]:
    number = min(processes or os.cpu_count() or 1, given.futures)
    seeds = range(given.seed * 1000, given.seed * 1000 + given.futures)
    if number == 1:
        player = _Player(sandbox, seen, plan, given)
        yield from map(player.play, seeds)
        return
    file = folder / "past.db"
    sandbox.copy_to(file)
    with ProcessPoolExecutor(number, get_context("spawn"), _begin, (file, seen, plan, given)) as pool:
        try:
            yield from pool.map(_play, seeds)
        except BrokenProcessPool:
            raise FlowError(
                "A process that played futures has ended.", remedy="Try with --processes 1, which says why."
            ) from None


class _Player:
    """Plays futures, in one process."""

    def __init__(self, sandbox: Sandbox, seen: Observed, plan: Plan, given: Assumptions) -> None:
        self.sandbox, self.past, self.plan, self.given = sandbox, Past(seen), plan, given
        self.change = _change(sandbox, given)
        self.roles = roles_of(plan)

    def play(self, seed: int) -> Played:
        """Play one."""
        shares = Shares(self.given.shares, random.Random(seed))  # noqa: S311
        until = self.past.observed.until
        platform = self.sandbox.fresh(until, None, self.change, shares.choose if self.given.shares else None)
        future = Future(platform, self.past, self.plan, seed)
        happened = future.play()
        minutes = {role: self.plan.capacity(role) for role in self.roles}
        left = dict(Counter(future.left.unanswered) + Counter(future.left.never))
        if future.left.refused:
            left[self.plan.process_id] = future.left.refused
        return Played(weekly(happened, until, self.plan.weeks, self.roles, minutes), left)


_player: list[_Player] = []


def _begin(file: Path, seen: Observed, plan: Plan, given: Assumptions) -> None:
    """Open a sandbox of this process's own."""
    _player[:] = [_Player(Sandbox.again(file), seen, plan, given)]


def _play(seed: int) -> Played:
    return _player[0].play(seed)


def _change(sandbox: Sandbox, given: Assumptions) -> Change:
    """Return the processes in which timers are others."""
    changed: dict[str, ProcessDefinition] = {}
    for (process_id, element_id), text in given.timers.items():
        process = changed.get(process_id) or sandbox.definition(process_id)
        element = None if process is None else process.elements.get(element_id)
        if process is None or element is None or element.event is None or element.event.kind != "timer":
            raise InvalidInput(
                _("{place} is not a timer of the models.").format(place=f"{process_id}/{element_id}"),
                remedy=_("Give the process and the element, as they are in the diagram."),
            )
        written = Text(text.removeprefix("=").strip(), text.startswith("="))
        other = replace(element, event=replace(element.event, expression=written))
        changed[process_id] = replace(process, elements={**process.elements, element_id: other})
    return Change(changed) if changed else NOTHING


def _check(sandbox: Sandbox, given: Assumptions) -> None:
    """Raise InvalidInput where something is assumed of what is not there."""
    _change(sandbox, given)
    for (process_id, element_id), weights in given.shares.items():
        process = sandbox.definition(process_id)
        element = None if process is None else process.elements.get(element_id)
        flows = set() if element is None else {flow.id for flow in element.outgoing}
        if element is None or element.kind != "exclusiveGateway" or not set(weights) <= flows:
            raise InvalidInput(
                _("{place} is not an exclusive gateway with these flows.").format(place=f"{process_id}/{element_id}"),
                remedy=_("Its flows are {flows}.").format(flows=", ".join(sorted(flows))) if flows
                else _("Give the process and the gateway, as they are in the diagram."),
            )  # fmt: skip


def _shares(sandbox: Sandbox) -> dict[str, dict[str, float]]:
    """Return which part of the tokens of the last trial took each flow of an exclusive gateway that has a choice."""
    found: dict[str, dict[str, float]] = {}
    for process_id in sorted({process for process, _flow in sandbox.flows}):
        process = sandbox.definition(process_id)
        for element in () if process is None else process.elements.values():
            counts = {flow.id: sandbox.flows[process_id, flow.id] for flow in element.outgoing}
            if element.kind == "exclusiveGateway" and len(counts) > 1 and (total := sum(counts.values())):
                found[f"{process_id}/{element.id}"] = {flow: round(count / total, 3) for flow, count in counts.items()}
    return found


def _drawn_roles(sandbox: Sandbox) -> set[str]:
    """Return the groups that the diagrams name for tasks, in an expression too."""
    found: set[str] = set()
    for process_id in sandbox.processes:
        process = sandbox.definition(process_id)
        for element in () if process is None else process.elements.values():
            groups = element.candidate_groups
            if groups is not None:
                found.update(QUOTED.findall(groups.source) if groups.is_expression else written_names(groups.source))
    return found


def _check_roles(given: Assumptions, known: Collection[str], places: Collection[str]) -> None:
    """Raise InvalidInput for staff or minutes of a role that no task has: what was mistyped would change nothing."""
    roles = {role for group in given.groups or () for role in group.roles}
    unknown = sorted((roles - set(known)) | (set(given.minutes) - set(known) - set(places)))
    if unknown:
        raise InvalidInput(
            _("No task of this process is for {roles}.").format(roles=", ".join(unknown)),
            remedy=_("Its roles are {roles}.").format(roles=", ".join(sorted(known))),
        )


def _together(
    past: History, plan: Plan, seen: Observed, shares: Mapping[str, Mapping[str, float]], results: Sequence[Played]
) -> Forecast:
    names = results[0].figures
    bands = {
        name: [band(v for one in results if (v := one.figures[name][week]) is not None) for week in range(plan.weeks)]
        for name in names
    }  # fmt: skip
    all_totals = [totals(one.figures) for one in results]
    left: Counter[str] = Counter()
    for one in results:
        left.update(one.left)
    return Forecast(
        past.until, plan.weeks, len(results), roles_of(plan), bands,
        {name: band(v for one in all_totals if (v := one[name]) is not None) for name in names}, shares, dict(left),
        len(past.stories) - len(seen.astray), len(seen.astray) + past.unplayable, len(seen.roots),
    )  # fmt: skip


def as_json(made: Forecast) -> dict[str, Any]:
    """Return a forecast as values that JSON has; a band is [low, middle, high]."""

    def plain(one: Band | None) -> list[float] | None:
        return None if one is None else [round(one.low, 3), round(one.middle, 3), round(one.high, 3)]

    return {
        "begin": made.begin.isoformat(), "weeks": made.weeks, "futures": made.futures, "roles": list(made.roles),
        "figures": {name: [plain(one) for one in bands] for name, bands in made.figures.items()},
        "totals": {name: plain(one) for name, one in made.totals.items()},
        "shares": {place: dict(one) for place, one in made.shares.items()},
        "left": dict(made.left), "played": made.played, "unplayed": made.unplayed, "running": made.running,
    }  # fmt: skip
