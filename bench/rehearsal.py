"""Measures the rehearsal of moving 10,000 running cases to a version with a renamed step. Run: python bench/rehearsal.py"""

from __future__ import annotations

import sys
import tempfile
import time

from measuring import ManualClock, Platform, Settings, head, say

from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.services.resources import Resource

CASES, MOST_SECONDS = 10_000, 60
START, PROCESS = "2026-03-02T09:00:00+01:00", "brede-intake"
FACTS = {"dossiernummer": "", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02", "brpDatum": None, "inCoa": False}


def main(cases: int) -> None:
    """Start the cases, and print how long their rehearsal takes."""
    head(f"Moving {cases:,} running cases on copies")
    with tempfile.TemporaryDirectory() as folder, Platform.open(
        f"sqlite:///{folder}/flow.db", clock=ManualClock(START), settings_=Settings(secret="bench", synchronous="OFF")
    ) as platform:  # fmt: skip
        platform.deploy(resource_folder("processes"), resource_folder("forms"))
        for number in range(cases):
            platform.start(PROCESS, {**FACTS, "dossiernummer": f"M-{number}"})
        platform.run_due()
        service = platform.services.rehearsals
        name, content = platform.services.deployments.resource_of(
            next(d.key for d in platform.services.deployments.newest("process") if d.id == PROCESS)
        )
        files = [Resource(name, content.replace(b'"taak_intake_plannen"', b'"taak_afspraak_maken"'))]
        plans = [source.plan for source in service.sources(SYSTEM, resources=files)]
        before = time.perf_counter()
        key = service.begin(plans, SYSTEM, resources=files)
        portions = platform.run_due()
        took = time.perf_counter() - before
        found = service.get(key, SYSTEM)
        assert found.rehearsal.checked == found.rehearsal.total == cases
        where = platform.tasks(state="CREATED")[0].element_id
        groups = ", ".join(f"{g.count:,} {g.message or 'can be moved'}" for g in found.groups)
        print(f"       {portions} portions; cases at {where}; {groups}")
        say(f"{cases:,} cases", took, MOST_SECONDS * cases / CASES, " s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
