"""Projects whose files are in a folder of the server: a checkout of git, a share. What is hidden in it stays unseen."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePath

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.project import MAX_BYTES, MAX_FILES, ProjectFile, is_hidden, kind_of, sum_of


class WorkingCopy:
    """The files of one folder. Every path is relative to it, and nothing outside it is read or written, links included."""

    def __init__(self, folder: str) -> None:
        self.root = Path(folder)

    def count(self) -> int:
        """Return how many files it has; none where the folder is not there."""
        return sum(1 for _path in self._paths())

    def files(self) -> list[ProjectFile]:
        """Return the files of the kinds that a project holds, by path."""
        return [self._file(path, content) for path, content in self.contents()]

    def contents(self) -> list[tuple[str, bytes]]:
        """Return path and content of each file, by path; raises InvalidInput where there are too many."""
        if not self.root.is_dir():
            raise NotFound(
                _("The folder {folder} is not there.").format(folder=self.root),
                remedy=_("See whether the folder exists, or take it out of the setting PROJECT_FOLDERS."),
            )
        found = [(path, (self.root / path).read_bytes()) for path in self._paths()]
        if len(found) > MAX_FILES:
            raise InvalidInput(
                _("The folder {folder} has more than {count} files.").format(folder=self.root, count=MAX_FILES),
                remedy=_("Name a smaller folder in the setting PROJECT_FOLDERS."),
            )
        return sorted(found)

    def read(self, path: str) -> tuple[ProjectFile, bytes] | None:
        """Return a file with its content; None where there is none."""
        place = self._place(path)
        if not place.is_file():
            return None
        content = place.read_bytes()
        return self._file(path, content), content

    def write(self, path: str, content: bytes) -> None:
        """Let a file have this content: the old one or the new one is there at every moment, never half of it."""
        place = self._place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).chmod(place.stat().st_mode & 0o777 if place.exists() else 0o644)
            Path(beside).replace(place)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise

    def remove(self, path: str) -> None:
        """Delete a file, and its folder where nothing is left in it."""
        place = self._place(path)
        place.unlink(missing_ok=True)
        parent = place.parent
        while parent != self.root and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent

    def _paths(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.root):  # follows no links to folders
            folders[:] = [name for name in folders if not is_hidden(PurePath(name))]
            for name in names:
                place = Path(folder) / name
                path = place.relative_to(self.root).as_posix()
                if is_hidden(PurePath(name)) or kind_of(path) is None or place.is_symlink():
                    continue
                if place.stat().st_size <= MAX_BYTES:
                    yield path

    def _place(self, path: str) -> Path:
        place = self.root / path
        if not place.resolve().is_relative_to(self.root.resolve()) or place.is_symlink():
            raise InvalidInput(
                _("'{path}' is outside the folder of the project.").format(path=path), remedy=_("Choose another name.")
            )
        return place

    def _file(self, path: str, content: bytes) -> ProjectFile:
        changed = datetime.fromtimestamp((self.root / path).stat().st_mtime, UTC)
        return ProjectFile(path, sum_of(content), changed, "")
