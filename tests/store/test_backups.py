"""A backup that has its name can be restored, whatever happened while it was made."""

from __future__ import annotations

import os
import resource
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from diagrams import Diagram
from invariants import assert_sound
from sqlalchemy import update

from inburgering_flow.errors import InvalidInput
from inburgering_flow.model.plugin import Job, Work
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import backups
from inburgering_flow.store import tables as t
from inburgering_flow.store.dialects import url_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def letter(job: Job, work: Work) -> None:
    work.add_document(name="brief", title="Brief", kind="brief", content=str(job.key).encode() * 1_000)


def deploy(platform: Platform) -> None:
    diagram = Diagram().start().service("s", "brief").user("a").end().path("start", "s", "a", "end")
    platform.deploy_content("p.bpmn", diagram.xml())


def free_leases(platform: Platform) -> None:
    """Take the leases that the original had given when it was copied, instead of waiting a minute."""
    with platform.context.db.write() as unit:
        unit.connection.execute(update(t.job).values(lease_until=None, lease_owner=None))


def test_copies_made_while_cases_run_are_sound_and_go_on_to_their_end(
    open_platform: Callable[..., Platform], tmp_path: Path
) -> None:
    platform, stop = open_platform(handlers={"brief": letter}), threading.Event()
    deploy(platform)

    def work() -> None:
        while not stop.is_set():
            platform.start("p")
            platform.run_due()
            for task in platform.tasks(state="CREATED")[:-3]:
                platform.complete(task.key, {}, user="anna")

    worker = threading.Thread(target=work)
    worker.start()
    copies = [tmp_path / f"copy {number}.db" for number in range(4)]
    for copy in copies:
        stop.wait(0.2)
        backups.write(url_of(tmp_path / "flow.db"), copy)
    stop.set()
    worker.join()

    ended = []
    for copy in copies:
        with Platform.open(
            url_of(copy), plugins=[], handlers={"brief": letter}, settings_=Settings(secret="t"), clock=platform.clock
        ) as restored:
            assert_sound(restored)
            free_leases(restored)
            restored.run_due()
            for task in restored.tasks(state="CREATED"):
                restored.complete(task.key, {}, user="anna")
            assert {i.state for i in restored.instances()} == {"COMPLETED"}
            for instance in restored.instances():
                (document,) = restored.documents(instance.key)
                assert restored.services.documents.content(document.key)[1] == str(document.job_key).encode() * 1_000
            ended.append(len(restored.instances()))
    assert ended == sorted(ended)
    assert ended[-1] > ended[0]


def test_a_copy_for_which_there_is_no_room_leaves_nothing_behind(open_platform: Callable[..., Platform], tmp_path: Path) -> None:
    deploy(open_platform())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # what a full disk does: a write that fails half-way
    try:
        with pytest.raises(InvalidInput):
            backups.write(url_of(tmp_path / "flow.db"), tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [p.name for p in tmp_path.iterdir() if "copy" in p.name] == []


def test_a_copy_that_is_not_whole_does_not_get_its_name(
    open_platform: Callable[..., Platform], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(open_platform())

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", killed)  # the last thing before it is there
    with pytest.raises(KeyboardInterrupt):
        backups.write(url_of(tmp_path / "flow.db"), tmp_path / "copy.db")

    assert [p.name for p in tmp_path.iterdir() if "copy" in p.name] == []


def test_a_damaged_database_is_no_backup(open_platform: Callable[..., Platform], tmp_path: Path) -> None:
    deploy(open_platform())
    whole = tmp_path / "whole.db"
    backups.write(url_of(tmp_path / "flow.db"), whole)
    with sqlite3.connect(whole) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_audit_moment'").fetchone()[0]
    connection.close()
    size = 4096
    content = bytearray(whole.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(content)

    with pytest.raises(InvalidInput):
        backups.write(url_of(damaged), tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


def test_a_copy_is_for_its_owner_and_never_takes_the_place_of_another(
    open_platform: Callable[..., Platform], tmp_path: Path
) -> None:
    deploy(open_platform())
    backups.write(url_of(tmp_path / "flow.db"), tmp_path / "copy.db")

    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    with pytest.raises(InvalidInput):
        backups.write(url_of(tmp_path / "flow.db"), tmp_path / "copy.db")
    with pytest.raises(InvalidInput):
        backups.write(url_of(tmp_path / "flow.db"), tmp_path / "no folder" / "copy.db")
