"""A lease lasts as long as the work and no longer, whatever the machines' clocks say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from diagrams import Diagram
from invariants import assert_sound
from sqlalchemy import update

from inburgering_flow.clock import real_now
from inburgering_flow.model.plugin import Job, Work
from inburgering_flow.platform import Platform
from inburgering_flow.store import jobs
from inburgering_flow.store import tables as t


def one_job() -> str:
    return Diagram().start().service("s", "werk").end().path("start", "s", "end").xml()


class Slow:
    """A handler that is at work until ``meanwhile`` is done; ``ran`` are the jobs that it was asked to do."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()
        self.ran: list[int] = []

    def __call__(self, job: Job, _work: Work) -> None:
        self.ran.append(job.key)
        self.began.set()
        self.may_end.wait(20)

    def beside(self, busy: Platform, meanwhile: Callable[[], object]) -> None:
        """Let ``busy`` run what is due in a thread; once the handler has begun, do ``meanwhile``, and wait for it."""
        running = threading.Thread(target=busy.run_due)
        running.start()
        assert self.began.wait(20)
        meanwhile()
        self.may_end.set()
        running.join()


def test_work_that_lasts_longer_than_its_lease_is_done_once(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=3))  # renewed each second, however busy the machine is
    work = Slow()
    busy, free = (open_platform(handlers={"werk": work}) for _ in range(2))
    busy.deploy_content("p.bpmn", one_job())
    key = busy.start("p")

    def meanwhile() -> None:
        assert (len(busy.services.jobs.leases), len(free.services.jobs.leases)) == (1, 0)
        for _ in range(18):  # one and a half times the lease
            free.run_due()
            threading.Event().wait(0.25)

    work.beside(busy, meanwhile)

    assert len(work.ran) == 1
    assert len(busy.services.jobs.leases) == 0
    assert busy.instance(key).state == "COMPLETED"
    assert_sound(busy)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("wrong", [timedelta(minutes=2), timedelta(minutes=-2)], ids=["fast", "slow"])
def test_a_node_whose_clock_is_wrong_neither_takes_nor_loses_a_lease(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    """The other direction of each is the other node's: the database's clock is the one that counts."""
    work = Slow()
    busy, free = (open_platform(handlers={"werk": work}) for _ in range(2))
    busy.deploy_content("p.bpmn", one_job())
    key = busy.start("p")

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + wrong

    def meanwhile() -> None:
        monkeypatch.setattr("inburgering_flow.clock.datetime", Wrong)
        free.run_due()
        monkeypatch.setattr("inburgering_flow.clock.datetime", datetime)

    if wrong < timedelta():  # the lease is given by the wrong clock
        monkeypatch.setattr("inburgering_flow.clock.datetime", Wrong)

        def meanwhile() -> None:
            monkeypatch.setattr("inburgering_flow.clock.datetime", datetime)
            free.run_due()

    work.beside(busy, meanwhile)

    assert len(work.ran) == 1
    assert busy.instance(key).state == "COMPLETED"


def test_a_lease_given_before_the_clock_was_set_back_by_an_hour_does_not_hold_for_an_hour(
    open_platform: Callable[..., Platform],
) -> None:
    """Whoever held it was killed: nobody can have been given a lease that ends so late."""
    platform = open_platform(handlers={"werk": lambda job, work: None})
    platform.deploy_content("p.bpmn", one_job())
    key = platform.start("p")
    with platform.context.db.write() as unit:
        late = real_now() + timedelta(hours=1)
        unit.connection.execute(update(t.job).values(lease_until=late, lease_owner="killed"))

    platform.run_due()

    assert platform.instance(key).state == "COMPLETED"


def test_a_lease_that_may_be_somebody_elses_holds(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform(handlers={"werk": lambda job, work: None})
    platform.deploy_content("p.bpmn", one_job())
    key = platform.start("p")
    with platform.context.db.write() as unit:
        soon = real_now() + timedelta(seconds=50)
        unit.connection.execute(update(t.job).values(lease_until=soon, lease_owner="alive"))

    assert platform.run_due() == 0
    assert platform.instance(key).state == "ACTIVE"
