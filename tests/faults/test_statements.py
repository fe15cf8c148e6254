"""Break the N-th SQL statement of a use case, for every N: the database is as before it, or as after it, never in
between.

``USE_CASES`` is the table: a new use case is one line in it, with what it needs and what it does. A commit counts as a
statement. After each break, and at the end, each row has its owner and each token its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from diagrams import Diagram, loop, message_event, timer
from invariants import assert_sound
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from variants import ALL

from inburgering_flow.channels.mail import NotSent
from inburgering_flow.forms import Upload
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.absences import REST, Deputy
from inburgering_flow.model.alerts import DAILY, KINDS, NEVER, NOW, Choice
from inburgering_flow.model.changes import Modification, Terminate
from inburgering_flow.model.own_figures import ABOVE
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import BpmnError
from inburgering_flow.model.regular_reports import RegularReport, ReportRun
from inburgering_flow.model.rehearsals import Plan
from inburgering_flow.platform import Platform
from inburgering_flow.services import trial_runs
from inburgering_flow.services.alerts import SWEEPS
from inburgering_flow.services.attachments import attached
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import jobs, own_figures, regular_reports
from inburgering_flow.store import tables as t

SIGNAL = '<bpmn:signalEventDefinition signalRef="sig"/>'
PIET, PAULA = Actor("piet", ("procesontwerper",), table=ROLES), Actor("paula", ("procesontwerper",), table=ROLES)
MANAGER = Actor("tom", ("teammanager",), table=ROLES)
ANNA = Actor("anna", ("klantmanager",), table=ROLES)


class Broken(OperationalError):
    """The fault that the test puts in, as a database that fails raises it."""

    def __init__(self) -> None:
        super().__init__("a statement", None, Exception("put in by the test"))


COLUMNS = {
    table.name: ", ".join(f'"{c.name}"' for c in table.c if c.name not in ("lease_until", "lease_owner"))
    for table in t.metadata.sorted_tables
}


def snapshot(platform: Platform) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table as the driver gives it, except leases: they are meant to survive a failed attempt."""
    with platform.context.db.read() as unit:
        cursor = unit.connection.connection.cursor()
        found = {}
        for table, columns in COLUMNS.items():
            cursor.execute(f'SELECT {columns} FROM "{table}"')
            found[table] = sorted(map(tuple, cursor.fetchall()), key=repr)
        cursor.close()
        return found


def break_each_statement(platform: Platform, act: Callable[[], object]) -> int:
    """Run ``act`` with the 1st, 2nd, … statement failing until it succeeds; return how many statements it has."""
    before = snapshot(platform)
    for n in range(1, 300):
        countdown, seen = [n], []

        def strike(sql: str, _: object, countdown: list[int] = countdown, seen: list[str] = seen) -> None:
            seen.append(sql)
            countdown[0] -= 1
            if countdown[0] == 0:
                raise Broken

        try:
            with platform.context.db.watched(strike):
                act()
        except Broken:
            assert snapshot(platform) == before, f"statement {n} left something behind"
            continue
        assert countdown[0] > 0 or is_afterwards(seen[:n]), f"the failure of statement {n} was swallowed"
        return n - 1
    raise AssertionError("the use case never succeeded")


def is_afterwards(statements: list[str]) -> bool:
    """Tell whether the last statement only looks something up after all has been stored, such as making ready what was
    deployed: that it fails changes nothing.
    """
    writes = [at for at, sql in enumerate(statements) if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    return bool(writes) and "COMMIT" in statements[writes[-1] :]


# -- what the use cases work on ------------------------------------------------------------------------------------


def work(job: Any, tools: Any) -> dict[str, Any]:
    if job.variables.get("uitslag") == "fout":
        raise RuntimeError("the partner does not answer")
    if job.variables.get("uitslag") == "bpmn":
        raise BpmnError("AFGEWEZEN", "refused")
    tools.add_document(name="brief.pdf", title="Brief", kind="brief", content=b"inhoud")
    return {"gedaan": True}


def diagram(process_id: str = "p") -> Diagram:
    """A task with boundary events, a sub-process with its own, a split, jobs, a repeated task, a signal and a call."""
    inside = (
        Diagram().start("s_start").user("x").service("s", "werk", retries="1").both("s_split").both("s_join").end("s_end")
        .path("s_start", "s_split", "x", "s_join", "s_end").path("s_split", "s", "s_join")
    )  # fmt: skip
    whole = (
        Diagram(process_id).message("m", "bericht").code("error", "e", "AFGEWEZEN").start()
        .user("a", '<zeebe:assignmentDefinition candidateGroups="klantmanager, consulent" candidateUsers="anna"/>')
        .boundary("t", "a", timer("timeCycle", "R2/P1D"), interrupting=False).boundary("b", "a", message_event("m"))
        .xor("merge").sub("sub", inside).boundary("refused", "sub", '<bpmn:errorEventDefinition errorRef="e"/>')
        .boundary("hurry", "sub", timer("timeDuration", "P3D")).user("many", body=loop("[1, 2, 3]", "item", output="item", collect="uit"))
        .node("intermediateThrowEvent", "call_out", body=SIGNAL).end().end("reminded").end("no")
        .path("start", "a", "merge", "sub", "many", "call_out", "end").path("b", "merge").path("t", "reminded")
        .path("refused", "no").path("hurry", "no")
    )  # fmt: skip
    whole.definitions.append('<bpmn:signal id="sig" name="klaar"/>')
    return whole


def listener() -> Diagram:
    """A case that waits for a signal, and a process that the signal starts."""
    found = (
        Diagram("hoort").start().node("intermediateCatchEvent", "luistert", body=SIGNAL).user("daarna").end()
        .path("start", "luistert", "daarna", "end")
    )  # fmt: skip
    found.definitions.append('<bpmn:signal id="sig" name="klaar"/>')
    return found


def by_signal() -> Diagram:
    found = Diagram("door_signaal").start(body=SIGNAL).user("begonnen").end().path("start", "begonnen", "end")
    found.definitions.append('<bpmn:signal id="sig" name="klaar"/>')
    return found


def by_timer() -> Diagram:
    return (
        Diagram("elke_dag")
        .start(body=timer("timeCycle", "R3/P1D"))
        .user("dagelijks")
        .end()
        .path("start", "dagelijks", "end")
    )


def by_message() -> Diagram:
    return (
        Diagram("door_bericht").message("m", "begin").start(body=message_event("m")).user("begonnen").end()
        .path("start", "begonnen", "end")
    )  # fmt: skip


def listened() -> Diagram:
    """A task with listeners in a process that listens to itself."""
    found = Diagram("beluisterd").start().user(
        "t", "<zeebe:taskListeners>" + "".join(
            f'<zeebe:taskListener eventType="{e}" type="luister"/>' for e in ("creating", "assigning", "updating", "completing", "canceling")
        ) + "</zeebe:taskListeners>",
    ).end().path("start", "t", "end")  # fmt: skip
    return found.add(
        "<bpmn:extensionElements><zeebe:executionListeners>"
        '<zeebe:executionListener eventType="start" type="luister"/><zeebe:executionListener eventType="end" type="luister"/>'
        "</zeebe:executionListeners></bpmn:extensionElements>"
    )


def by_condition() -> Diagram:
    body = "<bpmn:conditionalEventDefinition><bpmn:condition>= graden &gt; 30</bpmn:condition></bpmn:conditionalEventDefinition>"
    return Diagram("bij_hitte").start(body=body).user("begonnen").end().path("start", "begonnen", "end")


def by_parts() -> Diagram:
    body = message_event("m") + SIGNAL
    found = Diagram("door_beide").message("m", "deel").node("startEvent", "start", body=body, parallelMultiple="true")
    found.definitions.append('<bpmn:signal id="sig" name="klaar"/>')
    return found.user("begonnen").end().path("start", "begonnen", "end")


class World:
    """A database with a case at the wanted point."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.attempt = 0
        for made in (diagram(), listener(), by_signal(), by_timer(), by_message(), listened(), by_condition(), by_parts()):
            platform.deploy_content(f"{made.process_id}.bpmn", made.xml())
        self.key = platform.start("p", {"sleutel": "1", "datum": "2026-01-01"})

    def task(self, element_id: str) -> int:
        found = self.platform.tasks(state="CREATED", instance=self.key, element_id=element_id)
        return found[0].key

    def done(self, *element_ids: str, **variables: Any) -> World:
        for element_id in element_ids:
            self.platform.complete(self.task(element_id), variables, user="anna")
        return self

    def due(self) -> int:
        return self.platform.services.jobs.due()[0]

    def run(self, key: int) -> None:
        """Run a job as the next node does after the lease of a failed attempt has run out."""
        with self.platform.context.db.engine.begin() as connection:
            connection.execute(update(t.job).values(lease_until=None, lease_owner=None))
        self.attempt += 1
        assert self.platform.services.jobs.run(key, f"owner {self.attempt}")

    def later(self, **time: float) -> World:
        self.platform.clock.advance(**time)
        return self

    def incident(self) -> int:
        return self.platform.instance(self.key).incidents[0].key


Act = Callable[[], object]


@dataclass(frozen=True)
class UseCase:
    """``prepare`` brings the world to its point and returns what to do there; ``least`` statements at least."""

    name: str
    prepare: Callable[[World], Act]
    least: int


def claim(w: World) -> Act:
    key = w.task("a")
    return lambda: w.platform.claim(key, user="anna")


def release(w: World) -> Act:
    key = w.task("a")
    w.platform.claim(key, user="anna")
    return lambda: w.platform.release(key, user="anna")


def assign(w: World) -> Act:
    key = w.task("a")
    return lambda: w.platform.services.user_tasks.assign(key, "bert")


def draft(w: World) -> Act:
    key = w.task("a")
    return lambda: w.platform.services.drafts.save(key, SYSTEM, lambda _form: {"half": True})


def complete(element_id: str, *before: str) -> Callable[[World], Act]:
    def prepare(w: World) -> Act:
        w.done(*before)
        key = w.task(element_id)
        return lambda: w.platform.complete(key, {"antwoord": 1}, user="anna")

    return prepare


def complete_one_of_many(w: World) -> Act:
    w.done("a", "x")
    w.run(w.due())
    return complete("many")(w)


def complete_the_last(w: World) -> Act:
    """The last of a repeated task: body, sub-scope and case end, and a signal reaches another case and starts one."""
    w.platform.start("hoort")
    w.done("a", "x")
    w.run(w.due())
    w.done("many", "many")
    return complete("many")(w)


def job(outcome: str) -> Callable[[World], Act]:
    def prepare(w: World) -> Act:
        w.done("a", uitslag=outcome)
        key = w.due()
        return lambda: w.run(key)

    return prepare


def timer_fires(**time: float) -> Callable[[World], Act]:
    def prepare(w: World) -> Act:
        with w.platform.context.db.write() as unit:  # only the case's own timers
            unit.connection.execute(t.job.delete().where(t.job.c.kind == "START"))
        key = w.later(**time).due()
        return lambda: w.run(key)

    return prepare


def interrupting_timer(w: World) -> Act:
    w.done("a")
    w.run(w.due())
    return timer_fires(days=3)(w)


def timer_starts(w: World) -> Act:
    w.platform.cancel(w.key)
    key = w.later(days=1).due()
    return lambda: w.run(key)


def resolve_job(w: World) -> Act:
    w.done("a", uitslag="fout")
    w.run(w.due())
    key = w.incident()
    return lambda: w.platform.resolve(key)


def resolve_element(w: World) -> Act:
    w.platform.deploy_content(
        "vast.bpmn",
        Diagram("vast")
        .start()
        .xor("g", "g_u")
        .user("u")
        .end()
        .path("start", "g|nodig > 1", "end")
        .path("g", "u", "end")
        .xml(),
    )
    w.key = w.platform.start("vast")
    w.platform.services.processes.set_variables(w.key, {"nodig": 0})
    key = w.incident()
    return lambda: w.platform.resolve(key)


def signal(w: World) -> Act:
    w.platform.start("hoort")

    def act() -> None:
        with w.platform.context.db.write() as unit:
            w.platform.services.steps.signal(unit, "klaar", {"door": "buiten"}, w.platform.clock.now())

    return act


def signal_goes_on(w: World) -> Act:
    """More instances wait than one transaction takes: a job goes on with the rest."""
    for _ in range(3):
        w.platform.start("hoort")
    import inburgering_flow.services.steps as steps

    most, steps.SIGNAL_BATCH = steps.SIGNAL_BATCH, 2
    try:
        signal(w)()
        with w.platform.context.db.read() as unit:
            key = unit.connection.execute(select(t.job.c.key).where(t.job.c.kind == "SIGNAL")).scalar_one()
    finally:
        steps.SIGNAL_BATCH = most
    return lambda: w.run(key)


def approve(w: World) -> Act:
    key = w.platform.services.proposals.propose([Resource("q.bpmn", diagram("q").xml().encode())], PIET)
    return lambda: w.platform.services.proposals.approve(key, PAULA)


def definition(w: World) -> int:
    """Return the key of the older of two versions of a process that no case uses."""
    drawn = diagram("los").xml()
    found = [w.platform.deploy_content("los.bpmn", drawn.replace(' name="', f' name="{said} ')) for said in ("een", "twee")]
    return found[0][0].key


def restored(w: World) -> Act:
    key = definition(w)
    return lambda: w.platform.services.versions.restore(key, "de oude was toch beter", SYSTEM)


def thrown_away(w: World) -> Act:
    key = definition(w)
    return lambda: w.platform.services.versions.delete(key, SYSTEM)


def named(w: World) -> Act:
    key = definition(w)
    return lambda: w.platform.services.versions.name(key, "zomer", SYSTEM)


def other_version(w: World) -> list[Plan]:
    """Put a version in force with another step, and return the plan that brings the cases there."""
    drawn = diagram().xml().replace('id="a" name="a"', 'id="a" name="Anders"')
    target = w.platform.deploy_content("p.bpmn", drawn)[0].key
    return [one.plan for one in w.platform.services.rehearsals.sources(SYSTEM, target_key=target)]


def rehearsal_begins(w: World) -> Act:
    plans = other_version(w)
    return lambda: w.platform.services.rehearsals.begin(plans, SYSTEM)


def rehearsal_goes_on(w: World) -> Act:
    w.platform.services.rehearsals.begin(other_version(w), SYSTEM)
    key = w.due()
    return lambda: w.run(key)


def rehearsal_stops(w: World) -> Act:
    key = w.platform.services.rehearsals.begin(other_version(w), SYSTEM)
    return lambda: w.platform.services.rehearsals.stop(key, SYSTEM)


STORY: dict[str, object] = {"naam": "x", "klok": "2026-03-02T09:00:00+01:00", "proces": "p", "stappen": []}


def trial_begins(w: World) -> Act:
    """Begin one more than somebody may have."""
    for _ in range(trial_runs.MOST):
        w.platform.services.trial_runs.begin(b"", STORY, SYSTEM)
    return lambda: w.platform.services.trial_runs.begin(b"", STORY, SYSTEM, once="token")


def trial_goes_on(w: World) -> Act:
    key = w.platform.services.trial_runs.begin(b"", STORY, SYSTEM)
    return lambda: w.platform.services.trial_runs.change(key, 0, {**STORY, "stappen": [{"tot": "2026-03-03"}]}, SYSTEM)


def trial_is_thrown_away(w: World) -> Act:
    key = w.platform.services.trial_runs.begin(b"", STORY, SYSTEM)
    return lambda: w.platform.services.trial_runs.remove(key, SYSTEM)


def list_is_thrown_away(w: World) -> Act:
    key = w.platform.services.saved_lists.save("tasks", "Te laat", {"late": "1"}, "", SYSTEM)
    return lambda: w.platform.services.saved_lists.remove(key, SYSTEM)


def figure_is_chosen(w: World) -> Act:
    return lambda: w.platform.services.own_figures.add("running", "", SYSTEM, once="token")


def figure_is_moved(w: World) -> Act:
    service = w.platform.services.own_figures
    service.add("running", "", SYSTEM)
    key = service.add("board", "", SYSTEM)
    return lambda: service.move(key, -1, SYSTEM)


def threshold_is_told(w: World) -> Act:
    """Only the look that finds it passed, in one transaction."""
    told(w)
    service = w.platform.services.own_figures
    key = service.add("board", "", SYSTEM)
    service.watch_for(key, ABOVE, 0, SYSTEM)
    with w.platform.context.db.write() as unit:
        unit.connection.execute(update(t.own_figure).values(username="anna"))
    with w.platform.context.db.read() as unit:
        [row] = own_figures.watched(unit)
    return lambda: service._judge(row, 1)


def report(w: World) -> int:
    told(w)
    w.platform.context.settings = replace(w.platform.context.settings, reports_folder="/nowhere")
    chosen = {"part": "nu", "address": "fasen"}
    return w.platform.services.regular_reports.ask("FIGURES", chosen, "Fasen", "csv", 0, 7, "", ANNA, is_personal=False, once="token")


def report_is_asked_for(w: World) -> Act:
    report(w)
    chosen = {"part": "nu", "address": "fasen"}
    return lambda: w.platform.services.regular_reports.ask(
        "FIGURES", chosen, "Fasen", "csv", 0, 8, "", ANNA, is_personal=False, once="another"
    )


def report_is_stopped(w: World) -> Act:
    key = report(w)
    return lambda: w.platform.services.regular_reports.stop(key, ANNA)


def report_is_taken(w: World) -> Act:
    report(w)
    w.later(days=8)
    return w.platform.services.regular_reports._taken


def report_of(w: World) -> tuple[RegularReport, ReportRun]:
    run = report_is_taken(w)()
    assert isinstance(run, ReportRun)
    with w.platform.context.db.read() as unit:
        return regular_reports.several(unit, [run.report_key])[run.report_key], run


def report_is_made(w: World) -> Act:
    row, run = report_of(w)
    return lambda: w.platform.services.regular_reports._done(row, run)


def report_fails(w: World) -> Act:
    row, run = report_of(w)
    return lambda: w.platform.services.regular_reports._fail(row, run, "FOLDER")


def report_stops(w: World) -> Act:
    row, run = report_of(w)
    return lambda: w.platform.services.regular_reports._stop(row, run, "RIGHTS")


def forecast_begins(w: World) -> Act:
    return lambda: w.platform.services.forecasts.begin("p", "Zoals nu", {}, 4, SYSTEM, once="token")


def forecast_goes_on(w: World) -> Act:
    key, _new = w.platform.services.forecasts.begin("p", "Zoals nu", {}, 4, SYSTEM)
    return lambda: w.platform.services.forecasts.heard(key, 2)


def forecast_ends(w: World) -> Act:
    key, _new = w.platform.services.forecasts.begin("p", "Zoals nu", {}, 4, SYSTEM)
    return lambda: w.platform.services.forecasts.end(key, {"weeks": 4})


def forecast_is_stopped(w: World) -> Act:
    key, _new = w.platform.services.forecasts.begin("p", "Zoals nu", {}, 4, SYSTEM)
    return lambda: w.platform.services.forecasts.stop(key, SYSTEM)


def told(w: World, pace: str = NEVER) -> int:
    """Let anna have an account and a task that somebody gave her; return the key of what she was told."""
    services = w.platform.services
    services.accounts.save("anna", password="een lang wachtwoord", roles=("klantmanager",))
    services.alerts.choose("anna@voorbeeld.nl", dict.fromkeys(KINDS, Choice(mail=pace)), ANNA)
    services.user_tasks.assign(w.task("a"), "anna", MANAGER)
    return services.alerts.page(ANNA).items[0].row.key


def colleague_is_away(w: World) -> int:
    """Let anna, who has a task, be away today with kees as her deputy; return the key of the period."""
    told(w)
    w.platform.services.accounts.save("kees", password="een lang wachtwoord", roles=("klantmanager",))
    today = w.platform.services.absences.today
    return w.platform.services.absences.note("anna", today, today + timedelta(days=9), [Deputy(REST, "", "kees")], ANNA)


def absence_is_noted(w: World) -> Act:
    w.platform.services.absences.withdraw(colleague_is_away(w), ANNA)
    today = w.platform.services.absences.today
    return lambda: w.platform.services.absences.note("anna", today, today, [Deputy(REST, "", "kees")], ANNA, once="een")


def absence_is_withdrawn(w: World) -> Act:
    key = colleague_is_away(w)
    return lambda: w.platform.services.absences.withdraw(key, ANNA)


def taken_as_deputy(w: World) -> Act:
    colleague_is_away(w)
    kees = w.platform.services.accounts.actor(w.platform.services.accounts.get("kees"))
    return lambda: w.platform.services.user_tasks.claim(w.task("a"), "kees", kees)


def absent_gives_back(w: World) -> Act:
    colleague_is_away(w)
    w.platform.services.accounts.set_active("kees", False)
    w.later(days=3)
    return w.platform.services.absences.sweep


def task_is_given(w: World) -> Act:
    told(w)
    w.platform.services.user_tasks.release(w.task("a"), MANAGER)
    return lambda: w.platform.services.user_tasks.assign(w.task("a"), "anna", MANAGER)


def alert_is_read(w: World) -> Act:
    key = told(w)
    return lambda: w.platform.services.alerts.open(key, ANNA)


def alerts_are_read(w: World) -> Act:
    told(w)
    newest = w.platform.services.alerts.page(ANNA).newest or ""
    return lambda: w.platform.services.alerts.read_all(newest, ANNA)


def alerts_are_chosen(w: World) -> Act:
    told(w)
    return lambda: w.platform.services.alerts.choose("a@voorbeeld.nl", dict.fromkeys(KINDS, Choice(on_bell=False)), ANNA)


def late_is_told(w: World) -> Act:
    """Only the sweep that finds something, in one transaction."""
    told(w)
    services = w.platform.services
    services.alerts.sweep()
    due = w.platform.clock.now() + timedelta(days=9)
    with w.platform.context.db.write() as unit:
        unit.connection.execute(update(t.user_task).where(t.user_task.c.key == w.task("a")).values(due=due, sort_due=due))
    w.later(days=10)
    return lambda: services.alerts._swept(next(one for one in SWEEPS if one.name == "task-late"))


def mail_waits(w: World) -> Act:
    chosen = {"smtp_host": "localhost", "smtp_port": 1, "mail_from": "flow@voorbeeld.nl", "base_url": "https://flow.voorbeeld.nl"}
    w.platform.context.settings = replace(w.platform.context.settings, **chosen)
    told(w, NOW)
    w.later(minutes=5)
    with w.platform.context.db.read() as unit:
        key = unit.connection.execute(select(t.job.c.key).where(t.job.c.type == "mail")).scalar_one()
    with w.platform.context.db.write() as unit:
        assert jobs.take(unit, key, "node")
        found = jobs.get(unit, key)
    assert found is not None
    return lambda: w.platform.services.mails._prepared(found, "node")


def mail_is_sent(w: World) -> Act:
    mail_waits(w)()
    with w.platform.context.db.read() as unit:
        found = jobs.get(unit, unit.connection.execute(select(t.job.c.key).where(t.job.c.type == "mail")).scalar_one())
    assert found is not None
    return lambda: w.platform.services.mails._over(found, "node", "send")


def mail_is_put_off(w: World) -> Act:
    mail_waits(w)()
    with w.platform.context.db.read() as unit:
        found = jobs.get(unit, unit.connection.execute(select(t.job.c.key).where(t.job.c.type == "mail")).scalar_one())
    assert found is not None
    return lambda: w.platform.services.mails._failed(found, "node", NotSent("LOST"))


def mails_are_gathered(w: World) -> Act:
    mail_waits(w)
    w.platform.services.alerts.choose("anna@voorbeeld.nl", dict.fromkeys(KINDS, Choice(mail=DAILY)), ANNA)
    w.platform.services.user_tasks.release(w.task("a"), MANAGER)
    w.platform.services.user_tasks.assign(w.task("a"), "anna", MANAGER)
    w.later(days=1)
    return w.platform.services.mails.gather


def calendar_is_made(w: World) -> Act:
    told(w)
    w.platform.services.calendars.make(ANNA)
    return lambda: w.platform.services.calendars.make(ANNA, of_team=True)


def calendar_is_withdrawn(w: World) -> Act:
    told(w)
    w.platform.services.calendars.make(ANNA)
    return lambda: w.platform.services.calendars.withdraw(ANNA)


def started_by_hand(w: World) -> Act:
    key = next(row.key for row in w.platform.deployments.newest("process") if row.id == "p")
    return lambda: w.platform.services.process_starts.start(key, lambda _asked: {}, SYSTEM, once="token")


def started_with_a_file(w: World) -> Act:
    files = attached(w.platform.context, [Upload("brief.pdf", "application/pdf", b"inhoud")])
    return lambda: w.platform.services.processes.start("p", {"sleutel": "3"}, attachments=files)


def stepped_in(w: World) -> Act:
    wanted = Modification(terminate=[Terminate(element_key=w.platform.services.interventions.open(w.key, SYSTEM).standing[0].key)])
    return lambda: w.platform.services.interventions.modify(w.key, wanted, {}, "de stap was per ongeluk begonnen", SYSTEM)


def reject(w: World) -> Act:
    key = w.platform.services.proposals.propose([Resource("q.bpmn", diagram("q").xml().encode())], PIET)
    return lambda: w.platform.services.proposals.reject(key, PAULA)


def correct_person(w: World) -> Act:
    key = w.platform.register_person({"achternaam": "Jansen", "bsn": "999990019"})
    return lambda: w.platform.services.people.correct(key, {"achternaam": "Janssen"}, reason="de naam was verkeerd gespeld")


def buffered(w: World) -> Act:
    """A message that arrived first is handed to the case that waits for it when that case begins."""
    w.platform.publish("bericht", correlation_key="2", variables={"b": 1})
    return lambda: w.platform.start("p", {"sleutel": "2"})


def listens(*moves: str) -> Callable[[World], Act]:
    """A listener's job is done, after these moves of the task that it listens to and the jobs that they asked for."""

    def prepare(w: World) -> Act:
        w.platform.cancel(w.key)
        w.key = w.platform.start("beluisterd")
        do = {
            "claim": lambda: w.platform.claim(w.task("t"), user="anna"),
            "update": lambda: w.platform.update_task(w.task("t"), priority=70, candidate_groups=["a", "b"]),
            "complete": lambda: w.platform.complete(w.task("t"), {"antwoord": 1}, user="anna"),
            "cancel": lambda: w.platform.cancel(w.key),
            "job": lambda: w.run(w.due()),
        }
        for move in moves:
            do[move]()
        key = w.due()
        return lambda: w.run(key)

    return prepare


def ask_a_listener(move: Callable[[World], Act]) -> Callable[[World], Act]:
    """A move of a task that is listened to: it waits for the listener's job."""

    def prepare(w: World) -> Act:
        w.platform.cancel(w.key)
        w.key = w.platform.start("beluisterd")
        w.run(w.due())
        w.run(w.due())
        return move(w)

    return prepare


def handed_over(w: World) -> Act:
    w.platform.claim(w.task("a"), user="anna")
    return lambda: w.platform.services.handovers.hand_over(w.task("a"), "bert", SYSTEM, word="Hij belt terug.", once="een")


def taken_back(w: World) -> Act:
    w.platform.services.handovers.hand_over(w.task("a"), "bert", SYSTEM)
    return lambda: w.platform.services.handovers.take_back(w.task("a"), SYSTEM)


def claim_it(w: World) -> Act:
    key = w.task("t")
    return lambda: w.platform.claim(key, user="anna")


def last_part(w: World) -> Act:
    """The second of two events that start a process together."""
    signal(w)()
    return lambda: w.platform.publish("deel", correlation_key="9")


def logged_out(world: World) -> Callable[[], object]:
    services = world.platform.services
    services.accounts.save("karin", password="een lang wachtwoord", roles=("klantmanager",))
    with services.context.db.write() as unit:
        token = services.sessions.begin(unit, services.accounts.get("karin"))
    return lambda: services.sessions.end(token)


USE_CASES = (
    UseCase("start a case that listens to itself", lambda w: lambda: w.platform.start("beluisterd"), 5),
    UseCase("a listener on the process lets it begin", listens(), 8),
    UseCase("a listener lets a task be made", listens("job"), 8),
    UseCase("claim a task that is listened to", ask_a_listener(claim_it), 6),
    UseCase("cancel a case whose task is listened to", ask_a_listener(lambda w: lambda: w.platform.cancel(w.key)), 8),
    UseCase("a listener lets a cancelled case end", listens("job", "job", "cancel"), 8),
    UseCase("the first of two events that start a case", lambda w: lambda: w.platform.publish("deel", correlation_key="9"), 6),
    UseCase("the last of two events that start a case", last_part, 9),
    UseCase("a listener lets a task be claimed", listens("job", "job", "claim"), 8),
    UseCase("a listener lets a task be updated", listens("job", "job", "update"), 8),
    UseCase("a listener lets a task be completed", listens("job", "job", "complete"), 8),
    UseCase("a listener lets a process end", listens("job", "job", "complete", "job"), 8),
    UseCase("update a task", lambda w: lambda: w.platform.update_task(w.task("a"), priority=3, candidate_users=["bert"]), 5),
    UseCase("start what a condition starts", lambda w: lambda: w.platform.evaluate_conditionals({"graden": 31}), 6),
    UseCase("claim a task", claim, 3),
    UseCase("release a task", release, 3),
    UseCase("assign a task", assign, 3),
    UseCase("save a draft", draft, 1),
    UseCase("complete a task with boundary events", complete("a"), 12),
    UseCase("complete a task before a join", complete("x", "a"), 8),
    UseCase("complete one of many", complete_one_of_many, 8),
    UseCase("complete the last task", complete_the_last, 20),
    UseCase("start a case", lambda w: lambda: w.platform.start("p", {"sleutel": "2"}, owner="karin"), 8),
    UseCase("start a case with a file", started_with_a_file, 10),
    UseCase("start a case that a message waits for", buffered, 15),
    UseCase("publish to a boundary event", lambda w: lambda: w.platform.publish("bericht", correlation_key="1"), 12),
    UseCase("publish to nobody", lambda w: lambda: w.platform.publish("bericht", correlation_key="9"), 4),
    UseCase("publish what starts a case", lambda w: lambda: w.platform.publish("begin", correlation_key="9"), 9),
    UseCase("correlate", lambda w: lambda: w.platform.correlate("bericht", correlation_key="1"), 12),
    UseCase("a job completes", job("goed"), 12),
    UseCase("a job fails for the last time", job("fout"), 7),
    UseCase("a job throws a caught BPMN error", job("bpmn"), 12),
    UseCase("a cyclic timer fires beside its task", timer_fires(days=1), 9),
    UseCase("an interrupting timer fires", interrupting_timer, 12),
    UseCase("a timer starts a case", timer_starts, 10),
    UseCase("broadcast a signal", signal, 12),
    UseCase("go on with a signal", signal_goes_on, 8),
    UseCase("resolve the incident of a job", resolve_job, 5),
    UseCase("resolve the incident of an element", resolve_element, 8),
    UseCase("cancel a case", lambda w: lambda: w.platform.cancel(w.key), 8),
    UseCase("give a case an owner", lambda w: lambda: w.platform.services.case_leads.hand_over(w.key, "karin"), 2),
    UseCase("set variables", lambda w: lambda: w.platform.services.processes.set_variables(w.key, {"n": 2}), 5),
    UseCase("deploy", lambda w: lambda: w.platform.deploy_content("p.bpmn", diagram().xml().replace(' name="', ' name="nieuw ')), 5),
    UseCase("deploy what a timer and a message start", lambda w: lambda: w.platform.deploy_content(
        "t.bpmn", by_timer().xml().replace(' name="', ' name="nieuw ')), 6),
    UseCase("propose a deployment", lambda w: lambda: w.platform.services.proposals.propose(
        [Resource("q.bpmn", diagram("q").xml().encode())], PIET), 3),
    UseCase("approve a proposal", approve, 6),
    UseCase("reject a proposal", reject, 3),
    UseCase("name a version", named, 2),
    UseCase("put a version in force again", restored, 4),
    UseCase("throw a version away", thrown_away, 5),
    UseCase("begin a rehearsal", rehearsal_begins, 4),
    UseCase("go on with a rehearsal", rehearsal_goes_on, 4),
    UseCase("stop a rehearsal", rehearsal_stops, 4),
    UseCase("begin a trial run", trial_begins, 5),
    UseCase("go on with a trial run", trial_goes_on, 1),
    UseCase("throw a trial run away", trial_is_thrown_away, 1),
    UseCase("keep a list", lambda w: lambda: w.platform.services.saved_lists.save(
        "tasks", "Te laat", {"late": "1"}, "", SYSTEM, once="token"), 2),
    UseCase("throw a list away", list_is_thrown_away, 1),
    UseCase("choose a figure", figure_is_chosen, 2),
    UseCase("move a figure", figure_is_moved, 2),
    UseCase("tell that a figure has passed its threshold", threshold_is_told, 3),
    UseCase("ask for a regular report", report_is_asked_for, 3),
    UseCase("stop a regular report", report_is_stopped, 2),
    UseCase("take a regular report", report_is_taken, 2),
    UseCase("note that a regular report was made", report_is_made, 2),
    UseCase("note that a regular report failed", report_fails, 3),
    UseCase("let a regular report stop by itself", report_stops, 4),
    UseCase("note an absence", absence_is_noted, 6),
    UseCase("withdraw an absence", absence_is_withdrawn, 5),
    UseCase("take a task as a deputy", taken_as_deputy, 5),
    UseCase("give back what an absent colleague has", absent_gives_back, 3),
    UseCase("begin a forecast", forecast_begins, 3),
    UseCase("tell how far a forecast is", forecast_goes_on, 1),
    UseCase("tell what a forecast found", forecast_ends, 2),
    UseCase("stop a forecast", forecast_is_stopped, 3),
    UseCase("give a task to somebody who is told", task_is_given, 4),
    UseCase("read an alert", alert_is_read, 3),
    UseCase("read all alerts", alerts_are_read, 1),
    UseCase("choose how to be told", alerts_are_chosen, 5),
    UseCase("tell what is late", late_is_told, 5),
    UseCase("make a mail ready", mail_waits, 5),
    UseCase("note that a mail was sent", mail_is_sent, 4),
    UseCase("put off a mail that failed", mail_is_put_off, 3),
    UseCase("gather the daily mails", mails_are_gathered, 5),
    UseCase("make the address of a calendar", calendar_is_made, 3),
    UseCase("withdraw the address of a calendar", calendar_is_withdrawn, 2),
    UseCase("start a case with the form of its process", started_by_hand, 8),
    UseCase("step into a case", stepped_in, 6),
    UseCase("hand a task over", handed_over, 6),
    UseCase("take a task back", taken_back, 5),
    UseCase("plan a task", lambda w: lambda: w.platform.services.user_tasks.plan(
        w.task("a"), SYSTEM, priority=75, follow_up=date(2026, 3, 9)), 5),
    UseCase("put a document into a case", lambda w: lambda: w.platform.services.documents.add(
        w.key, Upload("brief.pdf", "application/pdf", b"%PDF-1.7"), SYSTEM, once="een"), 6),
    UseCase("write a note", lambda w: lambda: w.platform.services.case_file.add_note(w.key, "gebeld", SYSTEM), 3),
    UseCase("correct a fact", lambda w: lambda: w.platform.services.corrections.fact(
        w.key, "datum", "2026-02-01", reason="de datum was verkeerd overgenomen", actor=SYSTEM), 5),
    UseCase("register a person", lambda w: lambda: w.platform.register_person(
        {"achternaam": "Jansen", "bsn": "999990019"}), 3),
    UseCase("correct a person", correct_person, 3),
    UseCase("save an account", lambda w: lambda: w.platform.services.accounts.save(
        "karin", display_name="Karin", password="een lang wachtwoord", roles=("klantmanager",)), 3),
    UseCase("log out", logged_out, 3),
    UseCase("seal the audit log", lambda w: w.later(days=2).platform.services.audit_chain.seal, 3),
)  # fmt: skip


WHERE = [("sqlite", case) for case in USE_CASES] + [
    ("postgresql", case) for case in (USE_CASES if ALL else USE_CASES[::6])
]


@pytest.mark.parametrize(("database_url", "case"), WHERE, indirect=["database_url"], ids=lambda x: getattr(x, "name", x))
def test_a_use_case_is_all_or_nothing(open_platform: Callable[..., Platform], case: UseCase) -> None:
    platform = open_platform(handlers={"werk": work, "luister": lambda job, tools: {"gehoord": job.listener}})
    act = case.prepare(World(platform))
    before = snapshot(platform)

    statements = break_each_statement(platform, act)

    assert snapshot(platform) != before, "the use case did nothing"
    assert statements >= case.least
    assert_sound(platform)


def test_a_timer_that_failed_fires_later_and_once(open_platform: Callable[..., Platform]) -> None:
    world = World(open_platform(handlers={"werk": work, "luister": lambda job, tools: {"gehoord": job.listener}}))
    act = interrupting_timer(world)
    key = world.due()

    break_each_statement(world.platform, act)

    assert [e.element_id for e in world.platform.instance(world.key).elements].count("hurry") == 1
    assert not world.platform.services.jobs.run(key, "too late")


def test_a_job_that_failed_to_be_stored_runs_again_with_one_effect(open_platform: Callable[..., Platform]) -> None:
    world = World(open_platform(handlers={"werk": work, "luister": lambda job, tools: {"gehoord": job.listener}}))

    break_each_statement(world.platform, job("goed")(world))

    assert world.platform.services.jobs.due() == []
    assert world.platform.instance(world.key).variables["gedaan"] is True
    assert len(world.platform.documents(world.key)) == 1


def test_a_buffered_message_reaches_its_case_once(open_platform: Callable[..., Platform]) -> None:
    world = World(open_platform(handlers={"werk": work, "luister": lambda job, tools: {"gehoord": job.listener}}))
    world.platform.publish("begin", correlation_key="3", time_to_live=timedelta(days=1))

    break_each_statement(world.platform, buffered(world))

    found = [i for i in world.platform.instances("p") if world.platform.instance(i.key).variables.get("b") == 1]
    assert len(found) == 1
