"""Finished cases played again, many of them: on their own versions, on the newest, or on files that somebody is working on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from inburgering_flow.clock import monotonic
from inburgering_flow.errors import Conflict, FlowError
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services import Services
from inburgering_flow.services.list_looks import log_list
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import replays
from inburgering_flow.workbench.record import record
from inburgering_flow.workbench.replay import Replay, replay
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import dump, read

MOST = 200
"""Finished cases that are looked through at once."""


@dataclass(frozen=True)
class FinishedCase:
    """A case that can be played again."""

    key: int
    number: str
    version: int
    end: datetime


@dataclass(frozen=True)
class Again:
    """What became of a case: ``problem`` says why it cannot be played again."""

    case: FinishedCase
    replay: Replay | None = None
    problem: str = ""


def finished(services: Services, process_id: str, actor: Actor, most: int = MOST) -> list[FinishedCase]:
    """Return the newest finished cases of a process that the actor sees, which is logged."""
    actor.require(permissions.SIMULATE)
    with services.context.db.read() as unit:
        found = [FinishedCase(*row) for row in replays.finished(unit, process_id, actor, most)]
    log_list(services.context, actor, "replay", len(found))
    return found


def newest(services: Services, process_id: str, actor: Actor, most: int) -> list[FinishedCase]:
    """Return the newest finished cases of a process, whoever may see them, without their numbers: for whoever asks only whether
    cases go another way. That they were played is logged with how many there are.
    """
    actor.require(permissions.SIMULATE)
    with services.context.db.read() as unit:
        rows = replays.finished(unit, process_id, SYSTEM, most)
    with services.context.db.write() as unit:
        services.context.log(unit, actor.username, "case.replay", detail={"process": process_id, "cases": len(rows)})
    return [FinishedCase(key, "", version, end) for key, _number, version, end in rows]


def again(
    services: Services, cases: Sequence[FinishedCase], actor: Actor, on: Sequence[Resource] = (), *,
    seconds: float | None = None, anonymous: bool = False,
) -> Iterator[Again]:  # fmt: skip
    """Play cases again, on the files given or each on the versions that it went by; ends early after so many seconds.
    With ``anonymous`` they are those of ``newest``: nobody is shown whose they are, so nobody has to be let in.

    Raises DeploymentRejected where the files cannot be deployed.
    """
    ends = None if seconds is None else monotonic() + seconds
    with ExitStack() as opened:
        sandboxes: dict[tuple[Resource, ...], Sandbox] = {}
        for case in cases:
            if ends is not None and monotonic() > ends:
                return
            try:
                recorded = record(services, case.key, SYSTEM if anonymous else actor)
            except Conflict as refused:
                yield Again(case, problem=str(refused))
                continue
            files = tuple(on or recorded.resources)
            if files not in sandboxes:
                sandboxes[files] = opened.enter_context(Sandbox.open(files, plugins=services.context.domain.plugins))
            scenario = read(dump(recorded.scenario.content), recorded.scenario.path)  # as it would be kept
            try:
                yield Again(case, replay(sandboxes[files], scenario))
            except FlowError as error:
                yield Again(case, problem=str(error))
