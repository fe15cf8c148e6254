"""Running scenarios in a sandbox: what came true, what did not, and what of the models was walked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.clock import monotonic
from inburgering_flow.errors import FlowError
from inburgering_flow.i18n import _
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import decisions
from inburgering_flow.workbench.coverage import Covered, Walk, covered, models, walked_flows
from inburgering_flow.workbench.sandbox import NOTHING, Change, Sandbox
from inburgering_flow.workbench.scenarios import Runner, Scenario, ScenarioFailed


@dataclass(frozen=True)
class Failure:
    """The first step that is not as a scenario says; step 0 is what goes before the first. ``incidents`` are those of the case
    that were open then: they often say why.
    """

    step: int
    deed: str
    expected: str
    found: str
    incidents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one scenario; ``path`` are the elements that it entered, in order, each with its process."""

    scenario: Scenario
    failure: Failure | None
    seconds: float
    walk: Walk
    path: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as the scenario says."""
        return self.failure is None


@dataclass(frozen=True)
class Proof:
    """What became of several scenarios, and what of the models they walked."""

    outcomes: Sequence[Outcome]
    coverage: Sequence[Covered] = field(default=())
    left: int = 0
    """Scenarios for which there was no time."""

    @property
    def failed(self) -> list[Outcome]:
        """The scenarios that did not come true."""
        return [one for one in self.outcomes if not one.passed]


def stubs_of(scenarios: Iterable[Scenario]) -> set[str]:
    """Return the processes that some scenario answers for."""
    return {name for one in scenarios for name in one.imitated}


def prove(
    resources: Sequence[Resource], scenarios: Sequence[Scenario], own: frozenset[str] = frozenset(), *,
    seconds: float | None = None, plugins: Sequence[Plugin] | None = None,
) -> Proof:  # fmt: skip
    """Run scenarios, all of them or as many as begin within so many seconds. Coverage is that of the models that were walked, and
    of those in the files named ``own``.

    Raises DeploymentRejected where the models cannot be deployed.
    """
    with Sandbox.open(resources, stubs=stubs_of(scenarios), plugins=plugins) as sandbox:
        began = monotonic()
        outcomes: list[Outcome] = []
        for scenario in scenarios:
            if seconds is not None and monotonic() - began > seconds:
                break
            outcomes.append(run(sandbox, scenario, seconds=seconds))
    return Proof(outcomes, coverage_of(resources, outcomes, own), len(scenarios) - len(outcomes))


def coverage_of(resources: Sequence[Resource], outcomes: Sequence[Outcome], own: frozenset[str]) -> list[Covered]:
    """Return what of the models was walked: of those that were, and of those in the files named ``own``."""
    found = covered(models(resources), [one.walk for one in outcomes])
    return [one for one in found if one.counts or (one.model.resource in own and one.model.parts)]


def outcomes_of(sandbox: Sandbox, scenarios: Iterable[Scenario]) -> Iterator[Outcome]:
    """Run scenarios one after the other."""
    for scenario in scenarios:
        yield run(sandbox, scenario)


def run(sandbox: Sandbox, scenario: Scenario, change: Change = NOTHING, *, seconds: float | None = None) -> Outcome:
    """Run one scenario, with some definitions replaced if need be; what is refused in it is its failure."""
    began = monotonic()
    failure = None
    runner = None
    try:
        runner = Runner(sandbox.fresh(scenario.clock, scenario.mocks, change), scenario, seconds=seconds)
        runner.run()
    except ScenarioFailed as failed:
        failure = Failure(failed.step, _deed(scenario, failed.step), failed.expected, str(failed.found))
    except FlowError as error:
        step = runner.step if runner is not None else 0
        failure = Failure(step, _deed(scenario, step), _("that it can be done"), str(error))
    spent = monotonic() - began
    if runner is None or not runner.key:
        return Outcome(scenario, failure, spent, Walk())
    if failure is not None:
        failure = replace(failure, incidents=_incidents(runner))
    path = tuple((process, row.element_id) for process, row in runner.path())
    return Outcome(scenario, failure, spent, _walk(sandbox, runner, frozenset(path)), path)


def _incidents(runner: Runner) -> tuple[str, ...]:
    platform = runner.platform
    stuck = [one.key for one in platform.instances() if one.root_key == runner.key and one.has_incident]
    found = [one for key in stuck for one in platform.instance(key).incidents if one.state == "ACTIVE"]
    return tuple(f"{one.element_id}: {one.message}" for one in found)


def _deed(scenario: Scenario, step: int) -> str:
    """Return what a step does, in a few words."""
    if not step:
        return "start"
    [kind, value], *_ = scenario.content["stappen"][step - 1].items()
    if kind == "verwacht":
        return str(kind)
    said = value.get("taak", ", ".join(value)) if isinstance(value, Mapping) else value
    return f"{kind} {said}".strip()


def _walk(sandbox: Sandbox, runner: Runner, entered: frozenset[tuple[str, str]]) -> Walk:
    with runner.platform.context.db.read() as unit:
        rows = decisions.of_case(unit, runner.key)
    tables = [table for row in rows for table in row.tables]
    processes: dict[str, ProcessDefinition] = {
        name: found for name in {process for process, _element in entered} if (found := sandbox.definition(name)) is not None
    }
    return Walk(
        entered,
        walked_flows(sandbox.flows, entered, processes),
        frozenset((table["decision"], rule["id"]) for table in tables for rule in table["rules"]),
        frozenset(table["decision"] for table in tables),
    )
