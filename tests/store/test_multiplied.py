"""What ``bench/scale.py`` measures on: a sample of real cases, multiplied in PostgreSQL, is a sound database."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from invariants import problems
from postgres import PostgresServer
from variants import ALL

from inburgering_flow import doctor

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import scale
from multiply import ROOTS, Load, multiply, take_in

TIMES = 10
ABOUT_THE_MACHINE = ("secret", "password hashing", "address", "allowed hosts", "demo", "four eyes", "audit log", "anchor of the log")


@pytest.fixture(scope="session")
def sample(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A municipality of two dozen newcomers, some of whose cases have ended."""

    def fill(folder: Path) -> None:
        scale.simulated(folder / "sample.db", 24, 450)

    return once("multiplied", fill) / "sample.db"


def counted(url: str, schema: str) -> dict[str, int]:
    """Return the rows of each table of cases; in the sample those that belong to one."""
    where = ' WHERE "$root" IS NOT NULL' if schema == "sample" else ""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return {
            name: connection.execute(f'SELECT count(*) FROM {schema}."{name}"{where}').fetchone()[0]  # type: ignore[index]
            for name in ROOTS
        }


@pytest.mark.skipif(not ALL, reason="half a minute: one of make test-all")
def test_a_multiplied_sample_is_a_sound_database(sample: Path, postgres: PostgresServer) -> None:
    url = postgres.new_database()
    take_in(sample, url)
    before = counted(url, "sample")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM sample.roots GROUP BY 1").fetchall())
    assert set(states) == {"ACTIVE", "COMPLETED"}, "the sample has cases that run and cases that ended"

    running = states["ACTIVE"] / sum(states.values())
    multiply(url, Load(TIMES * sum(states.values()), running))

    assert counted(url, "public") == {name: TIMES * rows for name, rows in before.items()}
    with scale.opened(url, sample) as platform:
        assert problems(platform) == []
        for check in doctor.examine(platform):
            assert not check.remedy or check.name in ABOUT_THE_MACHINE, check
        found = platform.instances("inburgering")
        assert len({case.business_key for case in found}) == TIMES * sum(states.values())
        work = scale.Work(platform, url)
        for do in (work.claim_and_complete, work.start):
            do()
        assert problems(platform) == []
        pages = scale.addresses(platform, url)
        for role in ("klantmanager", "teammanager"):
            browser = scale.logged_in(platform, role)
            shown = {address: scale.look(browser, address) for address in pages}
            assert set(shown.values()) <= {200, 302, 403, 404}, {a: s for a, s in shown.items() if s not in (200, 403)}
            named = [a for a in pages if a in ("/taken", "/zaken") or a.startswith(scale.SEARCH) or a.rpartition("/")[2].isdigit()]
            assert len(named) == 8
            assert {shown[address] for address in named} == {200}, shown
