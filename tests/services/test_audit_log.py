"""The audit log is a chain: whoever changes, removes, inserts, back-dates or cuts off lines without the key shows, and so does a
database that was set back to an older state, by the anchor outside it.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from diagrams import Diagram
from sqlalchemy import delete, insert, select, text, update

from inburgering_flow.cli import main
from inburgering_flow.clock import ManualClock
from inburgering_flow.model import audit as chain
from inburgering_flow.model.audit import Fault, derived_key
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import audit
from inburgering_flow.store import tables as t

A, H = t.audit.c, t.audit_head.c


def note(platform: Platform, *names: str) -> None:
    for name in names:
        with platform.context.db.write() as unit:
            platform.context.log(unit, name, "case.look", root_key=1, detail={"reason": "omdat het moet", "getal": 1.5})


def three_days(platform: Platform) -> None:
    for name in ("a", "b", "c"):
        note(platform, name, name, name)
        platform.clock.advance(days=1)
        platform.services.audit_chain.seal()


def by_sql(platform: Platform, statement: Any) -> None:
    with platform.context.db.write() as unit:
        assert unit.connection.execute(statement).rowcount != 0


def longest(platform: Platform) -> tuple[int, list[int]]:
    """Return the lane with the most lines, and their keys in order."""
    with platform.context.db.read() as unit:
        lane = max(audit.heads(unit), key=lambda h: h.number).lane
        return lane, [p.line.key for p in audit.lines(unit, lane)]


def wrong(platform: Platform, **options: Any) -> list[tuple[str, object]]:
    return [(f.kind, f.about.get("number", f.about.get("first"))) for f in said(platform, **options) if not f.is_remark]


def said(platform: Platform, **options: Any) -> list[Fault]:
    found = platform.services.audit_chain.check(**options)
    assert all(str(f).endswith(".") for f in found)
    return found


def test_each_line_follows_the_one_before_it_and_a_day_is_sealed_once(platform: Platform) -> None:
    three_days(platform)
    with platform.context.db.write() as unit:
        platform.context.log(unit, "a", "x", detail={"é": 1e22, "of": [None, True, "\n"]})  # JSON that is not written so again

    assert platform.services.audit_chain.seal() == 0
    assert said(platform) == []
    with platform.context.db.read() as unit:
        assert [s["detail"]["day"] for s in audit.all_of(unit, "log.seal")] == ["2026-01-05", "2026-01-06", "2026-01-07"]


def test_days_without_lines_need_no_seal(platform: Platform) -> None:
    assert platform.services.audit_chain.seal() == 0
    note(platform, "a")
    assert platform.services.audit_chain.seal() == 0, "today is not over"
    platform.clock.advance(days=40)
    assert platform.services.audit_chain.seal() == 1
    platform.clock.advance(days=40)
    assert platform.services.audit_chain.seal() == 0


@pytest.mark.parametrize(
    "change", [{"actor": "x"}, {"root_key": None}, {"detail": {"reason": "anders"}}, {"action": "y"}, {"tenant_id": "z"}]
)
def test_a_line_of_today_that_was_changed_is_named(platform: Platform, change: dict[str, Any]) -> None:
    note(platform, *"abcdefghij")
    _lane, keys = longest(platform)
    by_sql(platform, update(t.audit).where(A.key == keys[0]).values(**change))

    assert wrong(platform) == [("changed", 1)]
    assert wrong(platform, newest=1000) == [("changed", 1)]


def test_lines_that_were_removed_are_named(platform: Platform) -> None:
    three_days(platform)
    note(platform, *"abcdefghijklmnopqrstuvwx")
    _lane, keys = longest(platform)
    by_sql(platform, delete(t.audit).where(A.key == keys[1]))

    assert ("removed", 2) in wrong(platform)


def test_the_newest_lines_cut_off_are_named_without_any_anchor(platform: Platform) -> None:
    three_days(platform)
    _lane, keys = longest(platform)
    by_sql(platform, delete(t.audit).where(A.key == keys[-1]))

    assert ("cut", len(keys)) in wrong(platform)


def test_cut_off_with_the_end_of_the_lane_moved_back_shows_and_goes_on_to_show(platform: Platform) -> None:
    """The program writes a right end again with its next line: that must not hide what was done before."""
    note(platform, *"abcdefghijklmnopqrstuvwx")
    lane, keys = longest(platform)
    with platform.context.db.read() as unit:
        mark = audit.mark_at(unit, lane, len(keys) - 1)
    by_sql(platform, delete(t.audit).where(A.key == keys[-1]))
    by_sql(platform, update(t.audit_head).where(H.lane == lane).values(number=len(keys) - 1, mark=mark))
    assert wrong(platform) == [("resealed", len(keys) - 1)]

    until_written(platform, lane)

    assert wrong(platform) == [("cut", len(keys))]


@pytest.mark.parametrize("keep_lines", [True, False])
def test_the_end_of_a_lane_taken_away_shows_and_stops_nobody(platform: Platform, keep_lines: bool) -> None:
    note(platform, *"abcdefghijklmnopqrstuvwx")
    lane, keys = longest(platform)
    if not keep_lines:
        by_sql(platform, delete(t.audit).where(A.lane == lane))
        by_sql(platform, update(t.audit_head).where(H.lane == lane).values(number=0, mark=""))
    else:
        by_sql(platform, delete(t.audit_head).where(H.lane == lane))
    assert wrong(platform) != []

    until_written(platform, lane)

    assert ("cut", len(keys) + 1 if keep_lines else 1) in wrong(platform)


def until_written(platform: Platform, lane: int) -> None:
    """Write lines until one stands in a lane."""
    def written() -> int:
        with platform.context.db.read() as unit:
            return len(list(audit.lines(unit, lane)))

    before = written()
    for _ in range(200):
        note(platform, "z")
        if written() > before:
            return
    raise AssertionError("no line came to this lane")


def test_an_inserted_line_is_named_in_and_outside_the_chain(platform: Platform) -> None:
    note(platform, *"abc")
    lane, keys = longest(platform)
    row = {"key": 1, "moment": datetime(2025, 1, 1, tzinfo=UTC), "actor": "x", "action": "case.look"}
    by_sql(platform, insert(t.audit).values(**row))
    by_sql(platform, insert(t.audit).values(**{**row, "key": 2, "lane": lane, "number": len(keys) + 1, "mark": "0" * 64}))

    assert [k for k, _ in wrong(platform)] == ["inserted", "inserted", "resealed"]


def test_a_back_dated_line_is_named(platform: Platform) -> None:
    three_days(platform)
    note(platform, *"abcdefghijklmnop")
    _lane, keys = longest(platform)
    by_sql(platform, update(t.audit).where(A.key == keys[-1]).values(moment=datetime(2025, 12, 1, tzinfo=UTC)))

    assert wrong(platform) == [("back-dated", len(keys))]


def test_a_chain_made_anew_with_another_key_is_wrong_from_its_first_line(platform: Platform) -> None:
    three_days(platform)
    other = derived_key("another secret", "chain")
    lane, keys = longest(platform)
    with platform.context.db.write() as unit:
        lines = [p.line for p in audit.lines(unit, lane)]
        placed, head = chain.place(other, chain.Head(lane), lines)
        for p in placed:
            unit.connection.execute(update(t.audit).where(A.key == p.line.key).values(mark=p.mark))
        unit.connection.execute(update(t.audit_head).where(H.lane == lane).values(mark=head.mark, seal=head.seal))

    found = [f for f in said(platform) if f.about["lane"] == lane]
    assert [(f.kind, f.about["number"]) for f in found if f.says == chain.CHANGED] == [
        ("changed", n) for n in range(1, len(keys) + 1)
    ]
    assert chain.HEAD in {f.says for f in found}


def test_a_clock_that_jumps_forward_and_back_breaks_no_seal_and_is_told(platform: Platform) -> None:
    three_days(platform)
    now = platform.clock.now()
    platform.clock.advance(days=400)
    note(platform, *"abcdefghijklmnop")
    platform.services.audit_chain.seal()
    platform.clock.set(now)
    note(platform, *"abcdefghijklmnop")
    assert wrong(platform) == []
    assert {f.kind for f in said(platform)} == {"clock"}

    platform.clock.advance(days=1)
    assert platform.services.audit_chain.seal() == 1, "days go on to be sealed"
    assert wrong(platform) == []


def test_writers_at_the_same_moment_on_two_nodes_make_whole_chains(open_platform: Callable[..., Platform]) -> None:
    nodes = [open_platform(), open_platform()]
    failed: list[BaseException] = []

    def write(node: Platform) -> None:
        try:
            note(node, *(["x"] * 25))
        except BaseException as error:  # noqa: BLE001  # told by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=write, args=(node,)) for node in nodes * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert said(nodes[0]) == []
    with nodes[0].context.db.read() as unit:
        assert sum(h.number for h in audit.heads(unit)) == 100


def test_several_lines_of_one_transaction_stand_in_their_order_and_a_rolled_back_one_leaves_no_gap(platform: Platform) -> None:
    def fail() -> None:
        with platform.context.db.write() as unit:
            platform.context.log(unit, "a", "x")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with platform.context.db.write() as unit:
        for name in ("een", "twee", "drie"):
            platform.context.log(unit, name, "x")

    lane, _keys = longest(platform)
    with platform.context.db.read() as unit:
        assert [(p.number, p.line.actor) for p in audit.lines(unit, lane)] == [(1, "een"), (2, "twee"), (3, "drie")]
    assert said(platform) == []


# -- the anchor ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def anchored(platform: Platform, tmp_path: Path) -> Path:
    """An anchor with the ends of three days."""
    path = tmp_path / "anker.txt"
    platform.context.settings = replace(platform.context.settings, audit_anchor=str(path))
    for name in "abc":
        note(platform, *([name] * 12))
        platform.clock.advance(days=1)
        assert platform.services.audit_chain.anchor() == 1
    assert platform.services.audit_chain.anchor() == 0, "nothing was written since"
    assert said(platform) == []
    return path


def contents(platform: Platform) -> dict[str, list[Any]]:
    with platform.context.db.read() as unit:
        return {x.name: [dict(r._mapping) for r in unit.connection.execute(select(x))] for x in (t.audit, t.audit_head)}


def put_back(platform: Platform, rows: dict[str, list[Any]]) -> None:
    with platform.context.db.write() as unit:
        for table in (t.audit, t.audit_head):
            unit.connection.execute(delete(table))
            unit.connection.execute(insert(table), rows[table.name])


def test_a_restored_older_backup_is_told_and_can_be_declared(
    platform: Platform, anchored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backup = contents(platform)
    note(platform, *"defghijklmnopqrstuvw")
    platform.services.audit_chain.anchor()
    put_back(platform, backup)

    assert {k for k, _ in wrong(platform)} == {"older"}
    assert "restored backup" in str(said(platform)[0])
    assert platform.services.audit_chain.anchor() == 1
    assert "restored backup" in caplog.text

    for key in range(8 * 20):  # every lane grows beyond what was anchored: other lines stand there now
        with platform.context.db.write() as unit:
            audit.add(unit, platform.context.audit_key, key, platform.clock.now(), "y", "case.look")
    assert {k for k, _ in wrong(platform)} == {"anchor"}

    platform.services.audit_chain.accept("De schijf was stuk, kopie van dinsdag teruggezet")
    assert wrong(platform) == []
    assert [f.kind for f in said(platform)] == ["accepted"]
    assert len(anchored.read_text().splitlines()) == 6


def test_a_log_cut_off_or_resealed_with_the_key_contradicts_the_anchor(platform: Platform, anchored: Path) -> None:
    lane, keys = longest(platform)
    with platform.context.db.write() as unit:
        lines = [replace(p.line, actor="iemand anders") for p in audit.lines(unit, lane)]
        placed, head = chain.place(platform.context.audit_key, chain.Head(lane), lines)
        for p in placed:
            changed = update(t.audit).where(A.key == p.line.key)
            unit.connection.execute(changed.values(mark=p.mark, actor="iemand anders"))
        unit.connection.execute(update(t.audit_head).where(H.lane == lane).values(mark=head.mark, seal=head.seal))
    assert wrong(platform) == [("anchor", min(n for n in ends(platform, anchored, lane)))]

    by_sql(platform, delete(t.audit).where(A.key == keys[-1]))
    assert ("cut", len(keys)) in wrong(platform)


def test_since_the_anchor_only_newer_lines_are_read_and_all_of_them_where_the_log_contradicts_it(
    platform: Platform, anchored: Path
) -> None:
    platform.services.audit_chain.anchor()
    assert anchored.stat().st_mode & 0o777 == 0o600
    _lane, keys = longest(platform)
    by_sql(platform, update(t.audit).where(A.key == keys[1]).values(actor="x"))
    assert wrong(platform, since_anchor=True) == []
    assert wrong(platform) == [("changed", 2)]

    for number in range(20):
        note(platform, f"later{number}")
    _lane, keys = longest(platform)
    assert wrong(platform, since_anchor=True) == []
    by_sql(platform, update(t.audit).where(A.key == keys[-1]).values(actor="y"))
    assert len(wrong(platform, since_anchor=True)) == 1, "a line since the anchor"
    by_sql(platform, update(t.audit).where(A.key == keys[0]).values(mark="0" * 64))
    anchored.unlink()
    assert len(wrong(platform, since_anchor=True)) >= 3, "without an anchor everything is read"


def ends(platform: Platform, anchored: Path, lane: int) -> list[int]:
    read = [chain.read_anchor(platform.context.audit_key, line) for line in anchored.read_text().splitlines()]
    return [a.heads[lane][0] for a in read if a is not None and lane in a.heads]


def test_an_anchor_that_was_changed_taken_away_or_cannot_be_used_is_told(
    platform: Platform, anchored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = anchored.read_text().splitlines()
    anchored.write_text("\n".join([lines[0].replace("2026", "2027", 1), *lines[1:]]) + "\n")
    assert [str(f).split(" was")[0] for f in said(platform)] == ["Line 1 of the anchor"]

    anchored.unlink()
    assert [f.says for f in said(platform)] == [chain.ANCHOR_NONE]

    anchored.mkdir()
    assert platform.services.audit_chain.anchor() == 0
    assert "cannot be used" in caplog.text


# -- the commands, and lines from before there was a chain ---------------------------------------------------------------


def test_the_commands_check_anchor_and_accept(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(migrated, tmp_path / "flow.db")
    url = f"sqlite:///{tmp_path}/flow.db"
    monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", url)
    monkeypatch.setenv("INBURGERING_FLOW_AUDIT_ANCHOR", str(tmp_path / "anker.txt"))
    monkeypatch.setenv("INBURGERING_FLOW_PASSWORD_MEMORY", "64")
    run = CliRunner().invoke
    assert run(main, ["user", "karin", "--by", "Jan de Wit", "--password", "een lang wachtwoord"]).exit_code == 0
    line = run(main, ["log", "anchor"]).output
    (tmp_path / "kept.txt").write_text(line)
    assert (tmp_path / "anker.txt").read_text() == line
    assert run(main, ["log", "check", "--anchor", str(tmp_path / "kept.txt")]).exit_code == 0
    with Platform.open(url) as platform:
        (entry,) = contents(platform)["audit"]
        assert entry["actor"].startswith("shell:")
        assert entry["actor"].endswith("(Jan de Wit)")
        by_sql(platform, delete(t.audit))

    result = run(main, ["log", "check"])

    assert result.exit_code == 1
    assert "wrong: The newest lines of lane 0, 1 to 1, were cut off." in result.output
    assert run(main, ["log", "accept", "xxx"]).exit_code == 1
    assert run(main, ["log", "accept", "kopie van dinsdag teruggezet"]).exit_code == 0


RELEASED = Path(__file__).parents[1] / "store" / "released" / "0010.json"


def test_lines_from_before_the_chain_are_bound_at_its_beginning(bare_database_url: str) -> None:
    from store.test_released_data import fill

    fill(bare_database_url, "0010", json.loads(RELEASED.read_text())["tables"])
    with old(bare_database_url) as platform:
        first = contents(platform)["audit_head"]
        with platform.context.db.read() as unit:
            assert audit.first_of(unit, "log.begin")["detail"]["lines"] > 0  # type: ignore[index]
        assert said(platform) == []
    with old(bare_database_url) as platform:
        assert contents(platform)["audit_head"] == first, "it begins once"
        by_sql(platform, text("update audit set actor = 'x' where key = (select min(key) from audit)"))
        assert [f.says for f in said(platform)] == [chain.OLD]


def old(url: str) -> Platform:
    return Platform.open(
        url, clock=ManualClock(datetime(2026, 3, 1, tzinfo=UTC) + timedelta()), settings_=Settings(secret="only for tests")
    )


def test_a_search_that_found_a_case_is_about_its_person_however_many_cases_that_person_has(platform: Platform) -> None:
    platform.deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    keys = [platform.services.processes.start("p", person_key=7) for _number in range(51)]
    other = platform.services.processes.start("p", person_key=70)
    for found in (keys[0], keys[-1], other):
        with platform.context.db.write() as unit:
            platform.context.log(unit, "anna", audit.CASE_SEARCH, detail={"found": [str(found)]})

    with platform.context.db.read() as unit:
        lines = [line for line in audit.found(unit, audit.Wanted(person=7)) if line["action"] == audit.CASE_SEARCH]
    assert [line["detail"]["found"] for line in lines] == [[str(keys[-1])], [str(keys[0])]]
