"""A real HTTP server of the tests on this machine, as the system elsewhere that a process calls."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from inburgering_flow.channels import http

Asked = dict[str, Any]


class Server(ThreadingHTTPServer):
    """Answers as the first part of the path says, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        server = self.server
        assert isinstance(server, Server)
        server.asked.append({"method": self.command, "path": self.path, "headers": headers, "body": body})
        kind = self.path.split("/")[1].partition("?")[0]
        if kind == "slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(600):  # a minute, which no test waits for
                self.wfile.write(b".")
                time.sleep(0.1)
            return
        if kind == "huge":
            self.answer(200, "text/plain", b"x" * (http.MAX_BYTES + 1))
        elif kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/gekregen")
            self.end_headers()
        elif kind.isdigit():
            self.answer(int(kind), "application/json", b'{"reden": "zo is het"}')
        elif kind == "text":
            self.answer(200, "text/plain", b"gewone tekst")
        elif kind == "broken":
            self.answer(200, "application/json", b"{")
        else:
            self.answer(200, "application/json", json.dumps({"uren": 12.5, "gezien": [headers, self.path, body]}).encode())

    do_POST = do_GET  # noqa: N815  # the name that the library asks for

    def answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def answering() -> Iterator[Server]:
    """Let a server answer on a free port."""
    running = Server()
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()
