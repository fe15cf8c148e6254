"""What of a process can be answered in place of: the processes that it calls, its decisions and its work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow.bpmn.definition import Element, ProcessDefinition, Text


@dataclass(frozen=True)
class Imitable:
    """Something that others do: the ``part`` of ``nabootsen`` in which it stands, its name there, and what people call it."""

    part: str
    name: str
    title: str

    @property
    def id(self) -> str:
        """By what a page tells it from others."""
        return f"{self.part}:{self.name}"

    def answered(self, answer: Any, code: str = "") -> dict[str, Any]:
        """Return what ``nabootsen`` says where this gives an answer, or work ends with the code of an error."""
        if self.part == "beslissingen":
            return {self.part: {self.name: {"uitkomst": answer}}}
        return {self.part: {self.name: {**({"fout": code} if code else {}), **({"met": answer} if answer else {})}}}


def imitable(process_id: str, definition: Callable[[str], ProcessDefinition | None]) -> list[Imitable]:
    """Return what a process and those that it calls leave to others, each once: processes, decisions, then work."""
    found: dict[str, Imitable] = {}
    following, seen = [process_id], {process_id}
    while following:
        process = definition(following.pop(0))
        for one in () if process is None else _of(process):
            if one.part == "processen":
                called = definition(one.name)
                one = Imitable(one.part, one.name, one.title if called is None else called.name or one.name)
                if one.name not in seen:
                    seen.add(one.name)
                    following.append(one.name)
            found.setdefault(one.id, one)
    order = ("processen", "beslissingen", "werk")
    return sorted(found.values(), key=lambda one: (order.index(one.part), one.title.lower()))


def _of(process: ProcessDefinition) -> Iterator[Imitable]:
    for element in process.elements.values():
        for part, text in _others(element).items():
            if text is not None and not text.is_expression and text.source:
                yield Imitable(part, text.source, element.name or text.source)


def _others(element: Element) -> Mapping[str, Text | None]:
    return {"processen": element.called_process, "beslissingen": element.called_decision, "werk": element.job_type}
