"""A trial run: a designer plays a process step by step, and each step is written down as one of a scenario.

Only those steps are kept (``services/trial_runs.py``). Where the run stands is in a sandbox of this process, one of a few that it
holds; where it is not there any more, or another process made it, the steps are played again. So one step back is the same steps
without the last one.
"""

from __future__ import annotations

import io
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from inburgering_flow.errors import Busy, Conflict, FlowError, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.trial_runs import TrialRun
from inburgering_flow.services import Services
from inburgering_flow.services.resources import Resource
from inburgering_flow.services.trial_runs import changed_meanwhile
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import Runner, Scenario, ScenarioFailed, dump, read

SECONDS = 20.0
"""What one press of a button may take, with all that is played again for it."""
WAIT = 10.0
MOST_STEPS = 200
MOST_BYTES = 200_000
"""Of what is typed in one trial run."""
MOST_LIVE = 4
"""Sandboxes that this process holds, whoever they are of: each is a few megabytes."""


@dataclass
class Live:
    """The sandbox of a trial run, and how far it has been played: ``turn`` is -1 where that is not known."""

    sandbox: Sandbox
    lock: threading.Lock
    runner: Runner | None = None
    turn: int = -1
    is_closed: bool = False


class Played:
    """Trial runs that are played in this process."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._live: OrderedDict[int, Live] = OrderedDict()
        self._lock = threading.Lock()

    def begin(
        self, resources: Sequence[Resource], story: Mapping[str, Any], actor: Actor, *, project_key: int | None = None,
        once: str = "",
    ) -> int:  # fmt: skip
        """Begin a trial run and return its key. Raises DeploymentRejected where the models are not sound, and InvalidInput where
        the process does not begin with what is given.
        """
        story = plain({**story, "stappen": []})
        sandbox = self._opened(resources, story)
        try:
            runner = _begun(sandbox, story)
            key = self.services.trial_runs.begin(packed(resources), story, actor, project_key=project_key, once=once)
        except BaseException:
            sandbox.close()
            raise
        self._hold(key, Live(sandbox, threading.Lock(), runner, 0))
        return key

    @contextmanager
    def at(self, key: int, actor: Actor) -> Iterator[tuple[TrialRun, Live, Runner]]:
        """Give a trial run of the actor where it stands now; nobody else plays it meanwhile."""
        live = self._locked(self.services.trial_runs.get(key, actor))
        try:
            run = self.services.trial_runs.get(key, actor)
            yield run, live, _caught_up(live, run)
        finally:
            live.lock.release()

    def do(self, key: int, turn: int, step: Mapping[str, Any], actor: Actor) -> None:
        """Do one step and keep it. Raises Conflict where the run has gone on since ``turn``, and what the step itself raises:
        then it is as if it had not been tried.
        """
        with self.at(key, actor) as (run, live, runner):
            if run.turn != turn:
                raise changed_meanwhile()
            step = plain(step)
            _check_size(run, step)
            live.turn = -1
            runner.within(SECONDS)
            try:
                runner.do(step)
            except ScenarioFailed as failed:
                raise refused(failed) from None
            story = {**run.story, "stappen": [*run.steps, step]}
            self.services.trial_runs.change(key, turn, story, actor)
            live.turn = run.turn + 1

    def back(self, key: int, turn: int, left: int, actor: Actor) -> None:
        """Forget the steps after the first ``left``, to choose otherwise."""
        run = self.services.trial_runs.get(key, actor)
        self.services.trial_runs.change(key, turn, {**run.story, "stappen": run.steps[: max(left, 0)]}, actor)

    def kept(self, key: int, name: str, actor: Actor) -> str:
        """Return a trial run as the text of a scenario, which says after each step what is there then. It has been played, and
        came true. Raises InvalidInput where it does not: a model that gives something else each time.
        """
        with self.at(key, actor) as (run, live, _runner):
            live.turn = -1
            try:
                content = {**run.story, "naam": name, "stappen": _told(live.sandbox, run)}
                text = dump(content)
                scenario = read(text, Path(f"{run.story['proces']}.yaml"))
                Runner(live.sandbox.fresh(scenario.clock, scenario.mocks), scenario, seconds=SECONDS).run()
            except ScenarioFailed as failed:
                raise refused(failed) from None
            return text

    def close(self) -> None:
        """Let go of every sandbox that nobody uses now."""
        with self._lock:
            for key in list(self._live):
                self._let_go(key)

    def _locked(self, run: TrialRun) -> Live:
        """Return the sandbox of a run, which nobody else uses meanwhile."""
        while True:
            live = self._of(run)
            if not live.lock.acquire(timeout=WAIT):
                raise Busy(_("This trial run is being played now."), remedy=_("Look again in a moment."))
            if not live.is_closed:  # while this waited
                return live
            live.lock.release()

    def _of(self, run: TrialRun) -> Live:
        with self._lock:
            found = self._live.get(run.key)
            if found is not None:
                self._live.move_to_end(run.key)
                return found
        return self._hold(run.key, Live(self._opened(unpacked(run.files), run.story), threading.Lock()))

    def _opened(self, resources: Sequence[Resource], story: Mapping[str, Any]) -> Sandbox:
        """Return a sandbox with these models, and with what the story imitates although it is not among them."""
        imitated = Scenario(Path(), story).imitated
        return Sandbox.open(resources, stubs=imitated, plugins=self.services.context.domain.plugins)

    def _hold(self, key: int, live: Live) -> Live:
        """Keep a sandbox, and let go of the one that was not used for the longest time, if nobody uses it now."""
        with self._lock:
            there = self._live.get(key)
            if there is not None:  # somebody was first
                live.sandbox.close()
                return there
            self._live[key] = live
            for old in list(self._live)[: max(len(self._live) - MOST_LIVE, 0)]:
                self._let_go(old)
        return live

    def _let_go(self, key: int) -> None:
        """Close a sandbox, unless somebody uses it now: then it goes when another one is opened."""
        live = self._live[key]
        if live.lock.acquire(blocking=False):
            del self._live[key]
            live.is_closed = True
            live.sandbox.close()
            live.lock.release()


def _begun(sandbox: Sandbox, story: Mapping[str, Any]) -> Runner:
    scenario = Scenario(Path(f"{story['proces']}.yaml"), story)
    runner = Runner(sandbox.fresh(scenario.clock, scenario.mocks), scenario, seconds=SECONDS)
    try:
        runner.begin()
    except ScenarioFailed as failed:
        raise refused(failed) from None
    return runner


def _caught_up(live: Live, run: TrialRun) -> Runner:
    """Return the run as far as it has been done: as it stands, or played again."""
    if live.runner is not None and live.turn == run.turn:
        return live.runner
    live.turn = -1
    live.runner = _begun(live.sandbox, run.story)
    for step in run.steps:
        try:
            live.runner.do(step)
        except ScenarioFailed as failed:
            raise refused(failed) from None
    live.turn = run.turn
    return live.runner


def _told(sandbox: Sandbox, run: TrialRun) -> list[Mapping[str, Any]]:
    """Return the steps of a run, each followed by what is open then where that has changed; at the end how it stands."""
    runner, found, before = _begun(sandbox, run.story), list[Mapping[str, Any]](), _seen(None)
    for step in [None, *run.steps]:
        if step is not None:
            runner.do(step)
            found.append(step)
        now = _seen(runner)
        changed = {name: value for name, value in now.items() if value != before[name]}
        if changed:
            found.append({"verwacht": changed})
        before = now
    found.append({"verwacht": _outcome(runner, run)})
    return found


def _seen(runner: Runner | None) -> dict[str, list[str]]:
    if runner is None:
        return {"taken": [], "wacht": []}
    tasks = sorted(task.element_id for task in runner.open_tasks())
    return {"taken": tasks, "wacht": [element for element, _name in runner.waiting()]}


def _outcome(runner: Runner, run: TrialRun) -> dict[str, Any]:
    """Return how a run stands at its end: its state, the end event that was reached last, what it computed, and its incidents."""
    family = runner.family()
    case = next(one for one in family if one.key == runner.key)
    typed = set(run.story.get("gegevens") or {}) | {name for step in run.steps for name in step.get("met") or {}}
    computed = {name: value for name, value in sorted(case.variables.items()) if name not in typed and value is not None}
    ends = [e.element_id for e in case.elements if e.element_type == "END_EVENT"]
    found: dict[str, Any] = {"toestand": case.state}
    if ends:
        found["einde"] = ends[-1]
    if computed:
        found["gegevens"] = plain(computed)
    found["storingen"] = sum(1 for one in family for incident in one.incidents if incident.state == "ACTIVE")
    return found


def key_of(runner: Runner, correlation_key: str) -> dict[str, Any]:
    """Return how a step says by what a message finds its case: nothing for the case's own number, ``sleutel`` with the variable
    that holds the value, or ``op`` with the value itself.
    """
    if correlation_key == runner.number:
        return {}
    names = sorted({name for one in runner.family() for name in one.variables})
    for name in names:
        values = list(runner.values(name))
        if correlation_key in values:
            place = values.index(correlation_key) + 1
            return {"sleutel": name, **({"de": place} if place > 1 else {})}
    return {"op": correlation_key}


def refused(failed: ScenarioFailed) -> FlowError:
    """Return why a step was not done."""
    return Conflict(
        _("This cannot be done: expected {expected}, found {found}.").format(expected=failed.expected, found=failed.found),
        remedy=_("Go back a step, or change the model and begin again."),
    )


def _check_size(run: TrialRun, step: Mapping[str, Any]) -> None:
    if len(run.steps) >= MOST_STEPS:
        raise InvalidInput(
            _("A trial run has at most {most} steps.").format(most=MOST_STEPS), remedy=_("Keep it as a scenario and begin anew.")
        )
    if len(str(run.story)) + len(str(step)) > MOST_BYTES:
        raise InvalidInput(_("This is more than a trial run can hold."), remedy=_("Write shorter texts."))


def packed(resources: Sequence[Resource]) -> bytes:
    """Return models as a ZIP."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as file:
        for one in resources:
            file.writestr(one.name, one.content)
    return found.getvalue()


def unpacked(content: bytes) -> list[Resource]:
    """Return the models of a ZIP that ``packed`` made."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return [Resource(name, file.read(name)) for name in file.namelist()]


def plain(value: Any) -> Any:
    """Return a value as YAML can hold it: fractions as numbers of YAML."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)
    return value
