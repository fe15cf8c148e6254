"""A definition is read and compiled once per process and version, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from diagrams import Diagram

from inburgering_flow.platform import Platform
from inburgering_flow.services import catalog


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
