"""A real SMTP server of the tests on this machine, which takes mails or does with them what a test asks."""

from __future__ import annotations

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Postbox:
    """What was handed over, and how each attempt ends: ``answers`` are taken one by one, then everything is taken."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.rcpt: list[str] = []
        self.answers: list[str] = []
        self.were_secure: list[bool] = []
        self.users: list[str] = []
        self.talks = 0
        self.port = 0

    async def handle_EHLO(self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]) -> list[str]:
        self.talks += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "lose":  # the connection is gone after all has been sent, before it is said whether it was taken
            server.transport.abort()
            return "250 OK"
        if answer in ("250 OK", "take and lose"):
            self.mails.append(email.message_from_bytes(envelope.content or b""))
            self.were_secure.append(session.ssl is not None)
        if answer == "take and lose":
            server.transport.abort()
            return "250 OK"
        return answer

    def login(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.users.append(given.login.decode())
        return AuthResult(success=given.password == b"klopt", handled=False)


class _Controller(Controller):
    """One that listens where the system has a free port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def postbox(*, secure: ssl.SSLContext | None = None, needs_login: bool = False) -> Iterator[Postbox]:
    """Serve a postbox; with ``secure`` it takes nothing before STARTTLS."""
    box = Postbox()
    options: dict[str, Any] = {"tls_context": secure, "require_starttls": True} if secure is not None else {}
    if needs_login:
        options |= {"authenticator": box.login, "auth_required": True, "auth_require_tls": secure is not None,
                    "auth_exclude_mechanism": ["LOGIN"]}  # fmt: skip
    controller = _Controller(box, hostname="127.0.0.1", port=0, server_hostname="localhost", **options)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop(no_assert=True)
