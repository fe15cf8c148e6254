"""Documents of cases: what the program makes, and what people put there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.forms import Upload
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.file_kinds import FileKind, checked_kind, kind_of
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.task_access import TaskAccess
from inburgering_flow.services.uploads import check_clean
from inburgering_flow.store import documents, instances, tasks
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow

MOST_ADDED = 500  # by people, in one case
ADDED = "bijlage"  # the kind of what people put into a case


@dataclass(frozen=True)
class Versions:
    """A document of a case: the newest version, and the earlier ones of the same name, the newest first.

    Only what people put there has versions: two letters of the same name are two letters.
    """

    newest: DocumentRow
    earlier: tuple[DocumentRow, ...]

    @property
    def number(self) -> int:
        """The number of the newest version."""
        return len(self.earlier) + 1


def versions_of(rows: Iterable[DocumentRow]) -> list[Versions]:
    """Return documents with their versions, the newest first; those of different parts of a case stay apart."""
    found: dict[object, list[DocumentRow]] = {}
    for row in sorted(rows, key=lambda row: -row.key):
        same = (row.instance_key, row.name.casefold()) if row.added_by is not None else row.key
        found.setdefault(same, []).append(row)
    return [Versions(same[0], tuple(same[1:])) for same in found.values()]


class Documents:
    """Use cases about documents."""

    def __init__(self, context: Context, access: CaseAccess, task_access: TaskAccess) -> None:
        self.context = context
        self.access = access
        self.task_access = task_access

    def of_case(self, instance_key: int) -> list[DocumentRow]:
        """Return the documents of a case, oldest first."""
        with self.context.db.read() as unit:
            return documents.of_case(unit, instances.get(unit, instance_key).root_key)

    def describe(self, key: int) -> DocumentRow:
        """Return what a document is, without its content."""
        with self.context.db.read() as unit:
            return documents.get(unit, key)

    def content(self, key: int, actor: Actor = SYSTEM) -> tuple[DocumentRow, bytes]:
        """Return a document with its content; the look is logged first. Raises NotFound or ReasonNeeded."""
        if not actor.is_system:
            self.access.check_document(self.describe(key), actor)
        with self.context.db.write() as unit:
            row = documents.get(unit, key)
            self.context.log(unit, actor.username, "document.look", root_key=row.root_key, subject_key=key)
            return row, documents.content(unit, row.checksum)

    def contents(self, rows: Sequence[DocumentRow], actor: Actor, most: int) -> dict[int, bytes]:
        """Return by key the contents of documents, as many from the first on as together have ``most`` bytes; raises as
        ``content`` does. Each look is logged.
        """
        found: dict[int, bytes] = {}
        left = most
        for row in rows:
            with self.context.db.read() as unit:
                size = documents.size(unit, row.checksum)
            if size <= left:
                found[row.key] = self.content(row.key, actor)[1]
                left -= size
        return found

    def preview(self, key: int, actor: Actor) -> tuple[DocumentRow, bytes, FileKind]:
        """Return a document that a browser may show, with the kind that its content is; the look is logged first.

        Raises InvalidInput for one that is only downloaded.
        """
        row, content = self.content(key, actor)
        kind = kind_of(content)
        if kind is None or not kind.is_shown:
            raise InvalidInput(
                _("This document cannot be shown in the browser."), remedy=_("Download it and open it in its own program.")
            )
        return row, content, kind

    @again
    def add(
        self, root_key: int, file: Upload, actor: Actor, *, task_key: int | None = None, once: str = ""
    ) -> int:  # fmt: skip
        """Put a file into a case, or a new version of one with the same name; return its key.

        Put there at a task, it belongs to the part of the case that the task is in. ``once`` is the form's token. Raises
        InvalidInput for what may not be there (``file_kinds``, ``uploads``), Busy while the virus scanner is silent, Conflict
        where the case has ended or is full.
        """
        actor.require(permissions.CASE_NOTE)
        self.access.check(root_key, actor)
        kind = checked_kind(file.name, file.content)
        check_clean(self.context, [file])
        with self.context.db.write() as unit:
            instance_key = root_key if task_key is None else self._of_task(unit, task_key, root_key, actor)

            def make() -> int:
                self._check_open(unit, root_key)
                row = DocumentRow(
                    self.context.keys.next(), root_key, instance_key, file.name, file.name, ADDED, kind.media_type, "vast", "",
                    self.context.clock.now(), added_by=actor.username, task_key=task_key,
                )  # fmt: skip
                documents.add(unit, row, file.content)
                self.context.log(unit, actor.username, "document.add", root_key=root_key, subject_key=row.key)
                return row.key

            return made_once(self.context, unit, "document", once, actor, make)

    def _of_task(self, unit: Unit, key: int, root_key: int, actor: Actor) -> int:
        task = tasks.get(unit, key)
        self.task_access.check(unit, task, actor)
        if task.root_key != root_key:
            raise InvalidInput(_("There is no such task in this case."), remedy=_("Look at the tasks of the case."))
        return task.instance_key

    @staticmethod
    def _check_open(unit: Unit, root_key: int) -> None:
        if instances.get(unit, root_key).end is not None:
            raise Conflict(
                _("This case has ended: nothing is put into it any more."), remedy=_("Put the file into the case that goes on.")
            )
        if documents.count_added(unit, root_key) >= MOST_ADDED:
            raise Conflict(
                _("This case has {most} files, and takes no more.").format(most=MOST_ADDED),
                remedy=_("Ask the functioneel beheerder what can be done."),
            )
