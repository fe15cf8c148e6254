"""Keys never repeat, even when the machine's clock does."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from diagrams import Diagram

from inburgering_flow import clock
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings


class Machine:
    """The machine's clock, which somebody sets."""

    def __init__(self) -> None:
        self.moment = 1_790_000_000_000_000_000

    def time_ns(self) -> int:
        return self.moment

    def monotonic(self) -> float:
        return time.monotonic()

    def thread_time(self) -> float:
        return time.thread_time()


@pytest.mark.parametrize("node", [5, -1], ids=["numbered", "drawn"])
def test_a_node_that_starts_again_after_the_clock_was_set_back_makes_later_keys(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, node: int
) -> None:
    machine = Machine()
    monkeypatch.setattr(clock, "time", machine)
    settings = Settings(secret="t", synchronous="OFF", node=node)

    before = open_platform(settings_=settings)
    before.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    earlier = [before.start("p") for _ in range(20)]
    before.close()  # its number is free for the next one
    machine.moment -= 3_600_000_000_000
    again = open_platform(settings_=settings)
    later = [again.start("p") for _ in range(20)]

    keys = earlier + later
    assert keys == sorted(set(keys))
