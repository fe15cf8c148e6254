"""The web server under hostile visitors: half-open connections, bodies without end, and what it refuses by itself."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from shipped import PASSWORD

from inburgering_flow.app import create_app
from inburgering_flow.platform import Platform
from inburgering_flow.web import limits, server, turns
from web.test_http import lacks

GIB = 1 << 30
HALF = b"GET /healthz HTTP/1.1\r\nHost: loc"


@contextmanager
def serving(law: Platform, wsgi: Any = None, **chosen: Any) -> Iterator[int]:
    """Serve to this machine only, as in production, and give the port."""
    law.context.settings = replace(law.context.settings, port=0, **chosen)
    app = create_app(law.services)
    if wsgi is not None:
        app.wsgi_app = wsgi  # type: ignore[method-assign]
    running = server.server_of(app, law.context.settings)
    stopping = threading.Event()

    def run() -> None:
        try:
            running.run()
        except (OSError, ValueError):  # its loop may look at its sockets once more while they are being closed
            if not stopping.is_set():
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield int(running.effective_port)
    finally:
        stopping.set()
        running.task_dispatcher.shutdown()
        for channel in list(running.active_channels.values()):
            channel.handle_close()  # with what was not fetched of an answer
        running.close()
        thread.join(timeout=10)


@pytest.fixture
def port(law: Platform) -> Iterator[int]:
    with serving(law) as found:
        yield found


def open_to(stack: ExitStack, port: int, sent: bytes = b"") -> socket.socket:
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
    connection.sendall(sent)
    return connection


def answer_of(connection: socket.socket, method: str = "POST") -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    return answer


def get_a_page(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b'{"status":"ok"}\n'
    connection.close()


def test_half_open_connections_do_not_silence_it(law: Platform) -> None:
    """With Waitress as it comes 100 of them did, for two minutes and more; here a visitor's five seconds suffice."""
    with serving(law, connections=100) as port, ExitStack() as stack:
        half = [open_to(stack, port, HALF) for _ in range(150)]
        silent = [open_to(stack, port) for _ in range(150)]
        get_a_page(port)
        silent[-1].sendall(HALF + b"alhost\r\n\r\n")
        assert answer_of(silent[-1], "GET").status == 200, "the newest are kept"
        assert half[0].recv(1) == b"", "the oldest made room"


def test_a_request_that_trickles_in_is_ended(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(server, "BODY_SECONDS", 0.2)
    with serving(law) as port, ExitStack() as stack:
        idle = open_to(stack, port)
        slow = [open_to(stack, port, b"GET / HTTP/1.1\r\nX: "),
                open_to(stack, port, b"POST /inloggen HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n")]  # fmt: skip
        until, open_ = time.monotonic() + 5, list(slow)
        while open_ and time.monotonic() < until:
            time.sleep(0.05)
            open_ = [connection for connection in open_ if goes_on(connection)]
        assert open_ == []
        idle.sendall(HALF + b"alhost\r\n\r\n")
        assert answer_of(idle, "GET").status == 200, "who has not begun is not slow yet"


def is_sent(connection: socket.socket, data: bytes) -> bool:
    try:
        connection.sendall(data)
    except OSError:
        return False
    return True


def goes_on(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"x")
        connection.settimeout(0.001)
        return connection.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize("more", [b"", b"Expect: 100-continue\r\n"])
def test_a_gibibyte_is_refused_before_any_of_it_is_read(port: int, more: bytes) -> None:
    with ExitStack() as stack:
        head = b"POST /inloggen HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n" % (more, GIB)
        answer = answer_of(open_to(stack, port, head))
        assert answer.status == 413
        assert lacks(answer.headers) == []
        assert "hoogstens 20 kB" in answer.read().decode()


def test_who_sends_too_much_in_one_go_reads_why_and_nothing_of_it_is_kept(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a proxy does: it has the whole body, and reads the answer when it has sent it."""
    kept: list[int] = []
    received = server.Request.received
    monkeypatch.setattr(server.Request, "received", lambda self, data: (kept.append(len(data)), received(self, data))[1])
    body = b"x" * 11_000_000
    with ExitStack() as stack:
        connection = open_to(stack, port, b"POST /inloggen HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body))
        connection.sendall(body)
        answer = answer_of(connection)
        assert answer.status == 413
        assert "hoogstens 20 kB" in answer.read().decode()
        assert connection.recv(1) == b""
    assert sum(kept) < 100_000


def test_headers_without_end_are_told_so_too(port: int) -> None:
    with ExitStack() as stack:
        connection = open_to(stack, port, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1_800_000)
        assert answer_of(connection, "GET").status == 431


@pytest.mark.parametrize(("seconds", "most"), [(0.2, GIB), (60, 100_000)])
def test_whoever_goes_on_sending_after_a_refusal_is_cut_off(
    port: int, monkeypatch: pytest.MonkeyPatch, seconds: float, most: int
) -> None:
    monkeypatch.setattr(server, "LINGER_SECONDS", seconds)
    monkeypatch.setattr(server, "LINGER_BYTES", most)
    with ExitStack() as stack:
        head = b"POST /inloggen HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % GIB
        connection = open_to(stack, port, head)
        assert answer_of(connection).status == 413
        until = time.monotonic() + 5
        while is_sent(connection, b"x" * (10_000 if most < GIB else 1)):
            time.sleep(0.01)
            assert time.monotonic() < until


def test_what_hides_its_length_is_read_no_further_than_its_route_allows(port: int) -> None:
    with ExitStack() as stack:
        head = b"POST /inloggen HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nCookie: taal=en\r\n\r\n"
        connection = open_to(stack, port, head)
        connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        for _ in range(4):
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        answer = answer_of(connection)
        assert answer.status == 413
        assert "20 kB at most" in answer.read().decode()


def logged_in(port: int) -> str:
    """Return the cookie of somebody who may upload diagrams."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/inloggen")
    answer = connection.getresponse()
    token = answer.read().decode().split('name="csrf-token" content="')[1].split('"')[0]
    cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
    body = f"username=piet&password={PASSWORD}&csrf_token={token}"
    connection.request("POST", "/inloggen", body, {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return next(c.split(";")[0] for c in answer.headers.get_all("Set-Cookie") if c.startswith("inburgering_flow="))


def test_only_who_is_logged_in_may_send_a_file(port: int) -> None:
    def begins(cookie: str, size: int, address: str = "/processen") -> int:
        """Return with what a request of this size is answered; 100: it may go on."""
        with ExitStack() as stack:
            head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n\r\n"
            first = open_to(stack, port, head.encode()).recv(12)
            return int(first.split()[1])

    mine = logged_in(port)
    forged = mine[:-5] + "aaaaa"
    assert begins(mine, limits.LARGE) == 100
    assert begins(mine, limits.LARGE + 1) == 413
    for cookie in (forged, "", "inburgering_flow=x", "\xff"):
        assert begins(cookie, limits.SMALL) == 100
        assert begins(cookie, limits.SMALL + 1) == 413
    assert begins(mine, limits.SMALL + 1, "/inloggen") == 413
    assert begins(mine, limits.SMALL + 1, "/geen/bladzijde") == 413
    assert begins(mine, limits.SMALL + 1, "/%ff%00") == 413


@pytest.mark.parametrize(("sent", "status", "said"), [
    (b"onzin\r\n\r\n", 400, "kan niet worden gelezen"),
    (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431, "te lange kopregels"),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "kan niet worden gelezen"),
    (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "kan niet worden gelezen"),
])  # fmt: skip
def test_what_the_server_refuses_by_itself_is_a_sentence_with_the_headers(port: int, sent: bytes, status: int, said: str) -> None:
    with ExitStack() as stack:
        answer = answer_of(open_to(stack, port, sent))
        assert answer.status == status
        assert lacks(answer.headers) == []
        assert said in answer.read().decode()


def test_what_it_refuses_over_https_says_so(law: Platform) -> None:
    with serving(law, cookie_secure=True) as port, ExitStack() as stack:
        assert lacks(answer_of(open_to(stack, port, b"onzin\r\n\r\n")).headers, https=True) == []


@pytest.mark.parametrize("trusted", [0, 1])
def test_the_servers_own_handling_of_proxies_is_that_of_the_settings(law: Platform, trusted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waitress took the headers away before the application saw them."""
    with serving(law, proxy_proto=trusted) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz", headers={"X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert ("Strict-Transport-Security" in answer.headers) is bool(trusted)


def test_a_name_for_two_addresses_is_served_at_both(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """As localhost is 127.0.0.1 and ::1; a machine of the tests may not have the second."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, free)) for address in ("127.0.0.1", "127.0.0.2")]
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_: both)
        law.context.settings = replace(law.context.settings, host="localhost", port=free)
        running = server.server_of(create_app(law.services), law.context.settings)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    for address in ("127.0.0.1", "127.0.0.2"):
        connection = http.client.HTTPConnection(address, free, timeout=5)
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        assert connection.getresponse().read() == b'{"status":"ok"}\n'
        connection.close()
    running.task_dispatcher.shutdown()
    for found in list(running._map.values()):
        found.close()
    thread.join(timeout=10)


def test_threads_take_turns_where_one_unit_writes_at_a_time(law: Platform) -> None:
    running = server.server_of(create_app(law.services), replace(law.context.settings, port=0))
    try:
        assert isinstance(running.task_dispatcher, turns.Turns) == law.context.db.dialect.one_writer
    finally:
        running.task_dispatcher.shutdown()
        running.close()


PART = bytes(range(256)) * 4096  # one mebibyte


@pytest.mark.parametrize("parts", [[PART * 40], [PART] * 40, [b"x", *[PART] * 20, b"y"]], ids=["one", "many", "small and large"])
def test_a_long_answer_arrives_whole_at_who_reads_slowly(law: Platform, parts: list[bytes]) -> None:
    """Larger than what the connection takes at once, and than what may wait to be sent."""

    def long(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Length", str(sum(map(len, parts)))), ("Content-Type", "application/octet-stream")])
        return parts

    with serving(law, long) as port, ExitStack() as stack:
        readers = [open_to(stack, port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(2)]
        time.sleep(0.2)
        for reader in readers:
            assert answer_of(reader, "GET").read() == b"".join(parts)
            reader.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer_of(reader, "GET").status == 200, "the connection goes on"


def test_the_loop_rests_while_a_thread_sends_an_answer(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told that there is something to send, it looked again and again until the thread had sent it, and held it up."""
    looks, sending = [0], threading.Event()
    asked, send = server.Channel.writable, server.Channel.send

    def counted(channel: server.Channel) -> bool:
        looks[0] += 1
        return asked(channel)

    def slow(channel: server.Channel, *given: Any, **more: Any) -> Any:
        sending.set()
        time.sleep(0.3)
        return send(channel, *given, **more)

    monkeypatch.setattr(server.Channel, "writable", counted)
    monkeypatch.setattr(server.Channel, "send", slow)
    with serving(law) as port, ExitStack() as stack:
        reader = open_to(stack, port, b"GET /inloggen HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sending.wait(5)
        open_to(stack, port, HALF)  # which wakes the loop
        assert answer_of(reader, "GET").status == 200
        assert looks[0] < 30
