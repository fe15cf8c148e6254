"""Taking over a case that began in another system: read, checked, rehearsed, and started where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.errors import Busy, Collided, FlowError, InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.entries import EntryColumn, EntryForm, Problem, Standing
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.disclosure.people import masked
from inburgering_flow.services.entry_texts import value_of
from inburgering_flow.services.people import NotSuchNumber, NumberTaken, People
from inburgering_flow.services.processes import Processes
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import accounts, instances, jobs, tasks
from inburgering_flow.store.database import Unit

MOST_SHOWN = 60  # characters of a wrong cell
BEYOND = 9000  # the year of a timer that waits for nothing


class _Undone(Exception):
    """Rolls a rehearsal back, with what was seen in it."""

    def __init__(self, standing: Standing) -> None:
        super().__init__()
        self.standing = standing


class Refused(InvalidInput):
    """A case that cannot be taken over as it was given: each problem with its column."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(p.says for p in problems), remedy=_("Change the answers and send them again."))
        self.problems = problems


class Entries:
    """Use cases about one case that is taken over."""

    def __init__(self, context: Context, people: People, processes: Processes) -> None:
        self.context = context
        self.people = people
        self.processes = processes

    def form(self, process_id: str = "") -> EntryForm:
        """Return the form of a kind of case, or the first; raises NotFound where nothing can be taken over."""
        forms = self.context.domain.entry_forms
        found = next((form for form in forms if process_id in ("", form.process_id)), None)
        if found is None:
            raise NotFound(_("No case of this kind can be taken over here."), remedy=_("Start it as a new case."))
        return found

    def columns(self, form: EntryForm) -> list[EntryColumn]:
        """Return every column of a form: the phase, what is asked about the person, and what belongs to a phase."""
        return [form.phase, *self._of_person(form), *form.columns]

    def asked(self, form: EntryForm, phase: str) -> list[EntryColumn]:
        """Return what is asked in one phase, besides the phase."""
        return [*self._of_person(form), *form.asked(phase)]

    def _of_person(self, form: EntryForm) -> list[EntryColumn]:
        every = frozenset(value for value, _label in form.phase.options)
        asked = self.people.schema.asked(at_start=True) if form.with_person else []
        return [
            EntryColumn(one.name, one.label, "date" if one.kind == "date" else "text", phases=every,
                        needed=every if getattr(one, "missing", "") or one.missing_on_page else frozenset())
            for one in asked
        ]  # fmt: skip

    def secret(self, form: EntryForm) -> set[str]:
        """Return the columns whose values are shown masked."""
        return {number.name for number in self.people.schema.numbers if number.is_secret} if form.with_person else set()

    # -- checking ------------------------------------------------------------------------------------------------------

    def answers(self, form: EntryForm, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the answers as the process takes them; raises Refused with everything that can be told without starting."""
        values, problems = self._read(form, given)
        if problems:
            raise Refused(problems)
        return values

    def _read(self, form: EntryForm, given: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the answers as the process takes them, and what is wrong with them."""
        found: list[Problem] = []
        phase = self._value(form, form.phase, given, found)
        if phase is None:
            if not found:
                found.append(Problem(form.phase.name, _("Fill in “{label}”.").format(label=_(form.phase.label))))
            return {}, found
        asked = self.asked(form, phase)
        values = {column.name: self._value(form, column, given, found) for column in asked}
        values[form.phase.name] = phase
        wrong = {problem.column for problem in found}
        for column in asked:
            is_needed = phase in column.needed or (column.needed_with and values.get(column.needed_with) not in (None, False))
            if is_needed and values[column.name] in (None, []) and column.name not in wrong:
                found.append(Problem(column.name, _("Fill in “{label}”.").format(label=_(column.label))))
        names = {column.name for column in asked} | {form.phase.name}
        for column in self.columns(form):
            if column.name not in names and given.get(column.name, "").strip():
                said = _("“{label}” does not belong to this phase. Leave it empty, or choose another phase.")
                found.append(self._problem(form, column, said.format(label=_(column.label)), given))
        found.extend(self._out_of_range(form, asked, values, given))
        found.extend(self._of_accounts(form, asked, values, given))
        if not found:
            labels = {column.name: column for column in self.columns(form)}
            found.extend(
                self._problem(form, labels[name], said, given) for name, said in form.check(values, self._today())
            )
        return values, found

    def _today(self) -> date:
        return legal_day(self.context.clock.now())

    def _value(self, form: EntryForm, column: EntryColumn, given: Mapping[str, str], found: list[Problem]) -> Any:
        try:
            return value_of(column, given.get(column.name, ""))
        except ValueError as error:
            found.append(self._problem(form, column, str(error), given))
            return None

    def _problem(self, form: EntryForm, column: EntryColumn, said: str, given: Mapping[str, str]) -> Problem:
        text = given.get(column.name, "").strip()
        return Problem(column.name, said, masked(text) if column.name in self.secret(form) and text else text[:MOST_SHOWN])

    def _out_of_range(
        self, form: EntryForm, asked: list[EntryColumn], values: Mapping[str, Any], given: Mapping[str, str]
    ) -> Iterator[Problem]:
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            ranges = self.context.catalog.ranges_of(self.context.catalog.latest_process(form.process_id).key)
        now, zone = self.context.clock.now(), self.context.env.zone
        for column in asked:
            if column.name in ranges and values[column.name] is not None:
                said = ranges[column.name].problem(_(column.label), values[column.name], now, zone)
                if said:
                    yield self._problem(form, column, said, given)

    def _of_accounts(
        self, form: EntryForm, asked: list[EntryColumn], values: Mapping[str, Any], given: Mapping[str, str]
    ) -> Iterator[Problem]:
        with self.context.db.read() as unit:
            for column in asked:
                answer = values[column.name]
                if column.kind == "place" and answer is not None and answer not in accounts.locations(unit):
                    yield self._problem(form, column, _("Nobody works at the location that was chosen."), given)
                if column.kind == "owner" and answer is not None:
                    row = accounts.get(unit, answer)
                    if row is None or not row.active or form.owner_role not in row.roles:
                        yield self._problem(form, column, _("There is no such account that can lead this case."), given)

    # -- starting ------------------------------------------------------------------------------------------------------

    def enter(self, process_id: str, given: Mapping[str, str], actor: Actor, *, once: str = "") -> int:
        """Take a case over: start it where it stands, about its person; return its key.

        ``once`` is the form's token: sent again it returns the same case. Raises NotFound for a process without such a
        form, and Refused with every problem.
        """
        actor.require(permissions.CASE_START)
        form = self.form(process_id)
        answers = self.answers(form, given)
        return self.tried(form, given, actor, lambda unit: made_once(
            self.context, unit, "entry", once, actor, lambda: self.enter_in(unit, form, answers, actor)
        ))  # fmt: skip

    def rehearse(self, process_id: str, given: Mapping[str, str], actor: Actor) -> Standing:
        """Start a case in a transaction that is rolled back, and return where it would stand; raises what ``enter`` raises."""
        actor.require(permissions.CASE_START)
        form = self.form(process_id)
        answers = self.answers(form, given)

        def seen(unit: Unit) -> int:
            raise _Undone(self._standing(unit, form, self.enter_in(unit, form, answers, actor)))

        try:
            self.tried(form, given, actor, seen)
        except _Undone as undone:
            return undone.standing
        raise AssertionError("a rehearsal is always rolled back")

    def tried(self, form: EntryForm, given: Mapping[str, str], actor: Actor, work: Callable[[Unit], int]) -> int:
        """Do ``work`` in a transaction; raises Refused, which says of what is refused which column it is about."""

        @again
        def run() -> int:
            with self.context.db.write() as unit:
                return work(unit)

        try:
            return run()
        except NumberTaken as taken:
            self.people.log_taken(taken, actor)
            raise Refused([self._refusal(form, taken, given)]) from None
        except (Refused, Busy, Collided):
            raise
        except FlowError as error:
            raise Refused([self._refusal(form, error, given)]) from None

    def _refusal(self, form: EntryForm, error: FlowError, given: Mapping[str, str]) -> Problem:
        """Return what was refused while a case was started, with the column that it is about as far as that is known."""
        named = self.context.domain.case_name
        if isinstance(error, NumberTaken | NotSuchNumber):
            name = error.number.name
        else:
            name = named.variable if named is not None and error.code == "CASE_KNOWN" else ""
        column = next((column for column in self.columns(form) if column.name == name), None)
        return Problem("", str(error)) if column is None else self._problem(form, column, str(error), given)

    def enter_in(self, unit: Unit, form: EntryForm, answers: Mapping[str, Any], actor: Actor) -> int:
        """Take a case over inside an open unit, with what ``answers`` returned; raises what starting a case raises."""
        actor.require(permissions.CASE_START)
        answers = dict(answers)
        person = None
        if form.with_person:
            fields = {one.name: answers.pop(one.name) or "" for one in self.people.schema.asked(at_start=True)}
            person = self.people.found_or_registered_in(unit, fields, actor)
        kinds = {column.name: column for column in form.columns}
        owner = next((answers.pop(n) for n in list(answers) if n in kinds and kinds[n].kind == "owner"), None)
        location = next((answers.pop(n) for n in list(answers) if n in kinds and kinds[n].kind == "place"), None)
        if owner is None and form.owner_role in actor.roles:
            owner = actor.username
        values = {**{name: value for name, value in answers.items() if value is not None}, **form.complete(answers)}
        told = form.taken_over
        facts = [c.label for c in form.columns if answers.get(c.name) not in (None, False, []) and c.name != told.origin]
        values |= {told.who: actor.username, told.day: self._today().isoformat(), told.facts: ", ".join(facts)}
        named = self.context.domain.case_name
        name = str(values.get(named.variable) or "") if named else ""
        key = self.processes.start_in(
            unit, form.process_id, values, person_key=person, business_key=name, owner=owner, location=location, actor=actor
        )
        self.context.log(unit, actor.username, "entry.case", root_key=key)
        return key

    def _standing(self, unit: Unit, form: EntryForm, key: int) -> Standing:
        """Return where a case stands in the transaction that started it."""
        family = instances.family(unit, key)
        with self.context.catalog.within(unit):
            drawn = {i.key: self.context.catalog.process(i.definition_key).definition.elements for i in family}
        points = [instances.variables(unit, i.key).get(form.points) for i in family] if form.points else []
        return Standing(
            tuple((task.name, task.due) for task in tasks.of_case(unit, key)),
            tuple(
                (_name(drawn[job.instance_key], job.element_id), job.due)
                for job in jobs.of_instances(unit, key) if job.kind == "TIMER" and job.due.year < BEYOND
            ),
            next((str(point) for point in points if point), ""),
        )  # fmt: skip


def _name(elements: Mapping[str, Any], element_id: str) -> str:
    """Return what an element is called."""
    found = elements.get(element_id)
    return (found.name if found is not None else "") or element_id
