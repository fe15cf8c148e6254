"""Documents: content-addressed, immutable, kept apart from their descriptions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from inburgering_flow.errors import NotFound
from inburgering_flow.i18n import _
from inburgering_flow.store import tables as t
from inburgering_flow.store.database import Unit
from inburgering_flow.store.instances import tenant_of
from inburgering_flow.store.prepared import Prepared


@dataclass(frozen=True)
class DocumentRow:
    """A document of a case, without its content."""

    key: int
    root_key: int
    instance_key: int
    name: str
    title: str
    kind: str
    media_type: str
    certainty: str
    checksum: str
    created: datetime
    job_key: int | None = None
    added_by: str | None = None
    """Who put it into the case; None where the program made it, or it came with the answers of a form."""
    task_key: int | None = None
    """The task at which it was put there."""


COLUMNS: list[Any] = [t.document.c[n] for n in DocumentRow.__dataclass_fields__]
_of_case = Prepared(select(*COLUMNS).where(t.document.c.root_key == bindparam("wanted")).order_by(t.document.c.key))


def add(unit: Unit, row: DocumentRow, content: bytes) -> None:
    """Insert a document; the same content is stored once."""
    checksum = hashlib.sha256(content).hexdigest()
    stored = unit.dialect.add_new(t.document_content, same="checksum")
    unit.connection.execute(stored, {"checksum": checksum, "content": content})
    unit.connection.execute(
        insert(t.document).values(tenant_id=tenant_of(row.root_key)), {**row.__dict__, "checksum": checksum}
    )


def of_case(unit: Unit, root_key: int) -> list[DocumentRow]:
    """Return the documents of a case, oldest first."""
    return [DocumentRow(*row) for row in _of_case.rows(unit, {"wanted": root_key})]


def count_added(unit: Unit, root_key: int) -> int:
    """Return how many documents people have put into a case."""
    c = t.document.c
    query = select(func.count()).where(c.root_key == root_key, c.added_by.is_not(None))
    return int(unit.connection.execute(query).scalar_one())


def get(unit: Unit, key: int) -> DocumentRow:
    """Return one document; raises NotFound."""
    row = unit.connection.execute(select(*COLUMNS).where(t.document.c.key == key)).first()
    if row is None:
        raise NotFound(_("There is no document {key}.").format(key=key))
    return DocumentRow(**row._mapping)


def size(unit: Unit, checksum: str) -> int:
    """Return how many bytes a content has."""
    c = t.document_content.c
    return int(unit.connection.execute(select(func.length(c.content)).where(c.checksum == checksum)).scalar_one())


def content(unit: Unit, checksum: str) -> bytes:
    """Return the content with this checksum."""
    query = select(t.document_content.c.content).where(t.document_content.c.checksum == checksum)
    return bytes(unit.connection.execute(query).scalar_one())
