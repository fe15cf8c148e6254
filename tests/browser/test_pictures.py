"""The pictures of the manual can be taken again, each of a page that opens."""

from __future__ import annotations

from typing import Any

import pytest
from variants import ALL

from browser import pictures
from inburgering_flow.inburgering.demo import load
from inburgering_flow.platform import Platform


@pytest.mark.skipif(not ALL, reason="Only in make test-all: it plays the demonstration and opens twenty pages.")
def test_each_picture_is_taken_of_a_page_that_opens(law: Platform, browser: Any, address: str) -> None:
    load(law)

    taken = dict(pictures.take(law, browser, address, pictures.WANTED))

    assert set(taken) == set(pictures.WANTED)
    assert all(content[8:12] == b"WEBP" and len(content) > 5_000 for content in taken.values())
