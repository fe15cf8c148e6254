"""Files of cases that are taken over: kept encrypted, rehearsed and loaded in the background, a transaction for each row."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from inburgering_flow.errors import Busy, Conflict, FlowError, InvalidInput
from inburgering_flow.i18n import _, language, speaking
from inburgering_flow.model import permissions
from inburgering_flow.model.entries import (
    DONE,
    FILE_MOVES,
    LOADED,
    LOADING,
    READY,
    REFUSED,
    UPLOADED,
    WAITING,
    WRONG,
    EntryFile,
    EntryForm,
    EntryRow,
    Problem,
    Standing,
)
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.runtime import JobRow, moved
from inburgering_flow.services.accounts import Accounts
from inburgering_flow.services.context import Context
from inburgering_flow.services.entries import Entries, Refused
from inburgering_flow.services.entry_texts import REASON, Sheet, sheet_of
from inburgering_flow.services.sheets import written
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import entry_files as stored
from inburgering_flow.store import jobs
from inburgering_flow.store.database import Unit, without_values
from inburgering_flow.store.entry_files import StoredRow

log = logging.getLogger(__name__)
WORK = "ENTRY_FILE"  # the type of its job
CHUNK = 10  # rows of one run
PAGE = 50
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class FileView:
    """A file as its page shows it: how many rows are in each state, and some of them."""

    file: EntryFile
    counts: Mapping[str, int]
    rows: Page[EntryRow]

    @property
    def done(self) -> int:
        """Return how many rows the background has dealt with in what it does now."""
        waits = self.counts.get(READY if self.file.state == LOADING else WAITING, 0)
        return self.file.total - waits


class EntryFiles:
    """Use cases about files of cases."""

    def __init__(self, context: Context, entries: Entries, accounts: Accounts) -> None:
        self.context = context
        self.entries = entries
        self._accounts = accounts

    # -- for people ----------------------------------------------------------------------------------------------------

    def template(self, process_id: str, actor: Actor) -> bytes:
        """Return an empty file with the names of all columns."""
        actor.require(permissions.CASE_START)
        return written([column.name for column in self.entries.columns(self.entries.form(process_id))], [])

    def upload(self, process_id: str, content: bytes, actor: Actor, *, once: str = "") -> int:
        """Keep a file and begin its rehearsal in the background; return its key.

        ``once`` is the form's token: sent again it returns the same file. Raises InvalidInput for what is no such file.
        """
        actor.require(permissions.CASE_START)
        form = self.entries.form(process_id)
        sheet = self._sheet(form, content)
        now = self.context.clock.now()
        rows = []
        for number, values, wrong in self._with_problems(form, sheet):
            kept = self._locked(_found(wrong)) if wrong else None
            rows.append((number, WRONG if wrong else WAITING, self._locked(values), kept))
        with self.context.db.write() as unit:

            def make() -> int:
                key = self.context.keys.next()
                file = EntryFile(
                    key, form.process_id, actor.username, language(), UPLOADED, now, now + KEPT, list(sheet.header), len(rows)
                )
                stored.add(unit, file, rows)
                self._enqueue(unit, key)
                self._log(unit, actor, "entry.upload", key, {"rows": len(rows)})
                return key

            return made_once(self.context, unit, "entry file", once, actor, make)

    def at_once(self, process_id: str, content: bytes, actor: Actor, *, rehearsing: bool) -> list[EntryRow]:
        """Load the rows of a file that are right, or only rehearse all, here and now and a transaction each; for programs.

        Nothing of the file is kept. Sent again, rows that were loaded are refused because their cases exist. Raises
        InvalidInput for what is no such file.
        """
        actor.require(permissions.CASE_START)
        form = self.entries.form(process_id)
        done = []
        for number, values, wrong in self._with_problems(form, self._sheet(form, content)):
            key, standing, problems = None, Standing(), tuple(wrong)
            try:
                if not problems and rehearsing:
                    standing = self.entries.rehearse(form.process_id, values, actor)
                elif not problems:
                    key = self.entries.enter(form.process_id, values, actor)
            except Refused as refused:
                problems = tuple(refused.problems)
            state = WRONG if problems else READY if rehearsing else DONE
            done.append(EntryRow(number, state, "", problems, standing, key))
        return done

    def _sheet(self, form: EntryForm, content: bytes) -> Sheet:
        named = self.context.domain.case_name
        columns = self.entries.columns(form)
        needed = {form.phase.name, named.variable if named is not None else ""}
        return sheet_of(content, columns, [column.name for column in columns if column.name in needed])

    def _with_problems(self, form: EntryForm, sheet: Sheet) -> Iterator[tuple[int, dict[str, str], list[Problem]]]:
        """Return the rows with what can be seen of them in the file alone."""
        twice = self._twice(form, [values for _number, values, _said in sheet.rows])
        for (number, values, said), found in zip(sheet.rows, twice, strict=True):
            yield number, values, [*([Problem("", said)] if said else []), *found]

    def _twice(self, form: EntryForm, rows: Sequence[Mapping[str, str]]) -> list[list[Problem]]:
        """Return for each row what it has that another row of the file has too, and may not."""
        named = self.context.domain.case_name
        single = {*self.entries.secret(form), *([named.variable] if named is not None else [])}
        columns = [column for column in self.entries.columns(form) if column.name in single]
        keys = [{c.name: _same(row.get(c.name, "")) for c in columns} for row in rows]
        often = {c.name: Counter(key[c.name] for key in keys if key[c.name]) for c in columns}
        said = _("“{label}” stands in more than one row of this file.")
        return [
            [Problem(c.name, said.format(label=_(c.label))) for c in columns if often[c.name][key[c.name]] > 1]
            for key in keys
        ]

    def files(self, actor: Actor) -> list[EntryFile]:
        """Return one's own files, the newest first."""
        actor.require(permissions.CASE_START)
        with self.context.db.read() as unit:
            return stored.of_owner(unit, actor.username)

    def get(self, key: int, actor: Actor, *, start: int = 0, only_wrong: bool = False) -> FileView:
        """Return one's own file with a page of its rows; the look is logged first. Raises NotFound for another's."""
        actor.require(permissions.CASE_START)
        states = (WRONG, REFUSED) if only_wrong else (WAITING, READY, WRONG, DONE, REFUSED)
        with self.context.db.write() as unit:
            file = stored.get(unit, key, actor.username)
            self._log(unit, actor, "entry.look", key, {"from": start})
        with self.context.db.read() as unit:
            counts = stored.counts(unit, key)
            found = stored.rows(unit, key, states, PAGE, start)
        total = sum(counts.get(state, 0) for state in states)
        return FileView(file, counts, Page([self._shown(row) for row in found], start, total, PAGE))

    def load(self, key: int, actor: Actor) -> None:
        """Begin to load the rows that are ready, in the background; raises Conflict where that has been done."""
        actor.require(permissions.CASE_START)
        with self.context.db.write() as unit:
            file = stored.get(unit, key, actor.username, lock=True)
            if not stored.counts(unit, key).get(READY) and file.state not in (LOADING, LOADED):
                raise Conflict(_("There is no row that can be loaded."), remedy=_("Mend the file and send it again."))
            stored.set_state(unit, key, moved(FILE_MOVES, _("The file"), file.state, "load"))
            self._enqueue(unit, key)
            self._log(unit, actor, "entry.load", key)

    def refused(self, key: int, actor: Actor) -> bytes:
        """Return a file of the rows that were not loaded, with the same columns and the reason; logged first."""
        actor.require(permissions.CASE_START)
        with self.context.db.write() as unit:
            file = stored.get(unit, key, actor.username)
            self._log(unit, actor, "entry.download", key)
        with self.context.db.read() as unit:
            found = stored.rows(unit, key, (WRONG, REFUSED), file.total)
        lines = []
        for row in found:
            values = self._opened(row.content) or {}
            said = " ".join(f"{p.column}: {p.says}" if p.column else p.says for p in _problems(self._opened(row.found)))
            lines.append([*(values.get(name, "") for name in file.header), said])
        return written([*file.header, REASON], lines)

    def delete(self, key: int, actor: Actor) -> None:
        """Forget one's own file at once; cases that were made of it stay. Raises Conflict while it is loaded."""
        actor.require(permissions.CASE_START)
        with self.context.db.write() as unit:
            file = stored.get(unit, key, actor.username, lock=True)
            if file.state == LOADING:
                raise Conflict(_("This file is being loaded."), remedy=_("Wait until it is done."))
            jobs.remove_of(unit, key)
            stored.remove(unit, key)
            self._log(unit, actor, "entry.delete", key)

    # -- for the executor ----------------------------------------------------------------------------------------------

    def forget(self) -> int:
        """Forget files that are kept no longer, also what was never done with them; return how many. Safe to run at any time."""
        with self.context.db.read() as unit:
            keys = stored.expired(unit, self.context.clock.now(), CHUNK)
        for key in keys:
            with self.context.db.write() as unit:
                jobs.remove_of(unit, key)
                stored.remove(unit, key)
                self._log(unit, SYSTEM, "entry.delete", key)
        return len(keys)

    def work(self, job: JobRow, owner: str) -> bool:
        """Rehearse or load the next rows of a file under the lease of ``owner``; False where somebody else took over."""
        key = job.element_key
        with self.context.db.read() as unit:
            file = stored.get(unit, key)
            waits = READY if file.state == LOADING else WAITING
            chunk = stored.rows(unit, key, (waits,), CHUNK)
        form = self.entries.form(file.process_id)
        actor = self._actor(file.owner)
        with speaking(file.language):
            for row in chunk:
                self._row(file, form, row, actor)
        now = self.context.clock.now()
        with self.context.db.write() as unit:
            if not jobs.remove_leased(unit, job.key, owner):
                return False
            file = stored.get(unit, key, lock=True)
            if stored.counts(unit, key).get(waits):
                self._enqueue(unit, key)
            else:
                stored.set_state(
                    unit, key, moved(FILE_MOVES, _("The file"), file.state, "loaded" if waits == READY else "rehearsed")
                )
            jobs.remember(unit, self.context.keys.next(), job, "COMPLETED", now)
        return True

    def _row(self, file: EntryFile, form: EntryForm, row: StoredRow, actor: Actor | None) -> None:
        """Rehearse or load a row. Trouble with the database is nobody's fault and is raised: the row is tried later."""
        given = self._opened(row.content) or {}
        loads = file.state == LOADING
        try:
            if actor is None:
                raise Refused([Problem("", _("The account that sent the file may not start cases any more."))])
            if loads:
                self._load(file, form, row, given, actor)
                return
            after, found = READY, _found([], self.entries.rehearse(form.process_id, given, actor))
        except Busy:
            raise
        except Refused as error:
            after, found = REFUSED if loads else WRONG, _found(error.problems)
        except FlowError as error:
            after, found = REFUSED if loads else WRONG, _found([Problem("", str(error))])
        except Exception as error:
            if self.context.db.is_its_own(error):
                raise
            log.error("entry file %s: row %s met an unexpected error: %s", file.key, row.number, without_values(error))
            said = _("Unexpected trouble ({kind}); the log of the program has the details.").format(kind=type(error).__name__)
            after, found = REFUSED if loads else WRONG, _found([Problem("", said)])
        with self.context.db.write() as unit:
            stored.row_moved(unit, file.key, row.number, row.state, {"state": after, "found": self._locked(found)})

    def _load(self, file: EntryFile, form: EntryForm, row: StoredRow, given: Mapping[str, str], actor: Actor) -> None:
        """Make the case of a row, and forget what stood in it, in one transaction: never twice, wherever it is cut off."""
        answers = self.entries.answers(form, given)

        def make(unit: Unit) -> int:
            values = {"state": DONE, "content": None, "found": None}
            if not stored.row_moved(unit, file.key, row.number, READY, values):
                return 0
            key = self.entries.enter_in(unit, form, answers, actor)
            stored.row_moved(unit, file.key, row.number, DONE, {"case_key": key})
            return key

        self.entries.tried(form, given, actor, make)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _actor(self, username: str) -> Actor | None:
        """Return whose file it is, with what their account may do now; None if that is not to start cases."""
        row = self._accounts.get(username)
        actor = self._accounts.actor(row) if row is not None and row.active else None
        return actor if actor is not None and actor.may(permissions.CASE_START) else None

    def _shown(self, row: StoredRow) -> EntryRow:
        values, found = self._opened(row.content) or {}, self._opened(row.found) or {}
        named = self.context.domain.case_name
        name = str(values.get(named.variable, "")) if named is not None else ""
        standing = found.get("standing") or {}
        return EntryRow(
            row.number, row.state, name, _problems(found),
            Standing(_pairs(standing.get("tasks")), _pairs(standing.get("terms")), str(standing.get("points") or "")),
            row.case_key,
        )  # fmt: skip

    @cached_property
    def _cipher(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"entry-encryption:{self.context.secret}".encode()).digest()))

    def _locked(self, value: Mapping[str, Any]) -> bytes:
        return self._cipher.encrypt(json.dumps(value, ensure_ascii=False, default=datetime.isoformat).encode())

    def _opened(self, content: bytes | None) -> Any:
        if content is None:
            return None
        try:
            return json.loads(self._cipher.decrypt(bytes(content)))
        except InvalidToken:
            raise InvalidInput(
                _("This file was sent when the program had another secret: it cannot be read."),
                remedy=_("Delete it and send it again."),
            ) from None

    def opened(self, content: bytes | None) -> Any:
        """Return what stands encrypted in a row: for an extract of what is held about somebody, never for a page."""
        return self._opened(content)

    def _enqueue(self, unit: Unit, key: int) -> None:
        now = self.context.clock.now()
        jobs.add(unit, JobRow(self.context.keys.next(), "BATCH", WORK, 0, 0, key, "", now, 0))
        unit.after_commit(self.context.work_appeared)

    def _log(self, unit: Unit, actor: Actor, action: str, key: int, detail: Mapping[str, Any] | None = None) -> None:
        self.context.log(unit, actor.username, action, subject_key=key, detail=detail)


def _same(text: str) -> str:
    """Return a number as it is compared: however it was typed."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _found(problems: Sequence[Problem], standing: Standing | None = None) -> dict[str, Any]:
    return {"problems": [asdict(p) for p in problems], "standing": None if standing is None else asdict(standing)}


def _pairs(found: Any) -> tuple[tuple[str, datetime | None], ...]:
    return tuple((str(name), moment and datetime.fromisoformat(moment)) for name, moment in found or ())


def _problems(found: Any) -> tuple[Problem, ...]:
    return tuple(Problem(**problem) for problem in (found or {}).get("problems") or ())

