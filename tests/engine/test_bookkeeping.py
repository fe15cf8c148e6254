"""What elements remember is stored: what an earlier version wrote is read, and what is written has the same shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from inburgering_flow.engine import bookkeeping
from inburgering_flow.engine.bookkeeping import (
    AdHocQueue,
    Denied,
    Ending,
    Leaving,
    Listening,
    ProcessListening,
    Repeat,
    Rounds,
)
from inburgering_flow.model.runtime import Compensation, ElementInstance


def row(data: dict[str, Any] | None = None) -> ElementInstance:
    return ElementInstance(5, 1, 1, 1, (), "a", "USER_TASK", datetime(2026, 1, 5, tzinfo=UTC), data=data)


STORED: list[tuple[Any, dict[str, Any]]] = [
    (Leaving({"x": 1}, "anna"), {"result": {"x": 1}, "user": "anna"}),
    (AdHocQueue(["b", "c"]), {"queue": ["b", "c"]}),
    (AdHocQueue([], closing=True), {"queue": [], "closing": True}),
    (Denied("completing", "Eerst de brief"), {"denied": {"on": "completing", "reason": "Eerst de brief"}}),
    (Ending("left"), {"ending": {"do": "left"}}),
    (Ending("leave", "laat", {"x": 1}), {"ending": {"do": "leave", "event": "laat", "variables": {"x": 1}}}),
    (
        Listening("updating", 1, "anna", {}, {"priority": 70}, is_task=True),
        {
            "listening": {
                "on": "updating", "number": 1, "user": "anna", "result": {}, "changes": {"priority": 70}, "task": True,
            }
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kept", "stored"), STORED)
def test_what_is_kept_has_the_shape_that_is_stored_and_leaves_the_rest(kept: Any, stored: dict[str, Any]) -> None:
    element = row({"first": True})

    kept.keep(element)

    assert element.data == {"first": True, **stored}
    assert type(kept).of(element) == kept


@pytest.mark.parametrize(
    ("begun", "stored"),
    [
        (Repeat(3, started=1, done=0), {"total": 3, "started": 1, "done": 0}),
        (Rounds(-1), {"maximum": -1, "done": 0}),
    ],
)
def test_a_body_that_begins_remembers_how_far_it_is(begun: Any, stored: dict[str, Any]) -> None:
    body = row()

    begun.begin(body)

    assert body.data == stored
    assert type(begun).of(body) == begun


def test_a_body_counts_what_starts_and_ends_and_who_ended_last() -> None:
    body = row({"total": 3, "started": 1, "done": 0})

    bookkeeping.start_counted(body, 2)
    bookkeeping.end_counted(body, 9)

    assert body.data == {"total": 3, "started": 2, "done": 1, "last": 9}
    assert Repeat.of(body) == Repeat(3, started=2, done=1, last=9)


def test_listeners_stored_before_their_changes_were_noted_are_read() -> None:
    element = row({"listening": {"on": "start", "number": 0, "user": None, "result": {}}})

    assert Listening.of(element) == Listening("start")


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    element = row({"listening": {}, "denied": {}, "ending": {}, "first": True})

    Listening.forget(element)
    Denied.forget(element)
    Ending.forget(element)
    bookkeeping.forget_first(element)

    assert element.data is None


@pytest.mark.parametrize(
    "stored",
    [
        {"on": "start", "number": 1, "more": {"start_event": "s", "variables": {"x": 1}}, "waiting": True},
        {"on": "end", "number": 0, "more": {}, "waiting": False},
    ],
)
def test_the_listeners_of_a_process_are_read_and_written_as_stored(stored: dict[str, Any]) -> None:
    assert ProcessListening.read(stored).stored() == stored


def test_what_is_to_be_undone_is_read_as_it_was_written() -> None:
    found = Compensation(7, 1, 2, 3, "a", "undo")

    (entry,) = bookkeeping.to_undo([found])

    assert entry == [3, "a", "undo", 2]
    assert bookkeeping.undone_next(entry, 1) == Compensation(0, 1, 2, 3, "a", "undo")
