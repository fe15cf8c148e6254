"""A platform with the shipped processes, for the norms that need a flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from normen.boeteloop import deploy, opened

from inburgering_flow.platform import Platform


@pytest.fixture
def law(reused: Callable[..., Any]) -> Platform:
    platform: Platform = reused("law", deploy, opened)
    return platform
