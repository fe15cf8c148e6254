"""What is known around a diagram when it is checked: other files, functions, the clock. Services fill it in."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from inburgering_flow.bpmn.definition import Element, ProcessDefinition, Text
from inburgering_flow.model.outbound import Host


def _nothing_wrong(*_: object) -> str:
    return ""


@dataclass(frozen=True)
class Around:
    """Answers to what a diagram alone does not say; by default nothing is known and nothing is reported missing.

    ``timer`` says what is wrong with a value of a kind of timer (date, duration, cycle), ``moment`` with a date, each an
    empty text where all is well. ``value`` evaluates at deployment, before there are variables, and raises a FlowError.
    ``declared`` are the variables that data dictionary and forms know; none: there is no dictionary to hold them against.
    ``filled`` are those of the forms.
    """

    timer: Callable[[str, Any], str] = _nothing_wrong
    moment: Callable[[str], str] = _nothing_wrong
    value: Callable[[Text], Any] = _nothing_wrong
    has_form: Callable[[Element], bool] = lambda _element: True
    filled: Callable[[ProcessDefinition], Set[str]] = lambda _process: frozenset()
    declared: Callable[[ProcessDefinition], Set[str]] = lambda _process: frozenset()
    functions: Set[str] | None = None
    has_process: Callable[[Element, str], bool] = lambda _call, _id: True
    has_decision: Callable[[Element, str], bool] = lambda _task, _id: True
    job_types: Set[str] | None = None
    groups: Set[str] | None = None
    hosts: Sequence[Host] | None = None


NOTHING = Around()
