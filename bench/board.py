"""Measures Regie at 1,000 and 50,000 running cases, and which of its statements grow. Run: python bench/board.py"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from measuring import head, server
from sqlalchemy import event, insert

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from diagrams import Diagram
from web.conftest import Browser

from inburgering_flow.app import create_app
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t
from inburgering_flow.store.runtime import END_OF_TIME

PHASES = ("intake", "plan", "leren", "toets")
FEW, MANY = 1_000, 50_000


def _duty(name: str, value: str) -> str:
    return f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'


def fill(platform: Platform, count: int) -> None:
    """Write ``count`` cases, each in one of four phases (a process that it called) with an open task, as many that have
    ended, and three finished steps in each. Nobody may do the task who did the one before it.
    """
    inner = Diagram("fase").start().user("eerst", _duty("uitvoerderIn", "wie")).user("taak", _duty("nietDoor", "=[wie]")).end()
    inner.path("start", "eerst", "taak", "end")
    called = platform.deploy_content("fase.bpmn", inner.xml())[0].key
    outer = Diagram("zaak").start().end()
    for phase in PHASES:
        outer.call(phase, "fase")
    definition = platform.deploy_content("zaak.bpmn", outer.path("start", *PHASES, "end").xml())[0].key
    now, keys = platform.clock.now(), platform.context.keys
    for start in range(0, count, 5_000):
        cases, elements, tasks, variables = [], [], [], []
        for n in range(start, min(count, start + 5_000)):
            for ended in (False, True):
                case, inside, call = keys.next(), keys.next(), keys.next()
                state, owner = "COMPLETED" if ended else "ACTIVE", f"klantmanager{n % 40}" if n % 7 else None
                common = {"root_key": case, "version": 1, "state": state, "start": now, "has_incident": n % 500 == 0}
                end = now if ended else None
                cases.append(common | {
                    "key": case, "definition_key": definition, "process_id": "zaak", "business_key": f"D-{n}", "owner": owner,
                    "parent_key": None, "parent_element_key": None, "end": end,
                })  # fmt: skip
                cases.append(common | {
                    "key": inside, "definition_key": called, "process_id": "fase", "business_key": f"D-{n}", "owner": None,
                    "parent_key": case, "parent_element_key": call, "end": end,
                })  # fmt: skip
                for key, instance, element, kind, done in (
                    (call, case, PHASES[n % 4], "CALL_ACTIVITY", ended), (keys.next(), case, "start", "START_EVENT", True),
                    (keys.next(), inside, "start", "START_EVENT", True), (keys.next(), inside, "taak", "USER_TASK", ended),
                ):  # fmt: skip
                    elements.append({
                        "key": key, "root_key": case, "instance_key": instance, "scope_key": instance, "element_id": element,
                        "element_type": kind, "state": "COMPLETED" if done else "ACTIVE", "start": now, "path": "",
                        "end": now if done else None,
                    })  # fmt: skip
                if not ended:
                    first, who = keys.next(), f"klantmanager{(n + 1) % 40}"
                    elements.insert(0, elements[-1] | {"key": first, "element_id": "eerst", "state": "COMPLETED", "end": now})
                    tasks.append({
                        "key": keys.next(), "root_key": case, "element_key": first, "instance_key": inside,
                        "definition_key": called, "process_id": "fase", "element_id": "eerst", "name": "eerst",
                        "state": "COMPLETED", "priority": 50,
                        "candidate_group": "klantmanager", "candidate_groups": ("klantmanager",), "candidate_users": (),
                        "due": None, "sort_due": END_OF_TIME, "created": now, "completed": now, "completed_by": who,
                    })  # fmt: skip
                    variables.append({"scope_key": inside, "instance_key": inside, "name": "wie", "value": f'"{who}"'})
                due = now + timedelta(days=n % 300 - 20) if n % 5 else None
                tasks.append({
                    "key": keys.next(), "root_key": case, "element_key": elements[-1]["key"], "instance_key": inside,
                    "definition_key": called, "process_id": "fase", "element_id": "taak", "name": "taak",
                    "state": "COMPLETED" if ended else "CREATED", "candidate_group": "klantmanager",
                    "candidate_groups": ("klantmanager",), "candidate_users": (), "due": due, "sort_due": due or END_OF_TIME,
                    "priority": 50, "created": now, "completed": now if ended else None,
                    "completed_by": f"klantmanager{n % 40}" if ended else None,
                })  # fmt: skip
        with platform.context.db.write() as unit:
            unit.connection.execute(insert(t.process_instance), cases)
            unit.connection.execute(insert(t.element_instance), elements)
            unit.connection.execute(insert(t.user_task), tasks)
            unit.connection.execute(insert(t.variable), variables)
    with platform.context.db.write() as unit:
        unit.connection.exec_driver_sql("ANALYZE")


@contextmanager
def timed(platform: Platform) -> Iterator[dict[str, float]]:
    """Collect the seconds that each statement takes until its rows are there, by its text."""
    taken: dict[str, float] = {}
    engine, begun = platform.context.db.engine, [0.0]

    def before(*_: object) -> None:
        begun[0] = time.perf_counter()

    def after(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        taken[statement] = taken.get(statement, 0) + time.perf_counter() - begun[0]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield taken
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)


def measure(url: Callable[[int], str]) -> None:
    """Print what the page takes at few and at many cases, and each statement that takes more than 10 ms at many."""
    asked = ("", "?vanaf=500", "?fase=plan", "?eigenaar=klantmanager3", "?fase=", "/kwijt")
    addresses = [f"/regie{what}" for what in asked]
    found: dict[int, dict[str, float]] = {}
    for count in (FEW, MANY):
        settings = Settings(secret="b", demo=True, synchronous="OFF")
        with Platform.open(url(count), plugins=[Plugin("roles", roles=ROLES)], settings_=settings) as platform:
            fill(platform, count)
            platform.services.accounts.save("rita", display_name="Rita", password="demo", roles=("teammanager",))
            for number in range(40):
                platform.services.accounts.save(f"klantmanager{number}", password="demo", roles=("klantmanager",))
            browser = Browser(create_app(platform.services).test_client())
            browser.get("/inloggen")
            browser.post("/inloggen", {"username": "rita", "password": "demo"})
            for address in addresses:
                times = []
                for _round in range(5):
                    before = time.perf_counter()
                    answer = browser.get(address)
                    times.append(time.perf_counter() - before)
                    assert answer.status_code == 200, answer.status_code
                found.setdefault(count, {})[address] = statistics.median(times)
            if count == MANY:
                with timed(platform) as taken:
                    browser.get("/regie")
                for statement, seconds in sorted(taken.items(), key=lambda x: -x[1]):
                    if seconds > 0.01:
                        print(f"       {seconds * 1000:6.0f} ms  {' '.join(statement.split())[:100]}")
    for address in addresses:
        few, many = found[FEW][address], found[MANY][address]
        print(f"       {address:32} {FEW:,}: {few * 1000:6.0f} ms, {MANY:,}: {many * 1000:6.0f} ms")


def main() -> None:
    head(f"Regie at {FEW:,} and {MANY:,} running cases, as many ended (medians of 5)")
    with tempfile.TemporaryDirectory() as folder:
        measure(lambda count: f"sqlite:///{folder}/{count}.db")
    with server() as new:
        measure(lambda _count: new())


if __name__ == "__main__":
    main()
