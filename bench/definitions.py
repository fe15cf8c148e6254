"""Measures the first use of a large definition, and each later one. Run: python bench/definitions.py"""

from __future__ import annotations

import statistics
import time

from measuring import fresh, head, open_at, say

from diagrams import Diagram, timer  # isort: skip

from inburgering_flow.feel import expression
from inburgering_flow.services.catalog import definitions_in


def large(elements: int) -> Diagram:
    """Return a process of about ``elements`` elements: tasks with expressions and timers, gateways, sub-processes."""
    diagram, names, count = Diagram("groot").start().end(), ["start"], 2
    n = 0
    while count + 12 <= elements:
        inside = Diagram().start(f"s{n}").script(f"x{n}", f"a + {n}", "a").user(f"u{n}").end(f"e{n}")
        inside.path(f"s{n}", f"x{n}", f"u{n}", f"e{n}")
        diagram.sub(f"sub{n}", inside).user(
            f"t{n}", f'<zeebe:taskSchedule dueDate="= now() + duration(&#34;P{n + 1}D&#34;)"/>'
        )
        diagram.boundary(f"b{n}", f"t{n}", timer("timeDuration", f"P{n + 1}D"), interrupting=False).end(f"be{n}")
        diagram.xor(f"g{n}", default=f"g{n}_j{n}").service(f"w{n}", "werk").xor(f"j{n}")
        diagram.path(names[-1], f"sub{n}", f"t{n}", f"g{n}|a > {n}", f"w{n}", f"j{n}").path(f"g{n}", f"j{n}")
        diagram.path(f"b{n}", f"be{n}")
        names.append(f"j{n}")
        count += 11
        n += 1
    return diagram.path(names[-1], "end")


def main() -> None:
    head("The first use of a definition of 300 elements in a process (medians of 7)")
    first, second, reading = [], [], []
    with fresh() as platform:
        platform.deploy_content("groot.bpmn", large(300).xml())
        key = platform.services.deployments.newest("process")[0].key
        size = len(platform.context.catalog.process(key).elements)
        print(f"       {size} elements")
        url = platform.context.db.engine.url.render_as_string()
        for _ in range(7):
            with open_at(url) as again:
                with again.context.db.read():
                    pass  # the connection is open
                definitions_in.cache_clear()  # as a process that has just begun
                expression._cached.cache_clear()
                before = time.perf_counter()
                again.context.catalog.process(key)
                first.append(time.perf_counter() - before)
                before = time.perf_counter()
                again.start("groot", {"a": 1})
                reading.append(time.perf_counter() - before)
                before = time.perf_counter()
                again.start("groot", {"a": 1})
                second.append(time.perf_counter() - before)
    say("reading and compiling it", statistics.median(first) * 1000, 100, " ms")
    say("with the first start", (statistics.median(first) + statistics.median(reading)) * 1000, 100, " ms")
    say(
        "a later start over that",
        statistics.median(second) / (statistics.median(first) + statistics.median(reading)),
        0.2,
    )


if __name__ == "__main__":
    main()
