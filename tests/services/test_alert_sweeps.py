"""Several nodes sweep what comes due at the same moment: each thing is told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from diagrams import Diagram
from sqlalchemy import func, select, update

from inburgering_flow.platform import Platform
from inburgering_flow.services import alerts
from inburgering_flow.store import tables as t


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # where several can write at once
def test_what_several_nodes_sweep_at_once_is_told_once(open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "SWEPT", 4)
    nodes = [open_platform() for _number in range(3)]
    first = nodes[0]
    first.services.accounts.save("anna", password="een lang wachtwoord", roles=("functioneel-beheerder",))
    first.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    for _number in range(10):
        first.services.user_tasks.claim(first.tasks(instance=first.start("p"))[0].key, "anna")
    first.services.alerts.sweep()
    due = first.clock.now() + timedelta(days=9)
    with first.context.db.write() as unit:
        unit.connection.execute(update(t.user_task).values(due=due, sort_due=due))
    for node in nodes:
        node.clock.advance(days=10)
    together = threading.Barrier(3)

    def sweep(node: Platform) -> None:
        together.wait()
        node.services.alerts.sweep()

    threads = [threading.Thread(target=sweep, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with first.context.db.read() as unit:
        count = select(func.count()).where(t.alert.c.kind == "LATE")
        assert unit.connection.execute(count).scalar_one() == 10
