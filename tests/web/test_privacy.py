"""Every page as every role, over two people who appear nowhere else: who reads what of whom stands in the tables below, anything
else is red, and each look has its line in the log. Nothing of them is in the program's own log, whatever fails.

Source of the tables: docs/privacy.md.
"""

from __future__ import annotations

import html
import io
import json
import logging
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from diagrams import Diagram
from flask import Flask
from pypdf import PdfReader
from shipped import PASSWORD, open_platform
from sqlalchemy import func, select

from inburgering_flow.app import create_app
from inburgering_flow.inburgering.demo import ACCOUNTS, LOCATION
from inburgering_flow.model import batches
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import documents, retention
from inburgering_flow.store import tables as t
from inburgering_flow.store.documents import DocumentRow
from inburgering_flow.store.instances import get
from inburgering_flow.web.insight.views import PARTS
from inburgering_flow.workbench import deployed
from inburgering_flow.workbench.needed import needed
from inburgering_flow.workbench.trial import packed
from web.conftest import Browser

USERS = (*sorted(ACCOUNTS), "kees")
CANARIES: dict[str, tuple[str, str]] = {
    # of karin's case, with a process of enforcement in it
    "Voorkanarie": ("own", "name"), "Kanariestein": ("own", "name"), "999990019": ("own", "secret number"),
    "8123456781": ("own", "number"), "Kanariestraat 1": ("own", "address"), "4 maart 1971": ("own", "birth"),
    "1971-03-04": ("own", "birth"), "1972-04-05": ("other", "birth"),
    "KANARIE-EIGEN": ("own", "case"), "kanarie-gegeven": ("own", "fact"), "kanarie-notitie": ("own", "note"),
    "kanarie-strafnotitie": ("own", "closed note"), "kanarie-brief.pdf": ("own", "document"),
    "kanarie-boete.pdf": ("own", "closed document"), "kanarie in de brief": ("own", "letter"),
    "kanarie-mislukt": ("own", "job"),
    # of kees's case, at the location where carla works
    "Voormus": ("other", "name"), "Mussenveld": ("other", "name"), "999990020": ("other", "secret number"),
    "8123456782": ("other", "number"), "Mussenstraat 2": ("other", "address"), "5 april 1972": ("other", "birth"),
    "MUS-ANDER": ("other", "case"), "mus-werk": ("other", "fact"), "mus-overdracht": ("other", "fact of the location"),
    "mus-notitie": ("other", "note"), "mus-brief.pdf": ("other", "document"),
}  # fmt: skip
"""What is put in: whose case, and what of it."""

SEES = {
    "own": {"karin", "hans", "cees", "tom", "rita"},
    "other": {"kees", "carla", "tom", "rita"},
}
OPEN_TO: dict[tuple[str, str], set[str]] = {
    ("own", "closed note"): {"karin", "hans", "tom", "rita"},
    ("own", "closed document"): {"karin", "hans", "tom", "rita"},
    ("own", "fact"): {"karin", "cees"},
    ("own", "job"): {"karin", "tom", "rita"},
    ("other", "fact"): {"kees"},
    ("other", "fact of the location"): {"carla"},
}
"""What not everybody reads who sees the case."""
ROW = {"name", "case"}
FILE = ROW | {"fact", "fact of the location", "document", "closed document"}
NOTES = {"note", "closed note"}
PERSON = {"name", "number", "address", "birth"}
SHOWN: dict[str, set[str]] = {
    "tasklist.work": ROW, "tasklist.tasks": ROW, "cases.search": ROW, "tasklist.taken": ROW, "cases.taken": ROW, "cockpit.board": ROW, "cockpit.cases": ROW, "cockpit.lost": {"case"}, "keeping.one": {"case"},
    "alerts.listed": ROW, "agenda.week": ROW,
    "cases.case": ROW | PERSON | NOTES | {"job", "document", "fact"}, "tasklist.task": FILE | NOTES,
    "case.tasks": ROW, "case.timeline": ROW | NOTES | {"document", "closed document"},
    "case.documents": ROW | {"document", "closed document"}, "case.documents_taken": {"document", "closed document"}, "case.known": ROW | {"fact", "fact of the location"},
    "case.payments": ROW, "case.drawing": ROW, "case.looks": ROW,
    "cases.person": PERSON, "cases.document": {"document", "closed document", "letter"},
    "cases.show_document": {"document", "closed document", "letter"},
    "papers.case_file": FILE | PERSON | NOTES | {"letter"},
    "cases.case, with a reason": ROW | PERSON | NOTES | {"job", "document", "fact", "secret number"},
}
"""What a page shows at most, and to whoever it is for; the other pages show nothing of anybody."""
CASE_PAGES = ("case.tasks", "case.timeline", "case.documents", "case.known", "case.payments", "case.drawing", "case.looks")
LOOKS = {
    "cases.case": {"case.look", "case.look.reason"}, "cases.case, with a reason": {"person.secret"}, "tasklist.task": {"task.look"},
    "tasklist.hand_over": {"task.look"},
    "cases.person": {"person.look"}, "cases.document": {"document.look"}, "cases.show_document": {"document.look"},
    "papers.case_file": {"case.look.file"}, **{page: {"case.look"} for page in CASE_PAGES}, "case.documents_taken": {"case.look"},
}  # fmt: skip
"""The line that says that somebody opened one case; the others are lists, with how many names were shown."""
LISTS = {"list.look", "case.search", "task.search"}


@dataclass
class Town:
    """A platform with the two cases, and what its addresses are made of."""

    law: Platform
    app: Flask
    cases: Mapping[str, int]
    keys: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def login(self, username: str) -> Browser:
        browser = Browser(self.app.test_client())
        browser.get("/inloggen")
        assert browser.post("/inloggen", {"username": username, "password": PASSWORD}).status_code == 302
        browser.get("/")
        return browser


def assigned(group: str) -> str:
    return f'<zeebe:assignmentDefinition candidateGroups="{group}"/>'


def deploy(law: Platform, folder: Path) -> None:
    branches = ("gesprek", "vraag", "kwijt", "melden", "rekenen", "straf_geven")
    zaak = (
        Diagram("zaak").start().both("samen").user("gesprek", assigned("consulent")).user("vraag", assigned("klantmanager"))
        .user("kwijt", assigned("niemand")).service("melden", "duo.pip-melden", retries="1")
        .script("rekenen", 'assert(geheim, false, "fout bij " + geheim)', "uit").call("straf_geven", "straf").end()
        .path("start", "samen")
    )  # fmt: skip
    for branch in branches:
        zaak.path("samen", branch, "end")
    straf = Diagram("straf").start().user("rapport", assigned("handhaver")).end().path("start", "rapport", "end")
    for family, diagram in {"zaak": zaak, "handhaving": straf}.items():
        (folder / family).mkdir(parents=True)
        (folder / family / "proces.bpmn").write_text(diagram.xml())
    facts = [("dossiernummer", ["klantmanager", "consulent"]), ("geheim", ["klantmanager", "consulent"])]
    said = [{"name": name, "type": "string", "roles": roles} for name, roles in facts]
    (folder / "zaak" / "gegevens.json").write_text(json.dumps(said))
    law.deploy(folder)


def document(law: Platform, root: int, instance: int, name: str, content: bytes) -> int:
    with law.context.db.write() as unit:
        key = law.context.keys.next()
        moment = law.clock.now()
        row = DocumentRow(key, root, instance, name, name, "brief", "text/plain", "vast", "", moment)
        documents.add(unit, row, content)
    return key


def note(law: Platform, case: int, text: str, username: str, family: str = "") -> None:
    actor = law.services.accounts.actor(law.services.accounts.get(username))
    law.services.case_file.add_note(case, text, actor, family)


@pytest.fixture(scope="module")
def town(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    law = open_platform(folder)

    def fail(_job: Any, _work: Any) -> Any:
        raise ValueError("kanarie-mislukt")

    law.context.handlers = {**law.context.handlers, "duo.pip-melden": fail}
    deploy(law, folder / "own")
    own = law.start(
        "zaak", {"dossiernummer": "KANARIE-EIGEN", "geheim": "kanarie-gegeven"}, owner="karin", business_key="KANARIE-EIGEN",
        person=law.register_person({
            "voornamen": "Voorkanarie", "achternaam": "Kanariestein", "bsn": "999990019", "v_nummer": "8123456781",
            "straat": "Kanariestraat 1", "geboortedatum": "1971-03-04",
        }),
    )  # fmt: skip
    other = law.start(
        "inburgering", {"dossiernummer": "MUS-ANDER", "doelgroep": "asielstatushouder", "kennisgeving": "2026-03-02",
                        "brpDatum": None, "inCoa": True}, owner="kees", location=LOCATION, business_key="MUS-ANDER",
        person=law.register_person({
            "voornamen": "Voormus", "achternaam": "Mussenveld", "bsn": "999990020", "v_nummer": "8123456782",
            "straat": "Mussenstraat 2", "geboortedatum": "1972-04-05",
        }),
    )  # fmt: skip
    law.run_due()
    called = {i.process_id: i.key for i in law.instances() if i.root_key in (own, other) and i.parent_key}
    law.services.processes.set_variables(other, {"werkervaring": "mus-werk"})
    law.services.processes.set_variables(called["voorinburgering"], {"deelnameReden": "mus-overdracht"})
    note(law, own, "kanarie-notitie", "hans")
    note(law, own, "kanarie-strafnotitie", "hans", "handhaving")
    note(law, other, "mus-notitie", "kees")
    letters = [
        document(law, own, own, "kanarie-brief.pdf", b"kanarie in de brief"),
        document(law, own, called["straf"], "kanarie-boete.pdf", b"kanarie-boete.pdf"),
        document(law, other, other, "mus-brief.pdf", b"mus-brief.pdf"),
    ]
    given = next(x.key for x in law.tasks(state="CREATED") if x.root_key == own and x.candidate_groups == ("klantmanager",))
    law.services.user_tasks.assign(given, "karin", law.services.accounts.actor(law.services.accounts.get("rita")))
    law.services.user_tasks.update(given, due="2026-03-05")
    law.services.lost_tasks.look()
    batch = law.services.batches.create(batches.RESOLVE, keys=[own, other])
    karin = law.services.accounts.actor(law.services.accounts.get("karin"))
    with law.context.db.write() as unit:  # as if both were closed
        for key in (own, other):
            retention.expect(unit, get(unit, key), law.clock.now())
    law.services.retentions.judge()
    sent = law.services.entry_files.upload("inburgering", b"dossiernummer;instroomFase\nX-1;begin\n", karin)
    law.run_due()

    changed = next(d.key for d in law.services.deployments.newest("process") if d.id == "zaak")
    name, content = law.services.deployments.resource_of(changed)
    proposal = law.services.proposals.propose([Resource(name, content.replace(b'name="vraag"', b'name="Vraag"'))], SYSTEM)
    files = law.services.proposals.resources(proposal, SYSTEM)
    plans = [source.plan for source in law.services.rehearsals.sources(SYSTEM, resources=files)]
    rehearsal = law.services.rehearsals.begin(plans, SYSTEM, resources=files, proposal_key=proposal)
    law.run_due()
    project = law.services.projects.create("Voorbeeld", SYSTEM)
    file = {"key": project, "path": law.services.project_files.add(project, "bpmn", "Voorbeeld", SYSTEM)}
    version = law.services.project_files.delete(project, law.services.project_files.add(project, "form", "Weg", SYSTEM), SYSTEM)
    newest = {d.id: d.key for kind in ("process", "form", "decision") for d in law.services.deployments.newest(kind)}
    story = {"naam": "Proef", "klok": "2026-03-02T09:00:00+01:00", "proces": "zaak", "gegevens": {}, "stappen": []}
    tried = packed(needed(name, deployed.models(law.services)))
    piet = law.services.accounts.actor(law.services.accounts.get("piet"))
    runs = [{"key": law.services.trial_runs.begin(tried, story, piet)}]
    instances = [own, other, *called.values()]
    cases = [{"key": own}, {"key": other}]
    keys: dict[str, list[Mapping[str, Any]]] = {
        "papers.case_file": cases, "papers.extract": cases, "cases.case": cases, "cases.person": cases, "cases.reassess": cases, "notices.choose": cases,
        "notices.give": [{**case, "name": "duo.SS106"} for case in cases],
        "cases.document": [{"key": key} for key in letters], "cases.show_document": [{"key": key} for key in letters],
        **dict.fromkeys(CASE_PAGES, cases),
        "cases.marks": [{"instance_key": key} for key in instances], "cases.diagram": [{"instance_key": own}],
        "tasklist.taken": [{"form": "csv"}], "admin.accounts_taken": [{"form": "csv"}], "admin.incidents_taken": [{"form": "csv"}],
        "admin.log_taken": [{"form": "csv"}], "bulk.batches_taken": [{"form": "csv"}], "money.lines_taken": [{"form": "csv"}],
        "money.entries_taken": [{"budget": "spuk", "year": 2026, "form": "csv"}],
        "case.documents_taken": [{**case, "form": "csv"} for case in cases], "cases.taken": [{"form": "csv"}],
        "insight.part": [{"part": name} for name in PARTS if name != "nu"],
        "insight.download": [{"part": "nu", "address": "fasen", "kind": "csv"}, {"part": "duur", "address": "stappen", "kind": "csv"}],
        "lists.done": [{"key": law.services.list_deeds.do("priority", [x.key for x in law.tasks(state="CREATED")][:2], 60, SYSTEM)}],
        "tasklist.task": [{"key": x.key} for x in law.tasks(state="CREATED")],
        "tasklist.hand_over": [{"key": x.key} for x in law.tasks(state="CREATED")], "bulk.batch": [{"key": batch}],
        "cockpit.definition": [{"key": newest[name]} for name in ("zaak", "inburgering")],
        "cockpit.definition_marks": [{"key": newest["zaak"]}], "designer.download": [{"key": newest["zaak"]}], "proving.cases": [{"key": newest["zaak"]}],
        "designer.proposed": [{"key": 1, "number": 0}, {"key": proposal, "number": 0}], "designer.impact": [{"key": 1}],
        "proposals.review": [{"key": proposal}], "rehearsals.of_proposal": [{"key": proposal}],
        "proposals.marks": [{"key": proposal, "number": 0, "side": "nieuw", "process_id": "zaak"}], "versions.marks": [{"side": "oud"}],
        "versions.listed": [{"key": newest["zaak"]}], "descriptions.of_definition": [{"key": newest["zaak"]}],
        "descriptions.of_file": [file], "rehearsals.of_version": [{"key": newest["zaak"]}],
        "rehearsals.shown": [{"key": rehearsal}], "interventions.change": [{"key": key} for key in instances],
        "interventions.marks": [{"key": key} for key in instances],
        "interventions.migrate": [{"key": own, "target": newest["inburgering"]}],
        "projects.project": [{"key": project}], "projects.archive": [{"key": project}],
        "projects.templates": [{"key": project}], "projects.editor": [file],
        "starting.start": [{"key": newest["zaak"]}], "trying.run": runs, "trying.of_project": [{"key": project}],
        "trying.of_deployed": [{"key": newest["zaak"]}], "trying.document": [{**runs[0], "document": key} for key in letters],
        "alerts.opened": [{"key": x.row.key} for x in law.services.alerts.page(karin).items],
        "absence.change": [{"key": law.services.absences.note("karin", date(2026, 3, 9), date(2026, 3, 9), [], karin)}],
        "agenda.feed": [{"token": law.services.calendars.make(karin)}],
        "forecasting.of_project": [{"project": project}],
        "forecasting.shown": [{"key": law.services.forecasts.begin("zaak", "Zoals nu", {"weeks": 4}, 4, SYSTEM)[0]}],
        "projects.content": [file], "projects.version": [{"key": project, "version": version}],
        "money.entries": [{"budget": "spuk", "year": 2026}], "help.rule": [{"id": "feel-syntax"}], "handbook.manual": [{"role": "jurist"}], "handbook.picture": [], "tables.topic": [{"id": "boeteBasis"}], "pages.page": [{"name": "termijnen"}, {"name": "spuk"}, {"name": "cijfers"}],
        "pages.taken": [{"name": "cijfers", "wanted": "cijfers.csv"}, {"name": "cijfers", "wanted": "cbs-levering.csv"}],
        "keeping.one": cases, "static": [], "entry.file": [{"key": sent}], "entry.refused": [{"key": sent}],
    }  # fmt: skip
    yield Town(law, create_app(law.services), {"own": own, "other": other}, keys)
    law.close()


def pages(town: Town) -> list[tuple[str, str]]:
    """Every route that is read with GET: its endpoint and an address, or one for each thing that it can be about."""
    adapter = town.app.url_map.bind("localhost")
    found = []
    for rule in town.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            assert not rule.arguments or rule.endpoint in town.keys, f"say of what {rule.endpoint} is opened"
            found += [(rule.endpoint, adapter.build(rule.endpoint, keys)) for keys in town.keys.get(rule.endpoint, [{}])]
    found += [("tasklist.tasks", "/taken?lijst=alle"), ("tasklist.taken", "/taken/bestand.csv?lijst=alle"), ("cases.search", "/zaken?toestand=alle"), ("admin.log", "/logboek?soort=looks")]
    return found


def seen_in(text: str) -> set[str]:
    read = html.unescape(text)
    return {canary for canary in CANARIES if canary in read}


@cache
def text_of_pdf(data: bytes) -> str:
    """All that a PDF says, and what is attached to it: read once, whoever opens it."""
    reader = PdfReader(io.BytesIO(data))
    inside = [f"{name}\n{one.decode(errors='replace')}" for name, found in reader.attachments.items() for one in found]
    return "\n".join([*(page.extract_text() for page in reader.pages), *inside])


def text_of(answer: Any) -> str:
    """All that somebody can read in an answer; of an archive or a case file what is in it."""
    if answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-1.7\n%"):
        return text_of_pdf(answer.data)
    if answer.mimetype != "application/zip":
        return str(answer.text)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        return "\n".join(f"{name}\n{packed.read(name).decode(errors='replace')}" for name in packed.namelist())


def newest_line(law: Platform) -> int:
    with law.context.db.read() as unit:
        return int(unit.connection.execute(select(func.coalesce(func.max(t.audit.c.key), 0))).scalar_one())


def is_logged(law: Platform, since: int, username: str, case: int, endpoint: str) -> bool:
    """Tell whether a line says that somebody looked: at this case, or at a list with names in it."""
    with law.context.db.read() as unit:
        query = select(t.audit).where(t.audit.c.key > since, t.audit.c.actor == username)
        lines = list(unit.connection.execute(query))
    if endpoint in LOOKS:
        return any(line.root_key == case and line.action in LOOKS[endpoint] for line in lines)
    return any(line.action in LISTS and line.detail["shown"] > 0 for line in lines)


@dataclass
class Watch:
    """What was seen that should not have been, and what was seen at all."""

    town: Town
    wrong: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, str, str]] = field(default_factory=set)

    def look(self, username: str, endpoint: str, answer: Any, since: int, given: str = "") -> None:
        """Judge what an answer shows; what its reader typed is no news to them."""
        found = seen_in(text_of(answer)) | seen_in(str(answer.headers))
        for canary in sorted(found):
            case, kind = CANARIES[canary]
            if canary in given:
                continue
            self.seen.add((username, endpoint, case, kind))
            readers = OPEN_TO.get((case, kind), SEES[case])
            if kind not in SHOWN.get(endpoint, ()) or username not in SEES[case] or username not in readers:
                self.wrong.append(f"{username} reads {canary} ({case}: {kind}) at {endpoint}")
            if not is_logged(self.town.law, since, username, self.town.cases[case], endpoint):
                self.wrong.append(f"{username} reads {canary} at {endpoint} and no line of the log says so")
        if answer.status_code >= 500:
            self.wrong.append(f"{username} cannot open {endpoint}")


def no_canary(records: list[logging.LogRecord]) -> None:
    form = logging.Formatter("%(name)s %(levelname)s %(message)s")
    told = {(record.name, canary) for record in records for canary in seen_in(form.format(record) + repr(record.args))}
    assert told == set()


@pytest.fixture(scope="module")
def watch(town: Town) -> Watch:
    """All that is seen when everybody opens everything, searches, and gives a reason for a number."""
    watch = Watch(town)
    addresses = pages(town)
    for username in USERS:
        browser = town.login(username)
        line = newest_line(town.law)
        for endpoint, address in addresses:
            answer = browser.get(address)
            watch.look(username, endpoint, answer, line)
            line = max(line, newest_line(town.law)) if seen_in(text_of(answer)) else line
        for endpoint, address in (("cases.search", "/zaken"), ("tasklist.tasks", "/taken?lijst=alle")):
            for sought in ("Kanariestein", "999990020", "MUS-ANDER"):
                watch.look(username, endpoint, browser.post(address, {"zoek": sought}), line, sought)
        for case in town.cases.values():
            reason = "nodig voor een melding aan DUO"
            answer = browser.post(f"/zaken/{case}", {"nummer_reden": reason})
            watch.look(username, "cases.case, with a reason", answer, line)
        wrong = {"achternaam": "Ander", "bsn": "999990019", "dossiernummer": "X-1", "kennisgeving": "2026-03-02",
                 "doelgroep": "gezinsmigrant", "voornamen": "X"}  # fmt: skip
        watch.look(username, "cases.new", browser.post("/zaken/nieuw", wrong), line, "999990019")
    return watch


def test_nobody_reads_what_is_not_for_them_and_each_look_is_logged(watch: Watch) -> None:
    assert watch.wrong == [], "\n".join(watch.wrong)


def test_everything_that_was_put_in_is_seen_where_it_is_for_somebody(watch: Watch) -> None:
    """Or the test above would say nothing: each page of the table shows what it says, each reader reads what is theirs."""
    assert {(endpoint, kind) for _who, endpoint, _case, kind in watch.seen} == {
        (endpoint, kind) for endpoint, kinds in SHOWN.items() for kind in kinds
    }
    for case, readers in SEES.items():
        assert {who for who, _endpoint, whose, kind in watch.seen if (whose, kind) == (case, "name")} == readers
    for (case, kind), readers in OPEN_TO.items():
        assert {who for who, _endpoint, *what in watch.seen if what == [case, kind]} == readers, (case, kind)


def test_a_colleagues_case_shows_everything_only_after_a_reason(town: Town) -> None:
    browser, case = town.login("kees"), town.cases["own"]
    assert seen_in(browser.get(f"/zaken/{case}").text) == set()
    line = newest_line(town.law)

    answer = browser.post(f"/zaken/{case}", {"reden": "neem waar voor een zieke collega"})

    assert {"Kanariestein", "KANARIE-EIGEN"} <= seen_in(text_of(answer))
    assert is_logged(town.law, line, "kees", case, "cases.case")


def test_the_programs_log_names_nobody_whatever_fails(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    law, rita = town.law, town.login("rita")

    def trouble(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError(" ".join(CANARIES))

    stuck = next(i.key for i in law.services.incidents.page() if i.error_type == "JOB_NO_RETRIES")
    law.resolve(stuck)
    law.run_due()
    with monkeypatch.context() as broken:
        broken.setattr(law.services.case_lists, "search", trouble)
        broken.setattr(law.services.case_pages, "overview", trouble)
        assert seen_in(rita.post("/zaken", {"zoek": "Kanariestein"}).text) == set()
        assert rita.get(f"/zaken/{town.cases['own']}").status_code == 500
        broken.setattr(law.services.batches, "_acts", {batches.RESUME: trouble})
        law.services.batches.create(batches.RESUME, keys=[town.cases["own"]])
        law.run_due()
    law.services.lost_tasks.look()

    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) >= 4, "the job, two pages, the batch, the lost task"
    no_canary(caplog.records)
