"""The whole element suite runs as it is, and with every cache dropped before each call; rows are checked each time.

Invariant 1 of the architecture: loading the state from rows before every step changes nothing in what happens next. Dropped
caches are tried on SQLite and on PostgreSQL, kept ones on SQLite: what is kept has nothing to do with the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from invariants import assert_sound

from inburgering_flow.platform import Platform
from inburgering_flow.services.catalog import StoredCatalog


class Forgetful:
    """A platform that is made anew for each thing asked of it: nothing but rows and the clock is kept between calls.

    Kept are what outlives a process or names it: the database's connections, the clock, the generator of keys.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __getattr__(self, name: str) -> Any:
        before = self._platform.context
        catalog = StoredCatalog(before.db, frozenset(before.functions))
        again = replace(before, catalog=catalog, env=replace(before.env, catalog=catalog))
        return getattr(Platform(again), name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what two of the three other runs try already."""
    left_out = [i for i in items if _parameters(i) == ("kept", "postgresql")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [i for i in items if i not in left_out]


def _parameters(item: pytest.Item) -> tuple[object, object]:
    given = getattr(getattr(item, "callspec", None), "params", {})
    return given.get("open_platform"), given.get("database_url")


@pytest.fixture(params=["kept", "forgetful"])
def open_platform(request: pytest.FixtureRequest, open_platform: Callable[..., Platform]) -> Iterator[Callable[..., Any]]:
    """Open platforms; at the end of the test each row of the database has its owner, and each token its rows."""
    opened: list[Platform] = []

    def open_one(**options: object) -> Any:
        platform = open_platform(**options)
        opened.append(platform)
        return platform if request.param == "kept" else Forgetful(platform)

    yield open_one
    for platform in opened[:1]:
        assert_sound(platform)
