"""Two versions of a diagram: what was added, removed, changed or only drawn elsewhere.

Things are the same where their ids are. What counts is what a file says of a thing, in whatever order and with whatever
prefixes; the ids of its inner parts (an event definition), the references back (``incoming``, ``outgoing``, the nodes of a
lane) and what wrote the file do not. A thing that refers to a message, signal, error or escalation changes with it.

The npm package ``bpmn-js-differ`` finds the same added, removed, changed and moved shapes (a test compares the two); it knows
nothing of messages and annotations, calls a sub-process changed when something in it is, and names one that is new without what
is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from inburgering_flow import xml
from inburgering_flow.bpmn.elements import GLOBAL, TYPES
from inburgering_flow.bpmn.notes import BPMN
from inburgering_flow.model.differences import ADDED, CHANGED, MOVED, REMOVED, Change, Comparison, Difference

DRAWN = frozenset(TYPES) | frozenset((
    "sequenceFlow", "textAnnotation", "association", "group", "dataObjectReference", "dataStoreReference", "lane",
    "participant", "messageFlow", "process", *GLOBAL,
))  # fmt: skip
"""What is compared as a thing of its own; all else belongs to the thing around it."""
SHARED = frozenset(("message", "signal", "error", "escalation", "itemDefinition"))
BACK = frozenset(("incoming", "outgoing", "flowNodeRef", "dataObject"))
KEYED = {"input": "target", "output": "target", "header": "key", "property": "name", "executionListener": "eventType",
         "taskListener": "eventType", "userTaskForm": "id"}  # fmt: skip
"""Tag → the attribute by which several of them are told apart."""
SUBSTITUTES = {"formalExpression": "expression"}
"""An element that may stand for a more general one → that one. Source: BPMN 2.0.2, the XML schemas."""
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
TYPE, SCOPE = "$type", "$scope"


DEFAULTS = {
    "cancelActivity": "true", "isInterrupting": "true", "triggeredByEvent": "false", "isSequential": "false",
    "isForCompensation": "false", "startQuantity": "1", "completionQuantity": "1", "parallelMultiple": "false",
    "instantiate": "false", "eventGatewayType": "Exclusive", "gatewayDirection": "Unspecified", "behavior": "All",
    "ordering": "Parallel", "cancelRemainingInstances": "true", "waitForCompletion": "true", "isClosed": "false",
    "processType": "None", "isExecutable": "false", "testBefore": "false", "isCollection": "false", "bindingType": "latest",
    "textFormat": "text/plain",
}  # fmt: skip
"""What an attribute says where it is absent: whether a program writes it down is no difference. Source: BPMN 2.0.2, the XML
schemas; ``bindingType`` Camunda's."""


@dataclass(frozen=True)
class _Fact:
    """A property: ``said`` is compared, ``shown`` is what a reader is told."""

    said: object
    shown: str


@dataclass
class _Thing:
    name: str
    type: str
    facts: dict[str, _Fact]
    drawing: list[object] = field(default_factory=list)


def compare(before: bytes, after: bytes, process_id: str = "") -> Comparison:
    """Return what differs between two files, or between what they say of one process; raises InvalidInput for what is no XML."""
    old, new = _things(before, process_id), _things(after, process_id)
    found = []
    for id in dict.fromkeys((*new, *old)):
        was, now = old.get(id), new.get(id)
        about = now or was
        if about is None:
            continue
        if was is None or now is None:
            found.append(Difference(ADDED if was is None else REMOVED, id, about.name, about.type))
            continue
        changes = _changes(was.facts, now.facts)
        if changes or was.drawing != now.drawing:
            found.append(Difference(CHANGED if changes else MOVED, id, about.name, about.type, changes))
    return Comparison(tuple(found))


def content(file: bytes, process_id: str) -> object:
    """Return what a file says of one process, its drawing included, in a form that is equal where nothing differs."""
    things = _things(file, process_id)
    return [
        [id, [[name, fact.said] for name, fact in sorted(things[id].facts.items())], things[id].drawing]
        for id in sorted(things)
    ]  # fmt: skip


def _changes(before: Mapping[str, _Fact], after: Mapping[str, _Fact]) -> tuple[Change, ...]:
    found = []
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        if (old and old.said) != (new and new.said):
            found.append(Change(name, old.shown if old else None, new.shown if new else None))
    return tuple(found)


def _things(file: bytes, process_id: str) -> dict[str, _Thing]:
    root = xml.parse(file)
    ids = {id: node for node in root.iter() if (id := node.get("id"))}
    found: dict[str, _Thing] = {}
    for top in root:
        if xml.local(top) not in ("process", "collaboration", *GLOBAL):
            continue
        for node, scope in _drawn(top, ""):
            if process_id and not _belongs(node, top, process_id):
                continue
            id, tag = node.get("id", ""), xml.local(node)
            facts = {TYPE: _Fact(tag, tag), SCOPE: _Fact(scope, _named(ids, scope)), **dict(_facts(node, ids))}
            found[id] = _Thing(_title(node, ids), tag, facts)
    for shape in root.iter():
        about = found.get(shape.get("bpmnElement", ""))
        if about is not None and xml.local(shape) != "BPMNPlane":
            about.drawing.append(_shape(shape))
    return found


def _belongs(node: xml.Element, top: xml.Element, process_id: str) -> bool:
    if xml.local(top) == "collaboration":
        return node.get("processRef") == process_id
    return top.get("id") == process_id


def _drawn(node: xml.Element, scope: str) -> Iterator[tuple[xml.Element, str]]:
    """Yield each thing of its own with the id of the process or sub-process that it stands in."""
    is_thing = xml.namespace(node) == BPMN and xml.local(node) in DRAWN and bool(node.get("id"))
    if is_thing:
        yield node, scope
    inner = node.get("id", "") if is_thing and xml.local(node) not in ("lane", "participant") else scope
    for child in node:
        yield from _drawn(child, inner)


def _title(node: xml.Element, ids: Mapping[str, xml.Element]) -> str:
    """Return what a thing is called: its name or text, of a flow where it comes from and goes to, otherwise its id."""
    name = node.get("name") or _text_of(node)
    if node.get("sourceRef") and node.get("targetRef"):
        ends = f"{_named(ids, node.get('sourceRef', ''))} → {_named(ids, node.get('targetRef', ''))}"
        return f"{name} ({ends})" if name else ends
    return name or node.get("id", "")


def _text_of(node: xml.Element) -> str:
    return next((child.text or "" for child in node if xml.local(child) == "text"), "")


def _named(ids: Mapping[str, xml.Element], id: str) -> str:
    node = ids.get(id)
    return id if node is None else node.get("name") or id


def _facts(node: xml.Element, ids: Mapping[str, xml.Element], path: str = "") -> Iterator[tuple[str, _Fact]]:
    """Yield every property of a thing by its path: attributes, texts, and what stands in it that is no thing of its own."""
    for attribute, value in sorted(node.attrib.items()):
        name = str(attribute).rpartition("}")[2]
        if name == "id" or str(attribute).startswith(XSI) or DEFAULTS.get(name) == value:
            continue
        yield path + name, _referred(ids, name, str(value))
    text = (node.text or "").strip()
    if text:
        yield path.rstrip(".") or "text", _Fact(text, text)
    counts: dict[str, int] = {}
    for child in node:
        tag = xml.local(child)
        if tag in BACK or (tag in DRAWN and xml.namespace(child) == BPMN and child.get("id")):
            continue
        inner = path if tag in ("extensionElements", "laneSet") else f"{path}{_step(child, tag, counts)}."
        empty = True
        for one in _facts(child, ids, inner):
            empty = False
            yield one
        if empty and inner != path:
            yield inner.rstrip("."), _Fact(True, "")


def _step(child: xml.Element, tag: str, counts: dict[str, int]) -> str:
    key = child.get(KEYED[tag]) if tag in KEYED else None
    step = f"{tag}[{key}]" if key else SUBSTITUTES.get(tag, tag)
    counts[step] = counts.get(step, 0) + 1
    return step if counts[step] == 1 else f"{step}#{counts[step]}"


def _referred(ids: Mapping[str, xml.Element], name: str, value: str) -> _Fact:
    """Return an attribute; one that refers to something shared stands for what that says."""
    node = ids.get(value) if name.endswith("Ref") or name in ("default", "activityRef") else None
    if node is None:
        return _Fact(value, value)
    said: object = value
    if xml.local(node) in SHARED:
        said = [[path, fact.said] for path, fact in _facts(node, ids)]
    return _Fact(said, node.get("name") or value)


def _shape(node: xml.Element) -> list[object]:
    """Return how something is drawn: where, how large, along which points, in which colours."""
    said = ((str(k), _number(str(v))) for k, v in sorted(node.attrib.items()) if str(k) not in ("id", "isMarkerVisible"))
    attributes = [[name, value] for name, value in said if not name.startswith(XSI)]
    return [xml.local(node), attributes, [_shape(child) for child in node]]


def _number(text: str) -> str:
    """Return a number as every program writes it: 687.0 is 687."""
    try:
        return f"{float(text):.10g}"
    except ValueError:
        return text
