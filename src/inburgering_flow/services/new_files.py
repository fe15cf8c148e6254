"""What a new file begins with, and what a copy of one is called inside: ids that nothing else has."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import PurePosixPath
from xml.sax.saxutils import quoteattr

from inburgering_flow import xml
from inburgering_flow.bpmn.element_templates import SCHEMA
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.i18n import _

ENDINGS = {"bpmn": ".bpmn", "dmn": ".dmn", "form": ".form", "data": "gegevens.json", "scenario": ".yaml", "letter": ".typ",
           "template": ".json"}  # fmt: skip
"""How the name of a new file of each kind ends; a data dictionary has the same name in each folder."""
_IDS = {"process", "decision", "businessKnowledgeModel", "inputData", "decisionService", "knowledgeSource"}
_REFERS = "id|processRef|bpmnElement|processId|dmnElementRef"


def slug(name: str) -> str:
    """Return an id that says the same as a name: ``Aanvraag beoordelen`` → ``aanvraag-beoordelen``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")
    if not found:
        raise InvalidInput(_("This name has no letters."), remedy=_("Choose a name with letters, for example Intake."))
    return found if found[0].isalpha() else f"x-{found}"


def unique(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """Return an id, with a number behind it where it is taken already."""
    found, number = wanted, 1
    while is_taken(found):
        number += 1
        found = f"{wanted}-{number}"
    return found


def named_in(contents: Iterable[bytes]) -> Callable[[str], bool]:
    """Return what tells whether an id stands in one of these files, or inside a new one: a table may be called *Tabel*."""
    texts = [*contents, _DIAGRAM.encode(), _TABLE.encode()]
    return lambda one: any(re.search(rb"""["']%s["']""" % re.escape(one.encode()), text) for text in texts)


def content_of(kind: str, id: str, name: str, today: date, origin: str) -> bytes:
    """Return what a new file begins with; ``origin`` is the namespace of this installation's models."""
    match kind:
        case "bpmn":
            text = _DIAGRAM.format(id=id, name=quoteattr(name), origin=quoteattr(origin))
        case "dmn":
            text = _TABLE.format(id=id, name=quoteattr(name), origin=quoteattr(origin))
        case "form":
            field = {"type": "textfield", "id": "veld_1", "key": "antwoord", "label": name}
            schema = {"id": id, "type": "default", "schemaVersion": 18, "executionPlatform": "Camunda Cloud",
                      "executionPlatformVersion": "8.7.0", "components": [field]}  # fmt: skip
            text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        case "data":
            text = "[]\n"
        case "template":
            part = {"label": "Soort werk", "type": "String", "binding": {"type": "zeebe:taskDefinition", "property": "type"},
                    "constraints": {"notEmpty": True}}  # fmt: skip
            template = {"$schema": SCHEMA, "id": id, "name": name, "version": 1, "appliesTo": ["bpmn:Task", "bpmn:ServiceTask"],
                        "elementType": {"value": "bpmn:ServiceTask"}, "properties": [part]}  # fmt: skip
            text = json.dumps(template, ensure_ascii=False, indent=2) + "\n"
        case "scenario":
            quoted = json.dumps(name, ensure_ascii=False)
            text = f"naam: {quoted}\nklok: {today.isoformat()}T09:00:00\nproces: {id}\nstappen: []\n"
        case _:
            text = f"// {name}\n"
    return text.encode()


def copy_of(kind: str, content: bytes, name: str, is_taken: Callable[[str], bool]) -> bytes:
    """Return a file under another name, with ids of its own where others would mistake one for the other.

    A diagram gets the name too, if it has one process. What cannot be read is copied as it is.
    """
    if kind == "form":
        return _copied_form(content, name, is_taken)
    if kind not in ("bpmn", "dmn"):
        return content
    try:
        root = xml.parse(content)
    except FlowError:
        return content
    known = [e for e in root.iter() if isinstance(e.tag, str) and xml.local(e) in _IDS and e.get("id")]
    new: dict[str, str] = {}
    for element in known:
        id = str(element.get("id"))
        wanted = slug(name) if len([e for e in known if xml.local(e) in ("process", "decision")]) == 1 else f"{id}-{slug(name)}"
        if xml.local(element) in ("process", "decision"):
            new[id] = unique(wanted, lambda one: is_taken(one) or one in new.values())
    text = content.decode("utf-8", "surrogateescape")
    for old, id in new.items():
        text = re.sub(rf"""\b({_REFERS})=(["']){re.escape(old)}\2""", rf"\1=\g<2>{id}\g<2>", text)
        text = re.sub(rf"""\bhref=(["'])#{re.escape(old)}\1""", rf"href=\g<1>#{id}\g<1>", text)
    if kind == "bpmn" and len(new) == 1:
        [id] = new.values()
        tag = re.search(rf"""<(?:[\w-]+:)?process\b[^>]*\bid=["']{re.escape(id)}["'][^>]*>""", text)
        if tag is not None:
            named = re.sub(r"""\sname=("[^"]*"|'[^']*')""", "", tag.group())
            named = re.sub(r"(<(?:[\w-]+:)?process\b)", lambda m: f"{m[1]} name={quoteattr(name)}", named, count=1)
            text = text[: tag.start()] + named + text[tag.end() :]
    return text.encode("utf-8", "surrogateescape")


def _copied_form(content: bytes, name: str, is_taken: Callable[[str], bool]) -> bytes:
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(schema, dict):
        return content
    schema["id"] = unique(slug(name), is_taken)
    return (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()


def path_beside(path: str, name: str) -> str:
    """Return the path of a file with another name in the same folder, with the same ending."""
    before = PurePosixPath(path)
    ending = "".join(before.suffixes) if before.name.lower().endswith(".bpmn20.xml") else before.suffix
    return (before.parent / (slug(name) + ending)).as_posix()


_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="definities" \
targetNamespace={origin} modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.7.0">
  <bpmn:process id="{id}" name={name} isExecutable="true">
    <bpmn:startEvent id="begin" name="Begin" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="diagram">
    <bpmndi:BPMNPlane id="vlak" bpmnElement="{id}">
      <bpmndi:BPMNShape id="begin_vorm" bpmnElement="begin">
        <dc:Bounds x="160" y="160" width="36" height="36" />
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
_TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" \
xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id="definities" name={name} namespace={origin}>
  <decision id="{id}" name={name}>
    <decisionTable id="tabel" hitPolicy="UNIQUE">
      <input id="vraag_1" label="Vraag">
        <inputExpression id="expressie_1" typeRef="string"><text>vraag</text></inputExpression>
      </input>
      <output id="uitkomst_1" label="Uitkomst" name="uitkomst" typeRef="string" />
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram>
      <dmndi:DMNShape dmnElementRef="{id}"><dc:Bounds height="80" width="180" x="160" y="220" /></dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""
