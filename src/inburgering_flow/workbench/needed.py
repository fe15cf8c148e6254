"""Which of many models a process may come to: what is deployed for a trial run, for its time goes into that.

A file is needed where one that is needed names a process, decision, form or namespace of it, or may start a process of it by a
message or signal. Whatever an expression names in full counts too. Where an expression composes the id of a process, all are
needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from inburgering_flow.bpmn import reader
from inburgering_flow.bpmn.definition import ProcessDefinition
from inburgering_flow.services.resources import Resource

_NAMED = re.compile(
    rb"\b(?:processId|decisionId|formId|calledElement|decisionRef|formRef)=[\"'](?!\s*=)([^\"']+)[\"']"
    rb"|href=[\"'][^\"'#]*#([^\"']+)|<(?:\w+:)?import\s[^>]*?\bnamespace=[\"']([^\"']+)"
    rb"|<(?:\w+:)?(?:message|signal)\s[^>]*?\bname=[\"']([^\"']+)"
    rb"|(?:&quot;|&#34;)([\w.:/#-]+)(?:&quot;|&#34;)"
)
"""What a file names of others: in its attributes, and as texts in the expressions of a diagram."""
_SINGLE = re.compile(rb"='([^'<]*)'")
_DEFINED = {
    "dmn": re.compile(
        rb"<(?:\w+:)?(?:decision|businessKnowledgeModel|decisionService)\s[^>]*?\bid=[\"']([^\"']+)|\bnamespace=[\"']([^\"']+)"
    ),
    "form": re.compile(rb'"id"\s*:\s*"([^"]+)"'),
}
_COMPOSED = re.compile(r"\+|concat|string join")


def needed(name: str, resources: Sequence[Resource]) -> list[Resource]:
    """Return the file of that name and what it needs of the others, in the order given. Raises InvalidInput for a diagram that
    cannot be read.
    """
    defined = {one.name: _defined(one) for one in resources if not one.is_data}
    found, following = {name}, [name]
    contents = {one.name: one.content for one in resources}
    if _composes(contents[name], name):
        return list(resources)
    while following:
        words = _named(contents[following.pop()])
        for other, ids in defined.items():
            if other not in found and ids & words:
                if _composes(contents[other], other):
                    return list(resources)
                found.add(other)
                following.append(other)
    folders = {PurePosixPath(one).parent for one in found}
    return [one for one in resources if one.name in found or (one.is_data and PurePosixPath(one.name).parent in folders)]


def _named(content: bytes) -> frozenset[bytes]:
    """Return what a file names of others, however its attributes are quoted."""
    even = _SINGLE.sub(lambda found: b'="' + found[1].replace(b'"', b"&quot;") + b'"', content)
    return frozenset(id for ids in _NAMED.findall(even) for id in ids if id)


def _defined(one: Resource) -> frozenset[bytes]:
    """Return by what other files may mean this one."""
    if one.kind == "bpmn":
        return frozenset(id.encode() for process in _processes(one.content, one.name) for id in _ids(process))
    pattern = _DEFINED.get(one.kind)
    found = () if pattern is None else pattern.finditer(one.content)
    return frozenset(id for groups in found for id in groups.groups() if id)


def _ids(process: ProcessDefinition) -> Iterable[str]:
    yield process.process_id
    for _element, event in process.triggers():
        if event.name is not None:
            yield from re.findall(r"[\w.:/#-]+", event.name.source)


def _composes(content: bytes, name: str) -> bool:
    """Tell whether a diagram puts the id of a process that it calls together."""
    if not name.endswith(".bpmn"):
        return False
    called = (e.called_process for process in _processes(content, name) for e in process.elements.values())
    return any(text is not None and text.is_expression and _COMPOSED.search(text.source) is not None for text in called)


def _processes(content: bytes, name: str) -> list[ProcessDefinition]:
    return list(reader.read(content, name=name).processes)
