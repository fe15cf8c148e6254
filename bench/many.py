"""Measures a parallel multi-instance of 100 and of 2,000 user tasks: each item costs the same. Run: python bench/many.py"""

from __future__ import annotations

import statistics
import time

from measuring import fresh, head, say

from diagrams import Diagram, loop  # isort: skip

FEW, MANY = 100, 2_000


def measure(count: int) -> tuple[float, float, float, float]:
    """Return the seconds per item of creating, listing, completing, and of completing the last item."""
    with fresh() as platform:
        body = loop("items", "item", output="item", collect="uit")
        platform.deploy_content(
            "veel.bpmn", Diagram("veel").start().user("t", body=body).end().path("start", "t", "end").xml()
        )
        warm = platform.start("veel", {"items": [1, 2]})
        for task in platform.tasks(state="CREATED", instance=warm):
            platform.complete(task.key, {}, user="anna")
        before = time.perf_counter()
        key = platform.start("veel", {"items": list(range(count))})
        created = time.perf_counter()
        tasks = platform.tasks(state="CREATED", instance=key)
        listed = time.perf_counter()
        assert len(tasks) == count
        for task in tasks[:-1]:
            platform.complete(task.key, {}, user="anna")
        completed = time.perf_counter()
        platform.complete(tasks[-1].key, {}, user="anna")
        last = time.perf_counter() - completed
        view = platform.instance(key)
        assert view.state == "COMPLETED"
        assert view.variables["uit"] == list(range(count))
        return (created - before) / count, (listed - created) / count, (completed - listed) / (count - 1), last / count


def main() -> None:
    head(f"A parallel multi-instance: seconds per item at {MANY:,} over those at {FEW} (medians)")
    many = [measure(MANY) for _ in range(2)]
    few = [measure(FEW) for _ in range(7)]
    for number, name in enumerate(("creating", "listing", "completing", "collecting when the last one is done")):
        one, other = (statistics.median(m[number] for m in found) for found in (few, many))
        say(f"{name} ({one * 1e6:.0f} → {other * 1e6:.0f} µs per item)", other / one, 1.5)


if __name__ == "__main__":
    main()
