"""A small disk of its own for a server, which a test fills: a tmpfs that only the server and its like can see.

It needs no rights where the system lets everybody make a user namespace; as root it needs none at all. ``Unsupported`` says why a
machine has neither.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

NEW_USER, NEW_MOUNTS = 0x1000_0000, 0x2_0000
RECURSIVE, PRIVATE = 0x4000, 0x4_0000


class Unsupported(Exception):
    """This machine does not let a test have a disk of its own."""


def _checked(result: int, what: str) -> None:
    if result:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _hold(place: str, size: str, user: int, group: int) -> None:
    """Make the disk and keep it for as long as the standard input is open."""
    system = ctypes.CDLL(None, use_errno=True)
    own, own_group = os.getuid(), os.getgid()
    _checked(system.unshare(NEW_MOUNTS | (NEW_USER if own else 0)), "unshare")
    if own:
        for name, line in (("setgroups", "deny"), ("uid_map", f"{own} {own} 1"), ("gid_map", f"{own_group} {own_group} 1")):
            Path(f"/proc/self/{name}").write_text(line)
    _checked(system.mount(None, b"/", None, RECURSIVE | PRIVATE, None), "mount")
    _checked(system.mount(b"tmpfs", place.encode(), b"tmpfs", 0, f"size={size},mode=0700".encode()), "mount")
    os.chown(place, user, group)
    print("ready", flush=True)
    sys.stdin.read()


def _enter(holder: int, user: int, group: int, command: list[str]) -> None:
    """Become a program that sees the disk of ``holder``."""
    system = ctypes.CDLL(None, use_errno=True)
    for kind in ("mnt",) if os.getuid() == 0 else ("user", "mnt"):
        with open(f"/proc/{holder}/ns/{kind}") as file:
            _checked(system.setns(file.fileno(), 0), "setns")
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    os.execv(command[0], command)


class Volume:
    """A disk of some size at a folder, for a user."""

    def __init__(self, folder: Path, size: str, user: int, group: int) -> None:
        arguments = [sys.executable, __file__, "hold", str(folder), size, str(user), str(group)]
        self._holder = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        if self._holder.stdout.readline() != b"ready\n":
            said = self._holder.stderr.read().decode().strip().rpartition("\n")[2]
            self.close()
            raise Unsupported(f"no disk of its own can be made on this machine: {said}")
        self.prefix = (sys.executable, __file__, "enter", str(self._holder.pid), str(user), str(group))
        """What comes before a command that sees the disk."""
        self.root = Path(f"/proc/{self._holder.pid}/root{folder}")
        """Where those who do not see the disk find its files."""
        self._ballast = self.root / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (1_048_576, 4_096):
                with suppress(OSError):  # no space left
                    while True:
                        file.write(bytes(size))

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the disk up; it goes with the last program that sees it."""
        assert self._holder.stdin is not None
        self._holder.stdin.close()
        self._holder.wait(timeout=10)
        for stream in (self._holder.stdout, self._holder.stderr):
            if stream is not None:
                stream.close()


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        _hold(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        _enter(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
