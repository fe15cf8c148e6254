"""Projects of designers: what may stand in one, and under which path."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath, PurePosixPath

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_, _

DATA = "gegevens.json"
DEPLOYED = {".bpmn": "bpmn", ".dmn": "dmn", ".form": "form"}
"""The kinds of files that become definitions, by the ending of their name; beside them the data dictionary."""
BESIDE = {".yaml": "scenario", ".yml": "scenario", ".typ": "letter", ".json": "template"}
"""The kinds that stay in the project: stories that are played, letters, and templates of elements."""
KINDS = {
    "bpmn": N_("diagram"), "dmn": N_("decision table"), "form": N_("question form"), "data": N_("data dictionary"),
    "scenario": N_("scenario"), "letter": N_("letter"), "template": N_("element template"),
}  # fmt: skip
TEXTS = frozenset(("data", "scenario", "letter", "template"))
"""What is edited as text."""
MAX_PATH = 200
MAX_BYTES = 5_000_000
MAX_FILES = 2_000
_WINDOWS = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z")  # names that a checkout on Windows cannot have


def deployed_kind(name: str) -> str | None:
    """Return bpmn, dmn, form or data, by a file's name; None for what cannot be deployed."""
    if PurePosixPath(name).name == DATA:
        return "data"
    suffix = PurePosixPath(name.lower().removesuffix("20.xml")).suffix  # .bpmn20.xml is how the specification writes it
    return DEPLOYED.get(suffix)


def kind_of(path: str) -> str | None:
    """Return the kind of a file of a project, a key of KINDS; None for what a project does not hold."""
    return deployed_kind(path) or BESIDE.get(PurePosixPath(path.lower()).suffix)


def is_hidden(path: PurePath) -> bool:
    """Tell whether a path below a project is none of its files: hidden, or what a package manager or an archiver put there."""
    return any((p.startswith(".") and p not in (".", "..")) or p in ("node_modules", "__MACOSX") for p in path.parts)


def checked_path(path: str) -> str:
    """Return a path below the project, as it is stored: ``brieven/besluit.typ``.

    Raises InvalidInput for one that leaves the project, has what a file system or an address cannot have, or names no
    kind of file that a project holds.
    """
    plain = unicodedata.normalize("NFC", path.replace("\\", "/").strip())
    parts = plain.split("/")
    remedy = _("Use letters, digits, hyphens and folders, for example letters/decision.typ.")
    if not plain or len(plain) > MAX_PATH or not plain.isprintable():
        raise InvalidInput(_("A file cannot have this name."), remedy=remedy)
    if any(not p or p.startswith(".") or p != p.strip(" .") or set(p) & set('<>:"|?*%#') or _WINDOWS.match(p) for p in parts):
        raise InvalidInput(_("'{path}' cannot be the name of a file.").format(path=plain), remedy=remedy)
    if kind_of(plain) is None:
        raise InvalidInput(
            _("'{path}' is not a file that belongs in a project.").format(path=plain),
            remedy=_("Let its name end in .bpmn, .dmn, .form, .yaml, .typ or .json."),
        )
    return plain


def checked_content(path: str, content: bytes) -> bytes:
    """Return the content of a file; raises InvalidInput for one that is too large."""
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            _("'{path}' is too large: a file may be at most 5 MB.").format(path=path),
            remedy=_("Divide it over several files."),
        )
    return content


def sum_of(content: bytes) -> str:
    """Return by what a content is known: two files with the same sum are the same."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Project:
    """A drawer of files; ``folder`` is the folder of the server where they are, if they are not in the database."""

    key: int
    name: str
    folder: str
    created: datetime
    created_by: str
    removed: datetime | None = None


@dataclass(frozen=True)
class ProjectFile:
    """A file of a project without its content. ``changed_by`` is empty where only the file system knows it."""

    path: str
    checksum: str
    changed: datetime
    changed_by: str

    @property
    def kind(self) -> str:
        """Return what it is, a key of KINDS."""
        return kind_of(self.path) or ""

    @property
    def name(self) -> str:
        """Return its name without its folder."""
        return PurePosixPath(self.path).name

    @property
    def folder(self) -> str:
        """Return its folder; empty at the top."""
        found = PurePosixPath(self.path).parent.as_posix()
        return "" if found == "." else found


@dataclass(frozen=True)
class FileVersion:
    """What a file once was."""

    key: int
    path: str
    checksum: str
    saved: datetime
    saved_by: str
    note: str


@dataclass(frozen=True)
class FileLock:
    """Who has a file open to change it; ``token`` is that of one window of one browser."""

    path: str
    holder: str
    token: str
    until: datetime
