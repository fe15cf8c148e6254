"""The register of terms: every last day that a term of a case has had, and why, kept in the transaction that sets it.

Which variables hold last days, a data dictionary says (``term_entries.py``). A term runs until another day replaces it, until
what it is for is done, or until its process ends. Whether a case is late, and which is due first, is this register's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from inburgering_flow.engine import expressions
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Run
from inburgering_flow.engine.timers import parse_beginning, parse_moment
from inburgering_flow.errors import FlowError
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import COMPLETED, TERMINATED, ProcessInstance
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.context import Context
from inburgering_flow.services.facts import may_read
from inburgering_flow.services.open_parts import open_parts
from inburgering_flow.services.registers import CatchUp, own_variables
from inburgering_flow.services.telling import Telling
from inburgering_flow.services.term_entries import Term
from inburgering_flow.store import case_places, terms
from inburgering_flow.store.database import Unit
from inburgering_flow.store.terms import ENDED, KEPT, MOVED, OURS, THEIRS, TermRow


@dataclass(frozen=True)
class ShownTerm:
    """A term of a case: what the dictionary says of it, the row of now, and the days it had before, the oldest first."""

    term: Term
    process_id: str
    row: TermRow
    before: tuple[TermRow, ...]
    moved_on: str
    """Why its last day is a later one than the length gives: the law on terms moved it; else empty."""
    is_late: bool
    """Whether the organisation itself should have kept it by now."""


class Register:
    """What ``Steps`` tells the register of each step."""

    def __init__(self, context: Context, telling: Telling) -> None:
        self.context = context
        self.telling = telling
        self._behind = CatchUp(context, context.catalog.terms_of, terms.without, self._keep_held)

    def note(self, unit: Unit, run: Run) -> None:
        """Keep what a step has done to terms; asks the database only where it has done something."""
        step, catalog = run.step, self.context.catalog
        changed = own_variables(run)
        over = {i.key for i in (*step.new_instances, *step.changed_instances.values()) if i.state in (COMPLETED, TERMINATED)}
        touched: dict[int, tuple[ProcessInstance, Mapping[str, Term]]] = {}
        for key in {*changed, *over}:
            instance = run.instance(key)
            known = catalog.terms_of(instance.definition_key)
            names = changed.get(key, {})
            if known and (key in over or any(n in names or not names.keys().isdisjoint(x.until) for n, x in known.items())):
                touched[key] = instance, known
        if touched:
            self._keep(unit, run, touched, changed, over)

    def _keep(
        self, unit: Unit, run: Run, touched: Mapping[int, tuple[ProcessInstance, Mapping[str, Term]]],
        changed: Mapping[int, Mapping[str, Any]], over: set[int],
    ) -> None:  # fmt: skip
        roots = {instance.root_key for instance, _known in touched.values()}
        before = {(row.instance_key, row.name): row for row in terms.running_in(unit, roots, list(touched))}
        added: list[TermRow] = []
        ended: dict[str, list[int]] = {}
        for key, (instance, known) in touched.items():
            names = changed.get(key, {})
            for name, term in known.items():
                row = before.get((key, name))
                if name in names:
                    new = self._row(run, instance, name, term, names[name])
                    if new is not None and row is not None and new.due == row.due:
                        new = None
                    elif new is not None and row is None and terms.was_kept(unit, new):
                        new = None  # written once more, such as by a called process that ends: what was kept stays kept
                    elif row is not None:
                        ended.setdefault(MOVED if new is not None else ENDED, []).append(row.key)
                        row = None
                    if new is not None:
                        row = new
                        added.append(new)
                done = any(names.get(one) is not None for one in term.until)
                if row is not None and (done or key in over):
                    state = KEPT if done else ENDED
                    if added and added[-1] is row:
                        added[-1] = replace(row, state=state, over=run.now)
                    else:
                        ended.setdefault(state, []).append(row.key)
        for state, keys in ended.items():
            terms.end(unit, keys, state, run.now)
        if added:
            terms.add(unit, added)
            self.telling.soon(unit, added, run.now)
        if added or ended:
            case_places.refresh_due(unit, roots)

    def _row(self, run: Run, instance: ProcessInstance, name: str, term: Term, value: Any) -> TermRow | None:
        try:
            due = None if value is None else (parse_beginning if term.first_day_after else parse_moment)(value, run.zone)
        except Trouble:  # no day: the data dictionary's range refuses it where somebody typed it
            due = None
        if due is None:
            return None
        starts = self._said(run, instance, term.starts)
        day = starts[:10] if isinstance(starts, str) else starts
        length, ground = self._said(run, instance, term.length), self._said(run, instance, term.ground)
        return TermRow(
            self.context.keys.next(), instance.root_key, instance.key, instance.definition_key, name,
            THEIRS if term.whose else OURS, due, _day(day),
            str(length)[:64] if length else None, str(ground) if ground else None, run.now, run.user,
            tenant_id=instance.tenant_id,
        )  # fmt: skip

    @staticmethod
    def _said(run: Run, instance: ProcessInstance, text: str) -> Any:
        """Return what an expression of the dictionary gives for an instance, None where it gives nothing that can be used."""
        if not text:
            return None
        try:
            return expressions.evaluate(run, instance, text, "term")
        except Trouble:
            return None

    def catch_up(self) -> int:
        """Put terms into the register that ran before it knew them; see ``CatchUp``."""
        return self._behind.portion()

    def _keep_held(
        self, unit: Unit, run: Run, instance: ProcessInstance, known: Mapping[str, Term], own: Mapping[str, Any]
    ) -> None:
        if not terms.running_in(unit, [instance.root_key], [instance.key]):
            self._keep(unit, run, {instance.key: (instance, known)}, {instance.key: own}, set())


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


class Terms:
    """Use cases about the register."""

    def __init__(self, context: Context, access: CaseAccess) -> None:
        self.context = context
        self.access = access

    def of_case(self, root_key: int, actor: Actor) -> list[ShownTerm]:
        """Return the terms of a case that the actor may see, what is due first at the top, those that are over last.

        Raises NotFound for a case that the actor does not see. The look is the case page's to log.
        """
        with self.context.db.read() as unit:
            self.access.check_in(unit, root_key, actor)
            return self.of_case_in(unit, root_key, actor)

    def of_case_in(self, unit: Unit, root_key: int, actor: Actor) -> list[ShownTerm]:
        """``of_case`` inside an open unit, for an actor who was let in."""
        catalog = self.context.catalog
        with catalog.within(unit):
            family = {i.key: i for i in open_parts(unit, catalog, root_key, actor).family}
            rows: dict[tuple[int, str], list[TermRow]] = {}
            for row in terms.of_case(unit, root_key):
                if row.instance_key in family and may_read(catalog, row.definition_key, row.name, actor):
                    rows.setdefault((row.instance_key, row.name), []).append(row)
            shown = [self._shown(family[key], name, found) for (key, name), found in rows.items()]
        return sorted((x for x in shown if x is not None), key=lambda x: (not x.row.is_running, x.row.due, x.row.key))

    def _shown(self, instance: ProcessInstance, name: str, rows: list[TermRow]) -> ShownTerm | None:
        term = self.context.catalog.terms_of(rows[-1].definition_key).get(name)
        if term is None:
            return None
        last = rows[-1]
        late = last.state == OURS and last.due <= self.context.clock.now()
        return ShownTerm(term, instance.process_id, last, tuple(rows[:-1]), self._moved_on(last), late)

    def _moved_on(self, row: TermRow) -> str:
        """Return why the law on terms moved the last day, where what it starts with and its length give that day."""
        explain = self.context.explanations.get("termijn")
        if explain is None or row.starts is None or not row.length:
            return ""
        try:
            found = explain(row.starts, row.length)
        except FlowError:
            return ""
        fits = parse_moment(found.laatste_dag, self.context.env.zone) == row.due
        return str(found.reden) if fits and found.verschoven else ""


