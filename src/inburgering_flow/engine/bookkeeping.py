"""What an element instance remembers in addition to its row: typed here, stored as JSON in its column ``data`` and in
hidden variables.

Each kind has its own keys, so that keeping one leaves the others as they are. Keys and shapes are stored:
rows that an earlier version has written must stay readable (``tests/store/test_released_data.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from inburgering_flow.feel import to_plain
from inburgering_flow.model.runtime import ENDING, Compensation, ElementInstance

Data = Mapping[str, Any]

Phase = Literal[
    "enter", "again",  # the whole element, only its work
    "leave", "map", "flow",  # what is left of leaving: from the end listeners, the results, the flows on
    "loop", "ad-hoc", "join",  # whether a body goes on, an ad-hoc sub-process is done, a join fires
    "move", "canceling", "process-start", "process-end",  # the next listener of a task's move, of its end, of a process
]  # fmt: skip
"""Where trouble has stopped something: what a retry does (``incidents.PHASES``)."""

LEAVING: frozenset[Phase] = frozenset(("leave", "map", "flow"))  # for an element that is done: it keeps its result

BODY_TYPE = "MULTI_INSTANCE_BODY"  # the element type of the outside of a repeated activity

# Hidden variables, which only the engine sees; two more are in model/runtime.
ON_PROCESS = "$listening"  # of a process instance: how far its listeners have come
ITEMS, OUTPUT = "$items", "$output"  # of a body: what it goes through; of an instance inside: what it gives
UNDOES_FOR = "$compensates"  # of a handler, or a sub-process that is undone: the element that waits for it, or 0
TO_UNDO = "$queue"  # of whatever undoes: what comes next


def _set(row: ElementInstance, key: str, value: Any) -> None:
    row.data = {**(row.data or {}), key: value}


def _drop(row: ElementInstance, key: str) -> None:
    if row.data is not None:
        row.data = {k: v for k, v in row.data.items() if k != key} or None


# -- the first token of an instance --------------------------------------------------------------------------------


def is_first(row: ElementInstance) -> bool:
    """Tell whether the instance's own event sub-processes are still to be opened, when this element is ready for it."""
    return row.data is not None and bool(row.data.get("first"))


def mark_first(row: ElementInstance) -> None:
    """Leave the opening of the instance's own event sub-processes to this element."""
    _set(row, "first", True)


def forget_first(row: ElementInstance) -> None:
    """Note that the instance's own event sub-processes are open."""
    _drop(row, "first")


# -- what an event brought -----------------------------------------------------------------------------------------


def brought(row: ElementInstance) -> dict[str, Any]:
    """Return the variables with which an event sub-process was started."""
    return dict((row.data or {}).get("event", {}))


def keep_brought(row: ElementInstance, variables: Data) -> None:
    """Keep the variables with which an event sub-process is started, for a retry."""
    _set(row, "event", to_plain(dict(variables)))


# -- leaving -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leaving:
    """The result of an element that could not be left, and who completed it: a retry goes on with both."""

    result: Data = field(default_factory=dict)
    user: str | None = None

    @classmethod
    def of(cls, row: ElementInstance) -> Leaving:
        """Return what is kept; empty where there was no trouble on the way out."""
        data = row.data or {}
        return cls(data.get("result", {}), data.get("user"))

    def keep(self, row: ElementInstance) -> None:
        """Write it into the row."""
        row.data = {**(row.data or {}), "result": to_plain(dict(self.result)), "user": self.user}


# -- repeated activities -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repeat:
    """How far the body of a multi-instance activity has come; ``last`` is the instance that ended last."""

    total: int
    started: int = 0
    done: int = 0
    last: int | None = None

    @classmethod
    def of(cls, body: ElementInstance) -> Repeat:
        """Return how far it has come."""
        data = body.data or {}
        return cls(data.get("total", 0), data.get("started", 0), data.get("done", 0), data.get("last"))

    def begin(self, body: ElementInstance) -> None:
        """Let a body remember nothing but this."""
        body.data = {"total": self.total, "done": self.done, "started": self.started}


@dataclass(frozen=True, slots=True)
class Rounds:
    """How far the body of a standard loop has come; a ``maximum`` below zero means none."""

    maximum: int
    done: int = 0

    @classmethod
    def of(cls, body: ElementInstance) -> Rounds:
        """Return how far it has come."""
        data = body.data or {}
        return cls(data["maximum"], data["done"])

    def begin(self, body: ElementInstance) -> None:
        """Let a body remember nothing but this."""
        body.data = {"done": self.done, "maximum": self.maximum}


def has_begun(body: ElementInstance) -> bool:
    """Tell whether a body has begun to count."""
    return body.data is not None and "done" in body.data


def start_counted(body: ElementInstance, number: int) -> None:
    """Note how many instances of a body have been started."""
    _set(body, "started", number)


def end_counted(body: ElementInstance, inner_key: int | None) -> None:
    """Note that one more instance or round of a body is done."""
    data = body.data or {}
    body.data = {**data, "done": data["done"] + 1, "last": inner_key}


# -- ad-hoc sub-processes ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AdHocQueue:
    """The activities of a sequential ad-hoc sub-process that are still to come; ``closing`` once its condition held.

    Of one whose activities a job chooses: whether one is ``asked`` now, and whether it is to be asked ``again`` after that.
    """

    waiting: Sequence[str] = ()
    closing: bool = False
    asked: bool = False
    again: bool = False

    @classmethod
    def of(cls, row: ElementInstance) -> AdHocQueue:
        """Return what is still to come."""
        data = row.data or {}
        flags = (bool(data.get(name)) for name in ("closing", "asked", "again"))
        return cls(list(data.get("queue") or ()), *flags)

    def keep(self, row: ElementInstance) -> None:
        """Write it into the row."""
        row.data = self.beside(row.data)

    def beside(self, data: Data | None) -> dict[str, Any]:
        """Return the whole of what a row remembers, with this queue in it."""
        flags = {"closing": self.closing, "asked": self.asked, "again": self.again}
        kept = {name: value for name, value in (data or {}).items() if name not in flags}
        return {**kept, "queue": list(self.waiting), **{name: True for name, is_set in flags.items() if is_set}}


# -- listeners -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listening:
    """How far the listeners of an element have come for one event; removed when the last one is done. ``result`` is the
    element's result so far, ``user`` who asked for the move, ``changes`` the fields of the task that it will change;
    ``is_task`` says that the task exists already and only changes.
    """

    on: str
    number: int = 0
    user: str | None = None
    result: Data = field(default_factory=dict)
    changes: Data = field(default_factory=dict)
    is_task: bool = False

    @classmethod
    def of(cls, row: ElementInstance) -> Listening | None:
        """Return how far they have come; None where none is at work."""
        found = row.data.get("listening") if row.data is not None else None
        if found is None:
            return None
        return cls(
            found["on"],
            found["number"],
            found["user"],
            found["result"],
            found.get("changes") or {},
            bool(found.get("task")),
        )

    def keep(self, row: ElementInstance) -> None:
        """Write it into the row."""
        entry = {
            "on": self.on,
            "number": self.number,
            "user": self.user,
            "result": to_plain(dict(self.result)),
            "changes": self.changes,
        }
        _set(row, "listening", {**entry, "task": True} if self.is_task else entry)

    @staticmethod
    def forget(row: ElementInstance) -> None:
        """Note that no listener is at work any more."""
        _drop(row, "listening")


@dataclass(frozen=True, slots=True)
class ProcessListening:
    """How far the listeners on a process have come, and where it begins after those on its start. ``is_waiting`` is
    true while the job of a listener is open. Kept in the hidden variable ``ON_PROCESS`` of the instance.
    """

    on: str
    number: int = 0
    start_event: str | None = None
    variables: Data = field(default_factory=dict)
    is_waiting: bool = False

    @classmethod
    def read(cls, stored: Data) -> ProcessListening:
        """Return how far they have come, from the variable."""
        more = stored["more"]
        return cls(
            stored["on"], stored["number"], more.get("start_event"), more.get("variables") or {}, stored["waiting"]
        )

    def stored(self) -> dict[str, Any]:
        """Return it as the variable holds it."""
        more = {"start_event": self.start_event, "variables": to_plain(dict(self.variables))}
        return {
            "on": self.on, "number": self.number, "more": more if self.on == "start" else {}, "waiting": self.is_waiting
        }  # fmt: skip

    def waiting(self) -> ProcessListening:
        """Return it with the job of a listener open."""
        return replace(self, is_waiting=True)

    def again(self) -> ProcessListening:
        """Return it with the job of the same listener still to be opened."""
        return replace(self, is_waiting=False)

    def next(self) -> ProcessListening:
        """Return it advanced to the next listener."""
        return replace(self, number=self.number + 1, is_waiting=False)


@dataclass(frozen=True, slots=True)
class Denied:
    """The move of its task that a task listener denied last, and why."""

    on: str
    reason: str

    @classmethod
    def of(cls, row: ElementInstance) -> Denied | None:
        """Return the denial; None where the last move was not denied."""
        found = (row.data or {}).get("denied")
        return None if found is None else cls(found["on"], found["reason"])

    def keep(self, row: ElementInstance) -> None:
        """Write it into the row."""
        _set(row, "denied", {"on": self.on, "reason": self.reason})

    @staticmethod
    def forget(row: ElementInstance) -> None:
        """Note that another move has been asked for."""
        _drop(row, "denied")


# -- ending --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ending:
    """What follows the end of an element or instance that listeners delay.

    ``do`` is one of leave, left, finish, enter; after it an ``event`` with its ``variables`` happens.
    """

    do: str
    event: str = ""
    variables: Data = field(default_factory=dict)

    @classmethod
    def of(cls, row: ElementInstance) -> Ending | None:
        """Return what follows; None where nothing is ending."""
        return cls.read(row.data.get(ENDING)) if row.data is not None else None

    @classmethod
    def read(cls, stored: Data | None) -> Ending | None:
        """Return what follows, from the row or the variable of an instance."""
        return None if stored is None else cls(stored["do"], stored.get("event", ""), stored.get("variables") or {})

    def keep(self, row: ElementInstance) -> None:
        """Write it into the row."""
        _set(row, ENDING, self.stored())

    def stored(self) -> dict[str, Any]:
        """Return it as rows and variables hold it."""
        if not self.event:
            return {"do": self.do}
        return {"do": self.do, "event": self.event, "variables": to_plain(dict(self.variables))}

    @staticmethod
    def forget(row: ElementInstance) -> None:
        """Note that nothing is ending any more."""
        _drop(row, ENDING)


LEAVE = Ending("leave")  # ended, and gone
LEFT = Ending("left")  # ended by a modification: the scope around it may have nothing left
FINISH = Ending("finish")  # what was inside has ended, the scope itself completes


# -- compensation --------------------------------------------------------------------------------------------------


def to_undo(found: Iterable[Compensation], scope_key: int | None = None) -> list[list[Any]]:
    """Return what is to be undone as the hidden variable ``TO_UNDO`` holds it; ``scope_key`` where it is undone elsewhere."""
    return [[c.element_key, c.element_id, c.handler_id, c.scope_key if scope_key is None else scope_key] for c in found]


def undone_next(entry: Sequence[Any], instance_key: int) -> Compensation:
    """Return one entry for the hidden variable ``TO_UNDO``."""
    element_key, element_id, handler_id, scope_key = entry
    return Compensation(0, instance_key, int(scope_key), int(element_key), element_id, handler_id)
