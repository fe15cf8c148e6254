"""Starting a case with one of the domain's start forms: person, case, owner and location in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import StartField, StartForm
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.people import NumberTaken, People
from inburgering_flow.services.processes import Processes
from inburgering_flow.services.questions import answer, wrong
from inburgering_flow.services.submissions import made_once
from inburgering_flow.store import accounts


class CaseStarts:
    """Use cases about start forms."""

    def __init__(self, context: Context, people: People, processes: Processes) -> None:
        self.context = context
        self.people = people
        self.processes = processes

    def locations(self) -> list[str]:
        """Return the locations at which a case can belong: those somebody works at."""
        with self.context.db.read() as unit:
            return accounts.locations(unit)

    def missing(self, form: StartForm, given: Mapping[str, str]) -> list[str]:
        """Return what is wrong with the answers, one sentence for each question; nothing where all is well."""
        wanted = [(f.name, f.missing) for f in form.fields]
        if form.with_person:
            wanted[:0] = [(f.name, f.missing or f.missing_on_page) for f in self.people.schema.fields]
        problems = [_(said) for name, said in wanted if said and not given.get(name, "").strip()]
        locations = self.locations()
        for field in form.fields:
            problems.extend(wrong(field, given, locations) or self._out_of_range(form, field, given))
        return problems

    def _out_of_range(self, form: StartForm, field: StartField, given: Mapping[str, str]) -> list[str]:
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            ranges = self.context.catalog.ranges_of(self.context.catalog.latest_process(form.process_id).key)
        if field.is_location or field.name not in ranges:
            return []
        now, zone = self.context.clock.now(), self.context.env.zone
        said = ranges[field.name].problem(_(field.label), answer(field, given), now, zone)
        return [said] if said else []

    def values(self, form: StartForm, given: Mapping[str, str], starter: str) -> dict[str, Any]:
        """Return the variables with which a case begins whose start form was answered like this."""
        values = {f.name: answer(f, given) for f in form.fields if not f.is_location}
        if form.starter_variable:
            values[form.starter_variable] = starter
        named = self.context.domain.case_name
        if named and form.case_name:
            values[named.variable] = form.case_name.format(**values)
        return values

    @again
    def start(self, process_id: str, given: Mapping[str, str], actor: Actor, *, once: str = "") -> int:
        """Start the case of a start form, about its person, who may be registered already; return the key of the case.

        ``once`` is the form's token: sent again it returns the same case. Raises NotFound for a process without a start form,
        InvalidInput for answers that do not fit or a case name that is taken, NumberTaken for a number of somebody else.
        """
        form = next((f for f in self.context.domain.start_forms if f.process_id == process_id), None)
        if form is None:
            raise NotFound(_("No case of this kind can be started here."), remedy=_("Choose one from the list."))
        actor.require(form.permission)
        problems = self.missing(form, given)
        if problems:
            raise InvalidInput(" ".join(problems), remedy=_("Change the answers and send them again."))
        try:
            return self._start(form, given, actor, once)
        except NumberTaken as taken:
            self.people.log_taken(taken, actor)
            raise

    def _start(self, form: StartForm, given: Mapping[str, str], actor: Actor, once: str) -> int:
        with self.context.db.write() as unit:

            def make() -> int:
                person = None
                if form.with_person:
                    asked = self.people.schema.asked(at_start=True)
                    fields = {f.name: given.get(f.name, "").strip() for f in asked}
                    person = self.people.found_or_registered_in(unit, fields, actor)
                named = self.context.domain.case_name
                values = self.values(form, given, actor.username)
                name = str(values.get(named.variable) or "") if named else ""
                location = next((given.get(f.name, "").strip() for f in form.fields if f.is_location), "")
                return self.processes.start_in(
                    unit, form.process_id, values, person_key=person, business_key=name,
                    owner=actor.username if form.starter_leads or form.owner_role in actor.roles else None,
                    location=location or None, actor=actor,
                    permission=form.permission,
                )  # fmt: skip

            return made_once(self.context, unit, "case", once, actor, make)
