"""Scenarios: what happens in a case, step by step, as YAML next to the processes. Test, documentation and demo in one.

Steps (one key each): ``taak`` (complete a task, ``door`` a user, ``met`` answers), ``bericht`` (publish a message),
``signaal`` (broadcast within the case: its number follows the name),
``tot`` (let time pass, from due moment to due moment), ``verwacht`` (compare), ``geweigerd`` (an act that must be
refused, with a part of the reason). A message is correlated by the number of the case, or with ``sleutel`` by the value of
that variable: of several different ones in the case the first, or the one whose place ``de`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from inburgering_flow.clock import LEGAL_ZONE, ManualClock
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.platform import Platform

MAX_MOMENTS = 10_000
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C where PyYAML was built with it


class ScenarioFailed(Exception):  # it is the outcome of a comparison
    """What was expected, what was found, and at which step."""


@dataclass(frozen=True)
class Scenario:
    """One story; ``path`` is its file."""

    path: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return the scenario's own name."""
        return str(self.content["naam"])


def load(path: Path) -> Scenario:
    """Read one scenario; raises InvalidInput if something needed is missing."""
    content = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506  # both are safe
    missing = [k for k in ("naam", "klok", "proces", "stappen") if k not in content]
    if missing:
        raise InvalidInput(f"{path.name} lacks {', '.join(missing)}.", remedy="See the other scenarios.")
    return Scenario(path, content)


def _moment(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=LEGAL_ZONE)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value


class Runner:
    """Runs one scenario on a platform with a manual clock; the processes are deployed already."""

    def __init__(self, platform: Platform, scenario: Scenario) -> None:
        self.platform = platform
        self.scenario = scenario
        self.key = 0
        self.step = 0

    def run(self, *, owner: str | None = None, location: str | None = None) -> int:
        """Play the whole story and return the key of its case; raises ScenarioFailed."""
        content = self.scenario.content
        clock = self.platform.clock
        assert isinstance(clock, ManualClock)
        clock.set(_moment(content["klok"]))
        values = _plain(content.get("gegevens") or {})
        named = self.platform.context.domain.case_name
        number = str(values.get(named.variable, "")) if named else ""
        for early in content.get("vooraf") or ():
            self.platform.publish(early["bericht"], correlation_key=number, variables=_plain(early.get("met") or {}))
        person = self.platform.register_person(_plain(content["persoon"])) if content.get("persoon") else None
        self.key = self.platform.start(
            content["proces"], values, person=person, business_key=number, owner=owner, location=location
        )
        self.platform.run_due()
        for self.step, step in enumerate(content["stappen"], 1):
            self._do(step, number)
            self.platform.run_due()
        return self.key

    def _do(self, step: Mapping[str, Any], number: str) -> None:
        if "taak" in step:
            task = self._task(step["taak"])
            self.platform.complete(task.key, _plain(step.get("met") or {}), user=step.get("door", "medewerker"))
        elif "bericht" in step:
            key = self._key(step["sleutel"], int(step.get("de", 1))) if "sleutel" in step else number
            self.platform.publish(step["bericht"], correlation_key=key, variables=_plain(step.get("met") or {}))
        elif "signaal" in step:
            self.platform.broadcast(f"{step['signaal']} {number}", _plain(step.get("met") or {}))
        elif "tot" in step:
            self._until(_moment(step["tot"]))
        elif "geweigerd" in step:
            self._refused(step["geweigerd"])
        elif "verwacht" in step:
            self._compare(step["verwacht"])
        else:
            raise self._failed("one of taak, bericht, signaal, tot, geweigerd, verwacht", sorted(step))

    def _task(self, element_id: str) -> UserTask:
        found = [t for t in self.platform.tasks(state="CREATED", instance=self.key) if t.element_id == element_id]
        if not found:
            raise self._failed(f"open task {element_id}", self._open())
        return found[0]

    def _key(self, name: str, place: int) -> str:
        """Return the value of a variable of the case as a correlation key: of several different ones the oldest first."""
        instances = sorted((i for i in self.platform.instances() if i.root_key == self.key), key=lambda i: i.key)
        found = dict.fromkeys(str(i.variables[name]) for i in map(self._full, instances) if i.variables.get(name) is not None)
        if len(found) < place:
            raise self._failed(f"at least {place} values of {name}", sorted(found))
        return list(found)[place - 1]

    def _full(self, listed: Any) -> Any:
        return self.platform.instance(listed.key)

    def _until(self, target: datetime) -> None:
        for _ in range(MAX_MOMENTS):
            due = self.platform.next_due()
            if due is None or due > target:
                break
            if due > self.platform.clock.now():
                self.platform.clock.set(due)
            if self.platform.run_due() == 0:
                break
        self.platform.clock.set(target)
        self.platform.run_due()

    def _refused(self, act: Mapping[str, Any]) -> None:
        task = self._task(act["taak"])
        try:
            self.platform.complete(task.key, _plain(act.get("met") or {}), user=act.get("door", "medewerker"))
        except FlowError as error:
            if act["reden"] not in str(error):
                raise self._failed(f"a refusal with '{act['reden']}'", str(error)) from None
            return
        raise self._failed(f"a refusal with '{act['reden']}'", "it was accepted")

    def _open(self) -> list[str]:
        return sorted(t.element_id for t in self.platform.tasks(state="CREATED", instance=self.key))

    def _compare(self, expected: Mapping[str, Any]) -> None:
        read = {"gegevens", "toestand", "einde", "storingen"} & set(expected)
        instances = [self._full(i) for i in self.platform.instances() if i.root_key == self.key] if read else []
        if "taken" in expected and sorted(expected["taken"]) != self._open():
            raise self._failed(f"tasks {sorted(expected['taken'])}", self._open())
        for element_id, day in (expected.get("uiterlijk") or {}).items():
            due = self._task(element_id).due
            found = None if due is None else legal_last_day(due).isoformat()
            if found != _plain(day):
                raise self._failed(f"{element_id} due {_plain(day)}", found)
        for name, value in (expected.get("gegevens") or {}).items():
            values = [i.variables[name] for i in instances if name in i.variables]
            if _plain(value) not in values:
                raise self._failed(f"{name} = {value}", values or "not set")
        if "documenten" in expected:
            kinds = sorted(d.title for d in self.platform.documents(self.key))
            if sorted(expected["documenten"]) != kinds:
                raise self._failed(f"documents {sorted(expected['documenten'])}", kinds)
        for root in (i for i in instances if i.key == self.key and i.state != expected.get("toestand", i.state)):
            raise self._failed(f"state {expected['toestand']}", f"{root.state}, {self._open()}")
        if "einde" in expected:
            ends = [e.element_id for i in instances for e in i.elements if e.element_type == "END_EVENT"]
            if expected["einde"] not in ends:
                raise self._failed(f"end {expected['einde']}", ends)
        if "storingen" in expected:
            count = sum(1 for i in instances for x in i.incidents if x.state == "ACTIVE")
            if count != expected["storingen"]:
                raise self._failed(
                    f"{expected['storingen']} incidents", [x.message for i in instances for x in i.incidents]
                )

    def _failed(self, expected: str, found: Any) -> ScenarioFailed:
        return ScenarioFailed(f"{self.scenario.path.name}, step {self.step}: expected {expected}, found {found}")


def legal_last_day(due: datetime) -> date:
    """Return the last day that a due moment at the end of a legal day represents."""
    local = due.astimezone(LEGAL_ZONE)
    ends_a_day = (local.hour, local.minute, local.second) == (0, 0, 0)
    return date.fromordinal(local.date().toordinal() - 1) if ends_a_day else local.date()


def find(folder: Path) -> list[Path]:
    """Return every scenario below a folder."""
    return sorted(folder.glob("*/scenarios/*.yaml"))
