"""What counts as the content of one definition: if none of it differs, deploying it makes no new version.

Everything that the file says of the process, decision or form itself, of what it needs in the same file (messages, errors, the
decisions that a decision asks), and how it is drawn: whoever mends only the picture must be able to put that in force. Not the
file's name, spaces, comments, prefixes, the order of attributes, what wrote it, or what else is in it. Of a process also what
its data dictionary says, and its folder where a role may not see that folder.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath

from inburgering_flow.bpmn import comparison as diagrams
from inburgering_flow.forms import comparison as forms
from inburgering_flow.model import dictionaries
from inburgering_flow.model.differences import Comparison
from inburgering_flow.model.permissions import Roles


def content_of(kind: str, id: str, file: bytes) -> object:
    """Return what a file says of one definition, in a form that is equal where nothing differs."""
    if kind == "process":
        return diagrams.content(file, id)
    if kind == "form":
        return forms.content(file)
    from inburgering_flow.dmn import comparison as decisions

    return decisions.content(file, id)


def checksum(kind: str, id: str, name: str, file: bytes, data: bytes | None, roles: Roles) -> str:
    """Return what stands for the content of a definition in a file with this ``name``."""
    around: list[object] = []
    if kind == "process":
        family = PurePosixPath(name).parent.name
        guarded = any(family in role.hides for role in roles.values())
        around = [None if data is None else dictionaries.content(data), family if guarded else ""]
    said = json.dumps([content_of(kind, id, file), around], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


def compare(kind: str, id: str, before: bytes, after: bytes, *, alone: bool = False) -> Comparison:
    """Return what differs between what two files say of one definition; of a decision ``alone``, without what it needs."""
    if kind == "process":
        return diagrams.compare(before, after, id)
    if kind == "form":
        return forms.compare(before, after)
    from inburgering_flow.dmn import comparison as decisions

    return decisions.compare(before, after, id, alone=alone)
