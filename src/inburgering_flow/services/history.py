"""What was done in a case, and the documents made in it, as far as the actor may see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from inburgering_flow.clock import legal_last_day
from inburgering_flow.model.pages import Page
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import UserTask
from inburgering_flow.services.case_parts import endings_of, newest_decisions
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.decisions import DecidedValue, views
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.open_parts import OpenParts, may_read_note
from inburgering_flow.services.processes import element_view
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.terms import ShownTerm
from inburgering_flow.store import audit, cases, decisions, documents, incidents, instances, tasks
from inburgering_flow.store.database import Unit
from inburgering_flow.store.documents import DocumentRow
from inburgering_flow.store.terms import ENDED, KEPT, MOVED, TermRow

TASKS, FACTS, DECISIONS, TERMS = "tasks", "facts", "decisions", "terms"
DOCUMENTS, MESSAGES, NOTES, COURSE = "documents", "messages", "notes", "course"
KINDS = frozenset((TASKS, FACTS, DECISIONS, TERMS, DOCUMENTS, MESSAGES, NOTES, COURSE))
"""What somebody can look for in the history of a case."""
IN_THE_LOG = frozenset((TASKS, FACTS, DOCUMENTS, MESSAGES, NOTES, COURSE))
WITH_REASON = frozenset(("process.modify", "process.migrate"))
LEADS = {"case.assign": "owner", "case.move": "location"}
OVER = {MOVED: "term.moved", KEPT: "term.kept", ENDED: "term.ended"}


@dataclass(frozen=True)
class Event:
    """One line of a case's history; ``subject`` names the document, message, decision or term, ``task`` is what else it was
    about.

    ``changes`` are what something was and became, with its name, for who may see it: a fact, the last day of a term (as a
    date), a priority or follow-up date of a task. ``outcome`` is what a decision came to, as far as it may be seen. ``text``
    is a note or the reason; ``whom`` is who got a task.
    """

    moment: datetime
    actor: str
    action: str
    subject: str = ""
    task: UserTask | None = None
    changes: tuple[tuple[str, Any, Any], ...] = ()
    outcome: tuple[DecidedValue, ...] = ()
    text: str = ""
    whom: str = ""
    deputy_of: str = ""
    """The colleague who was away and for whom it was done."""
    absent: str = ""
    """Who was away, so that a task went back."""


def documents_of(unit: Unit, root_key: int, parts: OpenParts) -> list[DocumentRow]:
    """Return the documents of those processes of a case that are open to the actor."""
    return [d for d in documents.of_case(unit, root_key) if d.instance_key not in parts.closed]


def history_of(
    unit: Unit, catalog: StoredCatalog, root_key: int, actor: Actor, parts: OpenParts, size: int,
    letters: Sequence[DocumentRow], start: int = 0, *, kind: str = "", terms: Sequence[ShownTerm] = (),
) -> Page[Event]:  # fmt: skip
    """Return a page of what was done in the open parts of a case, newest first: by people, by partners' messages, by letters
    made, by decisions taken, and what became of its terms. ``kind`` is one of ``KINDS``; empty: everything.
    """
    known = {x.key: x for x in tasks.of_case(unit, root_key)}
    notes = {n["key"]: n for n in cases.notes(unit, root_key)}
    hidden = {x.key for x in known.values() if x.instance_key in parts.closed and not may_do(x, actor)} | parts.closed
    hidden.update(x.key for key in parts.closed for x in incidents.of_instance(unit, key))
    hidden.update(key for key, n in notes.items() if not may_read_note(actor, n["family"]))
    hidden.update(d.key for d in documents.of_case(unit, root_key) if d.instance_key in parts.closed)
    processes = {instance.key: instance.definition_key for instance in parts.family}
    titles = {d.key: d.title for d in letters}

    def changes(line: Mapping[str, Any], detail: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
        subject, name = line["subject_key"], str(detail.get("name", ""))
        if "after" in detail and subject in processes and may_read(catalog, processes[subject], name, actor):
            return ((name, detail.get("before"), detail["after"]),)
        if "before" in detail and line["action"] in LEADS:
            return (("", detail["before"], detail.get(LEADS[line["action"]])),)
        if subject in known and isinstance(detail.get("now"), dict):  # of a task: no fact of the case
            return tuple((name, detail["was"].get(name), value) for name, value in detail["now"].items())
        return ()

    def told(line: Mapping[str, Any]) -> Event:
        detail, subject = line["detail"] or {}, line["subject_key"] or 0
        note, became = notes.get(subject) or notes.get(detail.get("note") or 0), changes(line, detail)
        text = note["text"] if note is not None and note["key"] not in hidden else ""
        if became or line["action"] in WITH_REASON:  # else it may tell of a fact that is not for them
            text = text or str(detail.get("reason") or "")
        return Event(
            line["moment"], line["actor"], line["action"], titles.get(subject) or str(detail.get("name", "")), known.get(subject),
            became, text=text, whom="" if "deputy_of" in detail else str(detail.get("user") or ""),
            deputy_of=str(detail.get("deputy_of") or ""), absent=str(detail.get("absent") or ""),
        )  # fmt: skip

    wanted = start + size
    lines = _lines(unit, root_key, hidden, wanted, kind) if kind in ("", *IN_THE_LOG) else []
    found = [told(line) for line in lines]
    total = 0
    if len(lines) >= wanted:  # the log may have more
        counted = audit.counts_of_case(unit, root_key, looks=False, kind=kind)
        total += sum(count for subject, count in counted.items() if subject not in hidden) - len(lines)
    if kind in ("", DOCUMENTS):
        found.extend(Event(d.created, "", "document.made", d.title) for d in letters if d.added_by is None)
    if kind in ("", MESSAGES):
        found.extend(
            Event(moment, "", "message.received", name)
            for moment, name, instance_key in cases.messages(unit, root_key)
            if instance_key not in parts.closed
        )
    if kind in ("", TERMS):
        found.extend(event for one in terms for event in _of_term(one))
    if kind in ("", DECISIONS):
        made, more = _decided(unit, catalog, root_key, actor, parts, wanted)
        found.extend(made)
        total += more
    if kind in ("", COURSE):
        found.extend(_ended(unit, catalog, root_key, parts))
    total += len(found)
    return Page(sorted(found, key=lambda e: e.moment, reverse=True)[start:wanted], start, total, size)


def _decided(
    unit: Unit, catalog: StoredCatalog, root_key: int, actor: Actor, parts: OpenParts, wanted: int
) -> tuple[list[Event], int]:
    """Return the newest decisions, and how many there are besides."""
    family = {i.key: i for i in parts.family}
    rows = newest_decisions(unit, root_key, family, wanted)
    more = 0
    if len(rows) >= wanted:
        more = sum(n for key, n in decisions.counts_of_case(unit, root_key).items() if key in family) - len(rows)
    shown = views(rows, family, catalog, actor)
    return [Event(v.evaluated, "", "decision.taken", v.name, outcome=tuple(v.outcome)) for v in shown], more


def _of_term(one: ShownTerm) -> Iterator[Event]:
    """Yield when a term began, each last day that another replaced, and how it ended."""
    rows = [*one.before, one.row]
    for before, row, following in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        if before is None or before.state != MOVED:
            yield Event(row.begun, "", "term.begun", one.term.title, changes=(("", None, _last(row)),))
        if row.over is not None and row.state in OVER:
            to = (("", _last(row), _last(following)),) if following is not None and row.state == MOVED else ()
            yield Event(row.over, "", OVER[row.state], one.term.title, changes=to)


def _last(row: TermRow) -> date:
    return legal_last_day(row.due)


def _ended(unit: Unit, catalog: StoredCatalog, root_key: int, parts: OpenParts) -> list[Event]:
    case = cases.get(unit, root_key)
    if case is None or case.end is None:
        return []
    return [Event(case.end, "", "case.ended", ", ".join(how_it_ended(unit, catalog, parts)))]


def how_it_ended(unit: Unit, catalog: StoredCatalog, parts: OpenParts) -> list[str]:
    """Return the names of the end events with which a case ended; empty where it was stopped, or runs."""
    top = parts.family[0]
    case = cases.get(unit, top.key)
    definition = catalog.process(top.definition_key).definition
    return [] if case is None else endings_of(case, [element_view(e, definition) for e in instances.ends_of(unit, top.key)])


def _lines(unit: Unit, root_key: int, hidden: Set[int], wanted: int, kind: str) -> list[Mapping[str, Any]]:
    """Return the newest lines of the log about a case whose subject is not hidden: so many as are wanted, or all."""
    lines: list[Mapping[str, Any]] = []
    read, most = 0, wanted
    while len(lines) < wanted:
        some = audit.of_case(unit, root_key, most, start=read, looks=False, kind=kind)
        lines.extend(line for line in some if line["subject_key"] not in hidden)
        read += len(some)
        if len(some) < most:
            break
    return lines[:wanted]
