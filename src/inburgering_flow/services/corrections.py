"""Correcting a wrong fact of a case, with a reason, by somebody who may see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from inburgering_flow import forms
from inburgering_flow.engine import commands
from inburgering_flow.engine.waiting import follows
from inburgering_flow.errors import InvalidInput, NotFound
from inburgering_flow.feel import variables_given
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.runtime import ACTIVE, CREATED, SUSPENDED
from inburgering_flow.services.again import again
from inburgering_flow.services.case_file import CaseFile
from inburgering_flow.services.context import Context
from inburgering_flow.services.duties import performer_variables
from inburgering_flow.services.facts import Fact, facts_of
from inburgering_flow.services.open_parts import open_parts
from inburgering_flow.services.reasons import checked_reason
from inburgering_flow.services.steps import Steps
from inburgering_flow.store import decisions, instances, jobs, tasks
from inburgering_flow.store.database import Unit

MAX_TEXT = 10_000


def _number(text: str) -> Decimal:
    value = Decimal(text.replace(",", "."))
    if not value.is_finite():
        raise ValueError(text)
    return value


def _truth(text: str) -> bool:
    return {"ja": True, "true": True, "yes": True, "nee": False, "false": False, "no": False}[text.lower()]


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).isoformat()


# FEEL type of the data dictionary → (how a typed text becomes a value, an example of how it is written).
KINDS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "date": (lambda text: date.fromisoformat(text).isoformat(), "2026-12-31"),
    "date and time": (_moment, "2026-12-31T09:00:00+01:00"),
    "time": (lambda text: time.fromisoformat(text).isoformat(), "09:00:00"),
    "number": (_number, "12,5"),
    "boolean": (_truth, "ja"),
    "string": (str, "tekst"),
}


def read_fact(text: str, kind: str) -> Any:
    """Return the value that a typed text stands for; empty means null. Raises InvalidInput with an example."""
    text = text.strip()
    if not text:
        return None
    if len(text) > MAX_TEXT:
        raise InvalidInput(_("The text is too long."), remedy=_("Use at most 10,000 characters."))
    convert, example = KINDS.get(kind, KINDS["string"])
    try:
        return convert(text)
    except (ValueError, KeyError, InvalidOperation):
        raise InvalidInput(
            _("'{text}' does not fit this fact.").format(text=text[:40]),
            remedy=_("Write it like {example}.").format(example=example),
        ) from None


@dataclass(frozen=True)
class Unchanged:
    """What was computed from a fact before it was corrected, and is computed again only when somebody says so
    (``services/reassessments.py``)."""

    decisions: tuple[str, ...]
    """Decisions that read it: taken once, and perhaps told to somebody."""
    tasks: tuple[str, ...]
    """Open tasks whose dates were computed from it."""
    copies: tuple[str, ...]
    """Running processes of the case with the old value in a variable of their own."""

    waits: bool = False
    """Whether a timer waits that was computed from it and does not follow it by itself."""

    @property
    def anything(self) -> bool:
        """Whether there is something to reassess."""
        return bool(self.decisions or self.tasks or self.copies or self.waits)


class Corrections:
    """Use cases about facts that turned out to be wrong."""

    def __init__(self, context: Context, steps: Steps, case_file: CaseFile) -> None:
        self.context = context
        self.steps = steps
        self.case_file = case_file

    @again
    def fact(self, instance_key: int, name: str, text: str, *, reason: str, actor: Actor) -> Unchanged:
        """Replace one variable of an instance; what depends on it (timers, conditions) is looked at again. Return what was
        computed from it and stays as it is.

        Only a fact that the actor can see can be corrected. The log keeps who, which fact and why, and what it was and
        became; the case's history shows the values to who may see the fact. Raises NotFound, Forbidden, or InvalidInput
        if the text does not have the type that the data dictionary says, is outside the range that it gives, or is
        none that a form would take.
        """
        actor.require(permissions.CASE_CORRECT)
        why = checked_reason(reason)
        known = {f.name: f for f in self.case_file.facts_of(instance_key, actor)}
        if name not in known:
            raise NotFound(_("This fact does not exist, or is not for you."), remedy=_("Choose one from the list."))
        before = known[name]
        kind = before.kind or _kind_of(before.value)
        value = read_fact(text, kind)
        with self.context.db.write() as unit:
            instance = instances.get(unit, instance_key)
            root_key = instance.root_key
            self._fits(unit, instance.definition_key, name, value)
            named = self.context.domain.case_name
            if named is not None and name == named.variable:
                raise InvalidInput(
                    _("'{name}' is the name of the case: messages find the case by it.").format(name=name),
                    remedy=_("Start a case with the right one, and end this one with the reason."),
                )
            if name in performer_variables(unit, self.context.catalog, root_key):
                raise InvalidInput(
                    _("'{name}' says who did a step; the platform keeps it itself.").format(name=name),
                    remedy=_("Nobody can change it. Ask a colleague to do the step that you may not do."),
                )
            self.steps.run(
                unit,
                lambda run: commands.set_variables(run, instance_key, instance_key, variables_given({name: value}), local=True),
                root_key=root_key, user=actor.username,
            )  # fmt: skip
            self.context.log(
                unit, actor.username, "variable.correct", root_key=root_key, subject_key=instance_key,
                detail={"name": name, "reason": why, "before": before.value, "after": value},
            )  # fmt: skip
            return self._unchanged(unit, instance_key, root_key, before, actor)

    def _fits(self, unit: Unit, definition_key: int, name: str, value: Any) -> None:
        """Refuse a value outside the range of the data dictionary, or that none of the forms of the process in which the fact is
        asked would take.
        """
        if value is None:
            return
        catalog = self.context.catalog
        said = ""
        with catalog.within(unit):
            self.context.check_ranges(definition_key, {name: value})
            process = catalog.process(definition_key)
            for element in process.elements.values():
                schema = catalog.form(element.form_id, process) if element.form_id and element.form_id[0] != "=" else None
                found = None if schema is None else forms.problem_with(schema, name, value)
                if found == "":
                    return
                said = found or said
        if said:
            raise InvalidInput(said, remedy=_("Choose a value that the form of the task would take."))

    def _unchanged(self, unit: Unit, instance_key: int, root_key: int, before: Fact, actor: Actor) -> Unchanged:
        """Return what was computed from a fact before it was corrected, as far as it is open to the actor."""
        catalog, name = self.context.catalog, before.name
        with catalog.within(unit):
            parts = open_parts(unit, catalog, root_key, actor)
            decided = [
                row.decision_name or row.decision_id for row in decisions.of_case(unit, root_key)
                if row.instance_key not in parts.closed and name in row.inputs
            ]  # fmt: skip
            dated = []
            for task in tasks.of_case(unit, root_key):
                process = catalog.process(task.definition_key)
                element = process.elements.get(task.element_id)
                if task.state != CREATED or task.instance_key in parts.closed or element is None or follows(element):
                    continue
                if name in process.reads(element.due_date) or name in process.reads(element.follow_up_date):
                    dated.append(task.name)
            copies = [
                i.process_id for i in parts.family
                if i.key != instance_key and i.state in (ACTIVE, SUSPENDED)
                and any(f.name == name and f.value == before.value
                        for f in facts_of(unit, catalog, i.key, i.definition_key, actor))
            ]  # fmt: skip
            open_ = {i.key: catalog.process(i.definition_key) for i in parts.family}
            waits = any(
                not job.watches and name in open_[job.instance_key].timer_reads(job.element_id)
                for job in jobs.of_instances(unit, root_key) if job.kind == "TIMER" and job.instance_key in open_
            )  # fmt: skip
        return Unchanged(tuple(dict.fromkeys(decided)), tuple(dict.fromkeys(dated)), tuple(dict.fromkeys(copies)), waits)


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, Decimal)) else "string"
