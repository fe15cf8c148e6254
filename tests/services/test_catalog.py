"""A definition is read and compiled once per process and version, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from diagrams import Diagram, message_event

from inburgering_flow.platform import Platform
from inburgering_flow.services import again, catalog
from inburgering_flow.store.database import Unit, _Transaction


def test_a_version_is_compiled_once_however_many_threads_start_cases(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_platform().deploy_content("p.bpmn", Diagram().start().user("a").end().path("start", "a", "end").xml())
    platform = open_platform()  # has compiled nothing yet
    compiled: list[int] = []
    before = catalog.CompiledProcess

    class Counted(before):  # type: ignore[misc, valid-type]
        def __init__(self, *args: object, **options: object) -> None:
            compiled.append(1)
            super().__init__(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(catalog, "CompiledProcess", Counted)
    threads = [threading.Thread(target=platform.start, args=("p",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(platform.tasks(state="CREATED")) == 6
    for task in platform.tasks(state="CREATED"):
        platform.complete(task.key, {}, user="anna")
    assert len(compiled) == 1


def test_a_file_is_read_once_for_its_content_by_all_platforms_of_a_program(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    before = catalog.reader.read

    def counted(content: bytes, *, name: str) -> object:
        read.append(name)
        return before(content, name=name)

    catalog.definitions_in.cache_clear()
    monkeypatch.setattr(catalog.reader, "read", counted)
    diagram = Diagram().start().user("a").end().path("start", "a", "end").xml()
    first = open_platform()
    first.deploy_content("p.bpmn", diagram)
    at_deployment = len(read)
    for platform in (first, open_platform(), open_platform()):
        platform.complete(platform.tasks(instance=platform.start("p"))[0].key, user="anna")
    assert len(read) == at_deployment

    first.deploy_content("p.bpmn", diagram.replace('name="a"', 'name="b"'))
    assert first.tasks(instance=first.start("p"))[0].name == "b"


CALLED = Diagram("in").start().user("b").end().path("start", "b", "end").xml()
CALLS = Diagram("uit").start().user("a").call("c", "in").end().path("start", "a", "c", "end").xml()
HEARS = Diagram("hoort").message("m", "hallo").start("start", message_event("m")).user("h").end().path("start", "h", "end").xml()


def test_nothing_is_compiled_while_others_wait_for_the_database(
    open_platform: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_platform()
    for name, content in (("in", CALLED), ("uit", CALLS), ("hoort", HEARS)):
        first.deploy_content(f"{name}.bpmn", content)
    writing, compiled = threading.local(), []
    before, enter, leave = catalog.CompiledProcess, _Transaction.__enter__, _Transaction.__exit__

    class Noted(before):  # type: ignore[misc, valid-type]
        def __init__(self, *args: object, **options: object) -> None:
            compiled.append(getattr(writing, "now", False))
            super().__init__(*args, **options)  # type: ignore[arg-type]

    def entered(self: _Transaction) -> Unit:
        writing.now = self._is_write
        return enter(self)

    def left(self: _Transaction, *error: Any) -> None:
        writing.now = False
        return leave(self, *error)

    monkeypatch.setattr(catalog, "CompiledProcess", Noted)
    monkeypatch.setattr(_Transaction, "__enter__", entered)
    monkeypatch.setattr(_Transaction, "__exit__", left)

    key = open_platform().start("uit")  # each as after a restart: nothing is compiled
    task = next(task for task in first.tasks(state="CREATED") if task.element_id == "a")
    open_platform().complete(task.key, {}, user="anna")
    reached = open_platform().publish("hallo").instance_keys

    assert {task.element_id for task in first.tasks(state="CREATED")} == {"b", "h"}
    assert len(first.instances()) == 3
    assert (key in {i.key for i in first.instances()}, len(reached)) == (True, 1)
    assert compiled == [False] * 4, "the process, both of the call, and what hears the message"


def test_work_that_cannot_be_done_before_is_done_where_it_is_needed(open_platform: Callable[..., Platform]) -> None:
    """As the compiling of what the same transaction stores."""
    platform, times = open_platform(), []

    @again.again
    def use_case() -> None:
        times.append(1)
        again.first(lambda: platform.context.catalog.process(7))

    use_case()
    assert len(times) == 2


def test_a_use_case_inside_another_leaves_beginning_again_to_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    @again.again
    def use_case() -> None:
        again.first(int)

    monkeypatch.setattr(again._local, "can_prepare", True)
    with pytest.raises(again.First):
        use_case()
