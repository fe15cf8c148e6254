"""What may be changed in a running case from outside, as values.

Named after the Camunda 8 Orchestration Cluster API, version 2: modify process instance, migrate process instance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Variables that come with an activation: at the instance, or at ``scope_id``, the element or a scope around it."""

    values: Mapping[str, Any]
    scope_id: str = ""


@dataclass(frozen=True, slots=True)
class Activate:
    """Put a token on an element.

    Scopes around it that are not active are made. ``ancestor_key`` chooses the element or process instance to do it in;
    new scopes are then made for what lies between.
    """

    element_id: str
    variables: Sequence[SetVariables] = ()
    ancestor_key: int | None = None


@dataclass(frozen=True, slots=True)
class Terminate:
    """End one element instance by its key, or each active one of an element."""

    element_key: int | None = None
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """End what is active at the source and activate the target once for each."""

    target_id: str
    source_id: str = ""
    source_key: int | None = None
    variables: Sequence[SetVariables] = ()
    ancestor_key: int | None = None


@dataclass(frozen=True, slots=True)
class Modification:
    """Everything that one modification does, all of it or nothing."""

    activate: Sequence[Activate] = ()
    terminate: Sequence[Terminate] = ()
    move: Sequence[Move] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values that can wait in a row."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return what ``to_json`` was made from."""

        def variables(found: Mapping[str, Any]) -> dict[str, Any]:
            return {**found, "variables": tuple(SetVariables(**v) for v in found["variables"])}

        return cls(
            tuple(Activate(**variables(a)) for a in value["activate"]),
            tuple(Terminate(**x) for x in value["terminate"]),
            tuple(Move(**variables(m)) for m in value["move"]),
        )


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """Which definition to migrate to, and which element becomes which. ``same_ids`` maps elements with an id in both."""

    target_definition_key: int
    mapping: Mapping[str, str] = field(default_factory=dict)
    same_ids: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one element prevents it. Where an expression failed ``trouble`` is the kind of fault, and the message may quote
    values of the case.
    """

    element_id: str
    message: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class MigratedEvent:
    """How an event that waits already goes on waiting: as its target says."""

    interrupting: bool
    has_timer: bool
    watches: tuple[str, ...]  # the variables that its timer follows


@dataclass(frozen=True, slots=True)
class Migration:
    """What a checked plan does to one instance.

    ``elements`` maps every id that a row may carry (elements, boundary events, starts of event sub-processes).
    ``close`` holds (owner, event id) of what no longer waits, ``open`` (owner, event ids) of what waits from now on.
    ``handlers`` are the compensation handlers by the new element id; ``drop_compensations`` can no longer be undone.
    """

    instance_key: int
    definition_key: int
    process_id: str
    version: int
    elements: Mapping[str, str]
    tasks: Mapping[str, tuple[str, str | None]]  # new element id → (name, form id, or None where an expression gave it)
    close: frozenset[tuple[int, str]]
    open: tuple[tuple[int, tuple[str, ...]], ...]
    arrivals: Mapping[tuple[int, str], Mapping[str, int]]
    handlers: Mapping[str, str]
    drop_compensations: tuple[int, ...]
    changed_data: Mapping[int, Mapping[str, Any]]  # element instance → its bookkeeping with the new ids
    joins: tuple[tuple[int, str], ...]  # (scope, new element id) where tokens wait: they may be complete by now
    events: Mapping[str, MigratedEvent]  # by the new element id
    stuck: tuple[int, ...]  # element instances that show a join which could not fire: it is checked again


class ModificationRefused(InvalidInput):
    """The instructions cannot be carried out; ``refusals`` says per element why. Nothing was changed."""

    code = "MODIFICATION_REFUSED"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(
            " ".join(dict.fromkeys(r.message for r in refusals)),
            remedy=_("Change the instructions and send them again."),
        )
        self.refusals = tuple(refusals)


class MigrationRefused(InvalidInput):
    """The plan does not fit the instance; ``refusals`` says per element why. Nothing was changed."""

    code = "MIGRATION_REFUSED"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(
            " ".join(dict.fromkeys(r.message for r in refusals)), remedy=_("Change the plan and send it again.")
        )
        self.refusals = tuple(refusals)
