"""What an editor opens and saves says the same afterwards, in every file that is shipped and in what others drew.

``others`` holds what public files of others have and the shipped ones do not; ``MODELS_FOLDER`` names a folder with files of
others that may not be in this repository: each in it is opened and saved too, and an account is printed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import variants
from playwright.sync_api import Error

from browser import chromium
from browser.steps import Pages, new_file, opened
from inburgering_flow import xml
from inburgering_flow.model.differences import MOVED
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services.contents import compare

ROOT = Path(__file__).parents[2]
OTHERS = Path(__file__).parent / "others"
ELSEWHERE = os.environ.get("MODELS_FOLDER", "")
ENDINGS = {"bpmn": "*.bpmn", "dmn": "*.dmn", "form": "*.form"}
KINDS = {"bpmn": ("process", "process"), "dmn": ("decision", "decision"), "form": ("form", "")}
OPEN = "async (text) => { await window.flowEditor.show(text); return window.flowEditor.read(); }"
TOLD = "() => (window.flowEditor.told?.() ?? []).map((finding) => finding.message)"
MEANINGS = (ROOT / "frontend" / "node_modules" / "zeebe-bpmn-moddle" / "resources" / "zeebe.json",
            ROOT / "frontend" / "node_modules" / "bpmn-moddle" / "resources" / "bpmn" / "json" / "bpmn.json",
            ROOT / "frontend" / "node_modules" / "dmn-moddle" / "resources" / "dmn" / "json" / "dmn13.json")  # fmt: skip
GOES = "Dit kent deze editor niet, en het verdwijnt als u opslaat:"
SAYS_NOTHING = frozenset(("BPMNPlane", "BPMNDiagram", "DMNDiagram", "incoming", "outgoing", "flowNodeRef"))
"""What points to something else in the same file, or to a drawing; the library draws these up anew."""
AS_IT_LIKES = frozenset(("isMarkerVisible", "{http://www.w3.org/2001/XMLSchema-instance}type"))
"""Attributes that a program writes or not where only one thing can be meant."""

Fact = tuple[str, str, tuple[tuple[str, str], ...], str]


def files(kind: str) -> list[Path]:
    shipped = sorted(p for folder in ("processes", "forms", "examples") for p in (ROOT / folder).rglob(ENDINGS[kind]))
    return (shipped if variants.ALL else shipped[::15]) + sorted(OTHERS.rglob(ENDINGS[kind]))


def definitions(kind: str, content: bytes) -> list[tuple[str, str]]:
    """Return (kind, id) of every definition in a file."""
    what, tag = KINDS[kind]
    if kind == "form":
        return [(what, str(json.loads(content).get("id")))]
    return [(what, str(node.get("id"))) for node in xml.parse(content).iter() if xml.local(node) == tag and node.get("id")]


def usual() -> frozenset[tuple[str, str]]:
    """Return the attributes that say what holds without them, of bpmn.io's own descriptions of the formats."""
    found = {("isExecutable", "false")}
    for path in MEANINGS:
        for type in json.loads(path.read_text(encoding="utf-8"))["types"]:
            for one in type.get("properties", ()):
                if one.get("isAttr") and "default" in one:
                    found.add((one["name"], str(one["default"]).lower() if one["default"] in (True, False) else str(one["default"])))
    return frozenset(found)


def facts(content: bytes, usual: frozenset[tuple[str, str]]) -> Counter[Fact]:
    """Return every element with its parent, attributes and text, read by nothing but an XML parser."""
    found: Counter[Fact] = Counter()
    for node in xml.parse(content).iter():
        tag, around = xml.local(node), node.getparent()
        if tag in SAYS_NOTHING:
            continue
        attributes = tuple(sorted(
            (str(name), said(str(value))) for name, value in node.attrib.items() if (str(name), value) not in usual and str(name) not in AS_IT_LIKES
        ))  # fmt: skip
        found[("" if around is None else xml.local(around), str(node.tag), attributes, said((node.text or "").strip()))] += 1
    return found


def said(value: str) -> str:
    """Return a number as every program writes it, and a name in a namespace without its prefix."""
    if re.fullmatch(r"-?\d+(\.\d+)?(E-?\d+)?", value):
        return f"{float(value):.10g}"
    return re.sub(r"^[A-Za-z_][-\w]*:(?=[A-Za-z_]\w*$)", "", value)


def form(content: bytes) -> object:
    """Return what a form says; the editor writes the newest version of the schema, and an id for each component."""
    found = json.loads(content)

    def plain(value: object) -> object:
        if isinstance(value, dict):
            kept = {k: plain(v) for k, v in value.items() if not (k == "id" and str(v).startswith("Field_") and "type" in value)}
            return {k: v for k, v in kept.items() if k != "layout" or "row" not in value["layout"] or value["layout"]["row"]}
        return [plain(one) for one in value] if isinstance(value, list) else value

    return {k: v for k, v in plain(found).items() if k not in ("schemaVersion", "exporter")}  # type: ignore[attr-defined]


def lost(kind: str, before: bytes, after: bytes) -> Iterator[str]:
    """Yield what a file says after it was opened and saved no more, or otherwise."""
    if sorted(definitions(kind, before)) != sorted(definitions(kind, after)):
        yield "its definitions"
        return
    for what, id in definitions(kind, before):
        found = compare(what, id, before, after)
        is_drawn = kind != "bpmn" or b"BPMNPlane" in before  # else the editor draws it
        yield from (f"{what} {id}: {d.id} {d.kind} {d.changes}" for d in found.differences if is_drawn or d.kind != MOVED)
        if found.tables:
            yield f"{what} {id}: {found.tables}"
    if kind == "form":
        if form(before) != form(after):
            yield f"{form(before)} → {form(after)}"
        return
    yield from (str(fact) for fact in facts(before, USUAL) - facts(after, USUAL))


USUAL: frozenset[tuple[str, str]] = usual()


def by_moddle(pairs: list[tuple[str, str]]) -> list[list[str]]:
    """Return where each two diagrams differ for the library of bpmn.io itself."""
    chromium.packages()
    command, _npm, environment = chromium.node()
    read = [[xml.written(xml.parse(one.encode())).decode() for one in pair] for pair in pairs]  # it keeps line ends in attributes
    done = subprocess.run([*command, str(Path(__file__).with_name("moddle.mjs"))], input=json.dumps(read), env=environment,
                          capture_output=True, text=True, check=True, timeout=300)  # fmt: skip
    answers: list[list[str]] = json.loads(done.stdout)
    return answers


def text_of(path: Path) -> str:
    """Return a file as the page gives it to an editor: in the encoding that it names itself."""
    content = path.read_bytes()
    named = re.search(rb"<\?xml[^>]*encoding=.([\w.-]+)", content[:200])
    return content.decode(named[1].decode() if named else "utf-8")


@pytest.mark.parametrize("kind", ENDINGS)
def test_what_is_opened_and_saved_says_the_same(address: str, page_of: Pages, kind: str) -> None:
    piet = page_of("piet")
    new_file(piet, address, kind, "Rondreis")
    wrong: dict[str, list[str]] = {}
    saved: dict[str, tuple[str, str]] = {}
    for path in files(kind):
        before = text_of(path)
        after = piet.evaluate(OPEN, before)
        assert definitions(kind, before.encode()), path
        wrong[path.name] = list(lost(kind, before.encode(), after.encode()))
        saved[path.name] = before, after
        assert piet.evaluate(TOLD) == [], path
    if kind == "bpmn":
        for name, more in zip(saved, by_moddle(list(saved.values())), strict=True):
            wrong[name] += more
    assert {name: said for name, said in wrong.items() if said} == {}


def test_what_the_editor_cannot_keep_it_names(address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "bpmn", "Verlies")
    known = (OTHERS / "uitbreidingen.bpmn").read_text(encoding="utf-8")
    piet.evaluate(OPEN, known.replace("</b:process>", '<b:onbekend id="x" a="1" /></b:process>'))
    assert piet.evaluate(TOLD) == [f"{GOES} <onbekend>"]
    piet.evaluate(OPEN, known.replace("<b:startEvent", "<!-- let op --><b:startEvent"))
    assert piet.evaluate(TOLD) == [f"{GOES} <!-- … -->"]

    new_file(piet, address, "dmn", "Verlies")
    table = (OTHERS / "dmn-1.5.dmn").read_text(encoding="utf-8")
    branch = "".join(f"<{part}><literalExpression><text>1</text></literalExpression></{part}>" for part in ("if", "then", "else"))
    rather = re.sub(r"<decisionTable.*</decisionTable>", f"<conditional>{branch}</conditional>", table, flags=re.DOTALL)
    with pytest.raises(Error, match=r"deze editor zou iets weglaten\..*: <conditional>, <if>"):
        piet.evaluate(OPEN, rather)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_a_file_is_read_in_the_encoding_that_it_names(law: Platform, address: str, page_of: Pages, encoding: str) -> None:
    key = law.services.projects.create("Codering", SYSTEM)
    text = (OTHERS / "uitbreidingen.bpmn").read_text(encoding="utf-8").replace('"eind"', '"eind" name="Één zaak"')
    content = text.replace("UTF-8", encoding).encode(encoding)
    law.services.projects.take_in(key, [("zaak.bpmn", content)], SYSTEM)
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen/{key}/bestand/zaak.bpmn")
    opened(piet)

    assert 'name="Één zaak"' in piet.evaluate("() => window.flowEditor.read()")


if ELSEWHERE:  # no test that is skipped: without the folder there is nothing to say of it

    @pytest.mark.parametrize("kind", ENDINGS)
    def test_files_of_elsewhere(address: str, page_of: Pages, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
        piet = page_of("piet")
        new_file(piet, address, kind, "Elders")
        account: dict[str, str] = {}
        wrong: dict[str, list[str]] = {}
        for path in sorted(Path(ELSEWHERE).rglob(ENDINGS[kind])):
            before = text_of(path)
            try:
                after = piet.evaluate(OPEN, before)
            except Error as error:  # what cannot be opened says why, and the file stays as it is
                account[str(path)] = str(error).splitlines()[0]
                continue
            told = piet.evaluate(TOLD)
            names_more = any(one != f"{GOES} <!-- … -->" for one in told)
            found = [] if names_more else list(lost(kind, before.encode(), after.encode()))
            found += by_moddle([(before, after)])[0] if kind == "bpmn" and not names_more else []
            if found:
                wrong[str(path)] = found
            account[str(path)] = " ".join(told) or ("differs" if found else "the same")
        with capsys.disabled():
            print(f"\n{kind}: {len(account)} files, {sum(said == 'the same' for said in account.values())} come back the same")
            print("".join(f"  {path}: {said}\n" for path, said in account.items() if said != "the same"), end="")
        assert not wrong, "\n".join(f"{path}: {one}"[:500] for path, found in wrong.items() for one in found[:8])
