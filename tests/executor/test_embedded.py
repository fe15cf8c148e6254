"""The embedded executor: what is due is done without a pause, and what always makes new work does not keep it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from diagrams import Diagram

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
