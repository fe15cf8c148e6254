"""Reads attributes and expressions of one diagram, and notes what cannot be taken over."""

from __future__ import annotations

from collections.abc import Iterable

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Text
from inburgering_flow.bpmn.diagram import Note
from inburgering_flow.bpmn.juel import to_feel
from inburgering_flow.feel import FeelError
from inburgering_flow.feel import compile as compile_feel

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
BOOLEANS = frozenset(
    ("isExecutable", "isInterrupting", "cancelActivity", "parallelMultiple", "instantiate", "triggeredByEvent",
     "isForCompensation", "isSequential", "testBefore", "cancelRemainingInstances", "waitForCompletion")
)  # fmt: skip
PARTS = (  # endings of tags that are only parts of an element
    "Characteristics", "Definition", "Association", "AssignmentExpression", "erformer", "potentialOwner", "resourceRole",
)  # fmt: skip
CAMUNDA7 = (  # Camunda 7 and its family: Operaton, the engine that it came from, and others with the same origin
    "http://camunda.org/schema/1.0/bpmn", "http://operaton.org/schema/1.0/bpmn", "http://activiti.org/bpmn",
    "http://flowable.org/bpmn",
)  # fmt: skip


def plain_id(reference: str | None) -> str:
    """Return the id in a reference: BPMN writes most of them as qualified names."""
    return (reference or "").strip().rpartition(":")[2]


def has_juel(text: str) -> bool:
    """Tell whether a text contains an expression of Camunda 7, alone or among words."""
    return "${" in text or "#{" in text


class Notes:
    """What the readers of elements, events and extensions share."""

    def __init__(self, root: xml.Element) -> None:
        self.root = root
        self.seen: list[Note] = []
        self.handler_of: dict[str, str] = {}  # compensation event → the activity that it is associated with
        self.named: dict[str, xml.Element] = {}
        tags: dict[str, list[str]] = {}
        for one in root.iter(f"{{{BPMN}}}*"):
            if one.get("id"):
                self.named[one.get("id", "")] = one
            if one.get("id") and one is not root:  # nothing refers to the file itself
                tags.setdefault(one.get("id", ""), []).append(xml.local(one))
        self.ids: set[str] = set()
        self.made: set[str] = set()  # ids given to what has none
        for node in root.iter():
            for attribute in BOOLEANS.intersection(node.attrib):
                given = str(node.get(attribute)).strip()
                node.set(attribute, {"1": "true", "0": "false"}.get(given, given))
        self.root_ids = {e.get("id", "") for e in root}  # processes, messages, signals, errors …
        for double, kinds in tags.items():
            if len(kinds) > 1:
                self.note("taken id", double, kinds=", ".join(kinds))

    def referred(self, reference: str | None) -> xml.Element | None:
        """Return what a reference names, with or without a namespace prefix."""
        return self.named.get(plain_id(reference))

    def free_id(self, wanted: str) -> str:
        """Return an id for what has none, other than every id in the file."""
        found, number = wanted, 1
        while found in self.named or found in self.made:
            number += 1
            found = f"{wanted}_{number}"
        self.made.add(found)
        return found

    def tag(self, reference: str | None) -> str:
        """Return the tag of the element that a reference names; empty if there is none."""
        found = self.referred(reference)
        return "" if found is None else xml.local(found)

    def note(self, kind: str, element_id: str, /, **details: str) -> None:
        """Note for the rules what was seen at an element."""
        self.seen.append(Note(kind, element_id, details))

    def feel(self, text: str, element_id: str, what: str) -> str:
        """Return an expression; one that is not FEEL is noted."""
        try:
            compile_feel(text)
        except FeelError as error:
            self.note("not FEEL", element_id, what=what, message=error.message, remedy=error.remedy)
        return text

    def text(self, value: str | None, element_id: str, what: str) -> Text | None:
        """Return an attribute that is a literal or, written with ``=`` or ``${…}``, an expression."""
        if value is None or not value.strip():
            return None
        value = value.strip()
        if value.startswith("="):
            return Text(self.feel(value[1:].strip(), element_id, what), True)
        if has_juel(value):
            translated = self.expression(value, element_id, what)
            return None if translated is None else Text(translated, True)
        return Text(value, False)

    def expression(self, value: str | None, element_id: str, what: str) -> str | None:
        """Return the FEEL of an attribute that is always an expression."""
        if value is None or not value.strip():
            return None
        value = value.strip()
        if has_juel(value) and not value.startswith("="):
            translated = to_feel(value)
            if translated is None:
                self.note("expression of Camunda 7", element_id, what=what)
                return None
            value = translated
        return self.feel(value.removeprefix("=").strip(), element_id, what)

    def children(self, node: xml.Element, *tags: str) -> list[xml.Element]:
        """Return the BPMN elements with these tags directly inside a node."""
        return list(node.iterchildren(*(f"{{{BPMN}}}{tag}" for tag in tags)))

    def body(self, node: xml.Element, tag: str) -> str | None:
        """Return the text of the first BPMN element with a tag; one in a language other than FEEL is noted."""
        found = next(iter(self.children(node, tag)), None)
        language = "" if found is None else found.get("language", "")
        if language and "feel" not in language.lower():
            self.note("another language", self.owner(node), language=language)
        return None if found is None else found.text

    @staticmethod
    def owner(node: xml.Element) -> str:
        """Return the id of the element that a node is a part of, or its own."""
        while xml.local(node).endswith(PARTS):
            parent = node.getparent()
            if parent is None:
                break
            node = parent
        return str(node.get("id", ""))

    def documentation(self, node: xml.Element) -> str:
        """Return an element's documentation."""
        return (self.body(node, "documentation") or "").strip()

    def extensions(self, node: xml.Element, *spaces: str) -> Iterable[xml.Element]:
        """Return the extension elements of ``zeebe:`` or of other namespaces."""
        for child in self.children(node, "extensionElements"):
            yield from (e for e in child if xml.namespace(e) in (spaces or (ZEEBE,)))

    def extension(self, node: xml.Element, name: str) -> xml.Element | None:
        """Return the first ``zeebe:`` extension element with a name."""
        return next((e for e in self.extensions(node) if xml.local(e) == name), None)

    def number(self, node: xml.Element, attribute: str, element_id: str) -> int:
        """Return an attribute that is a whole number of at least one."""
        raw = node.get(attribute, "1")
        if raw.isdecimal() and int(raw) >= 1:
            return int(raw)
        self.note("no quantity", element_id, name=attribute)
        return 1
