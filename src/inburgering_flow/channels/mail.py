"""One mail to one person over SMTP: protected as the settings say, with a Message-ID that is the same at each attempt.

Source: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (TLS from the beginning), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

SECONDS = 30.0
FINAL = 500  # codes from here on say that another attempt would end the same way

ADDRESS, SENDER, MESSAGE, LOGIN = "ADDRESS", "SENDER", "MESSAGE", "LOGIN"
NO_TLS, CERTIFICATE, UNREACHABLE, LOST = "NO_TLS", "CERTIFICATE", "UNREACHABLE", "LOST"


class NotSent(Exception):
    """The server has not said that it takes the mail. ``problem`` is one of the words above; never what the server said, which
    may name somebody. ``is_final``: it would end the same way again.
    """

    def __init__(self, problem: str, *, is_final: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.is_final = is_final


@dataclass(frozen=True)
class Server:
    """A server that takes mails; ``security`` is starttls, tls or none."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Attached:
    """A file that goes along with a mail."""

    name: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class Letter:
    """A mail before it has its form; ``identity`` becomes its Message-ID, so that a second one is known as the same."""

    sender: str
    recipient: str
    subject: str
    text: str
    identity: str
    moment: datetime
    attached: Attached | None = None


def is_address(text: str) -> bool:
    """Tell whether a text is one address that mail can be sent to."""
    try:
        found = Address(addr_spec=text)
    except (ValueError, IndexError):
        return False
    return bool(found.username and "." in found.domain) and text.isascii() and not set(text) & set(" ,;<>\"\\")


def written(letter: Letter) -> EmailMessage:
    """Return a mail as it is sent; raises ValueError for an address or subject that would end its header."""
    mail = EmailMessage(SMTP)
    mail["From"], mail["To"], mail["Subject"] = letter.sender, letter.recipient, letter.subject
    mail["Message-ID"], mail["Date"] = f"<{letter.identity}>", format_datetime(letter.moment)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text)
    if letter.attached is not None:
        main, _slash, sub = letter.attached.media_type.partition(";")[0].strip().partition("/")
        mail.add_attachment(letter.attached.content, maintype=main, subtype=sub, filename=letter.attached.name)
    return mail


def send(server: Server, letter: Letter, *, seconds: float = SECONDS) -> None:
    """Hand a mail to a server; raises NotSent where it has not said that it takes it."""
    try:
        mail = written(letter)
    except ValueError:
        raise NotSent(ADDRESS, is_final=True) from None
    try:
        connection = _connected(server, seconds)
        try:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(mail)
        finally:
            with suppress(OSError, smtplib.SMTPException):  # what is taken is taken, however the talk ends
                connection.quit()
    except ssl.SSLError:
        raise NotSent(CERTIFICATE) from None
    except smtplib.SMTPRecipientsRefused as error:
        code = max((answer[0] for answer in error.recipients.values()), default=0)
        raise NotSent(ADDRESS, is_final=code >= FINAL) from None
    except smtplib.SMTPSenderRefused as error:
        raise NotSent(SENDER, is_final=error.smtp_code >= FINAL) from None
    except smtplib.SMTPAuthenticationError:
        raise NotSent(LOGIN) from None
    except smtplib.SMTPNotSupportedError:
        raise NotSent(NO_TLS if server.security == "starttls" else LOGIN) from None
    except smtplib.SMTPDataError as error:
        raise NotSent(MESSAGE, is_final=error.smtp_code >= FINAL) from None
    except smtplib.SMTPException:
        raise NotSent(LOST) from None
    except OSError:
        raise NotSent(UNREACHABLE) from None


def _connected(server: Server, seconds: float) -> smtplib.SMTP:
    """Return a connection that is protected before anything is said on it that others should not read."""
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=ssl.create_default_context())
    connection = smtplib.SMTP(server.host, server.port, timeout=seconds)
    with ExitStack() as unless_protected:
        unless_protected.callback(connection.close)
        if server.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        unless_protected.pop_all()
    return connection
