"""What the measurements share: a platform on a fresh file, pairs taken in turn, a line with its target."""

from __future__ import annotations

import platform as machine
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from diagrams import Diagram

from inburgering_flow.clock import ManualClock
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

START = "2026-01-05T09:00:00+01:00"


def open_at(url: str) -> Platform:
    """Open a platform at a database."""
    return Platform.open(url, clock=ManualClock(START), plugins=[], settings_=Settings(secret="bench"))


@contextmanager
def fresh() -> Iterator[Platform]:
    """Open a platform on a new SQLite file with synchronous=FULL."""
    with tempfile.TemporaryDirectory() as folder, open_at(f"sqlite:///{folder}/flow.db") as platform:
        yield platform


@contextmanager
def server() -> Iterator[Callable[[], str]]:
    """Start a PostgreSQL server as the tests do; gives a function that makes an empty database and returns its URL."""
    from postgres import PostgresServer

    with tempfile.TemporaryDirectory() as folder:
        found = PostgresServer(Path(folder))
        found.start()
        try:
            yield found.new_database
        finally:
            found.stop()


def row_of_tasks(count: int) -> Diagram:
    """Return a process of ``count`` user tasks in a row."""
    diagram = Diagram(f"rij{count}").start().end()
    names = [f"t{i}" for i in range(count)]
    for name in names:
        diagram.user(name)
    return diagram.path("start", *names, "end")


def in_turn(rounds: int, *measure: Callable[[], float]) -> list[float]:
    """Return the median of each measurement, taken in turn so that drift of the machine affects all of them."""
    found: list[list[float]] = [[] for _ in measure]
    for _ in range(rounds):
        for values, one in zip(found, measure, strict=True):
            values.append(one())
    return [statistics.median(values) for values in found]


def say(what: str, value: float, most: float, unit: str = "×", *, least: bool = False) -> None:
    """Print a figure with its target."""
    met = value >= most if least else value <= most
    print(
        f"{'met   ' if met else 'MISSED'} {what}: {value:.2f}{unit} ({'at least' if least else 'at most'} {most:g}{unit})"
    )


def head(title: str) -> None:
    """Print what is measured and on which Python."""
    print(f"\n{title} — Python {machine.python_version()}")
