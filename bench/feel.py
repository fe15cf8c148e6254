"""Measures FEEL and decision tables against a hand-written Python function with decimals and against the operations of
jdmn-python-runtime (pip install '.[bench]'). Run: python bench/feel.py [--rounds N]

The peer's functions are written as its generator writes them: every rule is tried with its library's operations.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from measuring import head, in_turn, say

from decisions import data, decision, file, table  # isort: skip

from inburgering_flow.dmn import Model, parse_model
from inburgering_flow.feel import compile as compile_feel

Decide = Callable[[dict[str, Any]], Any]
GROUPS = ["asiel", "gezin", "kennis", "overig"]
ROUTES = ["B1", "onderwijs", "Z"]
COLUMNS = ["bedrag", "leeftijd", "groep", "route", "gehuwd"]


def peer_library() -> Any:
    """Return the peer's library, or None if it is not installed."""
    try:
        from jdmn.feel.lib.DefaultStandardFEELLib import DefaultStandardFEELLib
    except ImportError:
        return None
    return DefaultStandardFEELLib()


# ─── one condition ───

CONDITION = 'bedrag > 250 and groep = "asiel"'
LIMIT = Decimal(250)


def condition_by_hand(v: dict[str, Any]) -> Any:
    """What a programmer would write for the condition."""
    return v["bedrag"] > LIMIT and v["groep"] == "asiel"


def condition_of_peer(lib: Any) -> Decide:
    """Return the condition with the peer's operations."""
    limit = lib.number("250")
    return lambda v: lib.booleanAnd(lib.numericGreaterThan(v["bedrag"], limit), lib.stringEqual(v["groep"], "asiel"))


# ─── tables ───


class Rules:
    """A table of ``count`` rules that do not overlap: a slice of amounts, an age, a group, a route and a yes or no."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.rows = [
            (
                Decimal(i // 4 * 100),
                Decimal(i // 4 * 100 + 99),
                Decimal(18),
                GROUPS[i % 4],
                ROUTES[i // 4 % 3],
                i // 4 % 2 == 0,
                Decimal(i),
            )
            for i in range(count)
        ]

    def inputs(self, samples: int, seed: int = 7) -> list[dict[str, Any]]:
        """Return inputs that each match one rule, chosen at random with a fixed seed."""
        chance = random.Random(seed)
        found = []
        for _ in range(samples):
            low, high, age, group, route, married, _ = chance.choice(self.rows)
            found.append(
                {
                    "bedrag": Decimal(chance.randint(int(low), int(high))),
                    "leeftijd": age + chance.randint(0, 40),
                    "groep": group,
                    "route": route,
                    "gehuwd": married,
                }
            )
        return found

    def model(self) -> Model:
        """Return the table as a decision model."""
        rows = [
            [f"[{low}..{high}]", f">= {age}", f'"{group}"', f'"{route}"', "true" if married else "false", str(out)]
            for low, high, age, group, route, married, out in self.rows
        ]
        types = dict(zip(COLUMNS, ["number", "number", "string", "string", "boolean"], strict=True))
        body = "".join(data(name, kind) for name, kind in types.items())
        return parse_model(file(body + decision("D", table(COLUMNS, rows), "number", inputs=COLUMNS)).encode())

    def by_hand(self) -> Decide:
        """Return what a programmer would write: rules as rows, of which the first that fits decides."""
        rows = self.rows

        def decide(v: dict[str, Any]) -> Any:
            amount, age, group, route, married = v["bedrag"], v["leeftijd"], v["groep"], v["route"], v["gehuwd"]
            for low, high, least, own_group, own_route, own_married, out in rows:
                if (
                    low <= amount <= high
                    and age >= least
                    and group == own_group
                    and route == own_route
                    and married is own_married
                ):
                    return out
            return None

        return decide

    def of_peer(self, lib: Any) -> Decide:
        """Return the table with the peer's operations; its code for UNIQUE tries every rule."""
        rows = self.rows

        def decide(v: dict[str, Any]) -> Any:
            amount, age, group, route, married = v["bedrag"], v["leeftijd"], v["groep"], v["route"], v["gehuwd"]
            hits = [
                out
                for low, high, least, own_group, own_route, own_married, out in rows
                if lib.booleanAnd(
                    lib.booleanAnd(lib.numericGreaterEqualThan(amount, low), lib.numericLessEqualThan(amount, high)),
                    lib.numericGreaterEqualThan(age, least),
                    lib.stringEqual(group, own_group),
                    lib.stringEqual(route, own_route),
                    lib.booleanEqual(married, own_married),
                )
            ]
            return hits[0] if len(hits) == 1 else None

        return decide


# ─── measuring ───


def spent(decide: Decide, inputs: Sequence[dict[str, Any]], times: int) -> float:
    """Return the microseconds of one call, including the call itself but not the loop around it."""
    begin = time.perf_counter()
    for _ in range(times):
        for one in inputs:
            decide(one)
    middle = time.perf_counter()
    for _ in range(times):
        for one in inputs:
            one  # noqa: B018 the loop alone
    return (2 * middle - begin - time.perf_counter()) / times / len(inputs) * 1e6


def compare(
    what: str, rounds: int, decides: dict[str, Decide], inputs: list[dict[str, Any]], times: int
) -> dict[str, float]:
    """Measure in turn, check that all give the same, and print the microseconds."""
    for one in inputs:
        answers = {str(decide(one)) for decide in decides.values()}
        assert len(answers) == 1, f"{what}: {answers}"
    found = in_turn(rounds, *[lambda decide=decide: spent(decide, inputs, times) for decide in decides.values()])
    figures = dict(zip(decides, found, strict=True))
    print(f"       {what}: " + ", ".join(f"{name} {value:.2f} µs" for name, value in figures.items()))
    return figures


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=15)
    rounds = arguments.parse_args().rounds
    lib = peer_library()
    head(
        f"FEEL and decision tables compared with Python written by hand and jdmn-python-runtime (medians of {rounds} in turn)"
    )
    if lib is None:
        print("       jdmn-python-runtime is not installed: pip install '.[bench]'")

    chance = random.Random(3)
    inputs = [{"bedrag": Decimal(chance.randint(0, 500)), "groep": chance.choice(GROUPS)} for _ in range(50)]
    decides: dict[str, Decide] = {"by hand": condition_by_hand, "here": compile_feel(CONDITION).evaluate}
    if lib is not None:
        decides["jdmn"] = condition_of_peer(lib)
    one = compare(CONDITION, rounds, decides, inputs, 100)
    say("the condition over the one by hand", one["here"] / one["by hand"], 6)
    if lib is not None:
        say("the condition over jdmn's", one["here"] / one["jdmn"], 1)

    figures: dict[int, dict[str, float]] = {}
    for count in (20, 2000):
        rules = Rules(count)
        begin = time.perf_counter()
        model = rules.model()
        model.evaluate("D", rules.inputs(1)[0])
        first = (time.perf_counter() - begin) * 1000
        decides = {"by hand": rules.by_hand(), "here": partial(model.evaluate, "D")}
        if lib is not None:
            decides["jdmn"] = rules.of_peer(lib)
        figures[count] = compare(
            f"{count:,} rules × 5 inputs",
            rounds,
            decides,
            rules.inputs(40 if count < 100 else 10),
            max(1, 1000 // count),
        )
    say("reading 2,000 rules, compiling them and the first decision", first, 1000, " ms")
    say("20 rules × 5 inputs over the one by hand", figures[20]["here"] / figures[20]["by hand"], 6)
    if lib is not None:
        say("20 rules × 5 inputs over jdmn's", figures[20]["here"] / figures[20]["jdmn"], 1)
    say("2,000 rules over 20 rules", figures[2000]["here"] / figures[20]["here"], 10)


if __name__ == "__main__":
    main()
