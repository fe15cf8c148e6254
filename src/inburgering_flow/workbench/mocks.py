"""What a scenario has answered in place of workers, called processes and decisions.

``nabootsen`` has three parts, each by name: ``werk`` (a job type), ``processen`` (a called process), ``beslissingen`` (a called
decision). One answer holds for every call; of a list each call takes the next one, and a call too many is trouble. An answer of
work is ``met`` (variables), ``fout`` (a BPMN error's code, with ``met``) or ``storing`` (why it failed; it is retried as the
model says); a process ends with ``met``; a decision gives ``uitkomst``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inburgering_flow.dmn.decisions import Model
from inburgering_flow.dmn.graph import Decision
from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel.scope import Context
from inburgering_flow.feel.values import from_plain
from inburgering_flow.model.plugin import BpmnError, Job, JobHandler, Work

PARTS: Mapping[str, frozenset[str]] = {
    "werk": frozenset(("met", "fout", "storing")),
    "processen": frozenset(("met",)),
    "beslissingen": frozenset(("uitkomst",)),
}
"""Part of ``nabootsen`` → what an answer in it may say."""
STUB = "nabootsing:"
"""What the job type begins with by which a process that is not run gives its answer."""


class MockFailed(Exception):  # raised inside a handler: it becomes the job's failure
    """A worker that a scenario lets fail."""


@dataclass
class Answers:
    """The answers of one name, given one after the other."""

    name: str
    given: tuple[Mapping[str, Any], ...]
    is_list: bool
    taken: int = 0

    def next(self) -> Mapping[str, Any]:
        """Return the answer of this call; raises InvalidInput for a call too many."""
        if not self.is_list:
            return self.given[0]
        if self.taken == len(self.given):
            raise InvalidInput(
                f"The scenario answers {len(self.given)} calls of {self.name}, and this is one more.",
                remedy="Add an answer under nabootsen, or give one answer instead of a list.",
            )
        self.taken += 1
        return self.given[self.taken - 1]


@dataclass(frozen=True)
class Mocks:
    """The mocks of one scenario as they are written: name → answer, or a list of them."""

    jobs: Mapping[str, Any] = field(default_factory=dict)
    processes: Mapping[str, Any] = field(default_factory=dict)
    decisions: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Mocks:
        """Return the mocks under ``nabootsen``."""
        return cls(*(written.get(part) or {} for part in PARTS))

    def handlers(self) -> dict[str, JobHandler]:
        """Return a worker for each job type and each process that is not run, with none of its answers given yet."""
        stubs = {f"{STUB}{name}": given for name, given in self.processes.items()}
        return {name: _handler(_answers(name, given)) for name, given in (*self.jobs.items(), *stubs.items())}

    def models(self) -> dict[str, FixedModel]:
        """Return a decision model for each decision that is not taken."""
        return {name: FixedModel(name, _answers(name, given)) for name, given in self.decisions.items()}


def _answers(name: str, given: Any) -> Answers:
    is_list = isinstance(given, list)
    return Answers(name, tuple(one or {} for one in (given if is_list else [given])), is_list)


def _handler(answers: Answers) -> JobHandler:
    def answer(_job: Job, _work: Work) -> Mapping[str, Any]:
        found = answers.next()
        if "storing" in found:
            raise MockFailed(str(found["storing"]))
        if "fout" in found:
            raise BpmnError(str(found["fout"]), variables=found.get("met") or {})
        values: Mapping[str, Any] = found.get("met") or {}
        return values

    return answer


class FixedModel(Model):
    """A decision that gives what a scenario says."""

    def __init__(self, decision_id: str, answers: Answers) -> None:
        decision = Decision(decision_id, decision_id, decision_id, "")
        super().__init__(decision_id, STUB, {decision_id: decision}, ())
        self._answers = answers

    def evaluate(
        self, id_or_name: str, inputs: Mapping[str, Any] | None = None, *, functions: Any = None, context: Context | None = None
    ) -> Any:
        """Return the outcome of this call, whatever the inputs are."""
        return from_plain(self._answers.next().get("uitkomst"))


def stub(process_id: str) -> bytes:
    """Return a diagram of a process that only gives its answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="nabootsing">'
        f'<bpmn:process id="{process_id}" name="{process_id}" isExecutable="true">'
        '<bpmn:startEvent id="begin" name="Begin"><bpmn:outgoing>naar_werk</bpmn:outgoing></bpmn:startEvent>'
        '<bpmn:serviceTask id="werk" name="Nabootsing"><bpmn:extensionElements>'
        f'<zeebe:taskDefinition type="{STUB}{process_id}" retries="1"/></bpmn:extensionElements>'
        "<bpmn:incoming>naar_werk</bpmn:incoming><bpmn:outgoing>naar_einde</bpmn:outgoing></bpmn:serviceTask>"
        '<bpmn:endEvent id="einde" name="Einde"><bpmn:incoming>naar_einde</bpmn:incoming></bpmn:endEvent>'
        '<bpmn:sequenceFlow id="naar_werk" sourceRef="begin" targetRef="werk"/>'
        '<bpmn:sequenceFlow id="naar_einde" sourceRef="werk" targetRef="einde"/>'
        "</bpmn:process></bpmn:definitions>"
    ).encode()
