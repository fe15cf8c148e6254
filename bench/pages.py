"""Measures the task list page at 1,000 and 100,000 open tasks in one run and prints the ratio. Run: python bench/pages.py"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from diagrams import Diagram
from web.conftest import Browser

from inburgering_flow.app import create_app
from inburgering_flow.inburgering.roles import OWN
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t
from inburgering_flow.store.runtime import END_OF_TIME


def fill(platform: Platform, count: int) -> None:
    """Write ``count`` cases with one open task each, as the engine would have left them."""
    diagram = Diagram().start().user("taak", '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>').end()
    definition = platform.deploy_content("p.bpmn", diagram.path("start", "taak", "end").xml())[0].key
    now, keys = platform.clock.now(), platform.context.keys
    with platform.context.db.write() as unit:
        for start in range(0, count, 10_000):
            cases, tasks = [], []
            for n in range(start, min(count, start + 10_000)):
                case = keys.next()
                cases.append({"key": case, "root_key": case, "definition_key": definition, "process_id": "p", "version": 1,
                              "state": "ACTIVE", "start": now, "has_incident": False, "business_key": f"D-{n}",
                              "owner": "karin" if n % 2 else None})  # fmt: skip
                due = now + timedelta(days=n % 300) if n % 5 else None
                tasks.append({"key": keys.next(), "root_key": case, "element_key": keys.next(), "instance_key": case,
                              "definition_key": definition, "process_id": "p", "element_id": "taak", "name": "taak",
                              "state": "CREATED", "candidate_group": "klantmanager", "candidate_groups": ("klantmanager",),
                              "candidate_users": (), "assignee": f"user{n % 50}" if n % 4 == 0 else None,
                              "due": due, "sort_due": due or END_OF_TIME, "priority": 50,
                              "created": now})  # fmt: skip
            unit.connection.execute(insert(t.process_instance), cases)
            unit.connection.execute(insert(t.user_task), tasks)
        unit.connection.exec_driver_sql("ANALYZE")


def main() -> None:
    browsers: dict[int, Browser] = {}
    with tempfile.TemporaryDirectory() as folder:
        platforms = []
        for count in (1_000, 100_000):
            platform = Platform.open(
                f"sqlite:///{folder}/{count}.db", plugins=[Plugin("roles", roles=OWN)],
                settings_=Settings(secret="b", demo=True, synchronous="OFF"),
            )  # fmt: skip
            platforms.append(platform)
            fill(platform, count)
            platform.services.accounts.save("karin", display_name="Karin", password="demo", roles=("klantmanager",))
            browser = browsers[count] = Browser(create_app(platform.services).test_client())
            browser.get("/inloggen")
            browser.post("/inloggen", {"username": "karin", "password": "demo"})
        for path in ("/taken", "/taken?lijst=alle", "/"):
            times: dict[int, list[float]] = {1_000: [], 100_000: []}
            for _ in range(25):
                for count, browser in browsers.items():
                    before = time.perf_counter()
                    answer = browser.get(path)
                    times[count].append(time.perf_counter() - before)
                    assert answer.status_code == 200
            few, many = (statistics.median(times[c]) for c in (1_000, 100_000))
            print(
                f"{path:20} 1,000: {few * 1000:6.1f} ms, 100,000: {many * 1000:6.1f} ms, ratio {many / few:.2f} (at most 1.5)"
            )
        for platform in platforms:
            platform.close()


if __name__ == "__main__":
    main()
