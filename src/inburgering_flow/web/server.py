"""The web server: Waitress, with limits against whoever opens connections and says nothing, or sends too much.

Behind a proxy most of this is the proxy's work (``docs/proxy.md``); without one, and when the proxy lets something through, one
visitor must not be able to silence the server.
"""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from itsdangerous import BadSignature
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_cookie

from inburgering_flow.i18n import N_, _, speaking
from inburgering_flow.services import Services
from inburgering_flow.settings import Settings
from inburgering_flow.web import limits
from inburgering_flow.web.access import HEALTH, READY, TOKEN
from inburgering_flow.web.cookies import signer_of
from inburgering_flow.web.language import COOKIE, known
from inburgering_flow.web.protection import HEADERS, HSTS, name_of_cookie
from inburgering_flow.web.turns import Turns

HEADER_BYTES = 32_768
HEADER_SECONDS, BODY_SECONDS = 10, 120  # from the first byte of a request to the last of its headers, and of its body
IDLE_SECONDS = 30  # without a byte, before a request or while an answer is fetched
LINGER_SECONDS, LINGER_BYTES = 20, limits.LARGE + 1_000_000  # read and thrown away after a refusal
SPARE = 100  # connections accepted beyond the limit, while room is made
SENTENCES = {
    413: N_("Wat u stuurt is te groot."),
    431: N_("Dit verzoek heeft te veel of te lange kopregels. Verwijder de cookies van deze site en probeer het opnieuw."),
    500: N_("Er ging iets mis. Probeer het opnieuw."),
}
UNREADABLE = N_("Dit verzoek kan niet worden gelezen.")
Most = Callable[[HTTPRequestParser], int]


def most_of(app: Flask) -> Most:
    """Return how many bytes a request may send, told by its headers: little to whoever is not logged in.

    Whether somebody is logged in follows from the signature of the cookie, without a look in the database; what it lets
    through is checked as always before anything is done with it.
    """
    routes = app.url_map.bind("localhost")

    signer, name = signer_of(app), app.config["SESSION_COOKIE_NAME"]
    longest = int(app.permanent_session_lifetime.total_seconds())

    def is_signed(cookies: str) -> bool:
        try:
            return bool(signer.loads(parse_cookie(cookies).get(name, ""), max_age=longest).get(TOKEN))
        except BadSignature:
            return False

    def most(request: HTTPRequestParser) -> int:
        try:
            path = request.path.encode("latin-1").decode("utf-8", "replace")
            found = limits.most_sent(str(routes.match(path, method=request.command)[0]))
        except HTTPException:
            return limits.SMALL
        return found if found == limits.SMALL or is_signed(request.headers.get("COOKIE", "")) else limits.SMALL

    return most


class Request(HTTPRequestParser):
    """A request whose body is refused when its headers are read, if it is too large for its route."""

    def __init__(self, adj: Adjustments, most: Most) -> None:
        super().__init__(adj)
        self.adj: Adjustments = adj
        self._most_of = most

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers, and from them how much may follow."""
        super().parse_header(header_plus)
        if self.content_length or self.chunked:
            limited: Adjustments = copy.copy(self.adj)
            limited.max_request_body_size = self._most_of(self) + 1  # Waitress refuses what is as large as this
            self.adj = limited

    def received(self, data: bytes) -> int:
        """Take in a part; what is refused is not asked to continue."""
        taken = int(super().received(data))
        if self.error is not None:
            self.expect_continue = False
        return taken


class Refusal(ErrorTask):
    """What Waitress refuses by itself, before the application sees it: a sentence, and the headers of each answer."""

    def execute(self) -> None:
        """Answer."""
        error, server = self.request.error, self.channel.server
        cookies = parse_cookie(self.request.headers.get("COOKIE", ""))
        with speaking(known(cookies.get(name_of_cookie(COOKIE, secure=server.is_secure), ""))):
            said = _(SENTENCES.get(error.code, UNREADABLE))
            if error.code == limits.TOO_LARGE:
                said = _(limits.SENTENCES.get(self.request.adj.max_request_body_size - 1, said))
        body = f"{said}\n".encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend([("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
        self.response_headers.extend(HEADERS.items())
        if server.is_secure:
            self.response_headers.append(("Strict-Transport-Security", HSTS))
        self.set_close_on_finish()
        self.channel.refused = True
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """A connection, which knows since when its request has been on the way.

    After a refusal it lingers: the answer is sent, and what still comes is read and thrown away, up to a bound. Closing with
    bytes unread makes the kernel reset the connection, and whoever is still sending, as a proxy is, loses the answer.
    """

    error_task_class = Refusal
    close_when_flushed: bool
    will_close: bool

    def __init__(self, server: Server, *rest: Any, **more: Any) -> None:
        self.asked_at = 0.0
        self.refused = self.lingers = False
        self.thrown_away = 0
        self.parser_class = partial(Request, most=server.most)
        super().__init__(server, *rest, **more)

    def received(self, data: bytes) -> Any:
        """Take in a part of a request."""
        if self.request is None:
            self.asked_at = self.last_activity  # when its first part was read
        return super().received(data)

    def write_soon(self, data: Any) -> int:
        """Send a part of an answer, as far as the connection takes it now: what is left the loop sends afterwards."""
        taken = int(super().write_soon(data))
        with self.outbuf_lock:
            if self.total_outbufs_len:
                self._flush_exception(self._flush_some, do_close=False)
        return taken

    def writable(self) -> bool:
        """Tell whether the loop has something to send. While a thread works on the request it sends by itself; the loop would
        spin from its first byte to its last, and hold up what it waits for.
        """
        if self.requests and not self.will_close and self.total_outbufs_len <= self.adj.outbuf_high_watermark:
            return False
        return bool(super().writable())

    def handle_write(self) -> None:
        """Send; when a refusal has been sent, say that nothing follows and go on reading."""
        if not (self.refused and self.close_when_flushed) or self.will_close:
            super().handle_write()
            return
        self._flush_exception(self._flush_some_if_lockable)
        if not self.total_outbufs_len and not self.will_close and self.connected:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:  # the visitor has gone
                self.will_close = True
            self.lingers, self.close_when_flushed = True, False

    def handle_read(self) -> None:
        """Read what is sent."""
        if not self.lingers:
            super().handle_read()
            return
        self.thrown_away += len(self.recv(self.adj.recv_bytes))  # closes at the end
        if self.thrown_away > LINGER_BYTES:
            self.will_close = True

    def waits_since(self) -> float | None:
        """Return since when this waits for its visitor; None while a request is worked on or its answer sent."""
        if self.requests or self.total_outbufs_len or self.will_close:
            return None
        return float(self.last_activity if self.request is None else self.asked_at)

    def is_slow(self, now: float) -> bool:
        """Tell whether a request takes too long to arrive, however busily its bytes trickle in."""
        since = self.waits_since()
        if self.lingers and since is not None:
            return now - since > LINGER_SECONDS
        if since is None or self.request is None:
            return False
        return now - since > (BODY_SECONDS if self.request.headers_finished else HEADER_SECONDS)


class Server(TcpWSGIServer):
    """A listening socket. Where there are too many connections, those that have waited longest for their visitor make room:
    a request that comes whole is answered however many others are half open.
    """

    channel_class = Channel

    def __init__(self, app: Flask, settings: Settings, **more: Any) -> None:
        self._health = ThreadedTaskDispatcher()
        self._health.set_thread_count(1)
        addresses = app.url_map.bind("localhost")
        self._health_paths = {addresses.build(HEALTH), addresses.build(READY)}
        self.most, self.is_secure, self._connections = most_of(app), settings.cookie_secure, settings.connections
        super().__init__(app, **more)

    def add_task(self, task: Channel) -> None:
        """Give a request to a thread. Whether this server is well is answered by a thread of its own: all others may be
        waiting for each other, and whoever asks must not think that the server is gone.
        """
        if task.requests and getattr(task.requests[0], "path", "") in self._health_paths:
            self._health.add_task(task)
        else:
            super().add_task(task)

    def close(self) -> None:
        """Stop listening."""
        self._health.shutdown()
        super().close()

    def readable(self) -> bool:
        """Make room, and tell whether another connection can be accepted."""
        too_many = len(self.active_channels) - self._connections
        if too_many > 0:
            waiting = [(since, c) for c in self.active_channels.values() if (since := c.waits_since()) is not None]
            for _since, channel in sorted(waiting, key=lambda found: found[0])[:too_many]:
                channel.will_close = True
        return bool(super().readable())

    def maintenance(self, now: float) -> None:
        """Close what has been silent or slow for too long."""
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.is_slow(now):
                channel.will_close = True


def server_of(app: Flask, settings: Settings) -> Server:
    """Return a server that listens on the address of the settings; its ``run`` serves until the program is interrupted."""
    adj = Adjustments(
        host=settings.host, port=settings.port, threads=settings.threads, ident=None,
        connection_limit=settings.connections + SPARE, channel_timeout=IDLE_SECONDS, cleanup_interval=1,
        max_request_header_size=HEADER_BYTES, max_request_body_size=limits.LARGE + 1, asyncore_use_poll=True,
        # Waitress takes away what proxies say unless told otherwise; what of it counts is decided in create_app.
        clear_untrusted_proxy_headers=not settings.trusts_proxies,
    )  # fmt: skip
    sockets: dict[int, Any] = {}
    services: Services = app.extensions["services"]
    dispatcher = Turns() if services.context.db.dialect.one_writer else ThreadedTaskDispatcher()
    dispatcher.set_thread_count(adj.threads)
    servers = [Server(app, settings, map=sockets, dispatcher=dispatcher, adj=adj, sockinfo=found) for found in adj.listen]
    return servers[0]  # localhost may be two addresses; whichever runs looks after the sockets of all
