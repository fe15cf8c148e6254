"""Batch operations: the same change for many instances, in the background, one transaction each.

A batch is due work in the job table. Each run does one chunk; an item is marked in the transaction that does it, so
each is done exactly once, whenever the program restarts.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from inburgering_flow.errors import Busy, FlowError, InvalidInput, NotFound
from inburgering_flow.i18n import LANGUAGES, N_, _, as_read, in_each, language, speaking
from inburgering_flow.model import batches as kinds
from inburgering_flow.model import permissions
from inburgering_flow.model.batches import BATCH_MOVES, BatchItem, BatchOperation, Filter, Outlook, VersionInUse
from inburgering_flow.model.changes import MigrationPlan, MigrationRefused, Modification
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import JobRow, moved
from inburgering_flow.services.changes import Changes, plain
from inburgering_flow.services.context import Context
from inburgering_flow.services.deletions import Deletions
from inburgering_flow.services.disclosure.incidents import shown_refusal
from inburgering_flow.services.incidents import Incidents
from inburgering_flow.services.migration_plans import MigrationPlans
from inburgering_flow.services.processes import Processes
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import batches as rows
from inburgering_flow.store import jobs
from inburgering_flow.store.database import Unit, without_values

log = logging.getLogger(__name__)
CHUNK = 20
TRIES = 3
CHECKED = 100  # the number of instances that a migration is tried on before it begins
MOST_NAMED = 10_000
MOST_DIGITS = len(str(2**63))  # of a key
Act = Callable[[Unit, int, Mapping[str, Any], Actor], object]
UNEXPECTED = N_("Unexpected trouble ({kind}); the log of the program has the details.")


class _NotKept(Exception):
    """Takes back what was done to hear whether it is refused."""


def _read(item: BatchItem) -> BatchItem:
    """Return an item with its reason in the language of who reads it."""
    return replace(item, message=as_read(item.message))


def _unexpected(error: Exception) -> str:
    said = {}
    for spoken in LANGUAGES:
        with speaking(spoken):
            said[spoken] = _(UNEXPECTED).format(kind=type(error).__name__)
    return in_each(said)


class Batches:
    """Use cases about batch operations."""

    def __init__(
        self, context: Context, processes: Processes, changes: Changes, plans: MigrationPlans, incidents: Incidents,
        deletions: Deletions,
    ) -> None:  # fmt: skip
        self.context = context
        self._plans = plans
        self._acts: Mapping[str, Act] = {
            kinds.CANCEL: lambda unit, key, _plan, actor: processes.cancel_in(unit, key, actor),
            kinds.SUSPEND: lambda unit, key, _plan, actor: changes.suspend_in(unit, key, actor),
            kinds.RESUME: lambda unit, key, _plan, actor: changes.resume_in(unit, key, actor),
            kinds.DELETE: lambda unit, key, _plan, actor: deletions.delete_in(unit, key, actor),
            kinds.RESOLVE: lambda unit, key, _plan, actor: incidents.resolve_all_in(unit, key, actor),
            kinds.MODIFY: lambda unit, key, plan, actor: changes.modify_in(unit, key, Modification.from_json(plan), actor),
            kinds.MIGRATE: lambda unit, key, plan, actor: plans.migrate_in(unit, key, MigrationPlan(**plan), actor),
        }

    # -- for people ------------------------------------------------------------------------------------------------

    def create(
        self, type: str, *, filter: Filter | None = None, keys: Sequence[int] | None = None,
        migration: MigrationPlan | None = None, modification: Modification | None = None, actor: Actor = SYSTEM,
        once: str = "",
    ) -> int:  # fmt: skip
        """Begin a batch over the instances that match a filter now, or over those named; return its key.

        ``type`` is one of ``model.batches``. A migration needs its plan and a modification its instructions. Raises
        InvalidInput for an unknown type, a missing plan, or an empty filter.
        """
        actor.require(permissions.PROCESS_MANAGE)
        plan = self._plan(type, migration, modification)
        self._one_of(filter, keys)
        now = self.context.clock.now()
        with self.context.db.write() as unit:

            def make() -> int:
                key = self.context.keys.next()
                rows.add(unit, BatchOperation(key, type, kinds.ACTIVE, plan, actor.username, now, None, 0, 0, 0))
                if keys is not None:
                    rows.add_keys(unit, key, keys)
                else:
                    assert filter is not None
                    rows.add_found(unit, key, filter, only_top=type in kinds.OF_CASES)
                total = rows.set_total(unit, key)
                self._enqueue(unit, key, type)
                self._log(unit, actor, "batch.create", key, {"type": type, "total": total})
                return key

            return made_once(self.context, unit, "batch", once, actor, make)

    def outlook(
        self, type: str, *, filter: Filter | None = None, keys: Sequence[int] | None = None,
        migration: MigrationPlan | None = None, modification: Modification | None = None, actor: Actor = SYSTEM,
    ) -> Outlook:  # fmt: skip
        """Return what a batch would do, without beginning it; takes the same as ``create`` and raises the same.

        A migration is checked on the oldest ``CHECKED`` instances.
        """
        actor.require(permissions.PROCESS_MANAGE)
        self._plan(type, migration, modification)
        self._one_of(filter, keys)
        only_top = type in kinds.OF_CASES
        with self.context.db.read() as unit:
            if keys is not None:
                total, first = len(set(keys)), list(dict.fromkeys(keys))[:CHECKED]
            else:
                assert filter is not None
                total = rows.count_found(unit, filter, only_top=only_top)
                first = rows.found(unit, filter, CHECKED, only_top=only_top)
        if migration is None:
            return Outlook(total)
        refused: Counter[tuple[str, str]] = Counter()
        for key in first:
            try:
                self._plans.check(key, migration, actor)
            except MigrationRefused as error:
                refused.update({(r.element_id, r.message) for r in error.refusals})
            except FlowError as error:
                refused[("", str(error))] += 1
        return Outlook(total, len(first), tuple((*found, number) for found, number in refused.most_common()))

    def versions(self, actor: Actor = SYSTEM) -> list[VersionInUse]:
        """Return every version of every process with how many of its instances run, the newest of each first."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit:
            return rows.versions_in_use(unit)

    def cases_named(self, names: Sequence[str], actor: Actor = SYSTEM) -> list[int]:
        """Return the cases with these keys or business keys; raises NotFound naming each one that does not exist."""
        actor.require(permissions.PROCESS_MANAGE)
        if len(names) > MOST_NAMED:
            raise InvalidInput(
                _("At most {most:,} cases can be named at once.").format(most=MOST_NAMED), remedy=_("Choose a version instead.")
            )
        numbers = {n: int(n) for n in names if n.isascii() and n.isdigit() and len(n) <= MOST_DIGITS and int(n) < 2**63}
        with self.context.db.read() as unit:
            by_name, known = rows.keys_of(unit, names, list(numbers.values()))
        found = [by_name.get(name) or (number if (number := numbers.get(name)) in known else None) for name in names]
        missing = [name for name, key in zip(names, found, strict=True) if key is None]
        if missing:
            raise NotFound(
                _("There is no case {names}.").format(names=", ".join(missing[:20])), remedy=_("Look at the numbers again.")
            )
        return [key for key in dict.fromkeys(found) if key is not None]

    def get(self, key: int, actor: Actor = SYSTEM) -> BatchOperation:
        """Return a batch with its progress."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit:
            return rows.get(unit, key)

    def search(self, actor: Actor = SYSTEM, *, start: int = 0, size: int = 50) -> Page[BatchOperation]:
        """Return a page of the batches, newest first."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit:
            found, total = rows.search(unit, start, size)
        return Page(found, start, total, size)

    def failed(self, key: int, actor: Actor = SYSTEM, *, start: int = 0, size: int = 100) -> Page[BatchItem]:
        """Return a page of what failed in a batch, in order of instance."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit:
            found, total = rows.failed(unit, key, start, size)
        return Page([_read(item) for item in found], start, total, size)

    def items(
        self, key: int, *, state: str | None = None, after: int = 0, most: int = 100, actor: Actor = SYSTEM
    ) -> list[BatchItem]:
        """Return items of a batch in order of instance, starting after the instance ``after``."""
        actor.require(permissions.PROCESS_MANAGE)
        with self.context.db.read() as unit:
            return [_read(item) for item in rows.items(unit, key, state, after, most)]

    def suspend(self, key: int, actor: Actor = SYSTEM) -> None:
        """Pause a batch after the current item; raises Conflict if it is not running."""
        with self.context.db.write() as unit:
            self._move(unit, key, "suspend", actor)
            jobs.remove_of(unit, key)

    def resume(self, key: int, actor: Actor = SYSTEM) -> None:
        """Let a paused batch go on."""
        with self.context.db.write() as unit:
            found = self._move(unit, key, "resume", actor)
            self._enqueue(unit, key, found.type)

    def cancel(self, key: int, actor: Actor = SYSTEM) -> None:
        """Abandon what a batch has not done yet; what is done stays done."""
        with self.context.db.write() as unit:
            self._move(unit, key, "cancel", actor)
            rows.cancel(unit, key, self.context.clock.now())
            jobs.remove_of(unit, key)

    # -- for the executor ------------------------------------------------------------------------------------------

    def work(self, job: JobRow, owner: str) -> bool:
        """Do the next chunk of a batch under the lease of ``owner``; False where somebody else took over."""
        key = job.element_key
        with self.context.db.read() as unit:
            batch = rows.get(unit, key)
            chunk = rows.waiting(unit, key, CHUNK)
        actor = Actor(batch.created_by, is_system=True)  # who was allowed to when the batch was created
        for instance_key in chunk:
            if not self._item(batch, instance_key, actor):
                break
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if not jobs.remove_leased(unit, job.key, owner):
                return False
            if not rows.complete(unit, key, now) and rows.get(unit, key).state == kinds.ACTIVE:
                self._enqueue(unit, key, batch.type)
            jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", now)
        return True

    def _item(self, batch: BatchOperation, instance_key: int, actor: Actor) -> bool:
        """Do one item; False if the batch is no longer running.

        A refusal is stored with the item, in each language: nobody reads along here. Trouble with the database is nobody's
        fault: it is raised, and the chunk is retried later. Anything else is a bug in the program: the item is tried a few
        times, and then it has failed.
        """
        now = self.context.clock.now()
        said = ""
        for _attempt in range(TRIES):
            try:
                with self.context.db.write() as unit:
                    if not rows.finish_item(unit, batch.key, instance_key, now, None):
                        return rows.get(unit, batch.key).state == kinds.ACTIVE
                    self._acts[batch.type](unit, instance_key, batch.plan, actor)
                return True
            except Busy:
                raise
            except FlowError as error:
                said = self._refused(batch, instance_key, actor, error)
                break
            except Exception as error:
                if self.context.db.is_its_own(error):
                    raise
                log.error("batch %s: instance %s met an unexpected error: %s", batch.key, instance_key, without_values(error))
                said = _unexpected(error)
        with self.context.db.write() as unit:
            rows.finish_item(unit, batch.key, instance_key, now, said)
        return True

    def _refused(self, batch: BatchOperation, instance_key: int, actor: Actor, error: FlowError) -> str:
        """Return why an item was refused in each language, as it is stored.

        An error is made in one language. So that there is one in each, what was refused is tried once more in each other
        language, and taken back whatever comes of it. What is not refused again keeps the sentence that there is.
        """
        said = {language(): shown_refusal(error)}
        for other in LANGUAGES:
            if other not in said:
                with speaking(other):
                    again = self._refusal(batch, instance_key, actor)
                    if again is not None and again.code == error.code:
                        said[other] = shown_refusal(again)
        return in_each(said)

    def _refusal(self, batch: BatchOperation, instance_key: int, actor: Actor) -> FlowError | None:
        """Return the error with which an item would be refused now; nothing is kept of it."""
        try:
            with self.context.db.write() as unit:
                self._acts[batch.type](unit, instance_key, batch.plan, actor)
                raise _NotKept
        except _NotKept:
            return None
        except Busy:
            raise
        except FlowError as error:
            return error

    # -- inside ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _one_of(filter: Filter | None, keys: Sequence[int] | None) -> None:
        if (filter is None or filter.is_empty) == (keys is None):
            raise InvalidInput(
                _("A batch needs either a filter that is not empty, or keys."),
                remedy=_("Say which instances are meant."),
            )

    def _plan(
        self, type: str, migration: MigrationPlan | None, modification: Modification | None
    ) -> dict[str, Any]:
        if type not in self._acts:
            raise InvalidInput(
                _("There is no batch operation of type '{type}'.").format(type=type),
                remedy=_("Choose from {known}.").format(known=", ".join(sorted(self._acts))),
            )
        needed = {kinds.MIGRATE: migration, kinds.MODIFY: modification}
        if any((value is not None) != (kind == type) for kind, value in needed.items()):
            raise InvalidInput(
                _("A migration needs a plan, a modification needs instructions, and no other batch has either."),
                remedy=_("Give what the type needs."),
            )
        if migration is not None:
            return asdict(migration)
        return plain(modification).to_json() if modification is not None else {}

    def _move(self, unit: Unit, key: int, move: str, actor: Actor) -> BatchOperation:
        actor.require(permissions.PROCESS_MANAGE)
        found = rows.get(unit, key, lock=True)
        state = moved(BATCH_MOVES, _("Batch operation {key}").format(key=key), found.state, move)
        rows.set_state(unit, key, state)
        self._log(unit, actor, f"batch.{move}", key)
        return found

    def _enqueue(self, unit: Unit, key: int, type: str) -> None:
        now = self.context.clock.now()
        jobs.add(unit, JobRow(self.context.keys.next(), "BATCH", type, 0, 0, key, "", now, 0))
        unit.after_commit(self.context.work_appeared)

    def _log(self, unit: Unit, actor: Actor, action: str, key: int, detail: Mapping[str, Any] | None = None) -> None:
        self.context.log(unit, actor.username, action, subject_key=key, detail=detail)
