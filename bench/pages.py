"""Measures the pages of a working day at 10,000 and 1,000,000 open tasks in one run: milliseconds on the server (median and
95 %), statements, and bytes as they are sent. Each page costs at 1,000,000 at most 1.5 times what it costs at 10,000 (95 %).

Run: python bench/pages.py [--tasks 10000 1000000] [--rounds 100]
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import json

from diagrams import Diagram
from web.conftest import Browser
from web.test_costs import counted

from inburgering_flow.app import create_app
from inburgering_flow.inburgering.roles import OWN
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t
from inburgering_flow.store.runtime import END_OF_TIME

OWN_CASES = 60  # of the klantmanager whose pages are measured, however many there are in all
RARE = 40  # cases with the rarer value
DATA = [{
    "name": "route", "type": "string", "pattern": "B1|O|Z", "category": "none", "searchable": {"title": "Route"},
    "roles": ["klantmanager", "teammanager"],
}]  # fmt: skip
PAGES = {
    "karin": (
        "/", "/taken", "/taken?lijst=mijn", "/taken?lijst=alle", "/taken?lijst=alle&g_route=B1", "/zaken", "/zaken?g_route=Z",
    ),
    "tom": (
        "/taken?lijst=alle", "/taken?lijst=alle&g_route=B1", "/taken?lijst=alle&g_route=Z", "/taken?lijst=alle&late=1", "/zaken",
        "/zaken?g_route=B1", "/zaken?g_route=Z", "/zaken?eigenaar=karin", "/regie/zaken?te_laat=1", "/regie", "{case}", "{task}",
    ),
}  # fmt: skip
LIMIT = 1.5


@dataclass
class Town:
    """A database with so many open tasks, and somebody of each role who looks at it."""

    platform: Platform
    browsers: dict[str, Browser]
    addresses: dict[str, str]
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)


def fill(platform: Platform, folder: Path, count: int) -> dict[str, str]:
    """Write ``count`` cases with one open task each, as the engine would have left them; return addresses of one of them."""
    diagram = Diagram("p").start().user("taak", '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>').end()
    (folder / "zaak").mkdir(parents=True)
    (folder / "zaak" / "gegevens.json").write_text(json.dumps(DATA))
    (folder / "zaak" / "p.bpmn").write_text(diagram.path("start", "taak", "end").xml())
    definition = platform.deploy(folder)[0].key
    now, keys, found = platform.clock.now(), platform.context.keys, dict[str, str]()
    with platform.context.db.write() as unit:
        for start in range(0, count, 10_000):
            cases, elements, tasks, facts = [], [], [], []
            for n in range(start, min(count, start + 10_000)):
                case, element, task = keys.next(), keys.next(), keys.next()
                due = now + timedelta(days=n % 300 - 3) if n % 5 else None
                owner = "karin" if n % (count // OWN_CASES) == 1 else f"user{n % 500}"
                cases.append({"key": case, "root_key": case, "definition_key": definition, "process_id": "p", "version": 1,
                              "state": "ACTIVE", "start": now, "has_incident": False, "business_key": f"D-{n}",
                              "owner": owner, "due": due})  # fmt: skip
                elements.append({"key": element, "root_key": case, "instance_key": case, "scope_key": case, "path": (),
                                 "element_id": "taak", "element_type": "USER_TASK", "state": "ACTIVE", "start": now})  # fmt: skip
                assignee = owner if n % 4 == 0 or owner == "karin" else None
                tasks.append({"key": task, "root_key": case, "element_key": element, "instance_key": case,
                              "definition_key": definition, "process_id": "p", "element_id": "taak", "name": "taak",
                              "state": "CREATED", "candidate_group": "klantmanager", "candidate_groups": ("klantmanager",),
                              "candidate_users": (), "assignee": assignee, "due": due, "sort_due": due or END_OF_TIME,
                              "priority": 50, "created": now})  # fmt: skip
                route = "Z" if n % (count // RARE) == 2 else "B1" if n % 3 else "O"
                facts.append({"root_key": case, "name": "route", "value": route})
                found = found or {"{case}": f"/zaken/{case}", "{task}": f"/taken/{task}"}
            written = (t.process_instance, cases), (t.element_instance, elements), (t.user_task, tasks), (t.case_fact, facts)
            for table, rows in written:
                unit.connection.execute(insert(table), rows)
        unit.connection.exec_driver_sql("ANALYZE")
    return found


def opened(folder: Path, count: int) -> Town:
    """Return a filled database with its accounts."""
    platform = Platform.open(
        f"sqlite:///{folder}/{count}.db", plugins=[Plugin("roles", roles=OWN)],
        settings_=Settings(secret="b", demo=True, synchronous="OFF"),
    )  # fmt: skip
    addresses, browsers, app = fill(platform, folder / str(count), count), {}, create_app(platform.services)
    for name, role in (("karin", "klantmanager"), ("tom", "teammanager")):
        platform.services.accounts.save(name, display_name=name, password="demo", roles=(role,))
        browser = browsers[name] = Browser(app.test_client())
        browser.get("/inloggen")
        assert browser.post("/inloggen", {"username": name, "password": "demo"}).status_code == 302
    return Town(platform, browsers, addresses)


def count_statements(town: Town, who: str, page: str) -> int:
    """Return how many statements a page takes, as SQLite itself sees them."""
    with counted(town.platform) as seen:
        look(town, who, page)
    return len(seen)


def look(town: Town, who: str, page: str) -> None:
    """Look at a page once, and write down what it took."""
    address, client = town.addresses.get(page, page), town.browsers[who].client
    before = time.perf_counter()
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    town.times.setdefault((who, page), []).append(time.perf_counter() - before)
    assert answer.status_code == 200, (address, answer.status_code)
    town.sizes[who, page] = len(answer.data)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, nargs=2, default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = (opened(Path(folder), count) for count in asked.tasks)
        gc.collect()
        gc.freeze()  # as the server does before it answers
        print(f"{'who':6} {'page':32} {'tasks':>9} {'median':>8} {'95 %':>8} {'ratio':>6} statements  bytes")
        for who, pages in PAGES.items():
            for page in pages:
                for _round in range(asked.rounds):
                    look(few, who, page)
                    look(many, who, page)
                last = {}
                for count, town in zip(asked.tasks, (few, many), strict=True):
                    times = sorted(town.times[who, page])
                    last[count] = times[int(len(times) * 0.95)]
                    statements, size = count_statements(town, who, page), town.sizes[who, page]
                    ratio = f"{last[count] / last[asked.tasks[0]]:6.2f}" if count != asked.tasks[0] else " " * 6
                    mark = " over" if ratio.strip() and float(ratio) > LIMIT else ""
                    print(
                        f"{who:6} {page:32} {count:9,} {statistics.median(times) * 1000:5.1f} ms {last[count] * 1000:5.1f} ms "
                        f"{ratio} {statements:10} {size:6}{mark}"
                    )
        for town in (few, many):
            town.platform.close()


if __name__ == "__main__":
    main()
