"""A platform with the shipped processes, for the norms that need a flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from normen.boeteloop import shipped

from inburgering_flow.platform import Platform


@pytest.fixture
def law(once: Callable[[str, Callable[[Path], None]], Path], tmp_path: Path) -> Iterator[Platform]:
    with shipped(once, tmp_path) as platform:
        yield platform
