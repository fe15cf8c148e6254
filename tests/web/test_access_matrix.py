"""Role × operation × case: every route that names a case or a part of it, tried by every role on a case that is not theirs.

The tables below name each route and each use case; a new one without a line fails the first tests.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from shipped import PASSWORD

from inburgering_flow.app import create_app
from inburgering_flow.errors import FlowError
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model import permissions as p
from inburgering_flow.model.permissions import ALL, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import Services
from inburgering_flow.store import cases, documents, drafts
from inburgering_flow.store.documents import DocumentRow
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]

ABOUT_NO_CASE = {
    "access.healthz", "access.readyz", "access.metrics", "access.login", "access.logout", "access.password",
    "access.sessions", "access.end_session", "access.end_other_sessions", "admin.account_move", "admin.accounts", "admin.accounts_taken", "admin.incidents", "admin.incident_list", "admin.incidents_taken",
    "admin.log", "admin.log_taken", "admin.operations",
    "bulk.batch", "bulk.batches", "bulk.batches_taken", "bulk.begin", "bulk.move", "bulk.outlook", "cases.new", "cases.search", "starting.start", "starting.rearrange", "cockpit.board", "cockpit.cases",
    "cockpit.definition", "cockpit.definition_marks", "cockpit.handle", "cockpit.assured", "cockpit.lost", "cockpit.unheard", "designer.approve", "designer.definitions",
    "demonstration.time", "entry.delete", "entry.file", "entry.load", "entry.refused", "entry.take", "entry.template", "entry.upload",
    "designer.download", "designer.impact", "money.lines", "money.lines_taken", "money.entries", "money.entries_taken", "money.undo", "keeping.closed", "keeping.one", "keeping.propose", "keeping.destroy",
    "keeping.hold", "keeping.let_go", "keeping.decide_day", "keeping.declaration",
    "designer.proposed", "designer.reject", "designer.upload",
    "descriptions.of_definition", "descriptions.of_file", "versions.listed", "versions.compared", "versions.marks", "versions.name", "versions.restore", "versions.delete",
    "interventions.find", "interventions.change", "interventions.marks", "interventions.migrate",
    "proposals.review", "proposals.proven", "proposals.marks", "rehearsals.of_proposal", "rehearsals.of_version", "rehearsals.shown", "rehearsals.stop",
    "handbook.manual", "handbook.picture", "handbook.words", "help.rule", "help.rules", "help.terms", "tables.listed", "tables.topic",
    "insight.figures", "insight.part", "insight.download", "insight.diagram", "insight.mining", "insight.expected", "insight.effect", "insight.event_log",
    "regular_reports.listed", "regular_reports.new", "regular_reports.stop", "own_figures.listed", "own_figures.choose", "own_figures.move", "own_figures.remove", "own_figures.limit", "language.change", "pages.page", "pages.taken", "static", "tasklist.count",
    "projects.overview", "projects.create", "projects.of_deployed", "projects.project", "projects.rename", "projects.remove", "projects.bring_back", "projects.archive", "projects.upload", "projects.add", "projects.check", "projects.deploy", "projects.editor", "projects.content", "projects.templates", "projects.version", "projects.restore", "projects.save", "projects.findings", "projects.open_file", "projects.close", "projects.move", "projects.copy", "projects.delete",
    "proving.overview", "proving.project", "proving.play", "proving.mutate", "proving.cases",
    "tasklist.tasks", "tasklist.taken", "tasklist.work", "cases.taken", "lists.save", "lists.remove", "lists.together", "lists.done", "lists.undo", "lists.go_on", "trials.decision", "trials.expression",
    "trying.of_project", "trying.of_deployed", "trying.run", "trying.task", "trying.rearrange", "trying.work", "trying.message", "trying.imitate",
    "trying.document",
    "trying.time", "trying.back", "trying.expression", "trying.keep", "trying.remove",
    "absence.own", "absence.change", "absence.team", "absence.withdraw",
    "alerts.listed", "alerts.opened", "alerts.read", "alerts.read_all", "alerts.preferences",
    "agenda.week", "agenda.make", "agenda.withdraw", "agenda.feed",
    "forecasting.overview", "forecasting.of_project", "forecasting.new", "forecasting.shown", "forecasting.stop",
}  # fmt: skip
"""Lists of what the actor sees anyway, and what is guarded by a permission alone (``tests/web/test_pages.py``)."""

# endpoint → (method, address, what is sent, permission that it needs besides seeing the case)
ABOUT_A_CASE: dict[str, tuple[str, str, dict[str, str], str]] = {
    "tasklist.task": ("GET", "/taken/{task}", {}, ""),
    "tasklist.hand_over": ("GET", "/taken/{task}/overdragen", {}, ""),
    "tasklist.claim": ("POST", "/taken/{task}/oppakken", {}, "the task's role"),
    "tasklist.release": ("POST", "/taken/{task}/teruggeven", {}, p.CASE_ASSIGN),
    "tasklist.assign": ("POST", "/taken/{task}/toewijzen", {"username": "kees"}, p.CASE_ASSIGN),
    "tasklist.take_back": ("POST", "/taken/{task}/terugnemen", {}, p.CASE_ASSIGN),
    "tasklist.plan": ("POST", "/taken/{task}/plannen", {"prioriteit": "75"}, p.CASE_ASSIGN),
    "tasklist.note": ("POST", "/taken/{task}/notitie", {"tekst": "een notitie"}, p.CASE_NOTE),
    "tasklist.attach": ("POST", "/taken/{task}/document", {}, p.CASE_NOTE),
    "tasklist.draft": ("POST", "/taken/{task}/concept", {"stil": "1"}, "the task's role"),
    "tasklist.preview": ("POST", "/taken/{task}/voorbeeld", {"form_json": "{}"}, "the task's role"),
    "tasklist.rearrange": ("POST", "/taken/{task}/lijst", {"toevoegen": "x"}, "the task's role"),
    "tasklist.complete": ("POST", "/taken/{task}/afronden", {"form_json": "{}"}, "the task's role"),
    "cases.case": ("GET", "/zaken/{case}", {}, ""),
    "case.tasks": ("GET", "/zaken/{case}/taken", {}, ""),
    "case.timeline": ("GET", "/zaken/{case}/tijdlijn", {}, ""),
    "case.documents": ("GET", "/zaken/{case}/documenten", {}, ""),
    "case.documents_taken": ("GET", "/zaken/{case}/documenten/bestand.csv", {}, ""),
    "case.add_document": ("POST", "/zaken/{case}/documenten", {}, p.CASE_NOTE),
    "case.known": ("GET", "/zaken/{case}/gegevens", {}, ""),
    "case.payments": ("GET", "/zaken/{case}/betalingen", {}, p.MONEY_READ),
    "case.drawing": ("GET", "/zaken/{case}/diagram", {}, ""),
    "case.looks": ("GET", "/zaken/{case}/bekeken", {}, ""),
    "cases.marks": ("GET", "/zaken/diagram/{case}", {}, p.DIAGRAM),
    "cases.diagram": ("GET", "/zaken/diagram/{case}/xml", {}, p.DIAGRAM),
    "cases.move": ("POST", "/zaken/{case}/locatie", {"locatie": "Elders"}, p.CASE_ASSIGN),
    "cases.note": ("POST", "/zaken/{case}/notitie", {"tekst": "een notitie"}, p.CASE_NOTE),
    "notices.choose": ("GET", "/zaken/{case}/melden", {}, ""),
    "notices.give": ("POST", "/zaken/{case}/melden/coa.uitstroom", {}, p.CASE_MESSAGE),
    "cases.correct": ("POST", "/zaken/{case}/gegeven", {"gegeven": "{case}:doelgroep", "waarde": "asielstatushouder", "reden": "omdat het moet"},
                      p.CASE_CORRECT),
    "cases.reassess": ("GET", "/zaken/{case}/opnieuw", {}, p.CASE_CORRECT),
    "cases.retry": ("POST", "/zaken/{case}/storing/1", {}, p.CASE_CORRECT),
    "cases.person": ("GET", "/zaken/{case}/persoon", {}, p.CASE_CORRECT),
    "cases.document": ("GET", "/documenten/{document}", {}, ""),
    "cases.show_document": ("GET", "/documenten/{document}/bekijken", {}, ""),
    "papers.case_file": ("GET", "/zaken/{case}/dossier.pdf", {}, ""),
    "papers.extract": ("GET", "/zaken/{case}/inzage", {}, p.EXTRACT),
    "cockpit.assign": ("POST", "/regie/{case}/toewijzen", {"username": "kees"}, p.CASE_ASSIGN),
    "admin.resolve": ("POST", "/storingen/1/opnieuw", {}, p.INCIDENT),
}  # fmt: skip


@pytest.fixture
def others_case(law: Platform) -> dict[str, int]:
    """A case of karin's with one open task for a klantmanager and a document, and an account of each role without any case."""
    key = start_case(law, "D-1")
    task = next(t for t in law.tasks(state="CREATED") if t.root_key == key)
    law.services.accounts.save("verwijderd", display_name="", password=PASSWORD, roles=("klantmanager",))
    for role in ROLES:
        law.services.accounts.save(
            f"nieuw-{role}", display_name=role, password=PASSWORD, roles=(role,), location="Elders", email=""
        )
    with law.services.context.db.write() as unit:
        document = law.services.context.keys.next()
        row = DocumentRow(
            document, key, key, "brief.pdf", "Brief", "brief", "application/pdf", "vast", "", law.services.clock.now()
        )
        documents.add(unit, row, b"%PDF")
    return {"case": key, "task": task.key, "document": document}


def test_each_route_has_a_line(law: Platform) -> None:
    routes = {rule.endpoint for rule in create_app(law.services).url_map.iter_rules()}
    assert routes == ABOUT_NO_CASE | set(ABOUT_A_CASE), "say in this file whether a new route is about a case"


def stored(law: Platform, keys: dict[str, int]) -> tuple[Any, ...]:
    task = next(t for t in law.tasks() if t.key == keys["task"])
    view = law.services.processes.get(keys["case"])
    with law.services.context.db.read() as unit:
        notes = cases.notes(unit, keys["case"])
        owner = cases.get(unit, keys["case"]).owner  # type: ignore[union-attr]
        kept = [drafts.get(unit, keys["task"], f"nieuw-{role}") for role in ROLES]
    return task.state, task.assignee, dict(view.variables), notes, owner, kept


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_case_that_is_not_theirs(role: str, law: Platform, as_user: Login, others_case: dict[str, int]) -> None:
    browser = as_user(f"nieuw-{role}")
    actor = Actor("x", (role,), table=ROLES)
    for endpoint, (method, address, data, needed) in ABOUT_A_CASE.items():
        reaches = ROLES[role].cases == ALL
        allowed = reaches and (not needed or actor.may(needed))
        if endpoint in ("admin.resolve", "cases.retry") and (allowed or actor.may(p.INCIDENT)):
            continue  # the case has no incident: whoever may retry one is told so
        before = stored(law, others_case)
        path = address.format(**others_case)
        sent = {k: v.replace("{case}", str(others_case["case"])) for k, v in data.items()}
        answer = browser.get(path) if method == "GET" else browser.post(path, sent)
        if not allowed:
            sent_away = method == "POST" and answer.status_code == 302  # to the task's page, which says why
            assert answer.status_code in (403, 404) or sent_away, (endpoint, answer.status_code)
            assert stored(law, others_case) == before, endpoint
        elif method == "GET":
            assert answer.status_code == 200, (endpoint, answer.status_code)
        else:
            assert answer.status_code in (200, 204, 302, 422), (endpoint, answer.status_code)


# -- use cases -----------------------------------------------------------------------------------------------------------

INSIDE = {
    "retentions.judge", "rules_in_force.meanings", "rules_in_force.topic", "rules_in_force.topics",
    "accounts.actor", "accounts.change_password", "accounts.get", "audit_log.refused", "audit_log.taken", "reports.instances", "reports.newest", "accounts.verify", "audit_chain.anchor",
    "audit_chain.anchor_line", "audit_chain.begin", "audit_chain.check", "audit_chain.sealed_days", "audit_chain.seal", "batches.work",
    "entries.answers", "entries.asked", "entries.columns", "entries.form", "entries.secret", "entries.tried", "entry_files.forget",
    "people.opened", "entry_files.opened",
    "absences.sweep", "absences.forget", "alerts.sweep", "alerts.forget", "own_figures.watch", "regular_reports.make", "regular_reports.forget", "regular_reports.may_mail", "mails.work", "mails.gather", "mails.forget", "calendars.read",
    "entry_files.work", "forecasts.heard", "forecasts.end", "forecasts.forget",
    "clock_guard.check", "clock_guard.off", "clock_guard.trouble", "case_access.check", "case_access.check_document", "case_access.check_in", "case_access.log_look",
    "changes.running", "deployments.check", "deployments.checked", "deployments.newest", "deployments.newest_files", "deployments.resource_of",
    "deployments.versions", "documents.describe", "documents.of_case", "drafts.forget", "jobs.count_due", "jobs.due", "jobs.forget", "jobs.next_due",
    "jobs.run", "jobs.take", "jobs.do", "capacity.metrics", "capacity.collect", "capacity.describe", "messages.forget", "case_starts.locations", "case_starts.missing", "people.check_key",
    "people.find", "people.load", "people.log_taken", "people.number_in", "people.sought", "processes.get", "processes.search", "task_access.check",
    "task_access.check_may_do", "task_lists.find", "logins.forget", "project_files.forget", "logins.log_in", "lost_tasks.look", "sessions.begin", "sessions.end", "sessions.find", "sessions.forget", "submissions.forget", "interventions.values", "rehearsals.forget", "rehearsals.verdict", "rehearsals.work", "trial_runs.forget", "case_starts.values",
     "user_tasks.busy", "user_tasks.denial", "user_tasks.excluded",
    "outlooks.history", "figures.keep", "figures.months", "figures.standing", "figures.years",
    "list_deeds.forget", "task_lists.narrowed", "case_lists.narrowed", "user_tasks.excluded_in", "user_tasks.form", "previews.has_letters", "user_tasks.tried",
}  # fmt: skip
"""Called by the platform itself, by programs, or by a use case that has checked the actor."""


def use_cases(services: Services) -> dict[str, Callable[..., Any]]:
    return {
        f"{name}.{method}": call
        for name, service in vars(services).items()
        if name not in ("context", "steps", "upkeep")
        for method, call in inspect.getmembers(service, inspect.ismethod)
        if not method.startswith("_")
    }


def arguments(call: Callable[..., Any], keys: dict[str, int], actor: Actor, name: str) -> dict[str, Any] | None:
    """Return arguments for a use case as far as they can be told from its signature; None for what works inside a unit."""
    given: dict[str, Any] = {}
    for parameter in inspect.signature(call).parameters.values():
        if parameter.name == "unit":
            return None
        if parameter.name == "actor":
            given["actor"] = actor
        elif parameter.kind is parameter.VAR_KEYWORD or (
            parameter.default is not parameter.empty and parameter.name not in ("root_key", "reason")
        ):
            continue
        else:
            given[parameter.name] = EXAMPLES.get(parameter.name, keys["task" if name in OF_A_TASK else "case"])
    if name == "documents.content":
        given["key"] = keys["document"]
    return given


OF_A_TASK = {
    "drafts.save", "task_page.open", "task_page.root_of", "task_page.planned", "task_page.next_after", "case_facts.offered", "case_facts.wanted", "handovers.hand_over",
    "handovers.take_back", "absences.for_task",
    "task_page.is_taken_as_deputy",
} | {f"user_tasks.{move}" for move in ("a_few_assignable", "assign", "assignable", "claim", "complete", "form_of", "plan", "release", "update")}
EXAMPLES: dict[str, Any] = {
    "user": "nobody", "username": "nobody", "name": "naam", "text": "een tekst", "reason": "omdat het moet", "answers": lambda _s: {},
    "values": "", "variables": {}, "fields": {}, "display_name": "", "password": PASSWORD, "roles": ("auditor",), "resources": [],
    "names": [], "file": 0, "plans": [], "type": "CANCEL", "process_id": "inburgering", "element_ids": [], "owner": "nobody", "view": "alle",
    "path": "a.bpmn", "to": "b.bpmn", "kind": "bpmn", "content": b"", "base": "", "token": "venster", "sent": [],
    "keys": [1], "items": [], "action": "claim", "list_name": "tasks", "role": "", "state": "", "filters": {}, "what": "tasks.csv",
    "priority": 75, "follow_up": None, "decision_id": "boetehoogte", "given": {}, "wanted": None, "plan": None, "address": "", "chosen": {}, "up_to": "",
    "since": date(2026, 3, 2), "until": date(2026, 3, 2), "deputies": [], "usernames": [], "rows": [],
    "step": ("inburgering", "nergens"), "period": None, "place": "inburgering", "by": ["outcome"], "form": "ocel", "before": None, "after": None, "most": 40,
}  # fmt: skip
ONLY_OWN = {"outlooks.of_cases", "my_day.pressing", "my_day.waiting", "saved_lists.of", "user_tasks.workers", "task_lists.taken", "case_lists.taken", "task_lists.page", "task_lists.count", "task_lists.work", "case_lists.search", "case_leads.leaders", "case_leads.a_few_leaders",
            "user_tasks.assignable", "user_tasks.a_few_assignable", "process_starts.may_begin", "task_page.next_after", "case_facts.offered", "case_facts.wanted", "sessions.own", "sessions.end_others", "alerts.count", "alerts.page",
            "alerts.read_all", "agenda.week", "calendars.own", "absences.own", "absences.as_deputy", "documents.contents"}
"""What answers everybody, with nothing where there is nothing for them."""


def test_each_use_case_refuses_who_has_no_role(law: Platform, others_case: dict[str, int]) -> None:
    """Also one whose roles are gone, and one with the role of another case."""
    found = use_cases(law.services)
    assert set(found) >= INSIDE
    nobody = Actor("nobody", (), table=ROLES)
    unguarded = []
    for name, call in found.items():
        if name in INSIDE:
            continue
        given = arguments(call, others_case, nobody, name)
        if given is None:
            continue
        assert "actor" in given, f"{name} takes no actor: give it one, or say here who checks"
        before = stored(law, others_case)
        try:
            result = call(**given)
        except FlowError as error:
            assert error.status in (403, 404), (name, error)
            continue
        if name == "task_lists.work":
            mine, free, counts = result
            result = [*mine.items, *free.items, *(number for number in counts.values() if number)]
        if name == "agenda.week":
            result = [item for items in result.days.values() for item in items]
        shown = {
            "task_lists.page": "items", "task_lists.taken": "items", "alerts.page": "items", "case_lists.search": "rows",
            "case_lists.taken": "rows",
        }.get(name)  # fmt: skip
        shown = list(getattr(result, shown)) if shown else result
        seen = any(shown.values()) if isinstance(shown, dict) else bool(shown)
        if name not in ONLY_OWN or seen:
            unguarded.append(name)
        assert stored(law, others_case) == before, name
    assert unguarded == []
