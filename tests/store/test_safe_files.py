"""What is stored is for its owner alone; what cannot be read or written ends in a sentence, without anybody's data."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from diagrams import Diagram
from sqlalchemy import text

from inburgering_flow.cli import main
from inburgering_flow.errors import Busy, FlowError, InvalidInput
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import backups
from inburgering_flow.store.database import without_values

QUICK: dict[str, Any] = {"synchronous": "OFF", "password_memory": 64}


def made(folder: Path) -> str:
    """Make a database with a person whose number is secret, and return its URL."""
    url = f"sqlite:///{folder}/flow.db"
    with Platform.open(url, settings_=Settings(**QUICK)) as platform:
        platform.register_person({"voornamen": "Voorbeeld", "achternaam": "Persoon", "bsn": "999990019"})
    return url


def test_a_database_and_what_is_beside_it_are_for_their_owner(tmp_path: Path) -> None:
    url = made(tmp_path)
    (tmp_path / "flow.db").chmod(0o644)
    (tmp_path / "secret.key").chmod(0o644)
    with Platform.open(url, settings_=Settings(**QUICK)) as platform:
        platform.deploy_content("p.bpmn", Diagram().start().end().path("start", "end").xml())
        backups.write(url, tmp_path / "copy.db")
        modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["flow.db", "flow.db-wal", "flow.db-shm", "secret.key", "copy.db"], 0o600)


def test_a_restore_without_its_key_or_with_another_one_says_so(tmp_path: Path) -> None:
    url = made(tmp_path)
    kept = (tmp_path / "secret.key").read_text()
    (tmp_path / "secret.key").unlink()
    with pytest.raises(InvalidInput, match="key"):
        Platform.open(url, settings_=Settings(**QUICK))
    assert not (tmp_path / "secret.key").exists()
    with pytest.raises(InvalidInput, match="secret"):
        Platform.open(url, settings_=Settings(secret="x" * 40, **QUICK))
    (tmp_path / "secret.key").write_text(kept)
    Platform.open(url, settings_=Settings(**QUICK)).close()


@pytest.mark.parametrize("command", ["doctor", "serve"])
@pytest.mark.parametrize("trouble", ["no database", "damaged", "no key"])
def test_a_command_says_what_is_wrong_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, trouble: str
) -> None:
    monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", made(tmp_path))
    monkeypatch.setattr("inburgering_flow.app.server_of", lambda *_: 1 / 0)  # should it begin after all, it would never end
    file = tmp_path / "flow.db"
    if trouble == "no database":
        file.write_bytes(b"this is not a database at all" * 500)
    elif trouble == "damaged":
        content = file.read_bytes()
        file.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    else:
        (tmp_path / "secret.key").unlink()

    result = CliRunner().invoke(main, [command])

    assert result.exit_code == 1
    assert result.output.strip().splitlines()[-1].startswith("Error: ")
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_and_nothing_is_changed(open_platform: Callable[..., Platform]) -> None:
    platform = open_platform()
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    before = len(platform.instances())
    with pytest.raises(Busy), platform.context.db.write():
        raise sqlite3.OperationalError("database or disk is full")
    assert len(platform.instances()) == before


def test_no_error_of_the_database_shows_what_it_was_given(platform: Platform) -> None:
    name = "".join(["Voorbeeld", "naam"])  # a traceback shows the source, where it may not stand
    with pytest.raises(Exception) as failed, platform.context.db.read() as unit:  # each driver has its own
        unit.connection.execute(text("SELECT nothing FROM nowhere WHERE a = :name"), {"name": name})
    assert name not in str(failed.value)
    assert name not in without_values(failed.value)
    try:
        raise ValueError(name) from FlowError(name)
    except ValueError as error:
        assert name not in without_values(error)
        assert "test_safe_files" in without_values(error)
