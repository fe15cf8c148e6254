"""Asking ClamAV's daemon about a file: its INSTREAM command, over TCP or a socket of the machine.

Source: man clamd(8), INSTREAM: ``zINSTREAM\\0``, then chunks of a length (four bytes, the highest first) and that many bytes,
ended by a length of zero; the answer is ``stream: OK``, ``stream: <name> FOUND`` or a text that ends in ``ERROR``.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

CHUNK = 262_144
SECONDS = 30.0  # for each connection, piece sent and answer
LONGEST_ANSWER = 4_096
_FOUND = re.compile(r"stream: (.+) FOUND")


class ScannerSilent(Exception):
    """The scanner did not answer, or not in a way that says whether the file is clean."""


@dataclass(frozen=True)
class Scanner:
    """Where a scanner listens: ``tcp://host:port``, or ``unix:/path/of/socket`` (then ``port`` is 0)."""

    host: str
    port: int = 0

    @classmethod
    def at(cls, address: str) -> Scanner:
        """Return the scanner of a setting; raises ValueError for one that names none."""
        if address.startswith("unix:/"):
            return cls(address.removeprefix("unix:"))
        parts = urlsplit(address)
        if parts.scheme != "tcp" or not parts.hostname or not parts.port or parts.path.strip("/"):
            raise ValueError(address)
        return cls(parts.hostname, parts.port)

    def found_in(self, content: bytes) -> str:
        """Return the name of what is found in a file, empty where it is clean; raises ScannerSilent."""
        try:
            with self._connected() as connection:
                connection.sendall(b"zINSTREAM\0")
                for start in range(0, len(content), CHUNK):
                    piece = content[start : start + CHUNK]
                    connection.sendall(struct.pack("!I", len(piece)) + piece)
                connection.sendall(struct.pack("!I", 0))
                answer = _read(connection)
        except OSError as error:
            raise ScannerSilent(type(error).__name__) from None
        if answer == "stream: OK":
            return ""
        named = _FOUND.fullmatch(answer)
        if named is None:
            raise ScannerSilent("unclear answer")
        return named[1]

    def _connected(self) -> socket.socket:
        if self.port:
            return socket.create_connection((self.host, self.port), SECONDS)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        try:
            connection.connect(self.host)
        except OSError:
            connection.close()
            raise
        return connection


def _read(connection: socket.socket) -> str:
    answer = bytearray()
    while b"\0" not in answer and len(answer) < LONGEST_ANSWER:
        piece = connection.recv(1024)
        if not piece:
            break
        answer += piece
    return answer.split(b"\0")[0].decode("utf-8", "replace").strip()
