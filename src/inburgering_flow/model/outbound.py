"""Which addresses outside may be called: those of the hosts that the setting HTTP_HOSTS lists, and no others."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.settings import PREFIX

JOB_TYPE = "io.camunda:http-json:1"
"""Camunda's own type, so that a diagram made with its template runs here."""
PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_ENTRY = re.compile(r"(?P<private>private:)?(?:(?P<scheme>https?)://)?(?P<host>\[[0-9a-f:.]+\]|[^:/\[\]]+)(?::(?P<port>\d{1,5}))?")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # holds an IPv4 address, which may be one inside


@dataclass(frozen=True)
class Host:
    """A host that may be called, with scheme and port; ``is_private`` allows addresses inside the own network."""

    scheme: str
    name: str
    port: int
    is_private: bool = False

    @property
    def shown(self) -> str:
        """Return it as an address."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{self.scheme}://{name}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True)
class Target:
    """A call that is allowed: to which host, and what is asked of it (path and query)."""

    host: Host
    path: str


def hosts(text: str) -> tuple[Host, ...]:
    """Return the hosts of the setting: ``api.example.nl, private:http://intern.example.nl:8080``.

    Raises InvalidInput for an entry that is none.
    """
    found = []
    for entry in filter(None, (part.strip().lower() for part in text.split(","))):
        match = _ENTRY.fullmatch(entry)
        name = match["host"].strip("[]") if match else ""
        if match is None or not (_NAME.fullmatch(name) or _is_address(name)):
            raise InvalidInput(
                f"{PREFIX}HTTP_HOSTS has '{entry}', which is no host.",
                remedy="Write it like api.example.nl, http://api.example.nl:8080, or private:intern.example.nl.",
            )
        scheme = match["scheme"] or "https"
        found.append(Host(scheme, name, int(match["port"] or PORTS[scheme]), bool(match["private"])))
    return tuple(found)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def checked(url: str, allowed: Sequence[Host], query: Sequence[tuple[str, str]] = ()) -> Target:
    """Return the call that a URL asks for; raises InvalidInput for one that is none, and for a host that may not be called.

    The sentences name scheme, host and port only: the rest of an address may hold what is nobody's business.
    """
    remedy = _("Write a whole address, for example https://api.example.nl/people.")
    wrong = InvalidInput(_("This is not an address that can be called."), remedy=remedy)
    if not url.isprintable() or set(url) & set(' \\<>"{}|^`'):
        raise wrong
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in PORTS or not (_NAME.fullmatch(name) or _is_address(name)):
        raise wrong
    if "@" in parts.netloc:
        raise InvalidInput(
            _("The address holds a name or password before '@'."), remedy=_("Use the fields for authentication, with a secret.")
        )
    asked = Host(parts.scheme, name, port or PORTS[parts.scheme])
    known = next((h for h in allowed if (h.scheme, h.name, h.port) == (asked.scheme, asked.name, asked.port)), None)
    if known is None:
        raise InvalidInput(
            _("{host} is not among the hosts that may be called.").format(host=asked.shown),
            remedy=_("Correct the address, or let whoever runs the platform add the host to the setting HTTP_HOSTS."),
            code="HOST_NOT_ALLOWED",
        )
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    asked_for = "&".join(filter(None, (quote(parts.query, safe="/%:@!$&'()*+,;=~-._?"), urlencode(query))))
    return Target(known, f"{path}?{asked_for}" if asked_for else path)


def is_inside(address: str) -> bool:
    """Tell whether an IP address is not one of the open internet: of this machine, the own network, or a way to these."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_inside(str(found.ipv4_mapped))
        if found in _TRANSLATED or found.sixtofour is not None or found.teredo is not None:
            return True
    return not found.is_global or found.is_multicast
