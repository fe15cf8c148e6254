"""Files that are deployed: what may be given, and what kind it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.project import deployed_kind, is_hidden

_ENCODING = re.compile(r"""\A(\ufeff?\s*<\?xml[^>]*?\bencoding\s*=\s*["'])[A-Za-z0-9._-]+(["'])""")


@dataclass(frozen=True)
class Resource:
    """A file to deploy; ``name`` is its path below the folder that was given."""

    name: str
    content: bytes

    @property
    def is_data(self) -> bool:
        """Tell whether the file is a data dictionary."""
        return deployed_kind(self.name) == "data"

    @property
    def kind(self) -> str:
        """Return bpmn, dmn, form or data."""
        kind = deployed_kind(self.name)
        if kind is None:
            raise _no_kind(self.name)
        return kind


@dataclass(frozen=True)
class Part:
    """One definition found in a resource."""

    kind: str
    id: str
    name: str
    version_tag: str
    resource: Resource
    process: ProcessDefinition | None = None
    """What the file says about it, where it is a process."""


@dataclass(frozen=True)
class Batch:
    """Files that are deployed together, and the definitions found in them."""

    resources: Sequence[Resource]
    parts: Sequence[Part] = ()


def _no_kind(name: object) -> InvalidInput:
    return InvalidInput(
        _("{path} is not a .bpmn, .dmn or .form file.").format(path=name), remedy=_("Give files of these kinds, or a folder.")
    )


def resource(name: str, content: object) -> Resource:
    """Return a resource of text or bytes; raises InvalidInput for anything else, and for a name that does not show a
    kind. Text is decoded already: the encoding in its XML declaration is replaced.
    """
    if not isinstance(name, str) or deployed_kind(name) is None:
        raise _no_kind(name)
    if isinstance(content, str):
        return Resource(name, _ENCODING.sub(r"\1UTF-8\2", content, count=1).encode(errors="surrogatepass"))
    if isinstance(content, bytes | bytearray | memoryview):
        return Resource(name, bytes(content))
    raise InvalidInput(
        _("The content of {name} is neither text nor bytes.").format(name=name), remedy=_("Read the file and give its content.")
    )


def collect(paths: Iterable[str | Path]) -> list[Resource]:
    """Read files and folders (recursively, without what is hidden) into resources; raises InvalidInput for what cannot be
    deployed.
    """
    found: list[Resource] = []
    for given in paths:
        if not isinstance(given, str | Path) or not str(given) or "\0" in str(given):
            raise _no_kind(repr(given))
        path = Path(given)
        if path.is_dir():
            inside = sorted(p.relative_to(path) for p in path.rglob("*") if p.is_file() and deployed_kind(p.name))
            found.extend(Resource(p.as_posix(), (path / p).read_bytes()) for p in inside if not is_hidden(p))
        elif deployed_kind(path.name):
            if not path.exists():
                raise InvalidInput(_("There is no file {path}.").format(path=path), remedy=_("Check the path."))
            found.append(Resource(f"{path.parent.name}/{path.name}", path.read_bytes()))
        else:
            raise _no_kind(path)
    return found
