"""Measures people at work: 20 users who claim and complete tasks through the pages of one server process, and the engine alone.

Run: python bench/web.py [--seconds N] [--users N] [--postgres]. With --processes 2 the users of one database are spread over one
and then over two server processes, and over two of which each may use a part of a processor only, so that processors are free.
The server is the real one, with sessions, CSRF tokens and
synchronous=FULL; the users are threads of another process on the same machine, who speak HTTP over connections that stay open
and follow each redirect. A completion is five requests, as a browser sends them: the task, claiming it, the task again with its
form, completing it, and the page with what is next. What a browser keeps (styles, scripts) is not fetched again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

AIM = 120  # completions a second on one process
PASSWORD = "een-lang-wachtwoord-om-te-meten"
PERIOD, SHARE = 0.1, 0.3  # seconds in which a process runs for its share, where it may use a part of a processor only
TASKS = 20  # in a row, in each case
FORM = {
    "type": "default", "id": "gesprek", "schemaVersion": 16,
    "components": [
        {"type": "textarea", "id": "c1", "key": "verslag", "label": "Wat is er besproken?", "validate": {"required": True}},
        {"type": "textfield", "id": "c2", "key": "plaats", "label": "Waar?"},
        {"type": "radio", "id": "c3", "key": "vervolg", "label": "Komt er een vervolg?",
         "values": [{"label": "Ja", "value": "ja"}, {"label": "Nee", "value": "nee"}]},
    ],
}  # fmt: skip
ANSWERS = {"veld_verslag": "Besproken wat er nodig is.", "veld_plaats": "Stadhuis", "veld_vervolg": "ja"}


# -- the users: a process of their own, which needs nothing of the server's ----------------------------------------------


class User:
    """A browser as far as the server can tell: one connection, cookies, tokens read from the pages, redirects followed."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name = port, name
        self.cookies: dict[str, str] = {}
        self.socket: socket.socket | None = None
        self.requests, self.done, self.failed = 0, 0, 0
        self.waits: list[float] = []

    def send(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Send one request; return its status, where it redirects to and the page."""
        body = urlencode(fields or {}).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: text/html\r\n"
        if self.cookies:
            head += "Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()) + "\r\n"
        if method == "POST":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(head.encode() + b"\r\n" + body)
        self.requests += 1
        found = b""
        while (end := found.find(b"\r\n\r\n")) < 0:
            found += self._received()
        lines = found[:end].decode("latin-1").split("\r\n")
        headers = [line.split(": ", 1) for line in lines[1:]]
        told = {k.lower(): v for k, v in headers}
        for k, v in headers:
            if k.lower() == "set-cookie":
                name, value = v.split(";", 1)[0].split("=", 1)
                self.cookies[name] = value
        rest = [found[end + 4 :]]
        missing = int(told.get("content-length", 0)) - len(rest[0])
        while missing > 0:
            rest.append(self._received())
            missing -= len(rest[-1])
        if told.get("connection", "").lower() == "close":
            self.socket.close()
            self.socket = None
        return int(lines[0].split(" ")[1]), told.get("location", ""), b"".join(rest).decode()

    def _received(self) -> bytes:
        assert self.socket is not None
        part = self.socket.recv(1 << 16)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part

    def page(self, path: str, page: str = "", **fields: str) -> str:
        """Ask for a page, or send a form with the token of the ``page`` that it is on; follow where the answer leads."""
        before = time.perf_counter()
        if page:
            token = re.search(r'name="csrf-token" content="([^"]+)"', page)
            assert token is not None
            status, target, found = self.send("POST", path, {"csrf_token": token[1], **fields})
        else:
            status, target, found = self.send("GET", path)
        while status in (302, 303):
            status, target, found = self.send("GET", target)
        self.waits.append(time.perf_counter() - before)
        if status != 200:
            raise AssertionError(f"{path} gave {status}: {found[:2000]}")
        return found

    def log_in(self) -> str:
        """Log in; return the page with what is next."""
        return self.page("/inloggen", self.page("/inloggen"), username=self.name, password=PASSWORD)

    def work(self, until: float, home: str) -> None:
        """Claim and complete what the page offers first, again and again."""
        while time.monotonic() < until:
            task = re.search(r'href="(/taken/\d+)"', home)
            assert task is not None, f"{self.name} has nothing left to do"
            page = self.page(task[1])
            page = self.page(f"{task[1]}/oppakken", page)
            home = self.page(f"{task[1]}/afronden", page, **ANSWERS)
            assert "afgerond" in home
            self.done += 1


def used(process: int) -> float:
    """Return how many seconds a process has kept a processor busy."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def held_to(share: float, process: int, after: float, is_over: threading.Event) -> None:
    """Let a process run for a share of the time only, from a moment on, until it is over."""
    time.sleep(after)
    while not is_over.is_set():
        os.kill(process, signal.SIGSTOP)
        time.sleep((1 - share) * PERIOD)
        os.kill(process, signal.SIGCONT)
        time.sleep(share * PERIOD)


def visit(ports: list[int], servers: list[int], users: int, seconds: float, share: float) -> None:
    """Let the users work, each at one of the servers; print as JSON what they did."""
    everybody = [User(ports[n % len(ports)], f"user{n}") for n in range(users)]
    homes = [user.log_in() for user in everybody]
    for user in everybody:
        user.requests, user.waits = 0, []
    is_over = threading.Event()
    for place, server in enumerate(servers if share < 1 else ()):  # in turns: a processor stays free for the database
        after = place * PERIOD / len(servers)
        threading.Thread(target=held_to, args=(share, server, after, is_over), daemon=True).start()
    begin, cpu, own = time.monotonic(), sum(map(used, servers)), time.process_time()
    threads = [
        threading.Thread(target=user.work, args=(begin + seconds, home)) for user, home in zip(everybody, homes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_over.set()
    waits = sorted(wait for user in everybody for wait in user.waits)
    print(json.dumps({
        "seconds": time.monotonic() - begin, "cpu": sum(map(used, servers)) - cpu,
        "users": time.process_time() - own, "done": sum(u.done for u in everybody),
        "least": min(u.done for u in everybody), "requests": sum(u.requests for u in everybody),
        "median": statistics.median(waits), "95": waits[len(waits) * 95 // 100],
    }))  # fmt: skip


# -- what they work on ---------------------------------------------------------------------------------------------------


def fill(url: str, users: int, tasks: int) -> None:
    """Make the accounts, and for each of them cases with ``tasks`` tasks in all."""
    from measuring import row_of_tasks

    from inburgering_flow.platform import Platform
    from inburgering_flow.services.resources import resource
    from inburgering_flow.settings import read

    diagram = row_of_tasks(0)
    names = [f"t{i}" for i in range(TASKS)]
    for name in names:
        diagram.user(name, '<zeebe:formDefinition formId="gesprek"/><zeebe:assignmentDefinition candidateGroups="klantmanager"/>')
    with Platform.open(url, settings_=read(password_memory=64, secret="bench")) as platform:
        platform.deployments.deploy([
            resource("rij.bpmn", diagram.path("start", *names, "end").xml()), resource("gesprek.form", json.dumps(FORM)),
        ])  # fmt: skip
        for n in range(users):
            platform.services.accounts.save(f"user{n}", password=PASSWORD, roles=("klantmanager",))
            for case in range(tasks // TASKS + 1):
                person = platform.register_person({"voornamen": "Amina", "achternaam": f"Nour{n}x{case}"})
                platform.start("rij0", {"jaar": 2026}, owner=f"user{n}", business_key=f"D-{n}-{case}", person=person)


def alone(url: str, seconds: float) -> float:
    """Return claims with completions a second of the engine alone, in the same cases."""
    from inburgering_flow.platform import Platform
    from inburgering_flow.settings import read

    answers = {k.removeprefix("veld_"): v for k, v in ANSWERS.items()}
    with Platform.open(url, settings_=read(secret="bench")) as platform:
        done, spent = 0, 0.0
        while spent < seconds:
            for task in platform.tasks(state="CREATED")[:500]:
                before = time.perf_counter()
                platform.claim(task.key, user="anna")
                platform.complete(task.key, answers, user="anna")
                spent += time.perf_counter() - before
                done += 1
                if spent >= seconds:
                    break
        return done / spent


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def served(url: str, users: int, seconds: float, processes: int = 1, share: float = 1) -> dict[str, Any]:
    """Let the users work at servers of a process each, which may use a share of a processor; return what they did."""
    ports = [free_port() for _ in range(processes)]
    environment = {
        **os.environ, "INBURGERING_FLOW_DATABASE_URL": url, "INBURGERING_FLOW_SECRET": "bench",
        "INBURGERING_FLOW_PASSWORD_MEMORY": "19456", "INBURGERING_FLOW_SERVE_EXECUTOR": "0" if processes > 1 else "1",
    }  # fmt: skip
    program = [*os.environ.get("BENCH_UNDER", "").split(), sys.executable, "-c"]
    servers = [
        subprocess.Popen(
            [*program, "from inburgering_flow import app, settings; app.serve(settings.read())"],
            env={**environment, "INBURGERING_FLOW_PORT": str(port)}, stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        for port in ports:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
        given = ["--visit", *map(str, ports), "--server", *(str(one.pid) for one in servers)]
        given += ["--users", str(users), "--seconds", str(seconds), "--share", str(share)]
        found = subprocess.run([sys.executable, __file__, *given], check=True, capture_output=True, text=True)
        return dict(json.loads(found.stdout))
    finally:
        for one in servers:
            one.send_signal(signal.SIGCONT)
            one.terminate()
        for one in servers:
            one.wait()


def of_server(url: str) -> float:
    """Return how many seconds a database server and its processes have kept processors busy."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    assert folder is not None
    main = int(Path(folder[0], "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    fields = Path(f"/proc/{main}/stat").read_text().rsplit(")", 1)[1].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")  # of connections that were closed
    return used(main) + ended + sum(used(int(child)) for child in children)


def several(users: int, seconds: float, processes: int) -> None:
    """Print what one server process and several do on one PostgreSQL server: as they are, and held to a share of a processor."""
    from measuring import head, say, server

    head(f"{users} users at one and at {processes} server processes on one database; {os.cpu_count()} processors for all of it")
    with server() as new_url:
        url = new_url()
        fill(url, users, int(4 * seconds * 200 / users) + TASKS)
        rates: dict[tuple[int, float], float] = {}
        for share in (1.0, SHARE):
            for number in (1, processes):
                before, began = of_server(url), time.monotonic()
                found = served(url, users, seconds, number, share)
                busy = (of_server(url) - before) / (time.monotonic() - began)
                rate = rates[number, share] = found["done"] / found["seconds"]
                print(
                    f"       {number} process(es){'' if share == 1 else f' that may use {share:.0%} of a processor each'}: "
                    f"{rate:.0f} completions/s, an answer takes {found['median'] * 1000:.0f} ms (median); "
                    f"processors busy: {found['cpu'] / found['seconds']:.2f} with pages, "
                    f"{busy:.2f} with the database, {found['users'] / found['seconds']:.2f} with the users"
                )
    ratio = rates[processes, 1.0] / rates[1, 1.0]
    print(f"       {processes} processes do {ratio:.2f} times what one does: pages, database and users share the processors")
    say(f"{processes} processes beside one, with processors free", rates[processes, SHARE] / rates[1, SHARE], 1.5, least=True)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--users", type=int, default=20)
    arguments.add_argument("--postgres", action="store_true", help="measure on PostgreSQL as well")
    arguments.add_argument("--processes", type=int, default=1, help="measure so many server processes beside one")
    arguments.add_argument("--visit", type=int, nargs="+", help=argparse.SUPPRESS)
    arguments.add_argument("--server", type=int, nargs="+", help=argparse.SUPPRESS)
    arguments.add_argument("--share", type=float, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.visit:
        visit(given.visit, given.server, given.users, given.seconds, given.share)
        return
    if given.processes > 1:
        several(given.users, given.seconds, given.processes)
        return
    from measuring import head, say, server

    head(f"{given.users} users who claim and complete tasks through the pages of one process")
    for kind in ("SQLite", "PostgreSQL") if given.postgres else ("SQLite",):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            new = stack.enter_context(server()) if kind == "PostgreSQL" else None
            urls = [new() if new else f"sqlite:///{folder}/{n}.db" for n in range(2)]
            for url in urls:
                fill(url, given.users, int(given.seconds * 300 / given.users) + TASKS)
            found = served(urls[0], given.users, given.seconds)
            engine = alone(urls[1], given.seconds / 3)
        pages = found["done"] / found["seconds"]
        print(
            f"       {kind}: {found['requests'] / found['seconds']:.0f} requests/s; an answer takes "
            f"{found['median'] * 1000:.0f} ms (median) and {found['95'] * 1000:.0f} ms (95 %); "
            f"the user who did least did {found['least']} of {found['done']}; "
            f"{found['cpu'] / found['done'] * 1000:.1f} ms of a processor for each completion"
        )
        say(f"{kind}: completions through the pages", pages, AIM, "/s", least=True)
        print(f"       {kind}: the engine alone claims and completes {engine:.0f}/s, {engine / pages:.1f} times as many")


if __name__ == "__main__":
    main()
