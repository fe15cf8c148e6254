"""Numbers of nodes: leased in the database, never shared by two, and given back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from inburgering_flow.errors import Busy, InvalidInput
from inburgering_flow.keys import SEQUENCE_BITS
from inburgering_flow.platform import Platform
from inburgering_flow.services.nodes import Node, is_dead, own_name
from inburgering_flow.settings import Settings

Open = Callable[..., Platform]


@pytest.fixture
def server(make_database: Callable[[str], str]) -> Iterator[Open]:
    url, opened = make_database("postgresql"), []

    def open_one(**given: Any) -> Platform:
        opened.append(Platform.open(url, plugins=[], settings_=Settings(secret="t", password_memory=64, **given)))
        return opened[-1]

    yield open_one
    for platform in opened:
        platform.close()


def number_in(key: int) -> int:
    return key >> SEQUENCE_BITS & 1023


def node_of(platform: Platform) -> Node:
    assert platform.node is not None
    return platform.node


def run_out(platform: Platform) -> None:
    """Let every lease run out now."""
    with platform.context.db.write() as unit:
        unit.connection.execute(text("UPDATE node SET lease_until = now() - interval '1 second'"))


def test_no_two_nodes_have_one_number_and_it_is_in_the_keys_that_they_make(server: Open) -> None:
    nodes = [server() for _ in range(5)]

    numbers = [node_of(platform).number for platform in nodes]

    assert len(set(numbers)) == 5
    assert min(numbers) >= 64  # the first are for whoever gives a node its number
    assert [number_in(platform.context.keys.next()) for platform in nodes] == numbers
    assert [row.number for row in node_of(nodes[0]).every()] == sorted(numbers)


def test_a_number_is_given_back_at_the_end(server: Open) -> None:
    first, second = server(), server()
    second.close()

    assert [row.number for row in node_of(first).every()] == [node_of(first).number]


def test_a_number_of_the_settings_that_another_process_has_is_refused(server: Open) -> None:
    first = server(node=7)

    with pytest.raises(InvalidInput, match="7 is in use"):
        server(node=7)

    first.close()
    assert node_of(server(node=7)).number == 7


def test_the_number_of_a_process_of_this_machine_that_was_killed_is_free_at_once(server: Open) -> None:
    first = server(node=7)
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    with first.context.db.write() as unit:
        dead = own_name().rpartition(":")[0] + f":{pid}"
        unit.connection.execute(text("UPDATE node SET name = :name"), {"name": dead})

    assert node_of(server(node=7)).number == 7
    assert is_dead(dead)
    assert not is_dead(own_name())
    assert not is_dead(f"elsewhere:{pid}")


def test_who_lost_the_lease_makes_no_key_with_the_old_number(server: Open) -> None:
    first = server(node=7)
    node = node_of(first)
    now = [1000.0]
    node._seconds, node._renewed = lambda: now[0], 1000.0
    before = first.context.keys.next()
    run_out(first)
    second = server(node=7)  # it is free by the database's clock
    now[0] += 90

    after = [first.context.keys.next(), second.context.keys.next()]

    assert number_in(before) == number_in(after[1]) == 7
    assert number_in(after[0]) != 7
    assert after[0] > before


def test_a_lease_is_extended_by_whoever_makes_a_key(server: Open) -> None:
    platform = server()
    node = node_of(platform)
    now = [1000.0]
    node._seconds, node._renewed = lambda: now[0], 1000.0
    kept = node.number
    with platform.context.db.write() as unit:
        unit.connection.execute(text("UPDATE node SET lease_until = now() + interval '1 second'"))
    now[0] += 21

    assert number_in(platform.context.keys.next()) == kept
    with platform.context.db.read() as unit:
        left = unit.connection.execute(text("SELECT lease_until - now() > interval '50 seconds' FROM node")).scalar_one()
    assert left


def test_a_file_needs_no_numbers(tmp_path: Any) -> None:
    with Platform.open(f"sqlite:///{tmp_path}/flow.db", plugins=[], settings_=Settings(secret="t")) as platform:
        assert platform.node is None


def test_a_forked_process_leases_a_number_of_its_own(server: Open) -> None:
    platform = server()
    mine = node_of(platform).number
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, str(number_in(platform.context.keys.next())).encode())
            node_of(platform).close()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    theirs = int(os.read(reading, 20))
    os.close(reading)
    os.close(writing)

    assert theirs != mine
    assert number_in(platform.context.keys.next()) == mine
    assert [row.number for row in node_of(platform).every()] == [mine]


def test_a_node_that_cannot_reach_the_database_can_still_be_told_to_end(
    server: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = server()

    def away(**_given: Any) -> None:
        raise Busy("The database is away.", remedy="Wait.")

    monkeypatch.setattr(node_of(platform), "tell", away)
    platform.drain()

    assert platform.context.is_draining
