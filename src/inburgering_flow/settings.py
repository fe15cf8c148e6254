"""Settings from the environment: one dataclass, each with its default and its meaning."""

from __future__ import annotations

import difflib
import inspect
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _

PREFIX = "INBURGERING_FLOW_"
SECRET = "SECRET_"  # noqa: S105  # before the name of a secret that processes use
RENAMED = {"GEMEENTE": "ORGANISATION"}  # what a setting was called in an earlier version
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  # what HOST is to listen on every address
OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]")
EXECUTORS = ("embedded", "queue")
LAST_HOUR = 23
SECURITIES = ("starttls", "tls", "none")
# The least that a setting may be.
LEAST = {"session_hours": 1, "session_idle_minutes": 1, "connections": 10, "lock_seconds": 1, "step_seconds": 1,
         "step_rounds": 10_000, "proxy_for": 0, "proxy_proto": 0, "proxy_host": 0,
         "concurrency": 1, "drain_seconds": 1, "drain_notice": 0, "alert_days_before": 0, "alert_read_days": 1,
         "alert_days": 1, "smtp_port": 1, "mail_hour": 0}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How this installation is set up; each field is read from ``INBURGERING_FLOW_<NAME>``."""

    database_url: str = "sqlite:///var/flow.db"
    """Where everything is stored: sqlite:///file or postgresql+psycopg://user@host/name."""

    synchronous: str = "FULL"
    """SQLite's synchronous mode; FULL survives a power cut."""

    lock_seconds: int = 5
    """Seconds that a change waits for other changes to be stored; after that it is refused as busy."""

    secret: str = ""
    """Key for sessions and for secret numbers of persons; empty: generated once and kept next to the SQLite file."""

    audit_anchor: str = ""
    """File outside the database to which the ends of the audit log are added every ten minutes; empty: no anchor."""

    clock_bound: int = 30
    """Seconds by which a node's clock may differ from the database's, or jump ahead, before it stops running due work."""

    password_memory: int = 65536
    """KiB of memory that hashing a password takes (argon2id); at least 19456, because less makes guessing cheap."""

    node: int = -1
    """Number of this node, 0 to 1023, refused while another one has it; -1: leased in a server's database, or drawn at random."""

    executor: str = "embedded"
    """Who runs due work: embedded, a thread of each serve; or queue, whichever node is free (needs a database server)."""

    serve_executor: bool = True
    """Let serve run due work too; 0 leaves all of it to workers, which have to run then."""

    concurrency: int = 4
    """Jobs that one node does at the same time, with the executor queue."""

    tenants: str = ""
    """Tenants whose due work this node does with the executor queue, separated by commas; empty: ``<default>``, the only one
    there is now. Batches, start timers and the rest of a signal are its work too: some node has to name it."""

    drain_seconds: int = 30
    """Seconds that a node told to end may take to finish what it has begun; new work goes to others at once."""

    drain_notice: int = 0
    """Seconds that serve goes on serving after it was told to end, while /readyz says no, so that a proxy can turn away."""

    metrics_token: str = ""
    """Word that whoever reads /metrics has to send (Authorization: Bearer …); empty: /metrics is not there."""

    zone: str = "Europe/Amsterdam"
    """Time zone in which days begin."""

    call_depth: int = 1000
    """Calls of processes that may be active inside each other; one more is an incident."""

    step_seconds: int = 5
    """Seconds that one step of a process may compute: all its expressions, scripts and decisions together."""

    step_rounds: int = 5_000_000
    """Rounds of loops and calls in the expressions, scripts and decisions of one step together."""

    plugins: str = "inburgering_flow.inburgering"
    """Modules with a plugin() function, separated by commas."""

    http_hosts: str = ""
    """Hosts that processes may call, separated by commas: api.example.nl (https), http://…, …:8443; private: before one of the
    own network; empty: none."""

    secrets_folder: str = ""
    """Folder with a file for each secret that processes name (secrets.NAME), besides INBURGERING_FLOW_SECRET_<NAME>."""

    virus_scanner: str = ""
    """ClamAV's daemon, which looks at each file that people send: tcp://host:3310 or unix:/run/clamav/clamd.ctl; while it does
    not answer no file is let in. Empty: files are not looked at."""

    rules: str = ""
    """File that sets lint rules to off, warning or error (YAML); empty: the default severities."""

    project_folders: str = ""
    """Folders of this server that are projects of designers, a git working copy for example: name=folder, separated by commas."""

    organisation: str = ""
    """Name of the organisation on pages and letters; empty: the one that the plug-in names."""

    host: str = "127.0.0.1"
    """Address that the web server listens on."""

    port: int = 8080
    """Port that the web server listens on."""

    threads: int = 8
    """Threads of the web server: requests that it works on at once, at most."""

    connections: int = 400
    """Connections that the web server keeps at once; beyond that the one that has waited longest for its visitor is closed."""

    demo: bool = False
    """Show the aids of the demonstration: accounts on the login page, sending partners' messages by hand."""

    four_eyes: bool = True
    """A deployment through the pages, and roles that reach far, need a second person who agrees (never in the demonstration)."""

    cookie_secure: bool = False
    """Send the session cookie over HTTPS only; set it in production."""

    allowed_hosts: str = ""
    """Names by which browsers may call this server, separated by commas; a leading dot takes all names below it, * any name.
    This machine's own (localhost, 127.0.0.1, the address it listens on) always hold."""

    proxy_for: int = 0
    """Proxies in front whose X-Forwarded-For (the visitor's address) is believed; 0: none, the header counts for nothing."""

    proxy_proto: int = 0
    """Proxies in front whose X-Forwarded-Proto (whether the visitor uses HTTPS) is believed."""

    proxy_host: int = 0
    """Proxies in front whose X-Forwarded-Host (the name that the visitor uses) is believed; 0 where they pass on Host itself."""

    source_age_days: int = 365
    """Days after which a law that the domain was built on has to be read again, and pages say so."""

    session_hours: int = 12
    """Hours after which a session ends, however much it is used."""

    session_idle_minutes: int = 60
    """Minutes without a request after which a session ends."""

    alert_days_before: int = 3
    """Days before a task or a term is due on which whoever it is of is told."""

    alert_read_days: int = 30
    """Days after which an alert that somebody has read is forgotten."""

    alert_days: int = 180
    """Days after which an alert is forgotten, read or not."""

    smtp_host: str = ""
    """Server that takes mails to staff (SMTP); empty: no mail is sent."""

    smtp_port: int = 587
    """Port of that server: 587 with starttls, 465 with tls."""

    smtp_security: str = "starttls"
    """How the connection to that server is protected: starttls, tls, or none (only inside a network that nobody else reads)."""

    smtp_user: str = ""
    """Account at that server; empty: it asks for none."""

    smtp_password: str = ""
    """Password of that account."""

    mail_from: str = ""
    """Address that mails to staff come from."""

    mail_hour: int = 7
    """Hour of the day from which the daily mail goes out."""

    reports_folder: str = ""
    """Folder to which files go that are made every week; empty: there is none."""

    reports_addresses: str = ""
    """Mailboxes of the organisation to which they may be mailed, separated by commas: name@example.nl, or all of a domain,
    @example.nl; empty: none."""

    base_url: str = ""
    """Address of this application as people outside a page need it, for links in mails and calendars: https://flow.example.nl."""

    calendar_case_names: bool = False
    """Put the name of a case into the calendar that somebody takes elsewhere: it leaves the application with it."""

    @property
    def sends_mail(self) -> bool:
        """Tell whether mails to staff can be sent: there is a server, a sender, and an address to link to."""
        return bool(self.smtp_host and self.mail_from and self.base_url)

    @property
    def report_addresses(self) -> tuple[str, ...]:
        """The addresses, and domains that begin with @, to which regular reports may be mailed."""
        return tuple(name.strip() for name in self.reports_addresses.split(",") if "@" in name)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names by which browsers may call this server; empty where any name will do."""
        named = [name.strip().lower() for name in self.allowed_hosts.split(",") if name.strip()]
        own = [] if self.host in EVERYWHERE else [f"[{self.host}]" if ":" in self.host else self.host]
        return () if "*" in named else (*OWN_HOSTS, *own, *named)

    @property
    def trusts_proxies(self) -> bool:
        """Tell whether anything is believed of what a proxy says."""
        return bool(self.proxy_for or self.proxy_proto or self.proxy_host)

    @property
    def second_person(self) -> bool:
        """Tell whether a deployment through the pages, or a role that reaches far, waits for a second person."""
        return self.four_eyes and not self.demo


def read(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Return the settings of an environment (default: this process's); raises InvalidInput naming the variable."""
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for field in fields(Settings):
        raw = source.get(PREFIX + field.name.upper())
        if raw is None:
            continue
        default = field.default
        try:
            if isinstance(default, bool):
                values[field.name] = {"1": True, "true": True, "0": False, "false": False}[raw.strip().lower()]
            elif isinstance(default, int):
                values[field.name] = int(raw)
            else:
                values[field.name] = raw
        except (KeyError, ValueError):
            raise InvalidInput(
                f"{PREFIX}{field.name.upper()} is {raw!r}, which is not of type {type(default).__name__}.",
                remedy=f"Write it like {default!r}.",
            ) from None
    for name, least in LEAST.items():
        if int(str(values.get(name, least))) < least:
            raise InvalidInput(
                f"{PREFIX}{name.upper()} is {values[name]}, which is too little.", remedy=f"Give {least} or more."
            )
    if int(str(values.get("mail_hour", 0))) > LAST_HOUR:
        raise InvalidInput(f"{PREFIX}MAIL_HOUR is {values['mail_hour']}, which is no hour of a day.", remedy="Give 0 to 23.")
    known = {field.name.upper() for field in fields(Settings)}
    for name in sorted(n.removeprefix(PREFIX) for n in source if n.startswith(PREFIX)):
        if name not in known and not name.startswith(SECRET):
            meant = RENAMED.get(name) or next(iter(difflib.get_close_matches(name, known, 1)), "")
            raise InvalidInput(
                f"There is no setting {PREFIX}{name}.",
                remedy=f"Did you mean {PREFIX}{meant}?" if meant else "See the table of settings in README.md, or unset it.",
            )
    if values.get("executor", "embedded") not in EXECUTORS:
        raise InvalidInput(
            f"{PREFIX}EXECUTOR is {values['executor']!r}, which is not known.", remedy=f"Use one of {', '.join(EXECUTORS)}."
        )
    if values.get("smtp_security", "starttls") not in SECURITIES:
        raise InvalidInput(
            f"{PREFIX}SMTP_SECURITY is {values['smtp_security']!r}, which is not known.",
            remedy=f"Use one of {', '.join(SECURITIES)}.",
        )
    values.update(overrides)
    return Settings(**values)  # type: ignore[arg-type]  # checked field by field above


@dataclass(frozen=True)
class Described:
    """A setting as it is shown, with nothing secret in it."""

    name: str
    value: str
    default: str
    meaning: str

    @property
    def short(self) -> str:
        """The name as people and the documentation say it, without what stands before all of them."""
        return self.name.removeprefix(PREFIX)


def shown_url(url: str) -> str:
    """Return the URL of a database without its passwords: before the host, or among what the driver is given."""
    url = re.sub(r"//([^:/@]*):[^?]*@", r"//\1:•••@", url)
    return re.sub(r"([?&][^=&]*password[^=&]*)=[^&]*", r"\1=•••", url, flags=re.IGNORECASE)


def meanings() -> dict[str, str]:
    """Return what each setting means, by its name: the English that ``make messages`` takes along for translation."""
    found = re.findall(r'    (\w+): [^\n]+\n    """(.*?)"""', inspect.getsource(Settings), re.DOTALL)
    return {name: " ".join(meaning.replace("``", "").split()) for name, meaning in found}


def described(settings: Settings) -> list[Described]:
    """Return every setting with its value and default, and its meaning in the current language; the secret and passwords are
    left out.
    """
    found = []
    for name, meaning in meanings().items():
        value = str(getattr(settings, name))
        if name in ("secret", "metrics_token", "smtp_password"):
            value = _("set, but not shown") if value else ""
        elif name == "database_url":
            value = shown_url(value)
        found.append(Described(PREFIX + name.upper(), value, str(getattr(Settings, name)), _(meaning)))
    return found


def secret_names(settings: Settings) -> list[str]:
    """Return the names of the secrets that processes may use."""
    named = {name.removeprefix(PREFIX + SECRET) for name in os.environ if name.startswith(PREFIX + SECRET)}
    folder = Path(settings.secrets_folder)
    if settings.secrets_folder and folder.is_dir():
        named |= {path.name for path in folder.iterdir() if path.is_file() and path.name.isidentifier()}
    return sorted(filter(None, named))


def secret_of_name(settings: Settings, name: str) -> str:
    """Return a secret that processes use, read anew each time; raises InvalidInput if there is none of that name."""
    found = os.environ.get(f"{PREFIX}{SECRET}{name}", "")
    file = Path(settings.secrets_folder) / name
    if not found and settings.secrets_folder and name.isidentifier() and file.is_file():
        found = file.read_text().strip()
    if not found:
        raise InvalidInput(
            f"There is no secret '{name}'.",
            remedy=f"Correct the name, or let whoever runs the platform set {PREFIX}{SECRET}{name} or a file in SECRETS_FOLDER.",
        )
    return found


def refuse_new_secret(settings: Settings, database: Path | None, *, is_needed: bool) -> None:
    """Raise InvalidInput where a new secret would be made for a database that was encrypted with another one."""
    if is_needed and not settings.secret and database is not None and not _kept(database).exists():
        raise InvalidInput(
            f"The key of this database is not there: {_kept(database)} is missing.",
            remedy=f"Put the file secret.key of its backup beside it, or set {PREFIX}SECRET to what it was.",
            code="WRONG_KEY",
        )


def _kept(database: Path) -> Path:
    return database.resolve().parent / "secret.key"


def secret_of(settings: Settings, database: Path | None) -> str:
    """Return the secret; without a setting it is generated once and kept, readable only by its owner, next to the
    database's file. Raises InvalidInput if the ``database`` is not a file.
    """
    if settings.secret:
        return settings.secret
    if database is None:
        raise InvalidInput(
            "There is no secret.", remedy=f"Set {PREFIX}SECRET to a long random text, the same on each node."
        )
    path = _kept(database)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return path.read_text().strip()
