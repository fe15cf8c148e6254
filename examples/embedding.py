"""Runs a process inside this program: python examples/embedding.py (also a test)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from inburgering_flow import ManualClock, Platform

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Take one case to the PIP, with ten weeks going by."""
    with tempfile.TemporaryDirectory() as folder:
        clock = ManualClock("2026-03-02T09:00:00+01:00")
        with Platform.open(f"sqlite:///{folder}/flow.db", clock=clock) as platform:
            platform.deploy(ROOT / "processes", ROOT / "forms")
            person = platform.register_person(
                {"voornamen": "Voorbeeld", "achternaam": "Testpersoon", "bsn": "999990019"}
            )
            key = platform.start(
                "inburgering",
                {"dossiernummer": "D-1", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02", "brpDatum": None,
                 "inCoa": False},
                person=person,
            )  # fmt: skip
            task = platform.tasks(state="CREATED", candidate_group="klantmanager")[0]
            platform.claim(task.key, user="anna")
            platform.complete(task.key, {"afspraakDatum": "2026-03-10", "afspraakPlaats": "Stadhuis"}, user="anna")
            print("ran:", platform.run_due())
            platform.publish("duo.SS131", correlation_key="D-1", variables={"lbtUitslag": "B1-route haalbaar"})
            platform.clock.advance(weeks=1)
            instance = platform.instance(key)
            print(instance.state, [e.element_id for e in instance.elements])
            print([d.title for d in platform.documents(key)])


if __name__ == "__main__":
    main()
