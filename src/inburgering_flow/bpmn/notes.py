"""What is said while a diagram is read: every finding with element, rule, sentence and remedy."""

from __future__ import annotations

from collections.abc import Iterable

from inburgering_flow import xml
from inburgering_flow.bpmn.definition import Text
from inburgering_flow.bpmn.juel import to_feel
from inburgering_flow.errors import Finding
from inburgering_flow.feel import FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.i18n import _

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
BOOLEANS = frozenset(
    ("isExecutable", "isInterrupting", "cancelActivity", "parallelMultiple", "instantiate", "triggeredByEvent",
     "isForCompensation", "isSequential", "testBefore", "cancelRemainingInstances", "waitForCompletion")
)  # fmt: skip
PARTS = (  # how tags end that are only parts of an element
    "Characteristics", "Definition", "Association", "AssignmentExpression", "erformer", "potentialOwner", "resourceRole",
)  # fmt: skip
CAMUNDA7 = (  # Camunda 7 and its family: Operaton, and the engines that it came from and that came from the same
    "http://camunda.org/schema/1.0/bpmn", "http://operaton.org/schema/1.0/bpmn", "http://activiti.org/bpmn",
    "http://flowable.org/bpmn",
)  # fmt: skip


def plain_id(reference: str | None) -> str:
    """Return the id in a reference: BPMN writes most of them as qualified names."""
    return (reference or "").strip().rpartition(":")[2]


def has_juel(text: str) -> bool:
    """Tell whether a text holds an expression of Camunda 7, alone or among words."""
    return "${" in text or "#{" in text


class Notes:
    """Reads attributes and expressions, and collects what is wrong with them."""

    def __init__(self, root: xml.Element, name: str) -> None:
        self.root = root
        self.name = name
        self.findings: list[Finding] = []
        self.named: dict[str, xml.Element] = {e.get("id", ""): e for e in root.iter(f"{{{BPMN}}}*") if e.get("id")}
        self.ids: set[str] = set()
        for node in root.iter():
            for attribute in BOOLEANS.intersection(node.attrib):
                given = str(node.get(attribute)).strip()
                node.set(attribute, {"1": "true", "0": "false"}.get(given, given))
        self.root_ids = {e.get("id", "") for e in root}  # processes, messages, signals, errors …

    def referred(self, reference: str | None) -> xml.Element | None:
        """Return what a reference names, with or without a namespace prefix."""
        return self.named.get(plain_id(reference))

    def tag(self, reference: str | None) -> str:
        """Return the tag of the element that a reference names; empty where there is none."""
        found = self.referred(reference)
        return "" if found is None else xml.local(found)

    def error(self, rule: str, element_id: str, message: str, remedy: str) -> None:
        """Note what blocks a deployment."""
        self.findings.append(Finding("error", rule, self.name, element_id, message, remedy))

    def warning(self, rule: str, element_id: str, message: str, remedy: str) -> None:
        """Note what a designer should know, but what runs."""
        self.findings.append(Finding("warning", rule, self.name, element_id, message, remedy))

    def feel(self, text: str, element_id: str, what: str) -> str:
        """Return an expression, checked."""
        try:
            compile_feel(text)
        except FeelError as error:
            self.error(
                "feel-syntax",
                element_id,
                _("The {what} is not FEEL: {message}").format(what=what, message=error.message),
                _("Mend the expression."),
            )
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
                self.error("camunda7-expression", element_id, _("The {what} is a Camunda 7 expression.").format(what=what),
                           _("Write it in FEEL with a leading =, for example = bedrag > 250."))  # fmt: skip
                return None
            value = translated
        return self.feel(value.removeprefix("=").strip(), element_id, what)

    def children(self, node: xml.Element, *tags: str) -> list[xml.Element]:
        """Return the BPMN elements with these tags directly inside a node."""
        return list(node.iterchildren(*(f"{{{BPMN}}}{tag}" for tag in tags)))

    def body(self, node: xml.Element, tag: str) -> str | None:
        """Return the text of the first BPMN element with a tag; one in another language than FEEL is told."""
        found = next(iter(self.children(node, tag)), None)
        language = "" if found is None else found.get("language", "")
        if language and "feel" not in language.lower():
            self.error("expression-language", self.owner(node), _("An expression in {language} cannot be executed.").format(
                language=language), _("Write it in FEEL with a leading =, for example = bedrag > 250."))  # fmt: skip
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
        self.error("quantity", element_id, _("{name} is no whole number of at least 1.").format(name=attribute),
                   _("Write 1, or take it away."))  # fmt: skip
        return 1
