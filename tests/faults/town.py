"""Nodes at work on one PostgreSQL server, and everything that can befall them: for the short test and for ``make soak``.

    python tests/faults/town.py [--injections 2000] [--seed 1] [--cases 1000]

starts a server, three workers and two nodes that people work on, each with its connections through a relay that can cut them. Faults
come one after the other, at moments drawn from the seed. In the end every case has to be over, with each effect stored once.
Prints an account, and exits with 1 where something was lost or doubled.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from faults.test_kill import JOBS, PATH, case
from invariants import problems
from postgres import Pair, PostgresServer, until, url_of
from sqlalchemy import func, make_url, select, text
from volume import Unsupported

from inburgering_flow.errors import FlowError
from inburgering_flow.platform import Platform, SystemClock
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t

LEASE = 3.0  # seconds, instead of sixty
FULL = 1.5  # seconds that the disk of the database has no room
STOPPED = 4.5  # seconds that a process stands still: its leases have passed on when it wakes

OFF = """
import datetime as right, sys, time, types
from inburgering_flow import clock
off = float(sys.argv[3])  # seconds by which the clock of this node's machine is ahead
class Wrong(right.datetime):
    @classmethod
    def now(cls, zone=None):
        return right.datetime.now(zone) + right.timedelta(seconds=off)
clock.datetime = Wrong
clock.time = types.SimpleNamespace(**vars(time) | {"time_ns": lambda: time.time_ns() + int(off * 1e9)})
slow = 0.0
"""

SHORTER = f"""
from datetime import timedelta
from inburgering_flow.store import jobs, nodes
jobs.LEASE = nodes.LEASE = timedelta(seconds={LEASE})
from inburgering_flow.executor import queue, worker
from inburgering_flow.services import nodes as node
queue.SILENT_SECONDS, worker.HEARTBEAT_SECONDS, worker.THOROUGH_SECONDS, worker.AGAIN_SECONDS = 3, 0.5, 0.5, 0.2
node.RENEWED, node.KEPT = {LEASE / 3}, {LEASE - 0.5}
"""

WORKER = textwrap.dedent("""
    import sys, threading
    from inburgering_flow.errors import FlowError
    from inburgering_flow.platform import Platform
    from inburgering_flow.settings import Settings

    url, effects = sys.argv[1:3]

    def effect(job, work):
        with open(effects, "a") as file:
            file.write(f"{job.key} {off:.0f}\\n")
        time.sleep(slow)
        work.add_document(name="b", title="b", kind="brief", content=b"b")
        return {"stap": (job.variables.get("stap") or 0) + 1} if job.type == "werk" else {}

    while True:
        try:
            platform = Platform.open(
                url, plugins=[], handlers={"werk": effect, "per_stuk": effect},
                settings_=Settings(secret="t", executor="queue", concurrency=3, drain_seconds=5),
            )
            break
        except FlowError:
            threading.Event().wait(0.3)
    platform.keep_node("worker")
    platform.start_executor()
    print("ready", flush=True)
    threading.Event().wait()
""")

PEOPLE = textwrap.dedent("""
    import random, sys, time
    from sqlalchemy import select
    from inburgering_flow.errors import Busy, Conflict, FlowError, NotFound
    from inburgering_flow.platform import Platform
    from inburgering_flow.settings import Settings
    from inburgering_flow.store import tables as t

    url = sys.argv[1]
    while True:
        try:
            handlers = {"werk": None, "per_stuk": None}
            platform = Platform.open(url, plugins=[], handlers=handlers, settings_=Settings(secret="t", executor="queue"))
            break
        except FlowError:
            time.sleep(0.3)
    platform.keep_node("serve")
    print("ready", flush=True)
    while True:
        try:
            with platform.context.db.read() as unit:
                waiting = [row[0] for row in unit.connection.execute(
                    select(t.subscription.c.correlation_key).where(t.subscription.c.name == "bericht").limit(50))]
            tasks = platform.tasks(state="CREATED")[:50]
            random.shuffle(tasks)
            random.shuffle(waiting)
            for task in tasks[:10]:
                platform.complete(task.key, {task.element_id: True}, user="anna")
            for key in waiting[:10]:
                platform.correlate("bericht", correlation_key=key, variables={"gehoord": key})
        except (Busy, Conflict, NotFound):
            pass  # another one was first, or the database is away
        time.sleep(0.02)
""")


WATCHED = """
CREATE TABLE watched (key bigint PRIMARY KEY, due timestamptz, stored timestamptz, fired timestamptz);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN INSERT INTO watched VALUES (NEW.key, NEW.due, clock_timestamp(), NULL);
    ELSE UPDATE watched SET fired = clock_timestamp() WHERE key = OLD.key; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER watch_stored AFTER INSERT ON job FOR EACH ROW WHEN (NEW.element_id <> 'laat') EXECUTE FUNCTION watch();
CREATE TRIGGER watch_fired AFTER DELETE ON job FOR EACH ROW WHEN (OLD.element_id <> 'laat') EXECUTE FUNCTION watch();
"""
EARLY = """
SELECT count(*), count(*) FILTER (WHERE fired < due - interval '0.05 s'),
    count(*) FILTER (WHERE due - stored NOT BETWEEN interval '-15 s' AND interval '0.15 s') FROM watched
"""
"""Of jobs, and timers that wait for 0.05 s, by the server's own clock; a node may have stood still before it stored one."""


class Relay:
    """Hands bytes between nodes and the server, and cuts connections: all of them, or one in the middle of a commit."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._cuts_commit = False
        self.cut_commits = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            pair = client, server
            with self._lock:
                self._pairs.add(pair)
            threading.Thread(target=self._carry, args=(client, server, pair, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client, pair, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, pair: tuple[socket.socket, socket.socket], asks: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
                if asks and self._cuts_commit and b"COMMIT" in data:
                    self._cuts_commit = False
                    self.cut_commits += 1
                    break  # it may have been stored, and nobody hears of it
        self._close(pair)

    def _close(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for one in pair:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def cut(self) -> None:
        """Cut every connection now."""
        with self._lock:
            found = list(self._pairs)
        for pair in found:
            self._close(pair)

    def cut_next_commit(self) -> None:
        """Cut the next connection over which a commit goes, before its answer comes back."""
        self._cuts_commit = True

    def close(self) -> None:
        """Accept nothing more."""
        self._listening.close()
        self.cut()


class Town:
    """The server, the relay and the nodes."""

    def __init__(
        self, server: PostgresServer | Pair, folder: Path, *, workers: int, people: int, seed: int, clocks: Sequence[float] = (),
        is_real: bool = False, source: Path | None = None,
    ) -> None:  # fmt: skip
        """``clocks`` are how many seconds the machines' clocks are ahead. With ``is_real`` leases and thresholds are those of the
        product, and handlers take a while. ``source`` is the program of the nodes, where it is another version than this one:
        they are at work before this one opens the database.
        """
        self.source = source
        self.server, self.folder = server, folder
        self.chance = random.Random(seed)
        self.url = server.new_database()
        self.relays = [Relay(port) for port in server.ports]
        self.relayed = url_of(make_url(self.url).database or "", [relay.port for relay in self.relays])
        self.effects = folder / "effects"
        self.effects.touch()
        self.injected: Counter[str] = Counter()
        self.ended_by_full_disk = 0
        self._stopped: list[tuple[float, subprocess.Popen[bytes]]] = []
        programs = {"worker": WORKER, "people": PEOPLE}
        for name, program in programs.items():
            (folder / f"{name}.py").write_text(OFF + ("slow = 0.3" if is_real else SHORTER) + program)
        self.nodes: list[tuple[str, float, subprocess.Popen[bytes]]] = []
        with ExitStack() as undone:  # what has begun ends, where the rest cannot begin
            undone.callback(self._end_nodes)
            if source is not None:
                self._begin_all(workers, people, clocks)
                until(lambda: self.at_work() == workers + people, "the nodes of the other version do not work", seconds=30)
            self.platform = undone.enter_context(Platform.open(
                self.url, plugins=[], clock=SystemClock(), handlers={"werk": print, "per_stuk": print},  # type: ignore[dict-item]
                settings_=Settings(secret="t", executor="queue"),
            ))  # fmt: skip
            self.platform.deploy_content("p.bpmn", case().xml())
            with self.platform.context.db.write() as unit:
                unit.connection.execute(text(WATCHED))
            if source is None:
                self._begin_all(workers, people, clocks)
            undone.pop_all()

    def _begin_all(self, workers: int, people: int, clocks: Sequence[float]) -> None:
        names = ["worker"] * workers + ["people"] * people
        off = [*clocks, *[0.0] * len(names)]
        for name, ahead in zip(names, off, strict=False):
            self.nodes.append((name, ahead, self._begin(name, ahead)))

    def _end_nodes(self) -> None:
        for _name, _ahead, process in self.nodes:
            process.kill()
            process.wait()
        for relay in self.relays:
            relay.close()

    def at_work(self) -> int:
        """Return how many nodes work on the database."""
        try:
            with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
                found = connection.execute("SELECT count(*) FROM node WHERE lease_until > clock_timestamp()").fetchone()
        except psycopg.Error:  # there are no tables yet
            return 0
        return int(found[0]) if found else 0

    def _begin(self, name: str, ahead: float) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(self.folder / f"{name}.py"), self.relayed, str(self.effects), str(ahead)],
                stdout=subprocess.DEVNULL, stderr=log,
                env=os.environ | ({"PYTHONPATH": str(self.source)} if self.source is not None else {}),
            )  # fmt: skip

    def replace(self, place: int) -> None:
        """Kill a node, and start another one, of the program that is the source now."""
        name, ahead, process = self.nodes[place]
        process.kill()
        process.wait()
        self.nodes[place] = name, ahead, self._begin(name, ahead)

    # -- faults ----------------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """Kill a node, and start another one."""
        self.replace(self.chance.randrange(len(self.nodes)))

    def stop(self) -> None:
        """Let a node stand still until its leases have passed on; what stands already stays so."""
        _name, _ahead, process = self.chance.choice(self.nodes)
        self.stand_still(process, STOPPED)

    def stand_still(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Let a process stand still for some seconds at least."""
        process.send_signal(signal.SIGSTOP)
        self._stopped.append((time.monotonic() + seconds, process))

    def cut(self) -> None:
        """Cut every connection."""
        for relay in self.relays:
            relay.cut()

    def cut_commit(self) -> None:
        """Cut a connection in the middle of a commit."""
        for relay in self.relays:
            relay.cut_next_commit()

    def empty_queue(self) -> None:
        """Empty the queue by hand."""
        with self.platform.context.db.write() as unit:
            unit.connection.execute(text("DELETE FROM procrastinate_jobs WHERE status = 'todo'"))

    def restart_server(self) -> None:
        """Stop the database server at once, as if its machine failed, and start it again."""
        self.server.restart()

    def fail_over(self) -> None:
        """Let the database server fail and its replica take its place; the one that failed comes back as the replica."""
        assert isinstance(self.server, Pair)
        self.server.fail_over()
        self.server.replicate()

    def fill_disk(self) -> None:
        """Let the disk of the database be full for a while; a server that ended on it is started again when there is room."""
        server = self.server.primary if isinstance(self.server, Pair) else self.server
        assert server.volume is not None
        server.volume.fill()
        time.sleep(FULL)
        server.volume.free()
        if not server.is_running:
            self.ended_by_full_disk += 1
            server.begin()

    def wake(self, *, all_of_them: bool = False) -> None:
        """Let go on what stood still for long enough."""
        now = time.monotonic()
        for due, process in list(self._stopped):
            if all_of_them or due <= now:
                process.send_signal(signal.SIGCONT)
                self._stopped.remove((due, process))

    def inject(self, weights: dict[str, int]) -> None:
        """Do one of the faults, drawn by weight."""
        name = self.chance.choices(list(weights), list(weights.values()))[0]
        with suppress(FlowError):  # the hand that empties the queue finds the server away
            getattr(self, name)()
        self.injected[name] += 1

    # -- the end ---------------------------------------------------------------------------------------------------

    def start(self, cases: int, pause: float) -> None:
        """Start cases, each once, whatever happens meanwhile, with a pause after each so that there is always work."""
        for number in range(cases):
            time.sleep(pause)
            while True:
                try:
                    with self.platform.context.db.write() as unit:
                        known = select(func.count()).select_from(t.process_instance).where(
                            t.process_instance.c.business_key == f"zaak {number}"
                        )
                        if unit.connection.execute(known).scalar_one():
                            break
                    self.platform.start("p", {"sleutel": f"zaak {number}"}, business_key=f"zaak {number}")
                    break
                except FlowError:
                    time.sleep(0.1)

    @property
    def cut_commits(self) -> int:
        """How many connections were cut within a commit."""
        return sum(relay.cut_commits for relay in self.relays)

    def left(self) -> int:
        """Return how many cases are not over."""
        with self.platform.context.db.read() as unit:
            query = select(func.count()).select_from(t.process_instance).where(t.process_instance.c.state == "ACTIVE")
            return int(unit.connection.execute(query).scalar_one())

    def settle(self, seconds: float) -> None:
        """Wait until every case is over, or the time is."""
        self.wake(all_of_them=True)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(FlowError):
                if not self.left():
                    return
            time.sleep(0.1)

    def account(self, cases: int) -> list[str]:
        """Return a sentence for whatever was lost or doubled."""
        said: list[str] = []

        def expect(what: str, found: object, wanted: object) -> None:
            if found != wanted:
                said.append(f"{what}: {found}, where {wanted} was to be expected")

        said += problems(self.platform)
        instances = self.platform.instances("p")
        expect("cases", len(instances), cases)
        expect("states", {one.state for one in instances}, {"COMPLETED"})
        for one in instances:
            view = self.platform.instance(one.key)
            expect(f"path of {one.business_key}", Counter(e.element_id for e in view.elements), PATH)
            wanted = {"sleutel": one.business_key, "stap": 3, "a": True, "gehoord": one.business_key, "uit": [1, 2, 3]}
            expect(f"variables of {one.business_key}", dict(view.variables), wanted)
        with self.platform.context.db.read() as unit:
            ended = select(t.job_history.c.kind, func.count()).group_by(t.job_history.c.kind)
            expect("work done", dict(map(tuple, unit.connection.execute(ended))), {"JOB": cases * JOBS, "TIMER": cases})
            documents = select(func.count(), func.count(t.document.c.job_key.distinct())).select_from(t.document)
            expect("documents", tuple(unit.connection.execute(documents).one()), (cases * JOBS, cases * JOBS))
            due = tuple(unit.connection.execute(text(EARLY)).one())
            expect("jobs and timers, those done early, those stored with a wrong time", due, (cases * (JOBS + 1), 0, 0))
        ran = Counter(line.split()[0] for line in self.effects.read_text().splitlines())
        expect("jobs whose handler ran", len(ran), cases * JOBS)
        self.repeated = sum(times - 1 for times in ran.values())
        return said

    def close(self) -> None:
        """End everything."""
        self.wake(all_of_them=True)
        self._end_nodes()
        self.platform.close()


GENTLE = {"kill": 4, "stop": 2, "cut": 2, "cut_commit": 4, "empty_queue": 1}
SOAK = {
    "kill": 200, "stop": 100, "cut": 150, "cut_commit": 400, "empty_queue": 100, "restart_server": 8, "fail_over": 8, "fill_disk": 8,
}  # fmt: skip
NEAR = (20.0, -20.0, 0.0, -20.0, 20.0)  # seconds by which clocks are ahead: no more than the guard allows


def play(
    town: Town, *, cases: int, injections: int, weights: dict[str, int], pause: tuple[float, float], seconds: float,
    told: Callable[[str], None] = lambda _line: None, fixed: Mapping[int, str] | None = None,
) -> list[str]:  # fmt: skip
    """Start cases while faults happen, drawn by weight but for ``fixed`` ones by their place, then let everything settle;
    return what was lost or doubled.
    """
    starting = threading.Thread(target=town.start, args=(cases, injections * sum(pause) / 2 / cases))
    starting.start()
    for number in range(injections):
        time.sleep(town.chance.uniform(*pause))
        town.wake()
        town.inject({fixed[number]: 1} if fixed and number in fixed else weights)
        if number % 100 == 99:
            told(f"{number + 1} faults: {dict(town.injected)}")
    starting.join()
    town.settle(seconds)
    return town.account(cases)


def main() -> int:
    """Run a soak and print its account."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--injections", type=int, default=2_000)
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()

    def told(line: str) -> None:
        print(f"{time.monotonic() - began:.0f} s: {line}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        weights = dict(SOAK)
        server = Pair(Path(folder), disk="1g")
        try:
            server.start(is_durable=True)
        except Unsupported as reason:
            print(f"WITHOUT a full disk: {reason}")
            weights.pop("fill_disk")
            server.stop()
            server = Pair(Path(folder) / "plain")
            server.start(is_durable=True)
        town = Town(server, Path(folder), workers=3, people=2, seed=given.seed, clocks=NEAR)
        try:
            said = play(
                town, cases=given.cases, injections=given.injections, weights=weights, pause=(0.05, 0.35), seconds=180, told=told
            )
            print(f"{sum(town.injected.values())} faults in {time.monotonic() - began:.0f} s: {dict(town.injected)}")
            print(f"{town.cut_commits} connections cut within a commit; {town.repeated} handlers ran again")
            print(f"the server ended {town.ended_by_full_disk} times because its disk was full")
            print(f"{given.cases} cases, {given.cases * JOBS} jobs: " + ("nothing lost, nothing doubled" if not said else "WRONG"))
            for sentence in said[:50]:
                print(f"  {sentence}")
        finally:
            town.close()
            server.stop()
    return 1 if said else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))
    sys.exit(main())
