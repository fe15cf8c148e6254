"""Files that somebody gives with the answers of a form: documents of the case, and what the variable says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inburgering_flow import forms
from inburgering_flow.services.context import Context
from inburgering_flow.store import documents
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow

Files = Mapping[str, Sequence[forms.Upload]]
"""Files that were sent with a form: name in its answers → files."""


@dataclass(frozen=True)
class Attachment:
    """A file with the key that its document is to have."""

    key: int
    file: forms.Upload

    @property
    def described(self) -> dict[str, Any]:
        """What the variable holds of it, as Camunda's document reference."""
        about = {"fileName": self.file.name, "contentType": self.file.media_type, "size": len(self.file.content)}
        return {"documentId": str(self.key), "metadata": about}


def attached(context: Context, files: Iterable[forms.Upload]) -> list[Attachment]:
    """Return files with the keys that their documents are to have."""
    return [Attachment(context.keys.next(), file) for file in files]


def attach(context: Context, answered: forms.Outcome, files: Files) -> list[Attachment]:
    """Put descriptions of the files in the place of the answers that name them; return those files."""
    found: list[Attachment] = []
    for path, name in answered.files.items():
        here = attached(context, files[name])
        forms.put(answered.variables, path, [one.described for one in here])
        found += here
    return found


def keep(context: Context, unit: Unit, attachments: Iterable[Attachment], root_key: int, instance_key: int) -> None:
    """Make files documents of a case."""
    for one in attachments:
        row = DocumentRow(
            one.key, root_key, instance_key, one.file.name, one.file.name, "bijlage", one.file.media_type, "vast", "",
            context.clock.now(),
        )  # fmt: skip
        documents.add(unit, row, one.file.content)
