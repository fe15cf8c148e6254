"""One HTTP call to an allowed host: the name is resolved once and that address is connected to, no redirect is followed, the
certificate is checked, and time and size have a bound.

Source: OWASP Server Side Request Forgery Prevention; RFC 9110.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from inburgering_flow.model.outbound import Target, is_inside

MAX_BYTES = 1_000_000
MAX_SECONDS = 60.0
PIECE = 65_536


class CallFailed(Exception):
    """No answer came that can be used; the sentence names neither address nor content."""


@dataclass(frozen=True)
class Answer:
    """What came back; ``headers`` by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    target: Target, method: str, headers: Mapping[str, str], body: bytes | None, *,
    connect_seconds: float = 20.0, seconds: float = MAX_SECONDS,
) -> Answer:  # fmt: skip
    """Send one request and return the answer, whatever its status; raises CallFailed with the reason."""
    deadline = time.monotonic() + seconds
    connection = _connection(target, _address(target), min(connect_seconds, seconds))
    try:
        used: list[socket.socket | None] = []
        with _ended_at(deadline, connection, used) as late:
            try:
                connection.connect()
                used.append(connection.sock)  # the connection forgets it where the answer ends with it
                connection.request(method, target.path, body, headers=headers, preload_content=False, decode_content=False)
                answer = connection.getresponse()
                content = _read(answer)
                if late.is_set():  # where the length is not told, what came before the end looks whole
                    raise TimeoutError
            except (OSError, ValueError, AttributeError, urllib3.exceptions.HTTPError) as error:
                if late.is_set() or isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError):
                    raise CallFailed(f"No whole answer came within {seconds:g} seconds.") from None
                raise CallFailed(_reason(error)) from None
    finally:
        connection.close()
    return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, content)


def _address(target: Target) -> str:
    """Return the address to connect to; all that a name stands for must be allowed, so that no answer of DNS is a way in."""
    try:
        found = socket.getaddrinfo(target.host.name, target.host.port, type=socket.SOCK_STREAM)
    except OSError:
        raise CallFailed("The name of the host is not known.") from None
    addresses = [str(one[4][0]) for one in found]
    if not target.host.is_private and any(is_inside(address) for address in addresses):
        raise CallFailed(
            "The host is inside the own network, which is not allowed. Write private: before it in HTTP_HOSTS if it should be."
        )
    return addresses[0]


def _connection(target: Target, address: str, seconds: float) -> HTTPConnection:
    host = target.host
    if host.scheme == "http":
        return HTTPConnection(address, host.port, timeout=seconds)
    context = ssl.create_default_context()
    return HTTPSConnection(address, host.port, timeout=seconds, ssl_context=context, server_hostname=host.name)


@contextmanager
def _ended_at(
    deadline: float, connection: HTTPConnection, used: list[socket.socket | None]
) -> Iterator[threading.Event]:
    """End the connection at the deadline, also where the other side goes on sending a byte now and then."""
    late = threading.Event()

    def end() -> None:
        late.set()
        for open_one in (sock for sock in (connection.sock, *used) if sock is not None):
            with suppress(OSError):  # it has ended already
                open_one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(deadline - time.monotonic(), 0.0), end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _read(answer: urllib3.BaseHTTPResponse) -> bytes:
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise CallFailed("The answer is compressed, which was not asked for.")
    content = bytearray()
    while piece := answer.read(PIECE):
        content += piece
        if len(content) > MAX_BYTES:
            raise CallFailed(f"The answer is larger than {MAX_BYTES:,} bytes.")
    return bytes(content)


def _reason(error: Exception) -> str:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(one, ssl.SSLError | urllib3.exceptions.SSLError) for one in chain):
        return "The certificate of the host is not valid for it, or nobody known has signed it."
    if any(isinstance(one, ConnectionRefusedError | urllib3.exceptions.NewConnectionError) for one in chain):
        return "Nobody answers at this host and port."
    return "The connection broke off before there was a whole answer."
