"""What the tests of elements run on: a state in memory, or a platform with rows.

A test about execution runs on a state in memory; one that is named in ``needs_rows.py`` runs on SQLite, and on PostgreSQL
with every cache dropped before each call. ``ALL_VARIANTS=1`` lets every test run in every way that it can.

Dropped caches show invariant 1 of the architecture: loading the state from rows before every step changes nothing in what
happens next. After each test every row, or its equivalent in memory, has its owner, and each token its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import variants
from conftest import START
from invariants import assert_sound

from engine.in_memory import InMemory
from engine.needs_rows import reason
from inburgering_flow.clock import ManualClock
from inburgering_flow.platform import Platform
from inburgering_flow.services import Services
from inburgering_flow.services.catalog import StoredCatalog

LEAST = {("kept", "sqlite"), ("forgetful", "postgresql")}
EVERY = {*LEAST, ("forgetful", "sqlite")}  # kept caches on PostgreSQL: what is kept has nothing to do with the database


class Forgetful:
    """A platform that is recreated for each call: nothing but rows and the clock is kept between calls. What outlives a
    process or identifies it is kept: the database's connections, the clock, the generator of keys.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __getattr__(self, name: str) -> Any:
        before = self._platform.context
        catalog = StoredCatalog(before.db, frozenset(before.functions))
        again = replace(before, catalog=catalog, env=replace(before.env, catalog=catalog))
        return getattr(Platform(Services(again)), name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose what a test that asks for a platform runs on."""
    if "variant" not in metafunc.fixturenames:
        return
    database = variants.database_of(metafunc.definition.nodeid)
    with_rows = [("rows", *variant) for variant in sorted(EVERY if variants.ALL else LEAST) if variants.ALL or database in variant]
    in_memory = [("memory", "", "")]
    if reason(metafunc.definition.originalname):
        chosen = with_rows
    else:
        chosen = [*in_memory, *with_rows] if variants.ALL else in_memory
    metafunc.parametrize("variant", chosen, indirect=True, ids=["-".join(filter(None, v)).removeprefix("rows-") for v in chosen])


@pytest.fixture
def variant(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def database_url(variant: tuple[str, str, str], make_database: Callable[[str], str]) -> str:
    return make_database(variant[2]) if variant[2] else ""


@pytest.fixture
def open_platform(
    variant: tuple[str, str, str], open_platform: Callable[..., Platform]
) -> Iterator[Callable[..., Any]]:
    """Open platforms (in memory always the same one); at the end of the test everything that is stored is sound."""
    opened: list[Any] = []

    def open_one(**options: Any) -> Any:
        if variant[0] == "memory":
            if opened:  # opened again: what it holds is all that is kept
                opened[0].handlers.update(options.get("handlers") or {})
                return opened[0]
            opened.append(InMemory(options.get("clock") or ManualClock(START), options.get("handlers")))
            return opened[0]
        opened.append(open_platform(**options))
        return opened[-1] if variant[1] == "kept" else Forgetful(opened[-1])

    yield open_one
    for platform in opened[:1]:
        assert_sound(platform)
