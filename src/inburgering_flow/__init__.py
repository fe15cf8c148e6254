"""inburgering-flow: the BPMN workflow platform for the Wet inburgering 2021."""

from inburgering_flow.clock import ManualClock
from inburgering_flow.platform import Platform, evaluate, explain

__all__ = ["ManualClock", "Platform", "evaluate", "explain"]
