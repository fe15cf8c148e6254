"""Whoever waits for the writer hears in time that the system is busy: nothing is lost, and whether it is well can be asked."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from select import select as select_sockets

import pytest
from diagrams import Diagram
from invariants import assert_sound
from sqlalchemy import func, select
from web.conftest import Browser
from web.test_server import serving

from inburgering_flow.app import create_app
from inburgering_flow.errors import Busy
from inburgering_flow.platform import Platform
from inburgering_flow.services.looks import Look
from inburgering_flow.settings import Settings
from inburgering_flow.store import tables as t
from inburgering_flow.store.runtime import RowState

SECONDS = 0.4
LONG = 25.0
PASSWORD = "fiets-tuin-lamp-9"  # of a test


def waiting_at_most(seconds: float, open_platform: Callable[..., Platform]) -> Platform:
    """A platform whose changes wait so long for each other, with a case and an account."""
    settings = replace(Settings(secret="s", synchronous="OFF", password_memory=64), lock_seconds=seconds)  # type: ignore[arg-type]  # shorter than a setting may be
    platform = open_platform(settings_=settings)
    platform.deploy_content("p.bpmn", Diagram().start().user("taak").end().path("start", "taak", "end").xml())
    platform.start("p", {"a": 1})
    platform.services.accounts.save("karin", password=PASSWORD, roles=("klantmanager",))
    return platform


@pytest.fixture
def hasty(open_platform: Callable[..., Platform]) -> Platform:
    """Less than a second."""
    return waiting_at_most(SECONDS, open_platform)


@pytest.fixture
def patient(open_platform: Callable[..., Platform]) -> Platform:
    """Longer than a slow machine takes for all else that a test does."""
    return waiting_at_most(LONG, open_platform)


@contextmanager
def held(platform: Platform) -> Iterator[None]:
    """Hold the lock of the writer, and on a server that of the case, in another thread for the time of a block."""
    begun, over = threading.Event(), threading.Event()
    case = platform.instances()[0].root_key

    def hold() -> None:
        with platform.context.db.write() as unit:
            RowState(unit).lock(case)
            begun.set()
            over.wait(timeout=30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert begun.wait(timeout=10)
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=30)


def logged_in(platform: Platform) -> Browser:
    browser = Browser(create_app(platform.services).test_client())
    browser.get("/inloggen")
    assert browser.post("/inloggen", {"username": "karin", "password": PASSWORD}).status_code == 302
    browser.get("/")
    return browser


def test_a_change_that_waits_too_long_is_refused_as_busy_and_can_be_tried_again(hasty: Platform) -> None:
    task = hasty.tasks(state="CREATED")[0]

    with held(hasty):
        before = time.monotonic()
        with pytest.raises(Busy):
            hasty.complete(task.key, {}, user="anna")
        waited = time.monotonic() - before

    assert SECONDS <= waited < Settings(secret="s").lock_seconds, "as long as it was told, not as long as it is without a word"
    assert hasty.tasks(state="CREATED") == [task]
    hasty.complete(task.key, {}, user="anna")
    assert_sound(hasty)


def test_a_page_answers_that_the_system_is_busy_and_when_to_try_again(hasty: Platform) -> None:
    browser, task = logged_in(hasty), hasty.tasks(state="CREATED")[0]

    with held(hasty):
        answer = browser.post(f"/taken/{task.key}/oppakken")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "niets verloren" in answer.text
    assert browser.post(f"/taken/{task.key}/oppakken").status_code == 302
    assert hasty.tasks(state="CREATED")[0].assignee == "karin"


def test_whether_the_server_is_well_is_answered_while_every_thread_waits(patient: Platform) -> None:
    browser, task = logged_in(patient), patient.tasks(state="CREATED")[0]
    page = browser.get(f"/taken/{task.key}")
    cookies = "; ".join(f"{c.key}={c.value}" for c in browser.client._cookies.values())
    token = page.text.split('name="csrf-token" content="')[1].split('"')[0]

    with serving(patient, threads=2) as port, ExitStack() as stack, held(patient):
        asked, *waiting = [
            stack.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=LONG))) for _ in range(5)
        ]
        for one in waiting:
            one.request("POST", f"/taken/{task.key}/oppakken", f"csrf_token={token}", {
                "Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded",
            })  # fmt: skip
        time.sleep(0.2)  # until they wait
        asked.request("GET", "/healthz")
        found = asked.getresponse()
        answered, _, _ = select_sockets([one.sock for one in waiting], [], [], 0)

    assert found.status == 200
    assert answered == [], "it was answered after what waits"


def test_looks_that_wait_are_stored_together_and_none_is_lost(hasty: Platform) -> None:
    commits: list[str] = []
    threads = [
        threading.Thread(target=hasty.context.looks.log, args=(Look(f"user{n}", "case.look", 1, 1),)) for n in range(8)
    ]
    hasty.context.db._lock_seconds = 10
    storing = hasty.context.looks._storing

    with hasty.context.db.watched(lambda sql, _: commits.append(sql) if sql == "COMMIT" else None):
        with storing:  # somebody stores; meanwhile eight look
            for thread in threads:
                thread.start()
            while len(hasty.context.looks._waiting) < len(threads):
                time.sleep(0.01)
        for thread in threads:
            thread.join(timeout=10)

    with hasty.context.db.read() as unit:
        query = select(func.count(t.audit.c.actor.distinct())).where(t.audit.c.action == "case.look")
        assert unit.connection.execute(query).scalar_one() == len(threads)
    assert len(commits) == 1


def test_looks_that_cannot_be_stored_are_shown_to_nobody(hasty: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[Exception] = []

    def look(name: str) -> None:
        try:
            hasty.context.looks.log(Look(name, "case.look", 1, 1))
        except Busy as error:
            refused.append(error)

    def fails() -> None:
        raise Busy("The database is busy.")

    monkeypatch.setattr(hasty.context.db, "write", fails)
    threads = [threading.Thread(target=look, args=(f"user{n}",)) for n in range(4)]
    with hasty.context.looks._storing:
        for thread in threads:
            thread.start()
        while len(hasty.context.looks._waiting) < len(threads):
            time.sleep(0.01)
    for thread in threads:
        thread.join(timeout=10)

    assert len(refused) == len(threads)


def test_no_definition_is_made_ready_to_run_while_others_wait_for_a_deployment(
    hasty: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_meanwhile: list[int] = []
    compile, db = type(hasty.context.catalog).compile, hasty.context.db
    open_units: list[object] = []
    write = db.write

    @contextmanager
    def counted() -> Iterator[object]:
        with write() as unit:
            open_units.append(unit)
            yield unit
            open_units.remove(unit)

    def noted(*given: object, **more: object) -> object:
        held_meanwhile.append(len(open_units))
        return compile(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(type(hasty.context.catalog), "compile", noted)
    monkeypatch.setattr(db, "write", counted)
    hasty.deploy_content("q.bpmn", Diagram("q").start().user("taak").end().path("start", "taak", "end").xml())
    hasty.start("q", {})

    assert held_meanwhile
    assert not any(held_meanwhile)
