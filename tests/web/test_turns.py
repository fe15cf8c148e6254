"""Which thread of the web server works on what: one at a time, and others when something takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from inburgering_flow.web import turns


class Task:
    """Something to do, which tells who did it."""

    def __init__(self, do: Callable[[], object] = lambda: None) -> None:
        self.do, self.by = do, 0
        self.begun, self.done, self.cancelled = threading.Event(), threading.Event(), False

    def service(self) -> None:
        """Do it."""
        self.by = threading.get_ident()
        self.begun.set()
        try:
            self.do()
        finally:
            self.done.set()

    def cancel(self) -> None:
        """Leave it undone."""
        self.cancelled = True


@pytest.fixture
def threads() -> Iterator[turns.Turns]:
    """Give four threads."""
    found = turns.Turns()
    found.set_thread_count(4)
    yield found
    found.shutdown(timeout=10)
    assert not found.threads


def stuck(threads: turns.Turns, number: int, free: threading.Event) -> list[Task]:
    """Give tasks that last until they are let go, and wait until each is worked on."""
    tasks = [Task(lambda: free.wait(30)) for _ in range(number)]
    for task in tasks:
        threads.add_task(task)
    assert all(task.begun.wait(10) for task in tasks)
    return tasks


def test_what_is_short_is_done_by_one_thread_at_a_time(threads: turns.Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which it came, whoever asks."""
    monkeypatch.setattr(turns, "PATIENCE", 30)
    at_work, most, order = [0], [0], []

    def work(n: int) -> None:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.002)  # as SQLite does, it lets others go on
        order.append(n)
        at_work[0] -= 1

    tasks = [Task(lambda n=n: work(n)) for n in range(60)]
    for task in tasks:
        threads.add_task(task)
    assert all(task.done.wait(10) for task in tasks)
    assert (most, order) == ([1], list(range(60)))
    assert len({task.by for task in tasks}) == 1


def test_nobody_keeps_the_turn_who_has_nothing_to_do(threads: turns.Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after a rest is begun at once, whichever thread wakes, and although one still watches those before."""
    monkeypatch.setattr(turns, "PATIENCE", 30)
    for _ in range(6):
        tasks = [Task(lambda: time.sleep(0.01)) for _ in range(3)]
        for task in tasks:
            threads.add_task(task)
        assert all(task.done.wait(10) for task in tasks)
        time.sleep(0.02)


def test_what_takes_long_holds_nobody_up(threads: turns.Turns) -> None:
    """Three of four threads are stuck; the fourth does what comes, and so does each that is free again."""
    free = threading.Event()
    slow = stuck(threads, 3, free)
    short = [Task() for _ in range(20)]
    for task in short:
        threads.add_task(task)
    assert all(task.done.wait(10) for task in short)
    assert len({task.by for task in short}) == 1
    assert not {task.by for task in short} & {task.by for task in slow}

    fourth, late = Task(lambda: free.wait(30)), Task()
    threads.add_task(fourth)
    assert fourth.begun.wait(10)
    threads.add_task(late)
    time.sleep(3 * turns.PATIENCE)
    assert not late.begun.is_set(), "there is no fifth thread"
    free.set()
    assert late.done.wait(10)
    assert all(task.done.wait(10) for task in [*slow, fourth])
    again = [Task() for _ in range(20)]
    for task in again:
        threads.add_task(task)
    assert all(task.done.wait(10) for task in again)


def test_a_mistake_costs_its_own_request_only(threads: turns.Turns, caplog: pytest.LogCaptureFixture) -> None:
    """The thread goes on with the next."""
    wrong, after = Task(lambda: 1 / 0), Task()
    threads.add_task(wrong)
    threads.add_task(after)
    assert after.done.wait(10)
    assert "ZeroDivisionError" in caplog.text


def test_requests_by_many_are_all_done(threads: turns.Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the turn changes hands all the time."""
    monkeypatch.setattr(turns, "PATIENCE", 0.001)
    done: list[int] = []

    def ask(who: int) -> None:
        for n in range(100):
            task = Task(lambda n=n: (time.sleep(0.003 if n % 10 == who else 0), done.append(n)))
            threads.add_task(task)
            assert task.done.wait(10)

    users = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for user in users:
        user.start()
    for user in users:
        user.join(30)
    assert sorted(done) == sorted(list(range(100)) * 8)


def test_what_waits_at_the_end_is_told(threads: turns.Turns) -> None:
    """It is not begun any more."""
    free = threading.Event()
    stuck(threads, 4, free)
    waiting = Task()
    threads.add_task(waiting)
    threading.Timer(0.2, free.set).start()
    threads.shutdown(timeout=10)
    assert (waiting.cancelled, waiting.begun.is_set(), len(threads.threads)) == (True, False, 0)
