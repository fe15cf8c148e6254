"""Two versions of a diagram: what was added, removed, changed and moved, and the same of it as bpmn-js-differ finds."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from browser import chromium
from diagrams import Diagram, message_event, timer

from inburgering_flow.bpmn import comparison
from inburgering_flow.bpmn.comparison import compare
from inburgering_flow.bpmn.reader import read
from inburgering_flow.bpmn.renamed import Renamed, suggest
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.model.differences import ADDED, CHANGED, MOVED, REMOVED, Change

FORM = '<zeebe:formDefinition formId="{}"/>'
SHIPPED = resource_folder("processes")


def drawn(*tasks: str, form: str = "oud") -> bytes:
    diagram = Diagram().start()
    for task in tasks:
        diagram.user(task, FORM.format(form) if task == "a" else "")
    return diagram.end().path("start", *tasks, "end").xml().encode()


def kinds(before: bytes, after: bytes) -> dict[str, list[str]]:
    found = compare(before, after)
    return {kind: sorted(found.of(kind)) for kind in (ADDED, REMOVED, CHANGED, MOVED) if found.of(kind)}


def test_a_step_that_was_added_and_the_way_around_it() -> None:
    assert kinds(drawn("a"), drawn("a", "b")) == {ADDED: ["a_b", "b", "b_end"], REMOVED: ["a_end"]}
    assert kinds(drawn("a", "b"), drawn("a")) == {REMOVED: ["a_b", "b", "b_end"], ADDED: ["a_end"]}


def test_a_change_says_which_property_and_from_what_to_what() -> None:
    one = next(iter(compare(drawn("a"), drawn("a", form="nieuw")).differences))

    assert (one.kind, one.id, one.name, one.type) == (CHANGED, "a", "a", "userTask")
    assert one.changes == (Change("formDefinition.formId", "oud", "nieuw"),)


def test_what_a_program_writes_down_or_not_as_it_likes_is_no_difference() -> None:
    plain = Diagram().start().user("a").boundary("b", "a", message_event("m"), interrupting=True).message("m", "bericht").end()
    text = plain.end("e2").path("start", "a", "end").path("b", "e2").xml()
    placed = (SHIPPED / "leerroute" / "schakelen.bpmn").read_text(encoding="utf-8")
    same = re.sub(r' x="(\d+)"', r' x="\1.0"', placed)
    assert same != placed
    assert kinds(placed.encode(), same.encode()) == {}
    typed = placed.replace("<di:waypoint ", '<di:waypoint xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="dc:Point" ')
    assert kinds(placed.encode(), typed.encode()) == {}
    told = text.replace('name="a">', 'name="a"><documentation{}>Vraag</documentation><property id="p"><{}>1</{}></property>')
    assert told != text
    as_one, as_other = told.format("", "formalExpression", "formalExpression"), told.format(' textFormat="text/plain"', "expression", "expression")
    assert kinds(as_one.encode(), as_other.encode()) == {}
    other = text.replace('id="b"', 'id="b" cancelActivity="false"') if "cancelActivity" not in text else text.replace(
        'cancelActivity="true"', 'cancelActivity="false"'
    )  # fmt: skip
    assert kinds(text.encode(), other.encode()) == {CHANGED: ["b"]}
    written = text if "cancelActivity" in text else text.replace('id="b"', 'id="b" cancelActivity="true"')
    assert kinds(written.replace(' cancelActivity="true"', "").encode(), written.encode()) == {}


def test_an_element_of_another_kind_and_one_in_another_scope_have_changed() -> None:
    before = Diagram().start().user("a").end().path("start", "a", "end").xml().encode()
    after = before.replace(b'bpmn:userTask id="a"', b'bpmn:manualTask id="a"').replace(b"</bpmn:userTask>", b"</bpmn:manualTask>")
    assert [c for d in compare(before, after).differences for c in d.changes if c.property == "$type"] == [
        Change("$type", "userTask", "manualTask")
    ]
    inside = Diagram().sub("s", Diagram().user("a")).xml().encode()
    moved = next(d for d in compare(Diagram().sub("s", Diagram()).user("a").xml().encode(), inside).differences if d.id == "a")
    assert moved.changes == (Change("$scope", "p", "s"),)


def test_what_refers_to_a_message_changes_with_it_and_not_with_its_id() -> None:
    def waiting(id: str, name: str) -> bytes:
        drawing = Diagram().message(id, name).start().user("a").boundary("b", "a", message_event(id)).end()
        return drawing.path("start", "a", "end").path("b", "end").xml().encode()

    assert compare(waiting("m", "duo.bericht"), waiting("n", "duo.bericht")).is_same
    change = compare(waiting("m", "duo.bericht"), waiting("m", "duo.ander")).differences[0]
    assert (change.id, change.changes) == ("b", (Change("messageEventDefinition.messageRef", "duo.bericht", "duo.ander"),))


def test_prefixes_spaces_comments_and_the_program_that_wrote_it_change_nothing() -> None:
    before = (SHIPPED / "inburgering/brede-intake.bpmn").read_bytes()
    other = before.replace(b"bpmn:", b"semantic:").replace(b"xmlns:bpmn=", b"xmlns:semantic=")
    other = other.replace(b"<semantic:process ", b"<!-- hier -->\n\n  <semantic:process ", 1)

    assert compare(before, other).is_same
    assert comparison.content(before, "brede-intake") == comparison.content(other, "brede-intake")
    assert comparison.content(before, "brede-intake") != comparison.content(before.replace(b' x="', b' x="1', 1), "brede-intake")


def test_only_the_process_that_is_asked_for() -> None:
    two = b'<bpmn:process id="q" isExecutable="true"><bpmn:userTask id="x" name="%s"/></bpmn:process></bpmn:definitions>'
    before, after = (drawn("a").replace(b"</bpmn:definitions>", two % name) for name in (b"Oud", b"Nieuw"))

    assert compare(before, after, "p").is_same
    assert comparison.content(before, "p") == comparison.content(after, "p")
    assert compare(before, after, "q").of(CHANGED) == ["x"]


# -- what a step has become ------------------------------------------------------------------------------------------------


def suggested(before: Diagram, after: Diagram) -> list[Renamed]:
    old, new = (read(d.xml().encode(), name="x.bpmn").processes[0] for d in (before, after))
    return suggest(old, new)


def row(*tasks: str) -> Diagram:
    diagram = Diagram().start()
    for task in tasks:
        diagram.user(task)
    return diagram.end().path("start", *tasks, "end")


def test_a_renamed_step_is_found_by_its_name_or_by_its_place() -> None:
    before, after = row("a", "b"), row("a", "nieuw")
    assert suggested(before, after) == [Renamed("b", "nieuw", "place")]
    after.parts = [p.replace('id="nieuw" name="nieuw"', 'id="nieuw" name="B"') for p in after.parts]
    assert suggested(before, after) == [Renamed("b", "nieuw", "name")]


def test_neighbours_that_were_renamed_together_are_found_one_after_the_other() -> None:
    before, after = row("a", "b", "c"), row("x", "y", "z")
    after.parts = [p.replace('id="y" name="y"', 'id="y" name="b"') for p in after.parts]
    assert suggested(before, after) == [Renamed("a", "x", "place"), Renamed("b", "y", "name"), Renamed("c", "z", "place")]


def test_nothing_is_suggested_where_two_would_do_or_the_kind_is_another() -> None:
    fork = Diagram().start().xor("k").user("b").user("c").end().path("start", "k", "b", "end").path("k", "c", "end")
    other = Diagram().start().xor("k").user("d").user("e").end().path("start", "k", "d", "end").path("k", "e", "end")
    assert suggested(fork, other) == []
    assert suggested(row("a"), Diagram().start().script("b", "1", "x").end().path("start", "b", "end")) == []


def test_a_timer_goes_with_the_activity_that_it_hangs_on() -> None:
    def watched(task: str, clock: str) -> Diagram:
        return Diagram().start().user(task).boundary(clock, task, timer("timeDuration", "P1D")).end().path("start", task, "end")

    assert suggested(watched("a", "t"), watched("b", "u")) == [Renamed("a", "b", "place"), Renamed("t", "u", "host")]


# -- the same as bpmn-js-differ --------------------------------------------------------------------------------------------

ASK = """
import { readFileSync } from 'node:fs';
import { BpmnModdle } from 'bpmn-moddle';
import { diff } from 'bpmn-js-differ';
const found = [];
for (const [before, after] of JSON.parse(readFileSync(0, 'utf8'))) {
  const [a, b] = await Promise.all([before, after].map(async (xml) => (await new BpmnModdle().fromXML(xml)).rootElement));
  const result = diff(a, b);
  found.push(['_added', '_removed', '_changed', '_layoutChanged'].map((kind) => Object.keys(result[kind])));
}
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, str]]:
    intake = (SHIPPED / "inburgering/brede-intake.bpmn").read_text(encoding="utf-8")
    pip = (SHIPPED / "inburgering/pip-vaststellen.bpmn").read_text(encoding="utf-8")
    small = drawn("a", "b", form="x").decode()
    return [
        (intake, intake),
        (intake, intake.replace(' x="', ' x="1')),
        (pip, pip.replace('candidateGroups="klantmanager"', 'candidateGroups="jurist"')),
        (pip, pip.replace("</bpmn:documentation>", " Nieuw.</bpmn:documentation>")),
        (small, drawn("a", "b", form="y").decode()),
        (small, drawn("b", "a", form="x").decode()),
        (small, small.replace('name="b"', 'name="Beoordelen"').replace('targetRef="b"', 'targetRef="end"')),
        (intake, intake.replace("</bpmn:conditionExpression>", " and true</bpmn:conditionExpression>")),
        (intake, intake.replace('timerEventDefinition id="', 'timerEventDefinition id="').replace("P1", "P2")),
    ]


def asked(pairs: list[tuple[str, str]]) -> list[list[list[str]]]:
    node, _npm, environment = chromium.node()
    modules: Path = chromium.packages()
    command = [*node, "--input-type=module", "--eval", ASK]
    done = subprocess.run(command, cwd=modules.parent, env=environment, input=json.dumps(pairs), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: Any = json.loads(done.stdout)
    return found


def test_bpmn_js_differ_marks_the_same(pairs: list[tuple[str, str]]) -> None:
    seen = 0
    for (before, after), (added, removed, changed, laid_out) in zip(pairs, asked(pairs), strict=True):
        ours = compare(before.encode(), after.encode())
        tracked = [d for d in ours.differences if d.type not in ("process", "textAnnotation", "association", "group")]
        theirs = set(added) | set(removed) | set(changed)
        around = {e for e in changed if e not in {d.id for d in tracked if d.kind == CHANGED}}  # because of what is inside
        assert {d.id for d in tracked if d.kind == ADDED} == set(added) - set(removed)
        assert {d.id for d in tracked if d.kind == REMOVED} == set(removed) - set(added)
        assert {d.id for d in tracked if d.kind == CHANGED} == theirs - (set(added) ^ set(removed)) - around
        for one in around:
            assert re.search(f'(subProcess|:process) [^>]*id="{one}"', before)
        assert {d.id for d in tracked if d.kind == MOVED} == {
            e for e in laid_out if e not in theirs - around and f'textAnnotation id="{e}"' not in before
            and f'association id="{e}"' not in before and e not in {d.id for d in tracked if d.kind == CHANGED}
        }  # fmt: skip
        seen += len(tracked)
    assert seen > 100
