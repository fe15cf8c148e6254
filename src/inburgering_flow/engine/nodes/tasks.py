"""Tasks: none, manual, user, script, business rule, and all that a job does (service, send).

Source: BPMN 2.0.2, section 10.3.3; Camunda 8 documentation, user tasks, script tasks, business rule tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inburgering_flow.bpmn.definition import Element, Flow, Text, written_names
from inburgering_flow.engine import decisions, expressions, listeners, task_dates, waiting
from inburgering_flow.engine.bookkeeping import Listening
from inburgering_flow.engine.nodes.base import Activity
from inburgering_flow.engine.port import Trouble
from inburgering_flow.engine.run import Owner, Run, Token
from inburgering_flow.engine.variables import propagate
from inburgering_flow.model.runtime import COMPLETED, UserTask


class PlainTask(Activity):
    """A task without work of its own, or a manual one: nothing that the engine could wait for."""


class UserTaskNode(Activity):
    """A question to a person."""

    def work(self, run: Run, token: Token) -> bool:
        """Open the user task, when its listeners are done; candidates, dates and priority are evaluated once."""
        e, row = self.element, token.instance
        before = Listening.of(row)
        changes: Mapping[str, Any] = {} if before is None else before.changes
        if listeners.wait(run, row, e, "creating", token.variables):
            return False
        task = self.task(run, token)
        listeners.corrected(task, changes, run)
        asked = task.assignee or (before is not None and before.on == "assigning")
        if asked and listeners.wait(run, row, e, "assigning", token.variables, changes=changes):
            return False
        run.step.new_tasks.append(task)
        return False

    def task(self, run: Run, token: Token) -> UserTask:
        """Return the task as the element describes it."""
        e, row = self.element, token.instance
        dates = task_dates.dates(run, row)
        assignee = expressions.value(run, row, e.assignee, "assignee")
        if isinstance(assignee, (bool, list, dict)):
            raise expressions.wrong(run, row, e.assignee, "assignee", "text", assignee)
        priority = expressions.value(run, row, e.priority, "priority")
        try:
            number = 50 if priority is None else int(priority)
        except (TypeError, ValueError):
            number = -1
        if not 0 <= number <= 100:
            raise expressions.wrong(run, row, e.priority, "priority", "a number from 0 to 100", priority)
        return UserTask(
            key=run.next_key(),
            element_key=row.key,
            instance_key=row.instance_key,
            root_key=row.root_key,
            definition_key=self.process.key,
            process_id=self.process.process_id,
            element_id=e.id,
            name=e.name or e.id,
            created=run.now,
            assignee=expressions.name(assignee, "assignee") if assignee else None,
            candidate_groups=self.names(run, token, e.candidate_groups, "candidate groups"),
            candidate_users=self.names(run, token, e.candidate_users, "candidate users"),
            due=dates["due"],
            follow_up=dates["follow_up"],
            priority=number,
            form_id=self.form(run, token),
            tenant_id=run.instance(row.instance_key).tenant_id,
        )

    def form(self, run: Run, token: Token) -> str:
        """Return the id of the task's form; without that form nobody could be asked anything, and the case stops here."""
        e, form = self.element, self.form_id(run, token)
        if form and not run.env.catalog.has_form(form, self.process, e.binding, e.version_tag):
            which = f" with the version tag '{e.version_tag}'" if e.binding == "versionTag" else ""
            raise Trouble("FORM_NOT_FOUND", f"No form '{form}'{which} is deployed. Deploy it, then retry the incident.")
        return form

    def form_id(self, run: Run, token: Token) -> str:
        """Return the id that the element gives, whether there is such a form or not."""
        given = self.element.form_id
        if not given.startswith("="):
            return given
        form = expressions.evaluate(run, token.instance, given[1:].strip(), "form")
        if not isinstance(form, str):
            raise Trouble(
                "EXTRACT_VALUE_ERROR",
                expressions.unfit(run, token.instance, given[1:].strip(), "form", "the id of a form", form),
            )
        return expressions.name(form, "id of the form")

    def names(self, run: Run, token: Token, text: Text | None, what: str) -> tuple[str, ...]:
        """Return names: of an expression a list of them or one, of what is written there those between the commas."""
        value = expressions.value(run, token.instance, text, what)
        if value is None:
            return ()
        parts: list[Any] = value if isinstance(value, list) else [value]
        if any(part is None or isinstance(part, (bool, dict, list)) for part in parts):
            raise expressions.wrong(run, token.instance, text, what, "names: a list of texts, or one text", value)
        if text is not None and not text.is_expression:
            parts = written_names(text.source)
        return tuple(expressions.name(str(p).strip(), what) for p in parts if str(p).strip())

    def leave(self, run: Run, token: Token) -> tuple[Flow, ...] | None:
        """Record who did it where the element asks for that, then map the outputs."""
        flows = super().leave(run, token)
        name = self.element.properties.get("uitvoerderIn")
        if name and run.user:
            propagate(run, token.instance.scope_key, {name: run.user})
        run.step.ended_tasks[token.instance.key] = COMPLETED
        return flows


class ScriptTask(Activity):
    """A FEEL expression whose value becomes a variable."""

    def work(self, run: Run, token: Token) -> bool:
        """Evaluate at once."""
        value = expressions.evaluate(run, token.instance, self.element.script or "null", "script")
        if self.element.result_variable:
            token.variables = {self.element.result_variable: value}
        return True


class BusinessRuleTask(Activity):
    """A DMN decision whose result becomes a variable."""

    def work(self, run: Run, token: Token) -> bool:
        """Evaluate the called decision with what the scope sees."""
        decision_id = self.called(run, token.instance, self.element)
        value = decisions.decide(run, token.instance, decision_id, self.element.binding, self.element.version_tag)
        token.variables = {self.element.result_variable or "result": value}
        return True

    @staticmethod
    def called(run: Run, owner: Owner, element: Element, given: Mapping[str, Any] | None = None) -> str:
        """Return the id of the decision that an element calls."""
        decision_id = expressions.value(run, owner, element.called_decision, "called decision", given)
        if not isinstance(decision_id, str) or not decision_id:
            text, expected = element.called_decision, "the id of a decision"
            raise expressions.wrong(run, owner, text, "called decision", expected, decision_id, "CALLED_DECISION_ERROR")
        return decision_id


class JobTask(Activity):
    """Work that a job worker does: service and send tasks, and script or rule tasks with a job type."""

    def work(self, run: Run, token: Token) -> bool:
        """Open the job."""
        waiting.open_job(run, token.instance, self.element)
        return False

    def after(self, run: Run, token: Token) -> None:
        """Close the job along with the boundary events."""
        super().after(run, token)
        run.step.close_jobs.add((token.instance.key, self.element.id))
