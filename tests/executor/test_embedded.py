"""The embedded executor: what is due is done without a pause, and what always makes new work does not keep it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from diagrams import Diagram, timer

from inburgering_flow.executor import embedded
from inburgering_flow.executor.embedded import EmbeddedExecutor
from inburgering_flow.platform import Platform

WORK = Diagram().start().service("s", "werk").end().path("start", "s", "end").xml()
SEVERAL = 2 * embedded.PORTION + 50


def test_it_does_not_pause_while_more_is_due(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Semaphore(0)
    platform = open_platform(handlers={"werk": lambda _job, _work: done.release()})
    platform.deploy_content("p.bpmn", WORK)
    for _ in range(SEVERAL):
        platform.start("p")
    monkeypatch.setattr(embedded, "SWEEP_SECONDS", 600.0)  # a pause would be noticed
    executor = EmbeddedExecutor(platform.services.jobs)

    executor.start()
    try:
        assert all(done.acquire(timeout=60) for _ in range(SEVERAL))
    finally:
        executor.stop()

    assert not platform.instances("p", "ACTIVE")


def test_time_passes_from_due_moment_to_due_moment_and_never_back(open_platform: Callable[..., Platform]) -> None:
    seen: list[datetime] = []
    platform = open_platform(handlers={"werk": lambda _job, _work: seen.append(platform.clock.now())})
    wait = timer("timeDuration", "P1D")
    d = Diagram().start().node("intermediateCatchEvent", "w", body=wait).service("s", "werk").path("start", "w", "s", "w")
    platform.deploy_content("p.bpmn", d.xml())
    begun = platform.clock.now()
    platform.start("p")

    ran = platform.run_until(begun + timedelta(days=2, hours=12))

    assert seen == [begun + timedelta(days=1), begun + timedelta(days=2)]  # each at its moment, and what it brought forth
    assert ran == 4
    assert platform.clock.now() == begun + timedelta(days=2, hours=12)
    assert platform.run_until(begun) == 0
    assert platform.clock.now() == begun + timedelta(days=2, hours=12)
    assert embedded.run_until(platform.services.jobs, platform.clock, begun + timedelta(days=30), most=3) <= 6
    assert platform.clock.now() == begun + timedelta(days=30)
