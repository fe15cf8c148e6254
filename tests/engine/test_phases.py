"""Wherever trouble stops something, a retry knows how to go on."""

from typing import get_args

from inburgering_flow.engine.bookkeeping import Phase
from inburgering_flow.engine.incidents import PHASES


def test_each_phase_that_an_incident_may_have_can_be_retried() -> None:
    assert set(PHASES) == set(get_args(Phase))
