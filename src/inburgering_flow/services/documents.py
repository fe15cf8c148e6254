"""Documents of cases."""

from __future__ import annotations

from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.store import documents, instances
from inburgering_flow.store.documents import DocumentRow


class Documents:
    """Use cases about documents."""

    def __init__(self, context: Context, access: CaseAccess) -> None:
        self.context = context
        self.access = access

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
