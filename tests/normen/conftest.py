"""A platform with the shipped processes, for the norms that need a flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from normen.boeteloop import deploy, opened
from walked import Walked

from inburgering_flow.platform import Platform


@pytest.fixture(autouse=True)
def _watched(walked: Walked) -> Iterator[None]:
    with walked.watching():
        yield


@pytest.fixture
def law(reused: Callable[..., Any]) -> Platform:
    platform: Platform = reused("law", deploy, opened)
    return platform
