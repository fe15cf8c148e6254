"""What ``inburgering-flow doctor`` checks: each check says what is wrong and what to do."""

from __future__ import annotations

import ipaddress
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from inburgering_flow.channels.virus_scanner import ScannerSilent
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services.clock_guard import REMEDY
from inburgering_flow.services.uploads import scanner_of
from inburgering_flow.settings import shown_url
from inburgering_flow.store import jobs, migrations

BUNDLES = ("page.js", "form.js", "diagram.js", "modeler.js", "styles.css")
DIST = Path(__file__).parent / "web" / "static" / "dist"
SHORTEST_SECRET = 32
FEWEST_DIFFERENT = 8  # of 32 random hexadecimal digits fewer are different once in ten million times
OTHER_FILES = 200  # what is open besides connections: the database, files being received, a few spare
MOST_HOURS, MOST_IDLE_MINUTES = 24, 8 * 60
LEAST_PASSWORD_MEMORY = 19456  # KiB, with two rounds or more. Source: OWASP, Password Storage Cheat Sheet, argon2id
BEHIND = timedelta(minutes=10)


@dataclass(frozen=True)
class Check:
    """One answer from the doctor; ``remedy`` is empty if all is well."""

    name: str
    found: str
    remedy: str = ""


def examine(platform: Platform) -> list[Check]:
    """Return every check of an open platform, in the order in which to fix them."""
    return [check for look in LOOKS for check in look(platform)]


def _database(platform: Platform) -> Iterator[Check]:
    platform.context.db.ping()
    yield Check("database", f"{shown_url(platform.context.settings.database_url)} answers")
    yield Check("schema", migrations.head())
    mode = platform.context.settings.synchronous.upper()
    if not platform.context.db.dialect.survives_power_cut(mode):
        yield Check("durability", f"synchronous={mode}", "Set SYNCHRONOUS to FULL, or finished work may be lost in a power cut.")


def _secret(platform: Platform) -> Iterator[Check]:
    secret = platform.context.secret
    found = f"{len(secret)} characters, {len(set(secret))} different ones"
    weak = len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DIFFERENT
    yield Check("secret", found, f"Set SECRET to at least {SHORTEST_SECRET} random characters." if weak else "")


def _passwords(platform: Platform) -> Iterator[Check]:
    memory = platform.context.settings.password_memory
    enough = memory >= LEAST_PASSWORD_MEMORY
    remedy = f"Set PASSWORD_MEMORY to {LEAST_PASSWORD_MEMORY} or more; each password is hashed again at its next login."
    yield Check("password hashing", f"{memory} KiB", "" if enough else remedy)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _exposure(platform: Platform) -> Iterator[Check]:
    chosen = platform.context.settings
    if _is_local(chosen.host) and not chosen.trusts_proxies and not chosen.cookie_secure:
        yield Check("address", f"{chosen.host}, this machine only")
        return
    proxied = f"{chosen.host}; let nobody but the proxy reach it" if chosen.trusts_proxies else chosen.host
    yield Check("address", proxied, "" if chosen.cookie_secure else "Serve over HTTPS and set COOKIE_SECURE.")
    silent = [name for name in ("PROXY_FOR", "PROXY_PROTO") if not getattr(chosen, name.lower())]
    if silent and (chosen.cookie_secure or chosen.trusts_proxies):
        yield Check("proxy", f"nothing is believed for {' and '.join(silent)}",
                    "Set them to the number of proxies in front: without, every visitor has the proxy's address, and HTTPS is "
                    "not known of.")  # fmt: skip
    if not chosen.hosts:
        yield Check("allowed hosts", "any name", "Set ALLOWED_HOSTS to the names that browsers use, without *.")
    elif not chosen.allowed_hosts.strip():
        yield Check("allowed hosts", "this machine's own only", "Set ALLOWED_HOSTS to the names that browsers use.")
    if chosen.demo:
        yield Check("demo", "on", "Unset DEMO: it shows accounts with a known password to everybody who can reach it.")
    if not chosen.second_person:
        yield Check("four eyes", "off", "Set FOUR_EYES, so that nobody changes a process alone.")


def _connections(platform: Platform) -> Iterator[Check]:
    wanted = platform.context.settings.connections
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    few = most != resource.RLIM_INFINITY and wanted + OTHER_FILES > most
    yield Check("connections", f"{wanted} at most, {most} files may be open",
                f"Set CONNECTIONS to less than {max(most - OTHER_FILES, 10)}, or let this user open more files (ulimit -n)."
                if few else "")  # fmt: skip


def _scanner(platform: Platform) -> Iterator[Check]:
    scanner = scanner_of(platform.context.settings)
    if scanner is None:
        yield Check("virus scanner", "none: set VIRUS_SCANNER, so that files which people send are looked at")
        return
    try:
        said = "finds something in an empty file" if scanner.found_in(b"") else ""
    except ScannerSilent as error:
        said = f"gives no answer ({error})"
    yield Check("virus scanner", said or "answers", "Start it, or correct VIRUS_SCANNER: no file is let in." if said else "")


def _sessions(platform: Platform) -> Iterator[Check]:
    hours, minutes = platform.context.settings.session_hours, platform.context.settings.session_idle_minutes
    long = hours > MOST_HOURS or minutes > MOST_IDLE_MINUTES
    yield Check("sessions", f"{hours} hours at most, {minutes} minutes unused",
                f"Set SESSION_HOURS to {MOST_HOURS} or less, SESSION_IDLE_MINUTES to {MOST_IDLE_MINUTES} or less: "
                "who finds a browser open is logged in." if long else "")  # fmt: skip


def _installed(platform: Platform) -> Iterator[Check]:
    missing = [name for name in BUNDLES if not (DIST / name).is_file()]
    yield Check("browser parts", ", ".join(missing) + " missing" if missing else "complete",
                "Install again: the build makes them." if missing else "")  # fmt: skip
    plugins = platform.context.domain.plugins
    yield Check("plug-ins", ", ".join(p.name for p in plugins) or "none")
    yield from (Check(*found) for plugin in plugins for found in plugin.checks())
    chosen = platform.context.severities
    said = ", ".join(f"{rule} {severity}" for rule, severity in chosen.items())
    yield Check("lint rules", said or "all at their defaults")
    yield Check("processes deployed", str(len(platform.services.deployments.newest("process"))))


def _work(platform: Platform) -> Iterator[Check]:
    with platform.context.db.read() as unit:
        first = jobs.next_due(unit)
    late = platform.clock.now() - first if first is not None else timedelta()
    yield Check("due work", "up to date" if late < BEHIND else f"waiting since {first}",
                "" if late < BEHIND else "Start the server or a worker; look at its log.")  # fmt: skip
    stopped = platform.services.incidents.page().total
    yield Check("incidents", str(stopped), "Look at the page Storingen." if stopped else "")
    lost = platform.services.lost_tasks.find().total
    yield Check("lost tasks", str(lost) if lost else "none: somebody can do each open task",
                "Look at the page Regie: it says why nobody can do them." if lost else "")  # fmt: skip


def _mail(platform: Platform) -> Iterator[Check]:
    chosen = platform.context.settings
    if not chosen.sends_mail:
        missing = [name for name in ("SMTP_HOST", "MAIL_FROM", "BASE_URL") if not getattr(chosen, name.lower())]
        begun = len(missing) < 3 and bool(chosen.smtp_host or chosen.mail_from)
        yield Check("mail to staff", "off", f"Set {' and '.join(missing)} too, or no mail is sent." if begun else "")
        return
    found = platform.services.mails.trouble(SYSTEM)
    said = f"{chosen.smtp_host}:{chosen.smtp_port}, {chosen.smtp_security}"
    if found.struggling:
        said += f"; {found.struggling} to be tried again"
    yield Check("mail to staff", f"{said}; {found.given_up} given up" if found.given_up else said,
                found.reason if found.given_up else "")  # fmt: skip
    if chosen.smtp_security == "none" and not _is_local(chosen.smtp_host):
        yield Check("mail connection", "not protected", "Set SMTP_SECURITY to starttls or tls: others can read what is sent.")


def _clock(platform: Platform) -> Iterator[Check]:
    said = platform.services.clock_guard.trouble()
    yield Check("clock", said or "agrees with the database", REMEDY if said else "")


def _audit(platform: Platform) -> Iterator[Check]:
    found = platform.services.audit_chain.check(since_anchor=True)
    wrong = [str(f) for f in found if not f.is_remark]
    remarks = [str(f) for f in found if f.is_remark]
    is_whole = platform.services.audit_chain.anchor_path is None
    read = "every line" if is_whole else "every line since the newest anchor (log check reads all)"
    said = " ".join(shortened(wrong) or shortened(remarks)) or f"{read} follows the one before it"
    yield Check("audit log", said, "Find out who could write to the database; see inburgering-flow log check." if wrong else "")
    path = platform.services.audit_chain.anchor_path
    if path is None:
        yield Check("anchor of the log", "none: set AUDIT_ANCHOR, so that a log that was cut off or set back shows too")


def shortened(sentences: list[str], most: int = 5) -> list[str]:
    """Return the first sentences and how many more there are."""
    return sentences[:most] + ([f"And {len(sentences) - most} more."] if len(sentences) > most else [])


LOOKS: tuple[Callable[[Platform], Iterator[Check]], ...] = (
    _database, _secret, _passwords, _exposure, _connections, _scanner, _sessions, _installed, _work, _mail, _clock, _audit,
)  # fmt: skip
