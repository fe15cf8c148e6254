"""What a municipality had in its database when a schema version was released, and how its cases go on after an update.

``python tests/store/released/story.py FILE`` lets the program that is on the path play ``begin`` on an empty SQLite database
and writes every row into FILE: run it once for each new schema version, with the program that releases it. Only the embedding
API is used, which stays. ``finish`` is played by the newest program on the rows of every version, for ever.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from diagrams import Diagram, error_event, loop, message_event, timer

from inburgering_flow.clock import ManualClock
from inburgering_flow.inburgering.people import PERSON
from inburgering_flow.model.plugin import Plugin
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings

START = "2026-01-05T09:00:00+01:00"
CASES = ("claimed", "at a job", "stuck", "one of many", "at a gateway", "called", "finished")


def work(job: Any, tools: Any) -> dict[str, Any]:
    if job.variables.get("kapot"):
        raise RuntimeError("the partner does not answer")
    tools.add_document(name="brief.pdf", title="Brief", kind="brief", content=b"inhoud")
    return {"gedaan": True}


def diagrams() -> list[Diagram]:
    inner = Diagram("binnen").start().user("in").end().path("start", "in", "end")
    inside = (
        Diagram().start("s_start").user("x").service("s", "werk", retries="1").both("s_split").both("s_join").end("s_end")
        .path("s_start", "s_split", "x", "s_join", "s_end").path("s_split", "s", "s_join")
    )  # fmt: skip
    heard = Diagram().message("h", "hoor").node("startEvent", "hs", body=message_event("h"), isInterrupting="false").end("he")
    outer = (
        Diagram().message("m", "bericht").message("n", "nieuws").code("error", "e", "AFGEWEZEN").start()
        .user("a", '<zeebe:assignmentDefinition candidateGroups="klantmanager, handhaver" candidateUsers="anna"/>')
        .boundary("t", "a", timer("timeCycle", "R3/P1D"), interrupting=False).boundary("b", "a", message_event("m"))
        .xor("merge").sub("sub", inside).boundary("refused", "sub", error_event("e"))
        .boundary("hurry", "sub", timer("timeDuration", "P30D"))
        .user("many", body=loop("[1, 2, 3]", "item", output="item", collect="uit"))
        .node("eventBasedGateway", "g").node("intermediateCatchEvent", "gm", body=message_event("n"))
        .node("intermediateCatchEvent", "gt", body=timer("timeDuration", "P50D")).xor("j").call("c", "binnen")
        .end().end("reminded").end("no").end("late")
        .sub("es", heard.path("hs", "he"), event=True)
        .path("start", "a", "merge", "sub", "many", "g", "gm", "j", "c", "end").path("g", "gt", "j").path("b", "merge")
        .path("t", "reminded").path("refused", "no").path("hurry", "late")
    )  # fmt: skip
    return [inner, outer]


def task(platform: Platform, case: str, element_id: str) -> int:
    return platform.tasks(state="CREATED", instance=keys(platform)[case], element_id=element_id)[0].key


def keys(platform: Platform) -> dict[str, int]:
    """Return the cases by name."""
    return {i.business_key: i.key for i in platform.instances("p")}


def begin(platform: Platform) -> None:
    """Bring cases to all kinds of points: what is open now must go on after any later update."""
    for made in diagrams():
        platform.deploy_content(f"{made.process_id}.bpmn", made.xml())
    person = platform.register_person({"voornamen": "Voorbeeld", "achternaam": "Persoon", "bsn": "999990019"})
    for number, case in enumerate(CASES):
        platform.start("p", {"sleutel": case, "kapot": case == "stuck", "bedrag": 250.5}, business_key=case,
                       person=person if number == 0 else None)  # fmt: skip
    platform.clock.advance(days=1, hours=1)
    platform.run_due()  # the reminder of each has come once
    for case in CASES[1:]:
        platform.complete(task(platform, case, "a"), {"antwoord": case}, user="bert")
    for case in CASES[3:]:
        platform.complete(task(platform, case, "x"), user="bert")
    pending = {job for job in platform.services.jobs.due() if _case_of(platform, job) == "at a job"}
    for job in set(platform.services.jobs.due()) - pending:
        platform.services.jobs.run(job, "node 1")
    platform.complete(task(platform, "one of many", "many"), user="bert")
    for case in CASES[4:]:
        for _ in range(3):
            platform.complete(task(platform, case, "many"), user="bert")
    for case in CASES[5:]:
        platform.correlate("nieuws", correlation_key=case)
    platform.complete(task(platform, "finished", "in"), user="bert")
    platform.claim(task(platform, "claimed", "a"), user="anna")
    from inburgering_flow.model.permissions import SYSTEM

    platform.services.drafts.save(task(platform, "claimed", "a"), SYSTEM, lambda _form: {"half": "klaar"})
    from datetime import timedelta

    platform.publish("bericht", correlation_key="later", variables={"b": 1}, time_to_live=timedelta(days=100))


def _case_of(platform: Platform, job: int) -> str:
    from inburgering_flow.store import jobs

    with platform.context.db.read() as unit:
        found = jobs.get(unit, job)
    return next(name for name, key in keys(platform).items() if key == found.root_key)


def finish(platform: Platform) -> None:
    """Let every case go on to its end, and check that nothing it had is lost."""
    found = keys(platform)
    assert set(found) == set(CASES)
    assert platform.tasks(state="CREATED", assignee="anna")[0].key == task(platform, "claimed", "a")
    with platform.context.db.read() as unit:
        from inburgering_flow.store import drafts

        assert drafts.get(unit, task(platform, "claimed", "a"), "system") == {"half": "klaar"}
    with platform.context.db.read() as unit:
        person = platform.services.people.load(unit, platform.instance(found["claimed"]).person_key)
        assert (person.name, person.get("bsn")) == ("Voorbeeld Persoon", "999990019")
    platform.correlate("hoor", correlation_key="claimed")
    platform.clock.advance(days=1)
    platform.run_due()
    platform.complete(task(platform, "claimed", "a"), {"antwoord": "claimed"}, user="anna")
    for case in ("claimed", "at a job", "stuck"):
        platform.complete(task(platform, case, "x"), user="anna")
    platform.services.processes.set_variables(found["stuck"], {"kapot": False})
    incidents = [i for i in platform.instance(found["stuck"]).incidents if i.state == "ACTIVE"]
    assert [i.error_type for i in incidents] == ["JOB_NO_RETRIES"]
    platform.resolve(incidents[0].key)
    platform.run_due()
    for case in ("claimed", "at a job", "stuck", "one of many"):
        for _ in range(2 if case == "one of many" else 3):
            platform.complete(task(platform, case, "many"), user="anna")
    platform.correlate("nieuws", correlation_key="at a gateway")
    platform.clock.advance(days=51)
    platform.run_due()
    for case in CASES[:-1]:
        platform.complete(task(platform, case, "in"), user="anna")
    for case, key in found.items():
        instance = platform.instance(key)
        assert instance.state == "COMPLETED", case
        assert instance.variables["uit"] == [1, 2, 3]
        assert instance.variables["antwoord"] == case
        assert str(instance.variables["bedrag"]) == "250.5"
        visited = [e.element_id for e in instance.elements]
        assert visited.count("reminded") == (2 if case == "claimed" else 1), (case, visited)
        assert visited.count("he") == (1 if case == "claimed" else 0)
        assert visited.count("s") == 1
        assert len(platform.documents(key)) == 1
    key = platform.start("p", {"sleutel": "later"}, business_key="later")
    assert platform.instance(key).variables["b"] == 1, "the message that waited has reached the case that came later"


def open_platform(url: str) -> Platform:
    return Platform.open(
        url, clock=ManualClock(START), plugins=[Plugin("people", person=PERSON)], handlers={"werk": work}, settings_=Settings(secret="only for tests")
    )


def rows(path: Path) -> dict[str, Any]:
    """Return every row of a SQLite file as plain values; bytes as {"base64": …}."""
    connection = sqlite3.connect(path)
    tables = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found = {}
    for name in tables:
        cursor = connection.execute(f'SELECT * FROM "{name}"')  # names of our own tables
        content = [[_plain(v) for v in row] for row in cursor]
        if content:
            found[name] = {"columns": [c[0] for c in cursor.description], "rows": content}
    connection.close()
    return found


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        platform = open_platform(f"sqlite:///{folder}/flow.db")
        begin(platform)
        moment = platform.clock.now().isoformat()
        platform.close()
        content = rows(Path(folder) / "flow.db")
    Path(sys.argv[1]).write_text(json.dumps({"moment": moment, "tables": content}, indent=0, ensure_ascii=False))
