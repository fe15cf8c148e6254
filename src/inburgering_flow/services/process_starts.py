"""Starting a case of any deployed process by hand, with the form that its start event asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inburgering_flow import forms
from inburgering_flow.errors import Forbidden, InvalidSubmission, NotFound, Problem
from inburgering_flow.feel import Context as FeelContext
from inburgering_flow.feel.stored import variables_given
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.attachments import Files, attach
from inburgering_flow.services.context import Context
from inburgering_flow.services.processes import Processes
from inburgering_flow.services.submissions import made_once
from inburgering_flow.services.uploads import check_clean
from inburgering_flow.store import definitions
from inburgering_flow.store.database import Unit
from inburgering_flow.store.definitions import DefinitionRow


@dataclass(frozen=True)
class Beginning:
    """What starting a process asks: its form, None where it has none; ``asks_name`` where the form does not ask for the name of
    the case and it may have one.
    """

    process_id: str
    name: str
    documentation: str
    schema: Mapping[str, Any] | None
    asks_name: bool


class ProcessStarts:
    """Use cases about start forms of processes; those of the domain are in ``case_starts``."""

    def __init__(self, context: Context, processes: Processes) -> None:
        self.context = context
        self.processes = processes

    def with_form(self, actor: Actor) -> list[DefinitionRow]:
        """Return the processes in force that have a start form of their own and none of the domain, by name."""
        actor.require(permissions.CASE_START)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            rows = [row for row in definitions.newest(unit, "process") if row.id not in self._of_domain()]
            found = [row for row in rows if (start := self._start_of(row.key)) is not None and start.form_id]
        return sorted(found, key=lambda row: row.name or row.id)

    def asked(self, key: int, actor: Actor) -> Beginning:
        """Return what starting the newest version of a process asks. Raises NotFound where nobody can start it by hand, or only
        on a page of the domain, which asks more.
        """
        actor.require(permissions.CASE_START)
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            process_id = self.context.catalog.process(key).process_id
            process = self.context.catalog.latest_process(process_id)
            start = process.definition.plain_start
            if process_id in self._of_domain():
                raise NotFound(_("This process has a page of its own to start it."), remedy=_("Start it there."))
            if start is None:
                raise NotFound(
                    _("Nobody starts this process by hand: a message, a moment or another process does."),
                    remedy=_("Look at its diagram."),
                )
            if not start.form_id and (by := self._caller_of(unit, process_id)):
                raise NotFound(
                    _("This process is a part of another one, '{name}', which begins it.").format(name=by),
                    remedy=_("Start that one, or give this one a start form."),
                )
            schema = None
            if start.form_id:
                schema = self.context.catalog.form(start.form_id, process, start.binding, start.version_tag)
                if schema is None:
                    raise NotFound(
                        _("The start form '{form}' of this process is not deployed.").format(form=start.form_id),
                        remedy=_("Ask the designer to deploy it."),
                    )
        named = self.context.domain.case_name
        asks_name = named is not None and named.variable not in (forms.names(schema) if schema is not None else ())
        return Beginning(process_id, process.definition.name or process_id, process.root.documentation, schema, asks_name)

    @again
    def start(
        self, key: int, given: Callable[[Beginning], Mapping[str, Any]], actor: Actor, *, name: str = "", once: str = "",
        files: Files | None = None,
    ) -> int:  # fmt: skip
        """Start a case of the newest version of a process with the answers of its form, and return its key; ``once`` is the token
        of the page: sent again it returns the same case. Whoever has a caseload leads it. ``files`` that answer a question
        become documents of the case.

        Raises InvalidSubmission with every problem, and InvalidInput where a case has that name already.
        """
        asked = self.asked(key, actor)
        check_clean(self.context, (file for found in (files or {}).values() for file in found))
        values = variables_given(given(asked))
        if asked.schema is not None:
            now, zone = self.context.clock.now(), self.context.env.zone
            answered = forms.submit(asked.schema, values, {}, context=FeelContext(now, zone), files=files)
            values, attachments = answered.variables, attach(self.context, answered, files or {})
        else:
            values, attachments = {}, []
        named = self.context.domain.case_name
        if named is not None and asked.asks_name and name:
            values[named.variable] = name
        self._check_ranges(asked.process_id, values)
        leads = permissions.CASELOAD in actor.sees and not actor.is_system
        with self.context.db.write() as unit:
            return made_once(
                self.context, unit, "case", once, actor,
                lambda: self.processes.start_in(
                    unit, asked.process_id, values, person_key=None, business_key=name,
                    owner=actor.username if leads else None, location=actor.location, actor=actor,
                    attachments=attachments,
                ),
            )  # fmt: skip

    def _check_ranges(self, process_id: str, values: Mapping[str, Any]) -> None:
        """Raise InvalidSubmission where the data dictionary does not allow an answer."""
        with self.context.db.read() as unit, self.context.catalog.within(unit):
            said = self.context.out_of_range(self.context.catalog.latest_process(process_id).key, values)
        if said:
            raise InvalidSubmission([Problem(name, sentence) for name, sentence in said.items()])

    def may_begin(self, key: int, actor: Actor) -> bool:
        """Tell whether the actor may begin a process by hand: here, or on a page of the domain that leads there."""
        process_id = self.context.catalog.process(key).process_id
        if any(one.process_id == process_id and one.is_listed for one in self.context.domain.start_forms):
            return actor.may(permissions.CASE_START)
        try:
            self.asked(key, actor)
        except (Forbidden, NotFound):
            return False
        return True

    def _caller_of(self, unit: Unit, process_id: str) -> str:
        """Return the name of a process in force that calls another; empty where none does."""
        for row in definitions.newest(unit, "process"):
            if row.id != process_id:
                elements = self.context.catalog.process(row.key).elements.values()
                if any(e.called_process is not None and e.called_process.source == process_id for e in elements):
                    return row.name or row.id
        return ""

    def _of_domain(self) -> set[str]:
        return {one.process_id for one in self.context.domain.start_forms}

    def _start_of(self, key: int) -> Any:
        return self.context.catalog.process(key).definition.plain_start
